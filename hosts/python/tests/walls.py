"""Each wall of hosts/examples/second_wall.py by itself, before or after loading, with each host.

python walls.py [--library libthumbox_sandbox.so] PHOTO    prints the table of docs/guide/second-wall.md

An attempt is a process of its own: it puts the wall up, loads, and calls. One more column compiles the component.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

WALLS = ("limits", "no_new_privileges", "no_files", "no_new_code", "few_system_calls", "all of them")
COMPILED = "wasm, compiled at load"
# How an attempt ends.
WORKS, FAILS, MISSING = 0, 1, 3
MISSING_WALL = "not in this kernel"


def wall(name: str, *readable: Path) -> Callable[[], object]:
    """The function that puts it up."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
    import second_wall as walls

    read = [*walls.what_loading_reads(), *readable]
    functions: dict[str, Callable[[], object]] = {one: getattr(walls, one) for one in WALLS[:-1]}
    functions["no_files"] = lambda: walls.no_files(*read)
    functions["address_space"] = lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    if name != "all of them":
        return functions[name]
    return lambda: [functions[one]() for one in WALLS[:-1]]


def attempt(variant: str, name: str, when: str, photo: bytes) -> int:
    """Calls in the main thread and in a new one, with a good photo, a broken one, and one to be enlarged."""
    library = Path(variant) if Path(variant).is_file() else None

    def put_up() -> None:
        try:
            function()
        except OSError as error:
            print(error, file=sys.stderr)
            sys.exit(MISSING)

    def calls() -> None:
        made.append(bytes(plugin.thumbnail(photo, 64, 64).data))
        plugin.thumbnail(photo, 900, 900, enlarge=True)
        try:
            plugin.thumbnail(photo[:60], 64, 64)
        except thumbox.PluginError:
            made.append(before)

    function = wall(name, *[library] if library else [])
    if when == "before":
        put_up()
    if variant == COMPILED:
        plugin = thumbox.load("wasm", cache=False)
    elif library:
        plugin = thumbox.load("native", path=library)
    else:
        plugin = thumbox.load(variant)
    with plugin:
        before = bytes(plugin.thumbnail(photo, 64, 64).data)
        made: list[bytes] = []
        if when == "after":
            put_up()
        calls()
        thread = threading.Thread(target=calls)
        thread.start()
        thread.join()
    return WORKS if made == [before] * 4 else FAILS


def ends(variant: str, name: str, when: str, photo: Path) -> subprocess.CompletedProcess[str]:
    """An attempt in a process of its own."""
    command = [sys.executable, __file__, "--attempt", variant, name, when, str(photo)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def cell(variant: str, name: str, photo: Path) -> str:
    """When the wall may be put up."""
    codes = [ends(variant, name, when, photo).returncode for when in ("before", "after")]
    if MISSING in codes:
        return MISSING_WALL
    works = (codes[0] == WORKS, codes[1] == WORKS)
    return {(True, True): "before or after", (False, True): "after", (True, False): "before"}.get(works, "no")


def rows(variants: Iterable[str], photo: Path) -> Iterator[tuple[str, list[str]]]:
    """The table: a wall, and a cell for each variant."""
    variants = list(variants)
    with ThreadPoolExecutor(2) as pool:
        cells = [[pool.submit(cell, variant, name, photo) for variant in variants] for name in WALLS]
        for name, row in zip(WALLS, cells, strict=True):
            yield name, [one.result() for one in row]


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Which walls stand before loading, and which only after it.")
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    parser.add_argument("--library", type=Path, help="libthumbox_sandbox, to be tried as well")
    parser.add_argument("--attempt", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attempt:
        variant, name, when = options.attempt
        return attempt(variant, name, when, options.photo.read_bytes())
    variants = {"wasm": "wasm", COMPILED: COMPILED, "native": "native"}
    if options.library:
        variants["sandbox library"] = str(options.library.absolute())
    print("| wall | " + " | ".join(variants) + " |")
    print("|---" * (len(variants) + 1) + "|")
    for name, cells in rows(variants.values(), options.photo):
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
