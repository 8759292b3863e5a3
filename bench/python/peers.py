"""Which files show the same picture as Pillow and libvips show, which another one, and which are refused by whom.

    python peers.py [--corpus DIR]... [--made] [--keep DIR] [--list CLASS]... [--json FILE]

Every file of the folders, whatever its name ends in, goes to both builds of ours and to both peers, which make of it
what fits into 1200 x 1200, upright and in sRGB. The difference of two pictures is that of each pixel's channel that
differs most, its colours laid over white, or its alpha; the mean and the 99th percentile of these count. Two pictures
are the same if the mean is 2 levels or less and the 99th percentile 12 or less. The peers' pictures of a photograph,
which they reduce in different ways, are up to 1.5 and 7 levels apart; a wrong colour, turn or alpha, or a missing part,
makes tens of levels. Where the picture was reduced, ours may also be as far from a peer's as the two peers' are from
each other, if their mean is 4 or less: hard edges depend on the way.

`same` is what at least one peer shows or, of a file that --made wrote and of which it is known, what it must show. An
error that a build reports of itself, a crash, and a silence of --seconds are `panic`. Each reader has a process of its
own. --made adds files that tifffile, imagecodecs, pyvips and Pillow write, and TIFFs that none of them writes.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from _compared.difference import Difference, between
from _compared.made import Made, make
from _compared.readers import ENDED, OURS, PEERS, SIDE, Answer
from _compared.workers import apart, workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from _compared.workers import Worker
    from numpy.typing import NDArray

MEAN, MOST = 2.0, 12
"""Levels up to which two pictures are one."""

CLASSES = {
    "same": "ours shows what a peer shows, or what the file was made of",
    "different": "ours shows another picture",
    "refused": "ours refuses what a peer shows",
    "all refuse": "nobody shows a picture",
    "only ours": "no peer shows a picture",
    "builds differ": "native and wasm give other bytes, codes or texts",
    "panic": "a build of ours panicked, crashed or did not answer",
}
SHORT = ("same", "all refuse")
"""What is not listed unless it is asked for."""

BROKEN = {ENDED, 10, 11, 900}
"""Codes that no file may cause."""

NOT_HERE = 204
"""The code of a format that only the sandbox has, in a component of its own."""

MADE = "as made"
Pictures = dict[str, "NDArray[np.uint8]"]


@dataclass(frozen=True)
class Found:
    """A file and what came of it. `reason`: the part of `text` that many files may share."""

    name: str
    kind: str
    text: str
    reason: str = ""

    @property
    def ending(self) -> str:
        """Of its name, for the table."""
        ending = Path(self.name).suffix.lower()
        return ending if 1 < len(ending) <= 9 else "(other)"


def main() -> None:
    """Compares and prints."""
    options = _options()
    if missing := [folder for folder in options.corpus if not folder.is_dir()]:
        raise SystemExit(f"--corpus {missing[0]}: no such folder")
    with contextlib.ExitStack() as stack:
        files = [(str(path.relative_to(folder)), path) for folder in options.corpus for path in _files(folder)]
        made = Made()
        if options.made:
            folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="thumbox-bench-")))
            made = apart(make, folder)
            _describe(made)
            files += [(name, folder / name) for name in made.names]
        paths = {"native": options.native, "wasm": options.wasm}
        names = tuple(name for name in (*OURS, *PEERS) if name not in options.without)
        readers = stack.enter_context(workers(names, paths, options.seconds))
        if not any(name in readers for name in OURS):
            raise SystemExit("neither build of ours is there to compare")
        found = list(_compared(files, readers, made.shows))
    _print(found, options.list or [name for name in CLASSES if name not in SHORT])
    if options.json:
        results = [{"file": one.name, "class": one.kind, "text": one.text} for one in found]
        options.json.write_text(json.dumps({"results": results}, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, action="append", default=[], metavar="DIR", help="a folder of files")
    parser.add_argument("--made", action="store_true", help="also files of every kind that libraries can write")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where --made leaves its files (default: nowhere)")
    parser.add_argument(
        "--list",
        action="append",
        choices=[*CLASSES, "all"],
        help="a class whose files are named, or all (default: all but " + " and ".join(SHORT) + ")",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write each file's class")
    parser.add_argument("--seconds", type=float, default=60.0, help="that a reader may take for a file (default: 60)")
    parser.add_argument("--without", action="append", default=[], choices=[*OURS, *PEERS], help="a reader to leave out")
    parser.add_argument("--native", metavar="FILE", help="another native library than the package's")
    parser.add_argument("--wasm", metavar="FILE", help="another component than the package's")
    options = parser.parse_args()
    if not options.corpus and not options.made:
        parser.error("one of --corpus and --made is needed")
    if options.list and "all" in options.list:
        options.list = list(CLASSES)
    return options


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _describe(made: Made) -> None:
    print(f"made: {len(made.names)} files, of {len(made.shows)} of which it is known what they must show")
    for library in made.missing:
        print(f"not made: {library}")
    if made.refused:
        print(f"not made: {sum(made.refused.values())} kinds that a library does not write")
    print()


def _compared(
    files: list[tuple[str, Path]], readers: dict[str, Worker], shows: Mapping[str, NDArray[np.uint8]]
) -> Iterator[Found]:
    for number, (name, path) in enumerate(files):
        if sys.stderr.isatty() and number % 50 == 0:
            print(f"\r{number} of {len(files)} files", end="\r", file=sys.stderr)
        try:
            data = path.read_bytes()
        except OSError as error:
            print(f"not compared: {name}: {error}")
            continue
        for reader in readers.values():
            reader.ask(data)
        answers = {reader: readers[reader].answer() for reader in readers}
        yield judged(name, answers, shows.get(name))


def judged(name: str, answers: Mapping[str, Answer], shows: NDArray[np.uint8] | None = None) -> Found:
    """A file's class, from what everybody made of it. `shows`: what it must show, if that is known."""
    ours = {build: answers[build] for build in OURS if build in answers}
    peers = _shown(answers)
    if any(answer.code in BROKEN for answer in ours.values()):
        text = "; ".join(f"{build}: {answer.refusal or 'a picture'}" for build, answer in ours.items())
        return Found(name, "panic", text)
    if len(ours) == 2 and ours["native"].code == NOT_HERE:
        del ours["native"]
    if len({answer.exact for answer in ours.values()}) > 1:
        return Found(name, "builds differ", _builds(ours))
    answer = next(iter(ours.values()))
    if answer.picture is None:
        theirs = _theirs(peers, answers)
        kind = "refused" if peers else "all refuse"
        return Found(name, kind, f"{answer.refusal}; {theirs}" if peers else answer.refusal, answer.refusal)
    references = {MADE: shows, **peers} if shows is not None else peers
    apart_by = {peer: between(answer.picture, picture, SIDE) for peer, picture in references.items()}
    deciding = [apart_by[MADE]] if shows is not None else list(apart_by.values())
    if deciding and not any(_one(difference) for difference in deciding) and not _as_near(answer.picture, peers):
        kind = "different"
    else:
        kind = "same" if peers else "only ours"
    differences = ", ".join(f"{difference} from {peer}" for peer, difference in apart_by.items())
    return Found(name, kind, "; ".join(part for part in (differences, _theirs(peers, answers)) if part))


def _shown(answers: Mapping[str, Answer]) -> Pictures:
    """The peers' pictures. One that is all black counts if another reader shows it, too: libvips gives such a picture
    for what its libtiff cannot decompress.
    """
    pictures = {name: answer.picture for name, answer in answers.items() if answer.picture is not None}
    return {
        name: picture
        for name, picture in pictures.items()
        if name in PEERS
        and (
            picture[..., :3].any()
            or any(other != name and _one(between(picture, pictures[other], SIDE)) for other in pictures)
        )
    }


def _one(difference: Difference) -> bool:
    return difference.within(MEAN, MOST)


def _as_near(picture: NDArray[np.uint8], peers: Pictures) -> bool:
    """Whether a reduced picture is no further from a peer's than the peers' are from each other: hard edges reduced in
    two ways are further apart than rounding. Peers that show two pictures allow nothing.
    """
    if SIDE not in picture.shape[:2] or len(peers) < 2:
        return False
    theirs = between(peers["Pillow"], peers["pyvips"], SIDE)
    each = [between(picture, other, SIDE) for other in peers.values()]
    return theirs.within(2 * MEAN, 255) and any(one.within(theirs.mean, theirs.most) for one in each)


def _builds(ours: Mapping[str, Answer]) -> str:
    pictures = [answer.picture for answer in ours.values() if answer.picture is not None]
    if len(pictures) == 2:
        return f"their pictures: {between(pictures[0], pictures[1], SIDE)}"
    return "; ".join(f"{build}: {answer.refusal or 'a picture'}" for build, answer in ours.items())


def _theirs(peers: Pictures, answers: Mapping[str, Answer]) -> str:
    """What there is to say of the peers."""
    parts = []
    for peer in PEERS:
        if peer not in answers:
            continue
        if peer not in peers:
            parts.append(f"{peer} refuses ({answers[peer].refusal[:60] or 'a black picture'})")
        elif answers[peer].damaged:
            parts.append(f"damaged, says {peer}")
    if len(peers) == 2 and not _one(difference := between(peers["Pillow"], peers["pyvips"], SIDE)):
        parts.append(f"the peers differ by {difference}")
    return "; ".join(parts) or "both peers show one picture"


def _print(found: list[Found], listed: list[str]) -> None:
    """The table, by the files' endings, and the lists."""
    by_class = {kind: [one for one in found if one.kind == kind] for kind in CLASSES}
    for kind in listed:
        print(f"{kind}: {CLASSES[kind]}: {len(by_class[kind])} files")
        for one in by_class[kind]:
            print(f"  {one.name}: {' '.join(one.text.split())}")
        print()
    reasons = collections.Counter(re.sub(r"\d+", "N", one.reason[4:]) for one in by_class["refused"])
    if len(reasons) > 1:
        print("refused, by reason")
        for reason, count in reasons.most_common(20):
            print(f"{count:>7}  {reason}")
        print()
    endings = collections.Counter(one.ending for one in found)
    print(f"{'':10}{'files':>8}" + "".join(f"{kind:>15}" for kind in CLASSES))
    rows = [ending for ending, _ in endings.most_common(30)] if len(endings) > 1 else []
    for ending in [*rows, "all"]:
        counts = [sum(ending in {one.ending, "all"} for one in by_class[kind]) for kind in CLASSES]
        if ending == "all":
            counts = [len(by_class[kind]) for kind in CLASSES]
        print(f"{ending:10}{sum(counts):>8}" + "".join(f"{count:>15}" for count in counts))


if __name__ == "__main__":
    main()
