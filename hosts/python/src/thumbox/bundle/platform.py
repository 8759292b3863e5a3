"""What a file of code is, by its first bytes, and what this machine can load."""

from __future__ import annotations

import platform
import sys

__all__ = ["COMPONENT", "kind_of", "this_platform"]

COMPONENT = "a WebAssembly component"
_MODULE = "a WebAssembly module that is no component"
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "windows"}
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}

# ELF-64, little-endian, ET_DYN: e_machine of System V's processor supplements.
_ELF = b"\x7fELF\x02\x01\x01"
_ELF_MACHINES = {62: "x86_64", 183: "aarch64"}
_ELF_SHARED = 3
# Mach-O 64, little-endian, MH_DYLIB: loader.h and machine.h of Darwin.
_MACH = b"\xcf\xfa\xed\xfe"
_MACH_MACHINES = {0x0100_0007: "x86_64", 0x0100_000C: "aarch64"}
_MACH_DYLIB = 6
# Portable executable: "Machine Types" and "Characteristics" (IMAGE_FILE_DLL) of Microsoft's PE format.
_PE_MACHINES = {0x8664: "x86_64", 0xAA64: "aarch64"}
_PE_DLL = 0x2000


def this_platform() -> str:
    """The key that a bundle has for this machine, such as "linux-x86_64"."""
    system = _SYSTEMS.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    return f"{system}-{_MACHINES.get(machine, machine)}"


def kind_of(content: bytes) -> str:
    """COMPONENT, the platform whose library it is, or in words what else."""
    if content.startswith(b"\0asm"):
        return COMPONENT if content[4:8] == b"\x0d\0\x01\0" else _MODULE
    if content.startswith(_ELF):
        machine = _ELF_MACHINES.get(_number(content, 18, 2))
        return f"linux-{machine}" if machine and _number(content, 16, 2) == _ELF_SHARED else "another kind of ELF file"
    if content.startswith(_MACH):
        machine = _MACH_MACHINES.get(_number(content, 4, 4))
        return f"darwin-{machine}" if machine and _number(content, 12, 4) == _MACH_DYLIB else "another Mach-O file"
    if content.startswith(b"MZ"):
        header = _number(content, 60, 4)
        machine = _PE_MACHINES.get(_number(content, header + 4, 2))
        is_library = content[header : header + 4] == b"PE\0\0" and _number(content, header + 22, 2) & _PE_DLL
        return f"windows-{machine}" if machine and is_library else "another Windows program"
    return f"a file that starts with {content[:8].hex(' ') or 'nothing'}"


def _number(content: bytes, position: int, length: int) -> int:
    return int.from_bytes(content[position : position + length], "little")
