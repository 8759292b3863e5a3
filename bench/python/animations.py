"""How many bytes an animation takes, and how long: ours, native and in the sandbox, and sharp's, in turn.

    python animations.py [--frames 300] [--sizes 240,480] [--quality 80] [--rounds 5] [--save DIR]

A GIF's bytes in, an animated WebP's out, one thread each. The GIFs are of 480 x 270 pixels: a ball before a still wall
with a camera's grain, a photograph that the view moves over, and a chart that is drawn line by line. Prints the bytes
and the mean PSNR of the frames beside Pillow's reduction of them, medians of the seconds with their interquartile
range, and the bars.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _pictures import photographs
from _sharp import Sharp, SharpError
from PIL import Image, ImageDraw, ImageSequence

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Make = Callable[[bytes, int, int], tuple[bytes, float]]

WIDTH, HEIGHT = 480, 270
BYTES, TIMES = 1.05, {"native": 1.5, "wasm": 2.5}
"""How much of sharp's ours may take."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=300, help="frames of each animation (default: 300)")
    parser.add_argument("--sizes", default="240,480", help="widths of the results (default: 240,480)")
    parser.add_argument("--quality", type=int, default=80, help="of the results (default: 80)")
    parser.add_argument("--rounds", type=int, default=5, help="calls of each (default: 5)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the results there")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    print(f"{'':14}{'width':>6}{'':>8}{'bytes':>12}{'PSNR':>8}{'seconds':>17}")
    with ExitStack() as stack:
        makers: dict[str, Make] = {}
        try:
            makers["sharp"] = stack.enter_context(Sharp()).animation
        except SharpError as error:
            print(f"not measured: sharp: {error}")
        makers["native"] = _ours(stack.enter_context(thumbox.load("native")))
        # On a busy machine it may take longer than the default deadline.
        makers["wasm"] = _ours(stack.enter_context(thumbox.load("wasm", timeout=None)))
        for name, scene in SCENES.items():
            file = gif(scene(options.frames))
            source = list(frames(file))
            for size in sizes:
                measured = measure(makers, file, size, options.quality, options.rounds)
                for line in lines(measured, source, size):
                    print(f"{name:14}{size:>6}{line}", flush=True)
                if options.save:
                    options.save.mkdir(parents=True, exist_ok=True)
                    for maker, (made, _) in measured.items():
                        (options.save / f"{name}-{size}-{maker}.webp").write_bytes(made)


def measure(
    makers: dict[str, Make], file: bytes, size: int, quality: int, rounds: int
) -> dict[str, tuple[bytes, list[float]]]:
    """What each made, and the seconds of each of its calls; the first is not counted."""
    made: dict[str, tuple[bytes, list[float]]] = {name: (b"", []) for name in makers}
    for turn in range(rounds + 1):
        for name, make in makers.items():
            result, seconds = make(file, size, quality)
            made[name] = (result, [*made[name][1], seconds] if turn else [])
    return made


def lines(measured: dict[str, tuple[bytes, list[float]]], source: list[Image.Image], size: int) -> Iterator[str]:
    """A line of the table for each."""
    theirs, their_seconds = measured.get("sharp", (b"", []))
    for name, (made, seconds) in measured.items():
        low, middle, high = statistics.quantiles(seconds, n=4) if len(seconds) > 1 else seconds * 3
        text = f"{name:>8}{len(made):>12,}{psnr(made, source, size):>8.2f}{middle:>10.3f} ±{(high - low) / 2:.3f}"
        if theirs and name in TIMES:
            of_bytes, of_time = len(made) / len(theirs), middle / statistics.median(their_seconds)
            text += f"   {of_bytes:.3f} of sharp's bytes ({verdict(of_bytes, BYTES)})"
            text += f", {of_time:.2f} of its time ({verdict(of_time, TIMES[name])})"
        yield text


def verdict(found: float, most: float) -> str:
    """Of a bar."""
    return f"<= {most}: {'met' if found <= most else 'MISSED'}"


def psnr(made: bytes, source: list[Image.Image], width: int) -> float:
    """The mean of every tenth frame's, beside Pillow's reduction."""
    found = list(frames(made))
    if len(found) != len(source):
        raise SystemExit(f"{len(found)} frames of {len(source)}")
    values = []
    for ours, frame in zip(found[::10], source[::10], strict=True):
        expected = np.asarray(frame.resize(ours.size, Image.Resampling.LANCZOS), float)
        error = float(((np.asarray(ours, float) - expected) ** 2).mean())
        values.append(10 * np.log10(255**2 / max(error, 1e-9)))
    if found[0].width != width:
        raise SystemExit(f"{found[0].width} pixels wide instead of {width}")
    return float(np.mean(values))


def _ours(plugin: thumbox.Plugin) -> Make:
    def make(file: bytes, size: int, quality: int) -> tuple[bytes, float]:
        start = time.perf_counter()
        made = plugin.thumbnail(file, size, size, format="webp", quality=quality, frames="all")
        seconds = time.perf_counter() - start
        return bytes(made.data), seconds

    return make


def frames(file: bytes) -> Iterator[Image.Image]:
    """As Pillow composes them."""
    with Image.open(io.BytesIO(file)) as image:
        for frame in ImageSequence.Iterator(image):
            yield frame.convert("RGB")


def gif(pictures: Iterator[Image.Image]) -> bytes:
    """A GIF of them, 25 a second; of pictures that are alike Pillow writes one."""
    first, *others = (picture.quantize(128) for picture in pictures)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=40, loop=0)
    return file.getvalue()


def ball(count: int) -> Iterator[Image.Image]:
    """A ball before a still wall with grain."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    wall = np.stack([x * 255 // WIDTH, y * 255 // HEIGHT, (x + y) % 256], -1)
    wall = np.clip(wall + np.random.default_rng(1).integers(-12, 12, wall.shape), 0, 255)
    for at in range(count):
        middle = (240 + 150 * np.cos(at / 20), 135 + 80 * np.sin(at / 13))
        picture = wall.astype(np.uint8)
        picture[(x - middle[0]) ** 2 + (y - middle[1]) ** 2 < 30**2] = (230, 60, 40)
        yield Image.fromarray(picture)


def view(count: int) -> Iterator[Image.Image]:
    """A photograph that the view moves over."""
    photograph = next(picture for picture in photographs() if picture.name.endswith("coffee.png"))
    with Image.open(io.BytesIO(photograph.data)) as image:
        whole = image.convert("RGB")
    room = (whole.width - WIDTH, whole.height - HEIGHT)
    for at in range(count):
        left, top = (
            round(side * (0.5 + 0.5 * np.sin(at / 60 + turn))) for side, turn in zip(room, (0, 1), strict=True)
        )
        yield whole.crop((left, top, left + WIDTH, top + HEIGHT))


def chart(count: int) -> Iterator[Image.Image]:
    """A chart that is drawn line by line."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    for at in range(0, WIDTH, 40):
        draw.line((at, 0, at, HEIGHT), fill=(225, 225, 225))
    steps: NDArray[np.float64] = np.random.default_rng(2).normal(0, 6, (3, count)).cumsum(axis=1)
    for at in range(1, count + 1):
        for line, colour in zip(steps, ((31, 119, 180), (255, 127, 14), (44, 160, 44)), strict=True):
            spans = [(index * WIDTH / count, HEIGHT / 2 + line[index]) for index in range(max(0, at - 2), at)]
            draw.line(spans * (2 if at == 1 else 1), fill=colour, width=3)
        yield picture.copy()


SCENES: dict[str, Callable[[int], Iterator[Image.Image]]] = {"ball": ball, "view": view, "chart": chart}


if __name__ == "__main__":
    main()
