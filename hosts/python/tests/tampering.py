"""Bundles that have to be refused, each with its reason. The bundles stand in testdata/tampered for the Rust host, too.

`python tampering.py` writes them anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bundles import PINNED, small
from tampering_manifests import kinds, manifests, names, nested, signatures
from tampering_zips import sizes, structure

if TYPE_CHECKING:
    from tampering_cases import Case

FOLDER = Path(__file__).parents[3] / "testdata/tampered"


def cases() -> list[Case]:
    """Every case."""
    made = [*signatures(), *names(), *kinds(), *manifests(), *structure(), *sizes()]
    assert len({case.name for case in made}) == len(made)
    return made


def files() -> dict[str, bytes]:
    """What stands in the folder."""
    made = {f"{case.name}.rbp": case.content for case in cases()}
    good = small()
    # As deep as every reader goes.
    good.manifest["build_info"] = nested(126)
    made["good.rbp"] = good.bytes()
    made["pinned.pub"] = PINNED.file.encode()
    table = "".join(f"{case.name}\t{case.variant}\t{case.words}\n" for case in cases())
    made["cases.tsv"] = table.encode()
    return made


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
