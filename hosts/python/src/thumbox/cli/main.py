"""The command line: `thumbox make`, `thumbox probe`, `thumbox placeholder` and `thumbox bundle show`."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import thumbox
from thumbox._errors import BundleError, PluginError
from thumbox._options import integer
from thumbox._request import FORMATS, Target, ThumbnailOptions
from thumbox._save import write_file
from thumbox._terminal import shown
from thumbox.cli.arguments import parser
from thumbox.cli.find import Failure, Picture, Refused, find, reason, refused
from thumbox.cli.make import Job, Made, Maker, make_all, plan, read
from thumbox.cli.sheet import sheet

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from thumbox._plugin import Plugin
    from thumbox._reply import ImageInfo, Placeholder, Thumbnail

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
        commands = {"make": _make, "probe": _probe, "placeholder": _placeholder, "bundle": _show}
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
    look = {name: getattr(options, name) for name in ThumbnailOptions.__annotations__}
    try:
        Target.checked(*options.size, **look)
        integer("jobs", options.jobs, 1, 1024)
    except ValueError as error:
        raise _UsageError(f"--{error}") from None
    folder = Path(options.output)
    sheet_file = _sheet_file(options)
    pictures, failures, companions = find(options.paths, leave_out=folder)
    jobs, collisions = plan(pictures, folder, FORMATS[options.format].extension)
    failures += collisions
    if not jobs and not failures:
        raise _UsageError(f"no pictures in {', '.join(map(shown, options.paths))}")
    made: list[Made] = []
    with _load(options, max_concurrent=options.jobs) as plugin:
        _make_folder(folder)

        def thumbnail(image: bytes) -> Thumbnail:
            return plugin.thumbnail(image, *options.size, **look)

        maker = Maker(thumbnail, pictures, most=options.max_request, force=options.force)
        _with_progress(maker, jobs, options.jobs, made, failures)
    made.sort(key=lambda one: one.picture.place)
    failures.sort(key=lambda failure: failure.path)
    if sheet_file is not None:
        try:
            write_file(sheet_file, sheet(folder.name or "thumbnails", made, failures), replace=options.force)
        except OSError as error:
            failures.append(Failure(sheet_file, reason(error)))
    _summary(failures, len(pictures), companions)
    size = sum(len(one.thumbnail.data) for one in made)
    print(f"{_count(len(made), 'thumbnail')} in {shown(folder)}, {size / 1000:,.0f} kB")
    return SOME_FAILED if failures else GOOD


def _sheet_file(options: argparse.Namespace) -> Path | None:
    if options.sheet is None:
        return None
    file = Path(options.sheet)
    if not options.force and os.path.lexists(file):
        raise _UsageError(f"--sheet: {shown(file)} exists already; --force replaces it")
    return file


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _UsageError(f"-o {shown(folder)}: {reason(error)}") from None


def _with_progress(maker: Maker, jobs: list[Job], workers: int, made: list[Made], failures: list[Failure]) -> None:
    """Fills the two lists, with a bar where somebody can see it."""
    from rich.console import Console  # noqa: PLC0415 -- slow to load, and `probe --json` needs none of it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=len(jobs), failed="")

        def done(one: Made | Failure) -> None:
            if isinstance(one, Made):
                made.append(one)
            else:
                failures.append(one)
            progress.update(task, advance=1, failed=f"{len(failures)} failed" if failures else "")

        make_all(maker, jobs, workers, done)


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
    pictures, failures, companions = find(options.paths)
    if not pictures and not failures:
        raise _UsageError(f"no pictures in {', '.join(map(shown, options.paths))}")
    answers: list[tuple[Picture, _Answer]] = []
    with _load(options) as plugin:
        for picture in pictures:
            try:
                answers.append((picture, ask(plugin, read(picture.path, options.max_request))))
            except PluginError as error:
                failures.append(refused(picture.path, error))
            except Refused as error:
                failures.append(Failure(picture.path, str(error)))
            except OSError as error:
                failures.append(Failure(picture.path, reason(error)))
    if options.json:
        rows = [{"file": str(picture.path), **row(answer)} for picture, answer in answers]
        rows += [{"file": str(one.path), "error": {"code": one.code, "message": one.reason}} for one in failures]
        print(json.dumps(rows, indent=2))
    elif answers:
        table(answers)
    _summary(failures, len(pictures), companions)
    return SOME_FAILED if failures else GOOD


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


def _summary(failures: list[Failure], tried: int, companions: int) -> None:
    if companions:
        _say(f"skipped: {_count(companions, 'file')} of macOS's beside pictures (._*)")
    for failure in failures:
        _say(f"failed: {failure}")
    if failures:
        _say(f"{len(failures)} of {_count(max(tried, len(failures)), 'picture')} failed")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
