"""The command line: `thumbox make`, `thumbox probe` and `thumbox bundle show`."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Sequence

    from thumbox._plugin import Plugin
    from thumbox._reply import ImageInfo, Thumbnail

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
        return {"make": _make, "probe": _probe, "bundle": _show}[options.command](options)
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
    pictures, failures, companions = find(options.paths)
    if not pictures and not failures:
        raise _UsageError(f"no pictures in {', '.join(map(shown, options.paths))}")
    answers: list[tuple[Picture, ImageInfo]] = []
    with _load(options) as plugin:
        for picture in pictures:
            answer = _ask(plugin, picture, options)
            if isinstance(answer, Failure):
                failures.append(answer)
            else:
                answers.append((picture, answer))
    if options.json:
        rows = [{"file": str(picture.path), **asdict(info)} for picture, info in answers]
        rows += [{"file": str(one.path), "error": {"code": one.code, "message": one.reason}} for one in failures]
        print(json.dumps(rows, indent=2))
    else:
        _table(answers)
    _summary(failures, len(pictures), companions)
    return SOME_FAILED if failures else GOOD


def _ask(plugin: Plugin, picture: Picture, options: argparse.Namespace) -> ImageInfo | Failure:
    try:
        info = plugin.probe(read(picture.path, options.max_request))
    except PluginError as error:
        return refused(picture.path, error)
    except Refused as error:
        return Failure(picture.path, str(error))
    except OSError as error:
        return Failure(picture.path, reason(error))
    return info


def _table(answers: list[tuple[Picture, ImageInfo]]) -> None:
    from rich.console import Console  # noqa: PLC0415 -- as above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not answers:
        return
    table = Table("File", "Format", "Size", "Orientation", "Notes", box=None, pad_edge=False)
    for picture, info in answers:
        notes = [name for name in ("alpha", "animated", "icc", "progressive") if getattr(info, name)]
        table.add_row(
            Text(shown(picture.path), overflow="fold"),
            info.format,
            f"{info.width} x {info.height}",
            str(info.orientation),
            ", ".join(notes).replace("icc", "colour profile"),
        )
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
