"""The picture of the README: python xtask/mkdocs/picture.py [PHOTO] writes docs/images/flow.svg.

The photo is the demo's sample (`cargo xtask demo` computes it), which is stored on its side with an EXIF orientation.
The picture shows it as stored and as Thumbox returns it, and what happens in between.
"""

import base64
import sys
from pathlib import Path

import thumbox

ROOT = Path(__file__).parents[2]
STEPS = ("header", "decode, reduced", "resize", "colour to sRGB", "orient", "encode")
TEXT = 'font-family="system-ui, sans-serif" font-size="13" fill="#1f2933"'


def main() -> None:
    """Writes the picture."""
    photo = Path(*sys.argv[1:2]) if sys.argv[1:] else ROOT / "target/demo/sample.jpg"
    image = photo.read_bytes()
    with thumbox.load() as plugin:
        info = plugin.probe(image)
        shown = plugin.thumbnail(image, 240, 240, quality=80)
        small = plugin.thumbnail(image, 256, 256, format="webp", quality=80)
    before = f"{info.stored_width} x {info.stored_height}, {len(image) / 1e6:.1f} MB"
    after = f"{small.width} x {small.height}, {len(small.data) / 1e3:.1f} kB"
    file = ROOT / "docs/images/flow.svg"
    file.write_text(svg(embedded(shown), before, embedded(small), after), encoding="utf-8")
    print(f"{file}: {file.stat().st_size} bytes")


def embedded(thumbnail: thumbox.Thumbnail) -> str:
    """A thumbnail as a part of the picture."""
    return f"data:image/{thumbnail.format};base64,{base64.b64encode(thumbnail.data).decode()}"


def svg(before: str, about_before: str, after: str, about_after: str) -> str:
    """The picture. Its background is its own, so that it can be read on dark pages."""
    arrow = '<path d="M{} h26 m-7 -6 l7 6 l-7 6" fill="none" stroke="#52606d" stroke-width="2"/>'
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 330" width="860" height="330" role="img">',
        "<title>A photo of 12 megapixels, stored on its side, goes through Thumbox and comes out small</title>",
        '<rect width="860" height="330" rx="12" fill="#f5f7fa"/>',
        # As stored: on its side.
        f'<image href="{before}" width="240" height="180" transform="translate(24 270) rotate(-90)"/>',
        f'<text x="24" y="292" {TEXT}>a stranger\'s JPEG, as stored</text>',
        f'<text x="24" y="310" {TEXT}>{about_before}, EXIF</text>',
        arrow.format("214 150"),
        '<rect x="250" y="30" width="304" height="240" rx="10" fill="#ffffff" stroke="#3e4c59" stroke-width="2"/>',
        f'<text x="266" y="54" {TEXT} font-weight="bold">sandbox: no file, network or clock</text>',
    ]
    for index, step in enumerate(STEPS):
        x, y = 266 + index % 2 * 142, 72 + index // 2 * 52
        lines.append(f'<rect x="{x}" y="{y}" width="130" height="36" rx="6" fill="#d9e8f6"/>')
        lines.append(f'<text x="{x + 65}" y="{y + 23}" {TEXT} text-anchor="middle">{index + 1}  {step}</text>')
    lines += [
        f'<text x="266" y="246" {TEXT}>limits on pixels, memory, work and time;</text>',
        f'<text x="266" y="262" {TEXT}>an error is a code and a message</text>',
        f'<text x="250" y="292" {TEXT}>one Rust core, three builds: native library,</text>',
        f'<text x="250" y="310" {TEXT}>WebAssembly component, browser module</text>',
        arrow.format("562 150"),
        f'<image href="{after}" x="598" y="54" width="240" height="180"/>',
        f'<text x="598" y="258" {TEXT}>WebP, {about_after}</text>',
        f'<text x="598" y="276" {TEXT}>upright, sRGB, no metadata;</text>',
        f'<text x="598" y="294" {TEXT}>the same bytes from every build</text>',
        "</svg>\n",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
