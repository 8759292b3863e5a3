"""What the commands take."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TypeVar

import thumbox
from thumbox._layouts import COLOURS, DEFAULT_EFFORT, FRAMES, MAX_EFFORT, MAX_REQUEST, READ_FORMATS, SUBSAMPLINGS
from thumbox._options import processors
from thumbox._request import FITS, FORMATS
from thumbox.cli.shapes import Template, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["parser"]


class _Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help="show the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"thumbox {thumbox.__version__}\n")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="thumbox",
        description="Thumbnails of images that you do not trust.",
        epilog="Exit status: 0 if all went well, 1 if some pictures failed or a bundle does not verify, "
        "2 if nothing could be tried.",
    )
    top.add_argument("--version", action=_Version)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _make(commands.add_parser("make", help="make thumbnails of files and folders", description=_MAKE))
    _probe(commands.add_parser("probe", help="say what images are", description=_PROBE))
    _batch(commands.add_parser("batch", help="make thumbnails of a Parquet file's column", description=_BATCH))
    _placeholder(commands.add_parser("placeholder", help="make ThumbHashes of images", description=_PLACEHOLDER))
    compiling = commands.add_parser("compile", help="compile the sandbox into a folder", description=_COMPILE)
    compiling.add_argument("folder", metavar="DIR", help="what load(cache=DIR) is given later; made if it is missing")
    completion = commands.add_parser("completion", help="print completions for a shell", description=_COMPLETION)
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    commands.add_parser("manual", help="print the manual page", description=_MANUAL)
    bundles = commands.add_parser("bundle", help="look into signed bundles (.rbp)", description=_BUNDLE)
    _show(bundles.add_subparsers(dest="action", required=True, metavar="ACTION"))
    return top


_MAKE = (
    "Makes a thumbnail of every file that is named, and of every picture in the folders that are named, "
    "which keep their structure below the output folder. One bad file does not stop the others."
)
_BATCH = (
    "Makes a thumbnail of each image in a column of a Parquet file, and writes a Parquet file with all other columns "
    "and the thumbnails: a struct of thumbnail, width, height and format, and of code and message where an image "
    "failed. If it is interrupted, the same command goes on after the last row group that was done."
)
_PROBE = "Says what the headers of images say: format, dimensions, orientation. No pixel is decoded."
_PLACEHOLDER = (
    "Makes a ThumbHash of every image, some 25 bytes in base64, and says its average colour: what a page shows until "
    "the picture is there."
)
_COMPILE = (
    "Compiles the sandbox's components into a folder that every user of this machine can read. For containers: where "
    "nothing can be written later, load(cache=DIR) takes the compiled code from there and starts at once."
)
_COMPLETION = 'Prints what a shell reads to complete commands and options: eval "$(thumbox completion bash)".'
_MANUAL = "Prints the manual page: thumbox manual | man -l -"
_BUNDLE = "Looks into bundles: one file with the native libraries and the component, signed."
_SHOW = (
    "Prints what a bundle holds, and whether all of it verifies by the key that you trust. "
    "The exit status is 0 only if it does."
)


def _show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = actions.add_parser("show", help="what is inside, and whether it verifies", description=_SHOW)
    command.add_argument("file", metavar="FILE", type=_path)
    command.add_argument(
        "--public-key", metavar="KEY", help="the minisign key that you trust: its text, or the name of its file"
    )
    command.add_argument("--json", action="store_true", help="write a JSON object instead of text")


def _make(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="FILE-OR-FOLDER", type=_path, help="'-' is standard input")
    command.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="DIR-OR-FILE",
        help="the folder for the thumbnails; of one picture, the thumbnail's file, such as small.webp, or '-' for "
        "standard output",
    )
    command.add_argument(
        "--size",
        type=_checked(size),
        action="append",
        metavar="SIZE",
        help="the box in pixels: 256, which is 256x256, or WxH, of which a side of 0 is in proportion to the other; "
        "with @FORMAT a format of its own, as in 512@webp; several times for several thumbnails of one decoding "
        "(default: 256)",
    )
    command.add_argument("--format", choices=FORMATS, help="what to write (default: jpeg, or what -o's file says)")
    command.add_argument(
        "--name",
        type=_checked(Template),
        metavar="PATTERN",
        help="how thumbnails are named, by {stem} and {name} of the picture, {ext}, {size}, {width} and {height} of "
        "the box, {format} (default: {stem}.{ext}; with several sizes {stem}-{size}.{ext})",
    )
    _look(command)
    command.add_argument(
        "--jobs", type=int, default=processors(), metavar="N", help="pictures at once (default: %(default)s)"
    )
    command.add_argument(
        "--update", action="store_true", help="make thumbnails again that are older than their pictures"
    )
    command.add_argument("--force", action="store_true", help="make all again, and replace whatever files are there")
    command.add_argument("--quiet", action="store_true", help="say nothing but what failed")
    command.add_argument("--sheet", metavar="FILE.html", help="write a page with all thumbnails in it")
    command.add_argument("--manifest", metavar="FILE.json", help="write a list of all thumbnails")
    command.add_argument("--srcset", metavar="FILE.html", help="write an <img> with srcset for each picture")
    _common(command)


def _batch(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", metavar="IN.parquet", type=_path, help="a file, or a location such as s3://a/b")
    command.add_argument("output", metavar="OUT.parquet", type=_path, help="a file, or a location")
    command.add_argument("--column", required=True, metavar="NAME", help="the column with the image files")
    command.add_argument(
        "--into",
        default="thumbnail",
        metavar="NAME",
        help="the new column, in the place of that one (default: thumbnail)",
    )
    command.add_argument(
        "--paths", metavar="FOLDER", help="the column has paths of files below this folder or location, and no images"
    )
    command.add_argument(
        "--size", type=_checked(size), default="256", metavar="SIZE", help="the box, as for make (default: 256)"
    )
    command.add_argument("--format", choices=FORMATS, help="what to write (default: jpeg)")
    _look(command)
    command.add_argument(
        "--rows", type=int, default=64, metavar="N", help="images that are in memory at once (default: 64)"
    )
    command.add_argument(
        "--jobs", type=int, default=processors(), metavar="N", help="images at once (default: %(default)s)"
    )
    command.add_argument("--force", action="store_true", help="replace OUT.parquet, and begin anew")
    command.add_argument("--quiet", action="store_true", help="say nothing but what failed")
    _limits(command)


def _look(command: argparse.ArgumentParser) -> None:
    """How a thumbnail is to look."""
    command.add_argument("--quality", type=int, default=85, metavar="N", help="1 to 100 (default: 85)")
    command.add_argument(
        "--fit", choices=FITS, default="inside", help="how the picture meets the box (default: inside)"
    )
    command.add_argument(
        "--position",
        type=_position,
        default="centre",
        metavar="WHERE",
        help="what cover keeps: attention, a side or corner such as 'top' or 'right top', "
        "or a point such as 0.3,0.7 (default: centre)",
    )
    command.add_argument("--enlarge", action="store_true", help="make small pictures larger, too")
    command.add_argument("--lossless", action="store_true", help="lossless WebP")
    command.add_argument(
        "--background",
        metavar="#RRGGBB",
        help="what shows under transparency in a JPEG, and around what contain pads (default: white)",
    )
    command.add_argument(
        "--effort",
        type=int,
        default=DEFAULT_EFFORT,
        metavar="N",
        help=f"0, as fast as can be, to {MAX_EFFORT}, as small as can be (default: {DEFAULT_EFFORT})",
    )
    command.add_argument(
        "--frames", choices=FRAMES, default="first", help="all: an animated WebP of an animation (default: first)"
    )
    command.add_argument(
        "--page", type=int, default=0, metavar="N", help="the frame or the TIFF's page to show, from 0 (default: 0)"
    )
    command.add_argument(
        "--colour", choices=COLOURS, default="srgb", help="keep: the picture's own colour space (default: srgb)"
    )
    command.add_argument(
        "--subsampling", choices=SUBSAMPLINGS, default="auto", help="samples of colour of a JPEG (default: auto)"
    )
    command.add_argument(
        "--progressive", action=argparse.BooleanOptionalAction, help="a progressive JPEG, or a baseline one"
    )
    command.add_argument("--palette", action="store_true", help="a PNG with a palette of at most 256 colours")
    command.add_argument("--refuse-truncated", action="store_true", help="fail where a picture is not complete")


def _probe(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="FILE-OR-FOLDER", type=_path, help="'-' is standard input")
    command.add_argument("--json", action="store_true", help="write a JSON array instead of a table")
    _common(command)


def _placeholder(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="FILE-OR-FOLDER", type=_path, help="'-' is standard input")
    command.add_argument("--json", action="store_true", help="write a JSON array instead of a table")
    _common(command)


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--follow-links", action="store_true", help="also follow links in folders that lead out of them"
    )
    _limits(command)


def _limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--variant",
        choices=("wasm", "native"),
        default="wasm",
        help="wasm: in a sandbox, for anybody's pictures; native: for your own (default: wasm)",
    )
    command.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="for one picture in the sandbox (default: 10)"
    )
    command.add_argument(
        "--formats",
        type=lambda names: tuple(names.split(",")),
        metavar="NAMES",
        help=f"read nothing else than these: some of {','.join(READ_FORMATS)} (default: all)",
    )
    command.add_argument("--max-pixels", type=int, metavar="N", help="refuse pictures with more pixels")
    command.add_argument(
        "--max-memory", type=int, metavar="BYTES", help="refuse pictures that need more working memory"
    )
    command.add_argument(
        "--max-request",
        type=int,
        default=MAX_REQUEST,
        metavar="BYTES",
        help="refuse larger files (default: %(default)s)",
    )


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("a name is empty")
    return text


_Value = TypeVar("_Value")


def _checked(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """The same with argparse's error, whose text is shown."""

    def checked(text: str) -> _Value:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked


def _position(text: str) -> str | tuple[float, float]:
    if "," not in text:
        return text
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a point; two numbers such as 0.3,0.7 are allowed") from None
    return x, y
