"""Bundles that have to be refused, each with its reason. The bundles stand in testdata/tampered for the Rust host, too.

`python tampering.py` writes them anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import tampering_manifests
import tampering_zips
from bundles import PINNED, small

if TYPE_CHECKING:
    from tampering_cases import Case

FOLDER = Path(__file__).parents[3] / "testdata/tampered"


def cases() -> list[Case]:
    """Every case."""
    tables = [
        tampering_manifests.signatures,
        tampering_manifests.signature_files,
        tampering_manifests.names,
        tampering_manifests.places,
        tampering_manifests.kinds,
        tampering_manifests.manifest_texts,
        tampering_manifests.manifest_values,
        tampering_zips.structure,
        tampering_zips.headers,
        tampering_zips.data,
        tampering_zips.sizes,
    ]
    made = [case for table in tables for case in table()]
    assert len({case.name for case in made}) == len(made)
    return made


def files() -> dict[str, bytes]:
    """What stands in the folder."""
    made = {f"{case.name}.rbp": case.content for case in cases()}
    good = small()
    # As deep as every reader goes.
    good.manifest["build_info"] = tampering_manifests.nested(126)
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
