"""How long a thumbnail takes: ours, native and in the sandbox, and the peers', in turn.

    python thumbnails.py [--corpus DIR] [--derive] [--sizes 100,256,512] [--rounds N] [--json FILE] [--plot FILE]

A file's bytes in, a JPEG's bytes of quality 85 out, one thread each, warm. Each round asks every library once, so that
what else the machine does falls on all alike. Prints medians in milliseconds with the interquartile range, how many
times as fast as pyvips and as the fastest peer ours is, and the bars by class. A peer whose reduction is more than 1 dB
below the better of pyvips's and Pillow's is marked with ! and is not counted as the fastest. Without a corpus it
measures photographs of scikit-image and scikit-learn, and larger ones and other codings derived from them, marked *.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from _bars import FASTEST, Result, profile_costs, summary
from _peers import CANNOT, OURS, makers
from _pictures import LABEL, collect
from _plot import plot
from _quality import Reference

if TYPE_CHECKING:
    from _peers import Maker
    from _pictures import Picture


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--derive", action="store_true", help="also the corpus' JPEGs, coded again in other ways")
    parser.add_argument("--sizes", default="100,256,512", help="sides of the box (default: 100,256,512)")
    parser.add_argument("--rounds", type=int, default=9, help="calls of each (default: 9)")
    parser.add_argument("--json", type=Path, help="write all that was measured there")
    parser.add_argument("--plot", type=Path, help="draw it there, as SVG")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    pictures = collect(options.corpus, derive=options.derive)
    results = []
    with makers() as every:
        print("Milliseconds, ± interquartile range; then how many times as fast as pyvips and the fastest peer\n")
        ratios = "".join(f"{f'{ours}/{peer}':>15}" for ours in OURS for peer in ("pyvips", "fastest"))
        print(f"{'':{LABEL + 13}}" + "".join(f"{name:>16}" for name in every) + ratios)
        for picture in pictures:
            for result in measure(every, picture, sizes, options.rounds):
                results.append(result)
                print(row(result, list(every)), flush=True)
    bars = summary(results)
    costs = profile_costs(results)
    print("\n" + table(bars))
    if costs:
        print("\n" + profile_table(costs) + "\n")
    print(uncounted(results))
    if options.json:
        found = {"results": [result.as_json() for result in results], "bars": bars, "profiles": costs}
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if options.plot:
        options.plot.write_text(plot(results))


def measure(every: dict[str, Maker], picture: Picture, sizes: list[int], rounds: int) -> list[Result]:
    """The picture at each size, by all who can read it: the seconds of each call, and the quality of each reduction."""
    try:
        reference = Reference(picture)
    except (OSError, ValueError):
        reference = None
    results = []
    for size in sizes:
        is_reduced = max(picture.width, picture.height) > size
        # The sandbox gives the native build's bytes.
        others = {name: maker for name, maker in every.items() if name != "wasm"}
        psnr = reference.measure(others, size) if reference and is_reduced else {}
        if "native" in psnr:
            psnr["wasm"] = psnr["native"]
        seconds = times(every, picture.data, size, rounds)
        results.append(Result(picture, size, seconds, psnr))
    return results


def times(every: dict[str, Maker], image: bytes, size: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each call of each that can read the picture."""
    found: dict[str, list[float]] = {}
    for name, maker in every.items():
        try:
            maker.timed(image, size)  # warm, and whether it can
        except CANNOT:
            continue
        found[name] = []
    for _ in range(rounds):
        for name, spent in found.items():
            spent.append(every[name].timed(image, size))
    return found


def row(result: Result, names: list[str]) -> str:
    """One line of the table."""
    cells = []
    for name in names:
        if name not in result.seconds:
            cells.append(f"{'cannot':>16}")
            continue
        spent = [1e3 * seconds for seconds in result.seconds[name]]
        low, _, high = statistics.quantiles(spent, n=4) if len(spent) > 1 else spent * 3
        mark = "!" if result.is_under(name) else " "
        cells.append(f"{statistics.median(spent):>9.2f}{mark}±{high - low:<5.2f}")
    ratios = [result.times_as_fast(ours, against) for ours in OURS for against in ("pyvips", FASTEST)]
    start = f"{result.picture.label:{LABEL + 1}}{result.size:>5}{result.ratio:>7}"
    return start + "".join(cells) + "".join("" if times is None else f"{times:>14.2f}x" for times in ratios)


def table(bars: list[dict[str, object]]) -> str:
    """The classes: medians of the ratios, the worst of them, and whether the bars are met."""
    lines = [f"{'class':7}{'kind':13}{'ours':8}{'against':18}{'count':>6}{'median':>8}{'worst':>8}{'bar':>8}"]
    for bar in bars:
        figures = f"{bar['count']:>6}{bar['median']:>7.2f}x{bar['worst']:>7.2f}x"
        least = f"{'>= ' if bar['bar'] else ''}{bar['bar'] or ''}"
        verdict = f"{bar['verdict']}; the worst: {bar['worst_file']}" if bar["bar"] else ""
        start = f"{bar['class']:7}{bar['kind']:13}{bar['ours']:8}{bar['against']:18}"
        lines.append(f"{start}{figures}{least:>8}  {verdict}".rstrip())
    return "\n".join(lines)


def profile_table(costs: list[dict[str, object]]) -> str:
    """What a colour profile costs."""
    lines = [f"{'with':20}{'ours':8}{'size':>5}{'times as long':>15}{'bar':>9}"]
    for cost in costs:
        most = f"<= {cost['bar']}" if cost["bar"] else ""
        figures = f"{cost['size']:>5}{cost['times']:>14.2f}x{most:>9}"
        lines.append(f"{cost['profile']:20}{cost['ours']:8}{figures}  {cost['verdict']}".rstrip())
    return "\n".join(lines)


def uncounted(results: list[Result]) -> str:
    """What the bars leave out, and whether ours keeps the quality that it asks of the peers."""
    counted = [result for result in results if result.psnr]
    under = [result for result in counted if result.is_under("native")]
    why = "the others have four inks, alpha, a palette or a profile, are broken, or fit as they are"
    lines = [f"counted: {len(counted)} of {len(results)} files and sizes; {why}"]
    if under:
        lines += [f"ours is UNDER the quality bar: {result.picture.name} at {result.size}" for result in under]
    else:
        lines.append("ours keeps the quality bar on all of them")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
