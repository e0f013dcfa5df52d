"""Names of lines placed where no line runs: beside a point of their own line, else in the strip above everything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from audit.report.charts.style import SMALL, UNDER, text_width

GAP = 5.0  # pixels between a line and its name
HIGH = 16.0  # of a line of text
STEPS = 24  # places looked at between two points of a line


class Box(NamedTuple):
    """A rectangle in pixels of the picture."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles have a place in common."""
        return self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top

    def holds(self, points: np.ndarray) -> int:
        """How many of the points (n, 2) lie inside."""
        return int(((points[:, 0] > self.left) & (points[:, 0] < self.right) & (points[:, 1] > self.bottom) & (points[:, 1] < self.top)).sum())

    def far(self, points: np.ndarray) -> float:
        """Pixels from the rectangle to the nearest of the points; infinite where there are none."""
        if not len(points):
            return float("inf")
        aside = np.maximum(np.maximum(self.left - points[:, 0], points[:, 0] - self.right), 0)
        beyond = np.maximum(np.maximum(self.bottom - points[:, 1], points[:, 1] - self.top), 0)
        return float(np.hypot(aside, beyond).min())


class Curve(NamedTuple):
    """A line of the picture in its own coordinates; NaN where it is not drawn. `name` "" for one without."""

    x: Sequence[float]
    y: Sequence[float]
    name: str = ""
    colour: str = ""
    near: float = 0.5  # part of its length where the name would stand best


def name_lines(axes, curves: Sequence[Curve], taken: Sequence[Box] = ()) -> list[Box]:
    """Write the name of each curve where the fewest points of any curve and no other name lie; the boxes of the names, in their order.

    The axes must have their final place and limits.
    """
    paths = [_dense(axes, curve) for curve in curves]
    kept = list(taken)
    for place, curve in enumerate(curves):
        if curve.name:
            others = [path for at, path in enumerate(paths) if at != place and curves[at].name]
            kept.append(_written(axes, curve, _Paths(np.vstack(paths), paths[place], np.vstack([*others, np.zeros((0, 2))])), kept))
    return kept[len(taken):]


class _Paths(NamedTuple):
    """Points in pixels along every curve, along the one that is named, and along the other named ones."""

    every: np.ndarray
    own: np.ndarray
    others: np.ndarray


def _dense(axes, curve: Curve) -> np.ndarray:
    """Points along a curve in pixels."""
    x, y = np.asarray(curve.x, float), np.asarray(curve.y, float)
    at = np.linspace(0, len(x) - 1, (len(x) - 1) * STEPS + 1)
    points = axes.transData.transform(np.column_stack([np.interp(at, np.arange(len(x)), x), np.interp(at, np.arange(len(y)), y)]))
    return points[np.isfinite(points).all(1)]


def _written(axes, curve: Curve, paths: _Paths, taken: Sequence[Box]) -> Box:
    """The name at its best place."""
    frame = Box(*axes.get_window_extent().extents)
    wide = text_width(axes.figure, [curve.name], SMALL) + 4
    box = min(_candidates(axes, curve, frame, wide), key=lambda one: _cost(one, curve, frame, paths, taken))
    write(axes, curve.name, box, curve.colour)
    return box


def write(axes, text: str, box: Box, colour: str) -> None:
    """A text in its rectangle, in parts of the figure: a saved picture has other pixels than the one that was measured."""
    at = axes.figure.transFigure.inverted().transform((box.left + 2, (box.bottom + box.top) / 2))
    axes.annotate(text, tuple(at), xycoords="figure fraction", ha="left", va="center", fontsize=SMALL, color=colour, bbox=UNDER, annotation_clip=False)


def _candidates(axes, curve: Curve, frame: Box, wide: float) -> list[Box]:
    """Rectangles above and below every point of the curve, to its left, right and middle, and along the strip at the top."""
    points = axes.transData.transform(np.column_stack([np.asarray(curve.x, float), np.asarray(curve.y, float)]))
    points = points[np.isfinite(points).all(1)]
    lefts = [float(x) - part * wide for x, _ in points for part in (0.0, 0.5, 1.0)]
    beside = [Box(left, bottom, left + wide, bottom + HIGH) for left, (_, y) in zip(lefts, np.repeat(points, 3, axis=0), strict=True)
              for lift in (GAP, 2.5 * GAP, 6 * GAP, 12 * GAP) for bottom in (float(y) + lift, float(y) - lift - HIGH)]
    strip = [Box(left, frame.top - HIGH, left + wide, frame.top) for left in np.linspace(frame.left, max(frame.right - wide, frame.left), 12)]
    return [*beside, *strip]


def _cost(box: Box, curve: Curve, frame: Box, paths: _Paths, taken: Sequence[Box]) -> float:
    """Points under the name, other names, whether another line is nearer than its own, how far it is from its line and from where it would stand best."""
    outside = box.left < frame.left or box.right > frame.right + 1 or box.bottom < frame.bottom or box.top > frame.top + 1
    best = frame.left + curve.near * (frame.right - frame.left)
    away = abs((box.left + box.right) / 2 - best) / max(frame.right - frame.left, 1.0)
    own, other = box.far(paths.own), box.far(paths.others)
    return 1e6 * outside + 1e4 * sum(box.meets(other) for other in taken) + 1e2 * box.holds(paths.every) + 50 * (other < own) + own / HIGH + away
