"""The command line: what each command of `thumbox` does."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import thumbox
from thumbox._errors import BundleError, PluginError
from thumbox._layouts import MAX_SET
from thumbox._options import integer
from thumbox._reply import Thumbnail
from thumbox._request import Target, ThumbnailOptions
from thumbox._save import write_file
from thumbox._terminal import shown
from thumbox.cli.arguments import parser
from thumbox.cli.find import Failure, Found, Picture, Refused, find, reason, refused
from thumbox.cli.lists import Entry, manifest, snippets
from thumbox.cli.make import Made, Maker, Outcome, UpToDate, interruptible, make_all, read
from thumbox.cli.shapes import Job, Shape, Size, output_format, plan, size
from thumbox.cli.sheet import sheet
from thumbox.cli.stores import location

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from thumbox._plugin import Plugin
    from thumbox._reply import ImageInfo, Placeholder
    from thumbox.cli.stores import Location

__all__ = ["main"]

GOOD, SOME_FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and says how it went."""
    # Whoever ends a program politely gets what Ctrl-C gives: no draft is left.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A name of a file need not be text that the terminal's encoding has.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments)
        commands = {
            "make": _make,
            "batch": _batch,
            "probe": _probe,
            "placeholder": _placeholder,
            "bundle": _show,
            "compile": _compile,
            "completion": _completion,
            "manual": _manual,
        }
        return commands[options.command](options)
    except _UsageError as error:
        _say(f"thumbox: {error}")
        return WRONG_USAGE
    except KeyboardInterrupt:
        _say("thumbox: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has read enough. Python would complain about what is left in its buffer.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_FAILED


class _UsageError(Exception):
    """A command line that cannot be followed."""


def _make(options: argparse.Namespace) -> int:
    folder = _location(options.output)
    found = _found(options, None if options.output == "-" else folder)
    single = _single_output(options, found)
    shapes = _shapes(options, options.size or [size("256")], single=single)
    look = {name: getattr(options, name) for name in ThumbnailOptions.__annotations__ if name != "format"}
    lists = {name: _new_file(options, name) for name in ("sheet", "manifest", "srcset")}
    failures = found.failures
    if single:
        jobs = [Job(picture, (folder,)) for picture in found.pictures]
    else:
        jobs, collisions = plan(found.pictures, folder, shapes, options.name)
        failures += collisions
    if not jobs and not failures:
        raise _UsageError(f"no pictures in {', '.join(map(shown, options.paths))}")
    made: list[Made | UpToDate] = []
    with _load(options, max_concurrent=options.jobs) as plugin:
        if not single:
            _make_folder(folder)
        make = _thumbnails(plugin, shapes, look)
        if options.output == "-":
            return _to_standard_output(make, found.pictures[0], options.max_request)
        most, force, update = options.max_request, options.force, options.update
        maker = Maker(make, found.pictures, most=most, force=force, update=update)
        _with_progress(maker, jobs, options, made, failures)
        made.sort(key=lambda one: one.job.picture.place)
        entries = _entries(plugin, made, failures, most) if any(lists.values()) else []
    # Files and locations in stores have no order between them.
    failures.sort(key=lambda failure: Path(str(failure.path)))
    texts: dict[str, Callable[[Path], Iterable[bytes]]] = {
        "sheet": lambda page: sheet(folder.name or "thumbnails", entries, failures, page),
        "manifest": lambda _: [manifest(entries, failures, found)],
        "srcset": lambda page: snippets(entries, page),
    }
    for option, file in lists.items():
        if file is not None:
            try:
                write_file(file, texts[option](file), replace=force or update)
            except OSError as error:
                failures.append(Failure(file, reason(error)))
    _summary(failures, found, quiet=options.quiet)
    if not options.quiet:
        _say_made(made, folder.parent if single else folder)
    return SOME_FAILED if failures else GOOD


def _location(name: str) -> Location:
    try:
        return location(name)
    except ValueError as error:
        raise _UsageError(str(error)) from None


def _found(options: argparse.Namespace, leave_out: Location | None = None) -> Found:
    try:
        return find(options.paths, leave_out, follow_links=options.follow_links)
    except ValueError as error:
        raise _UsageError(str(error)) from None


def _single_output(options: argparse.Namespace, found: Found) -> bool:
    """Whether -o names the file of the one thumbnail, and not a folder."""
    output = options.output
    kind = None if output == "-" or _is_folder(output) else output_format(output)
    if output != "-" and kind is None:
        return False
    is_one = len(options.paths) == 1 and len(found.pictures) == 1 and not _is_folder(options.paths[0])
    if not is_one or len(options.size or ()) > 1:
        raise _UsageError(f"-o {shown(output)}: one picture in one size can be written there; name a folder for more")
    chosen = (options.size or [None])[0]
    asked = options.format or (chosen and chosen.format)
    if kind and asked and asked != kind:
        raise _UsageError(f"-o {shown(output)}: its name says {kind}, and the format is {asked}")
    if options.name or (output == "-" and (options.sheet or options.manifest or options.srcset)):
        raise _UsageError(f"-o {shown(output)}: --name and lists of thumbnails are for folders")
    options.format = asked or kind
    return True


def _is_folder(name: str) -> bool:
    path = _location(name)
    if isinstance(path, Path):
        return os.path.isdir(path)  # noqa: PTH112 -- False also where nobody may look
    try:
        return path.is_dir()
    except OSError as error:
        raise _UsageError(f"{shown(name)}: {reason(error)}") from None


def _integer(options: argparse.Namespace, name: str, most: int) -> int:
    try:
        return integer(name, getattr(options, name), 1, most)
    except ValueError as error:
        raise _UsageError(f"--{error}") from None


def _shapes(options: argparse.Namespace, sizes: list[Size], *, single: bool = False) -> list[Shape]:
    """What is made of each picture. Every value is checked before a picture is read."""
    usual = options.format or "jpeg"
    look = {name: getattr(options, name) for name in ThumbnailOptions.__annotations__}
    shapes = []
    try:
        integer("jobs", options.jobs, 1, 1024)
        for one in sizes:
            kind = usual if single else one.format or usual
            shapes.append(Shape(one.label, one.width, one.height, kind))
            Target.checked(one.width, one.height, **{**look, "format": kind})
    except ValueError as error:
        raise _UsageError(f"--{error}") from None
    if len(shapes) > MAX_SET:
        raise _UsageError(f"--size is given {len(shapes)} times; up to {MAX_SET} are allowed")
    return shapes


def _thumbnails(plugin: Plugin, shapes: list[Shape], look: dict[str, Any]) -> Callable[[bytes], list[Thumbnail]]:
    """What makes all thumbnails of a picture."""
    if len(shapes) == 1:
        [one] = shapes
        kind: Any = one.format
        return lambda image: [plugin.thumbnail(image, one.width, one.height, format=kind, **look)]
    sizes = [{"width": one.width, "height": one.height, "format": one.format} for one in shapes]
    return lambda image: plugin.thumbnails(image, sizes, **look)


def _to_standard_output(make: Callable[[bytes], list[Thumbnail]], picture: Picture, most: int) -> int:
    failures: list[Failure] = []
    _tried(picture, lambda: sys.stdout.buffer.write(make(read(picture, most))[0].data), failures)
    sys.stdout.buffer.flush()
    for failure in failures:
        _say(f"failed: {failure}")
    return SOME_FAILED if failures else GOOD


def _new_file(options: argparse.Namespace, option: str) -> Path | None:
    """The file that an option names, which is not there yet, or may be replaced."""
    name = getattr(options, option)
    if name is None:
        return None
    file = Path(name)
    if not options.force and not options.update and os.path.lexists(file):
        raise _UsageError(f"--{option}: {shown(file)} exists already; --force replaces it")
    return file


def _entries(plugin: Plugin, made: list[Made | UpToDate], failures: list[Failure], most: int) -> list[Entry]:
    """All thumbnails that are there, those among them that were made before."""
    entries = []
    for one in made:
        fresh = dict(one.thumbnails) if isinstance(one, Made) else {}
        for file in one.job.outputs:
            thumbnail = fresh.get(file) or _tried(
                Picture(file, Path(file.name)), partial(_again, plugin, file, most), failures
            )
            if thumbnail is not None:
                entries.append(Entry(one.job.picture, file, thumbnail))
    return entries


def _again(plugin: Plugin, file: Location, most: int) -> Thumbnail:
    """A thumbnail that was made before."""
    data = read(Picture(file, Path(file.name)), most)
    info = plugin.probe(data)
    return Thumbnail(info.width, info.height, info.format, memoryview(data))


def _say_made(made: list[Made | UpToDate], folder: Location) -> None:
    sizes = [len(thumbnail.data) for one in made if isinstance(one, Made) for _, thumbnail in one.thumbnails]
    kept = sum(len(one.job.outputs) for one in made) - len(sizes)
    before = f", {kept} up to date" if kept else ""
    print(f"{_count(len(sizes), 'thumbnail')} in {shown(folder)}, {sum(sizes) / 1000:,.0f} kB{before}")


def _make_folder(folder: Location) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _UsageError(f"-o {shown(folder)}: {reason(error)}") from None


def _with_progress(
    maker: Maker, jobs: list[Job], options: argparse.Namespace, made: list[Made | UpToDate], failures: list[Failure]
) -> None:
    """Fills the two lists, with a bar where somebody can see it."""
    with _bar(options) as told:

        def done(one: Outcome) -> None:
            if isinstance(one, Failure):
                failures.append(one)
            else:
                made.append(one)
            told(len(made) + len(failures), len(jobs), len(failures))

        told(0, len(jobs), 0)
        make_all(maker, jobs, options.jobs, done)


def _batch(options: argparse.Namespace) -> int:
    try:
        import thumbox.arrow  # noqa: F401, PLC0415 -- it needs pyarrow, and its error names the extra
        from thumbox.cli.batch import Batch, Refused  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _UsageError(str(error)) from None
    [shape] = _shapes(options, [options.size])
    look = {name: getattr(options, name) for name in ThumbnailOptions.__annotations__ if name != "format"}
    look |= {"width": shape.width, "height": shape.height, "format": shape.format}
    job = Batch(
        _location(options.source),
        _location(options.output),
        column=options.column,
        into=options.into,
        paths=None if options.paths is None else _location(options.paths),
        look=look,
        rows=_integer(options, "rows", 1 << 20),
    )
    try:
        with _load(options, max_concurrent=options.jobs) as plugin, interruptible() as check, _bar(options) as told:
            outcome = job.run(
                plugin,
                parallelism=options.jobs,
                force=options.force,
                check=check,
                # Its failures are counted at the end, from all parts.
                told=lambda done, total: told(done, total, 0),
            )
    except (Refused, PluginError) as error:
        raise _UsageError(str(error)) from None
    except OSError as error:
        name = shown(error.filename or options.source)
        raise _UsageError(f"{name}: {reason(error)}") from None
    failed = sum(outcome.failed.values())
    if not options.quiet:
        kept = f", {_count(outcome.kept, 'row group')} made before" if outcome.kept else ""
        print(f"{_count(outcome.rows, 'row')} in {shown(options.output)}, {outcome.bytes / 1000:,.0f} kB{kept}")
    if failed:
        kinds = ", ".join(f"{kind}: {number}" for kind, number in sorted(outcome.failed.items()))
        _say(f"{failed} of {_count(outcome.rows, 'row')} failed ({kinds})")
    return SOME_FAILED if failed else GOOD


@contextmanager
def _bar(options: argparse.Namespace) -> Iterator[Callable[[int, int, int], None]]:
    """What shows how many of how many are done, and how many of these failed, where somebody can see it."""
    if options.quiet or not sys.stderr.isatty():
        yield lambda _done, _total, _failed: None
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to load, and `probe --json` needs none of it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None, failed="")

        def told(done: int, total: int, failed: int) -> None:
            progress.update(task, completed=done, total=total, failed=f"{failed} failed" if failed else "")

        yield told


def _probe(options: argparse.Namespace) -> int:
    return _each(options, lambda plugin, image: plugin.probe(image), asdict, _probe_table)


def _placeholder(options: argparse.Namespace) -> int:
    return _each(options, lambda plugin, image: plugin.placeholder(image), _placeholder_row, _placeholder_table)


_Answer = TypeVar("_Answer")


def _each(
    options: argparse.Namespace,
    ask: Callable[[Plugin, bytes], _Answer],
    row: Callable[[_Answer], dict[str, Any]],
    table: Callable[[list[tuple[Picture, _Answer]]], None],
) -> int:
    """Asks one question of every picture, and prints the answers."""
    found = _found(options)
    if not found.pictures and not found.failures:
        raise _UsageError(f"no pictures in {', '.join(map(shown, options.paths))}")
    answers: list[tuple[Picture, _Answer]] = []
    failures = found.failures
    with _load(options) as plugin:
        for picture in found.pictures:
            answer = _tried(picture, partial(_asked, ask, plugin, picture, options.max_request), failures)
            if answer is not None:
                answers.append((picture, answer))
    if options.json:
        rows = [{"file": str(picture.path), **row(answer)} for picture, answer in answers]
        rows += [{"file": str(one.path), "error": {"code": one.code, "message": one.reason}} for one in failures]
        print(json.dumps(rows, indent=2))
    elif answers:
        table(answers)
    _summary(failures, found)
    return SOME_FAILED if failures else GOOD


def _asked(ask: Callable[[Plugin, bytes], _Answer], plugin: Plugin, picture: Picture, most: int) -> _Answer:
    return ask(plugin, read(picture, most))


def _tried(picture: Picture, do: Callable[[], _Answer], failures: list[Failure]) -> _Answer | None:
    """What comes of it; None for a failure, which joins the others."""
    try:
        return do()
    except PluginError as error:
        failures.append(refused(picture.path, error))
    except Refused as error:
        failures.append(Failure(picture.path, str(error)))
    except BrokenPipeError:
        raise
    except OSError as error:
        failures.append(Failure(picture.path, reason(error)))
    return None


def _probe_table(answers: list[tuple[Picture, ImageInfo]]) -> None:
    rows = []
    for picture, info in answers:
        notes = [name for name in ("alpha", "animated", "icc", "progressive") if getattr(info, name)]
        said = ", ".join(notes).replace("icc", "colour profile")
        rows.append((picture, (info.format, f"{info.width} x {info.height}", str(info.orientation), said)))
    _table(("File", "Format", "Size", "Orientation", "Notes"), rows)


def _placeholder_row(answer: Placeholder) -> dict[str, Any]:
    return {**asdict(answer), "hash": base64.b64encode(answer.hash).decode()}


def _placeholder_table(answers: list[tuple[Picture, Placeholder]]) -> None:
    rows = []
    for picture, answer in answers:
        average, text = f"#{bytes(answer.average).hex()}", base64.b64encode(answer.hash).decode()
        rows.append((picture, (f"{answer.width} x {answer.height}", average, text)))
    _table(("File", "Size", "Average", "ThumbHash"), rows)


def _table(heads: Sequence[str], rows: Sequence[tuple[Picture, Sequence[str]]]) -> None:
    from rich.console import Console  # noqa: PLC0415 -- as above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*heads, box=None, pad_edge=False)
    for picture, cells in rows:
        table.add_row(Text(shown(picture.path), overflow="fold"), *cells)
    # Another program gets whole lines, however long.
    Console(width=None if sys.stdout.isatty() else 10_000).print(table)


def _show(options: argparse.Namespace) -> int:
    # On demand: the other commands need neither this nor cryptography.
    from thumbox.bundle.inspect import lines, report  # noqa: PLC0415
    from thumbox.bundle.signature import PublicKey  # noqa: PLC0415

    try:
        key = None if options.public_key is None else PublicKey.of(options.public_key)
        made = report(Path(options.file), key)
    except BundleError as error:
        if options.json:
            print(json.dumps({"file": options.file, "verified": False, "problems": [error.message]}, indent=2))
        _say(f"thumbox: {error.message}")
        return SOME_FAILED
    except OSError as error:
        raise _UsageError(f"{shown(error.filename or options.file)}: {reason(error)}") from None
    except (ValueError, PluginError) as error:
        raise _UsageError(shown(error)) from None
    if options.json:
        print(json.dumps(asdict(made), indent=2))
    else:
        print(*lines(made), sep="\n")
    return GOOD if made.verified else SOME_FAILED


def _completion(options: argparse.Namespace) -> int:
    from thumbox.cli.help import completion  # noqa: PLC0415 -- as above

    print(completion(parser(), options.shell), end="")
    return GOOD


def _compile(options: argparse.Namespace) -> int:
    from thumbox.sandbox.prepared import prepare  # noqa: PLC0415 -- only this command needs it

    try:
        for name in prepare(Path(options.folder).absolute()):
            print(f"compiled {shown(name)}")
    except (OSError, PluginError) as error:
        _say(f"thumbox: {error}")
        return SOME_FAILED
    return GOOD


def _manual(_: argparse.Namespace) -> int:
    from thumbox.cli.help import manual  # noqa: PLC0415 -- as above

    print(manual(parser()), end="")
    return GOOD


def _load(options: argparse.Namespace, **more: int) -> Plugin:
    names = ("timeout", "formats", "max_pixels", "max_memory")
    chosen: dict[str, Any] = {name: getattr(options, name) for name in names}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    try:
        return thumbox.load(options.variant, max_request=options.max_request, **chosen | more)
    except (TypeError, ValueError) as error:
        raise _UsageError(str(error)) from None
    except PluginError as error:
        raise _UsageError(str(error)) from None


def _summary(failures: list[Failure], found: Found, *, quiet: bool = False) -> None:
    if not quiet:
        if found.companions:
            _say(f"skipped: {_count(found.companions, 'file')} of macOS's beside pictures (._*)")
        if found.outside:
            _say(f"skipped: {_count(found.outside, 'link')} out of the folder; --follow-links follows them")
        if found.others:
            endings = ", ".join(f"{shown(ending)}: {number}" for ending, number in sorted(found.others.items()))
            _say(f"passed over: {endings}")
    for failure in failures:
        _say(f"failed: {failure}")
    if failures:
        _say(f"{len(failures)} of {_count(max(len(found.pictures), len(failures)), 'picture')} failed")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
