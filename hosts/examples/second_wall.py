"""A worker behind a second wall: it gives up what Linux still allows it, and only then makes a thumbnail.

    python second_wall.py [--variant wasm|native] PHOTO OUT.jpg

The walls need Python's standard library alone and do not know Thumbox: copy the functions into a worker of your own.
Each raises OSError if the kernel does not have the wall. docs/guide/second-wall.md says what was tested.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import mmap
import os
import platform
import resource
import socket
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

# ---- walls


def limits() -> None:
    """Limits that setrlimit(2) can set here: no core dump, 64 descriptors, 2 GiB of writable memory.

    RLIMIT_AS would count addresses, and the sandbox reserves gigabytes of those.
    """
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_DATA, 2 << 30)):
        resource.setrlimit(limit, (value, value))


def no_new_privileges() -> None:
    """No program that this process starts gets more rights than it has. Landlock and seccomp need it."""
    _prctl("PR_SET_NO_NEW_PRIVS", 38)


def no_files(*readable: str | os.PathLike[str]) -> None:
    """Files can be opened only below `readable`, and only to read them; no TCP (Landlock: Linux 5.13, TCP 6.7).

    It holds for this thread and for those that it starts later: call it before the plugin is loaded.
    """
    no_new_privileges()
    version = _call("landlock_create_ruleset", 444, 0, 0, 1)
    # The rights that each version knows: on files, on TCP ports, on abstract sockets and signals.
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    handled = [files] + [3] * (version >= 4) + [3] * (version >= 6)  # noqa: PLR2004
    rules = _call("landlock_create_ruleset", 444, struct.pack(f"={len(handled)}Q", *handled), 8 * len(handled), 0)
    for path in readable:
        below = os.open(path, os.O_PATH)  # type: ignore[attr-defined,unused-ignore]
        rights = 0b1100 if Path(path).is_dir() else 0b100
        _call("landlock_add_rule", 445, rules, 1, struct.pack("=Qi", rights, below), 0)
        os.close(below)
    _call("landlock_restrict_self", 446, rules, 0)
    os.close(rules)


def no_new_code() -> None:
    """Memory that is writable, or was mapped without PROT_EXEC, never becomes executable (Linux 6.3)."""
    _prctl("PR_SET_MDWE", 65)


def few_system_calls() -> None:
    """Nothing but SYSTEM_CALLS in any thread (seccomp, Linux 3.17). Others fail with EPERM.

    If your worker needs more of them, `strace -f` names them.
    """
    no_new_privileges()
    program = _filter()
    instructions = ctypes.create_string_buffer(program)
    pointer = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    # SECCOMP_SET_MODE_FILTER; SECCOMP_FILTER_FLAG_TSYNC includes the threads that run already.
    _call("seccomp", _SECCOMP, 1, 1, pointer)


# Number on x86-64, number on aarch64.
SYSTEM_CALLS = {
    "brk": (12, 214),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "clone": (56, 220),
    "close": (3, 57),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "getpid": (39, 172),
    "getrandom": (318, 278),
    "gettid": (186, 178),
    "ioctl": (16, 29),
    "madvise": (28, 233),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "read": (0, 63),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "sigaltstack": (131, 132),
    "write": (1, 64),
}
"""What calls of the plugin need once it is loaded and has answered once."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Argument, comparison, operand, and what the comparison has to say.
_CONDITIONS = {
    "mmap": (2, _ANY_BIT, mmap.PROT_EXEC, False),
    "mprotect": (2, _ANY_BIT, mmap.PROT_EXEC, False),
    # CLONE_THREAD: a thread, not a process.
    "clone": (0, _ANY_BIT, 0x10000, True),
    # PAGEMAP_SCAN: the sandbox library asks which pages a call has written to.
    "ioctl": (1, _EQUAL, 0xC0606610, True),
}
_MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
_COLUMN, _ARCHITECTURE, _SECCOMP = _MACHINES.get(platform.machine(), (0, 0, -1))


def _filter() -> bytes:
    """The program in classic BPF. A jump skips as many instructions as it says."""

    def step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, operand)

    answers = (0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS)
    allow, refuse, unknown = (step(_RETURN, answer) for answer in answers)
    # Numbers of another architecture, and of the x32 interface, mean other calls.
    program = [step(_LOAD, 4), step(_EQUAL, _ARCHITECTURE, 1), refuse]
    program += [step(_LOAD, 0), step(_AT_LEAST, 0x40000000, 0, 1), refuse]
    # clone3 has its flags in memory, which a filter cannot read. Without clone3, glibc takes clone.
    program += [step(_EQUAL, 435, 0, 1), unknown]
    for name, numbers in SYSTEM_CALLS.items():
        if name in _CONDITIONS:
            argument, comparison, operand, wanted = _CONDITIONS[name]
            program += [step(_EQUAL, numbers[_COLUMN], 0, 4), step(_LOAD, 16 + 8 * argument)]
            program += [step(comparison, operand, wanted, not wanted), refuse, allow]
        else:
            program += [step(_EQUAL, numbers[_COLUMN], 0, 1), allow]
    return b"".join([*program, refuse])


def _prctl(name: str, option: int) -> None:
    if _libc.prctl(option, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0:
        raise _error(name)


def _call(name: str, number: int, *arguments: int | bytes) -> int:
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        raise _error(name)
    return result


def _error(name: str) -> OSError:
    return OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


# ---- a worker behind them


def main() -> int:
    """Returns 0 if the thumbnail was made and everything else is refused."""
    parser = argparse.ArgumentParser(description="A thumbnail from a process that can do little else.")
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    parser.add_argument("out", metavar="OUT.jpg", type=Path)
    parser.add_argument("--variant", choices=("wasm", "native"), default="wasm")
    options = parser.parse_args()
    picture = options.photo.read_bytes()
    with options.out.open("wb") as out:
        limits()
        no_files(*what_loading_reads())
        plugin = thumbox.load(options.variant)
        # The first call imports modules and starts threads, which the next walls refuse.
        plugin.thumbnail(picture, 16, 16)
        no_new_code()
        few_system_calls()
        # From here on pictures may come from strangers.
        thumb = plugin.thumbnail(picture, 256, 256)
        out.write(thumb.data)
        print(f"{thumb.width} x {thumb.height}, {len(thumb.data)} bytes, behind the second wall")
        refused = [is_refused(what, attempt) for what, attempt in ATTEMPTS.items()]
        plugin.close()
    return 0 if all(refused) else 1


def what_loading_reads() -> list[Path]:
    """The interpreter, its packages, the plugin's code, what the linker reads, and the cache of compiled code."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thumbox"
    package = Path(thumbox.__file__).resolve().parent
    # In a checkout the plugin's code lies in target/.
    checkout = [parent / "target" for parent in package.parents if (parent / "Cargo.lock").is_file()]
    system = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/proc", "/sys/devices/system/cpu")
    paths = [Path(path) for path in (*system, sys.prefix, sys.base_prefix, *sys.path)]
    return [path for path in (*paths, package, cache, *checkout) if path.exists()]


def is_refused(what: str, attempt: Callable[[], object]) -> bool:
    """Tries what a decoder never has to do."""
    try:
        attempt()
    except OSError as error:
        print(f"refused: {what} ({errno.errorcode[error.errno or 0]})")
        return True
    print(f"NOT refused: {what}")
    return False


ATTEMPTS: dict[str, Callable[[], object]] = {
    "to read a file": lambda: Path("/etc/passwd").read_bytes(),
    "to write a file": lambda: Path("second-wall.txt").write_bytes(b"here"),
    "to make a socket": socket.socket,
    "to start a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 -- it is to fail
    "to fork": os.fork,
    "to send a signal": lambda: os.kill(os.getppid(), 0),
    "memory for new code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
}


if __name__ == "__main__":
    sys.exit(main())
