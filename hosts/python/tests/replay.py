"""Replays the golden set with an installed package, and needs nothing else than that.

    python replay.py testdata/golden wasm|native

`cargo xtask dist` runs it with each wheel in an environment of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import thumbox

BUILD = 204
"""The code of formats that another component reads: the set has the base's answers."""


def main(folder: Path, variant: str) -> int:
    """The exit status: 0 if every answer was right."""
    wrong, count = [], 0
    with thumbox.load(variant) as plugin:
        for line in (folder / "cases.tsv").read_text().splitlines():
            name, message_id, code, header, source = line.split("\t")
            if int(code) == BUILD:
                continue
            request = bytes.fromhex(header.removeprefix("-"))
            image = (folder / "sources" / source).read_bytes() if source != "-" else b""
            try:
                answer = 0, bytes(plugin.call_raw(int(message_id), request, image))
            except thumbox.PluginError as error:
                answer = error.code, error.message.encode()
            count += 1
            if answer != (int(code), (folder / "replies" / name).read_bytes()):
                wrong.append(name)
    sys.stdout.write(f"{variant}: {count} cases, {len(wrong)} failed {' '.join(wrong)}\n")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
