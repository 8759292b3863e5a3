"""The libraries export what their header declares and nothing else, whatever decoders are linked into them."""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

from conftest import WORKSPACE

from thumbox._locate import artifact

SYMBOL_SIZE = 24
DYNAMIC_SYMBOLS = 11


def exported(library: bytes) -> set[str]:
    """Names of the dynamic symbols that a library of ELF's 64 bits defines (ELF-64 Object File Format, 1.5)."""
    assert library[:6] == b"\x7fELF\2\1"
    (sections,) = struct.unpack_from("<Q", library, 40)
    size, count = struct.unpack_from("<2H", library, 58)
    headers = [struct.unpack_from("<2I4Q2I2Q", library, sections + index * size) for index in range(count)]
    table = next(header for header in headers if header[1] == DYNAMIC_SYMBOLS)
    names = headers[table[6]][4]
    found = set()
    for place in range(table[4], table[4] + table[5], SYMBOL_SIZE):
        name, _, _, section = struct.unpack_from("<I2BH", library, place)
        if section:
            start = names + name
            found.add(library[start : library.index(b"\0", start)].decode())
    return found


def test_a_library_exports_its_header_alone(sandbox_library: Path) -> None:
    header = (WORKSPACE / "native/include/thumbox.h").read_text()
    declared = set(re.findall(r"^(?!typedef)[\w ]+ \**(\w+)\(", header, re.MULTILINE))
    assert {"plugin_create", "plugin_call_raw", "rb_response_free", "thumbox_call_parts"} <= declared
    # Other systems' libraries are made from the same sources.
    if sys.platform == "linux":
        for library in (Path(artifact("native", None)), sandbox_library):
            assert exported(library.read_bytes()) == declared
