"""What a thumbnail may take, and whether it is so.

A peer whose reduction is more than 1 dB below the better of pyvips's and Pillow's is not counted as the fastest. A file
whose quality cannot be measured counts for nothing here. A bar is met if the median of the files' and sizes' ratios
meets it and the worst of them too.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from _peers import OURS
from _pictures import CLASSES, IN_RAW, KINDS, class_of
from _quality import bar

if TYPE_CHECKING:
    from _pictures import Picture

__all__ = ["BARS", "FASTEST", "Bar", "Result", "profile_costs", "summary"]

FASTEST = "the fastest peer"


@dataclass(frozen=True)
class Result:
    """What was measured of a file at a size. `psnr` is empty where quality cannot be measured."""

    picture: Picture
    size: int
    seconds: dict[str, list[float]]
    psnr: dict[str, float]

    @property
    def ratio(self) -> str:
        """Its class."""
        return class_of(self.picture, self.size)

    def as_json(self) -> dict[str, object]:
        """All but the file's bytes."""
        return {
            "file": self.picture.name,
            "derived": self.picture.derived,
            "kind": self.picture.kind,
            "width": self.picture.width,
            "height": self.picture.height,
            "size": self.size,
            "class": self.ratio,
            "seconds": self.seconds,
            "psnr": self.psnr,
        }

    def median(self, name: str) -> float:
        """Seconds that it usually took."""
        return statistics.median(self.seconds[name])

    def is_under(self, name: str) -> bool:
        """Whether its reduction was compared and misses the bar."""
        return name in self.psnr and self.psnr[name] < bar(self.psnr)

    def fastest(self) -> str | None:
        """The fastest of the peers whose reductions are good enough."""
        peers = [name for name in self.seconds if name not in OURS and not self.is_under(name)]
        return min(peers, key=self.median, default=None)

    def times_as_fast(self, ours: str, against: str | None) -> float | None:
        """How many times as fast ours is as a peer; None if one of them was not measured."""
        peer = self.fastest() if against == FASTEST else against
        if ours not in self.seconds or peer is None or peer not in self.seconds:
            return None
        return self.median(peer) / self.median(ours)


@dataclass(frozen=True)
class Bar:
    """How many times as fast ours has to be, in a class of files."""

    ratio: str
    kind: str
    ours: str
    against: str
    least: float


BARS = [
    Bar(">=16x", "baseline", "native", "pyvips", 2.0),
    Bar(">=16x", "baseline", "native", FASTEST, 1.5),
    Bar(">=16x", "baseline", "wasm", "pyvips", 1.5),
    Bar(">=16x", "progressive", "native", "pyvips", 5.0),
    Bar(">=16x", "progressive", "wasm", "pyvips", 4.0),
    *(
        Bar(ratio, kind, ours, "pyvips", least)
        for ratio in ("8-16x", "4-8x")
        for kind in ("baseline", "progressive")
        for ours, least in (("native", 1.5), ("wasm", 1.1))
    ),
    *(
        Bar(ratio, "PNG", ours, "pyvips", least)
        for ratio in CLASSES
        for ours, least in (("native", 1.2), ("wasm", 0.8))
    ),
    Bar(">=16x", "WebP", "native", "pyvips", 1.1),
    Bar(">=16x", "WebP", "wasm", "pyvips", 0.75),
    *(
        Bar(ratio, "WebP", ours, "pyvips", least)
        for ratio in ("8-16x", "4-8x", "<4x")
        for ours, least in (("native", 0.9), ("wasm", 0.6))
    ),
    # Pillow's are libheif, with libde265, and libavif, with dav1d.
    *(Bar(ratio, "HEIF", "wasm", "Pillow", 0.71) for ratio in CLASSES),
    *(Bar(ratio, "AVIF", "wasm", "Pillow", 0.25) for ratio in CLASSES),
]

PROFILE_COSTS = {"sRGB profile": (1.03, None), "Display P3 profile": (1.15, 512), IN_RAW: (1.05, None)}
"""How many times as long a picture may take with that profile as without it, and at which size if not at all. So, too,
a JPEG that is the preview of a camera's file.
"""


def summary(results: list[Result]) -> list[dict[str, object]]:
    """Each class, kind and comparison: how many, the median and the worst, and the bar if there is one."""
    bars = {(b.ratio, b.kind, b.ours, b.against): b.least for b in BARS}
    found: list[dict[str, object]] = []
    for ratio in CLASSES:
        for kind in KINDS:
            counted = [
                result for result in results if (result.ratio, result.picture.kind) == (ratio, kind) and result.psnr
            ]
            for ours in OURS:
                for against in ("pyvips", "Pillow", FASTEST):
                    if against == "Pillow" and kind not in {"AVIF", "HEIF"}:
                        continue
                    pairs = [(times, result) for result in counted if (times := result.times_as_fast(ours, against))]
                    if not pairs:
                        continue
                    median = statistics.median(times for times, _ in pairs)
                    worst, where = min(pairs, key=lambda pair: pair[0])
                    least = bars.get((ratio, kind, ours, against))
                    found.append(
                        {
                            "class": ratio,
                            "kind": kind,
                            "ours": ours,
                            "against": against,
                            "count": len(pairs),
                            "median": median,
                            "worst": worst,
                            "worst_file": f"{where.picture.name} at {where.size}",
                            "bar": least,
                            "verdict": _verdict(median, worst, least),
                        }
                    )
    return found


def profile_costs(results: list[Result]) -> list[dict[str, object]]:
    """Each profile and size: how many times as long pictures take as without it, and the bar if there is one."""
    plain = {(result.picture.name, result.size): result for result in results}
    found: dict[tuple[str, str, int], list[float]] = {}
    for result in results:
        picture, without = result.picture, plain.get((result.picture.plain, result.size))
        for ours in OURS:
            if picture.profile and without and ours in result.seconds and ours in without.seconds:
                key = (picture.profile, ours, result.size)
                found.setdefault(key, []).append(result.median(ours) / without.median(ours))
    rows: list[dict[str, object]] = []
    for (profile, ours, size), times in sorted(found.items()):
        most, at = PROFILE_COSTS[profile]
        median, bar = statistics.median(times), most if at in {None, size} else None
        verdict = "" if bar is None else "met" if median <= bar else "MISSED"
        rows.append({"profile": profile, "ours": ours, "size": size, "times": median, "bar": bar, "verdict": verdict})
    return rows


def _verdict(median: float, worst: float, least: float | None) -> str:
    if least is None:
        return ""
    if median < least:
        return "MISSED"
    return "met" if worst >= least else "met in the median, not by all"
