"""Names of lines in pictures: no line runs through them, they do not meet, each stands nearest to its own line; losses have their own colour."""

import datetime as dt

import numpy as np
import pytest

from audit.report.charts import before_after as pictures
from audit.report.charts.names import Curve, _dense, name_lines
from audit.report.charts.realised import Point, realised
from audit.report.charts.style import drawing
from audit.report.theme import WARN, Theme

THEME = Theme.of("#1f5f8b")


def placed(lines, height=240):
    """(boxes of the names, points along each line) of lines drawn in a picture of usual size."""
    with drawing(464, height) as (figure, axes):
        for y in lines.values():
            axes.plot(range(len(y)), y)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.25 * (high - low))
        figure.subplots_adjust(left=0.1, right=0.97, top=0.97, bottom=0.1)
        curves = [Curve(range(len(y)), y, name, "#000000", 0.8) for name, y in lines.items()]
        frame = axes.get_window_extent().extents
        return name_lines(axes, curves), [_dense(axes, curve) for curve in curves], frame


@pytest.mark.parametrize("seed", range(12))
def test_no_line_runs_through_a_name_and_names_do_not_meet(seed):
    rng = np.random.default_rng(seed)
    lines = {"факт": rng.normal(size=26), "ожидалось без изменения": np.where(np.arange(26) < 18, np.nan, rng.normal(scale=0.2, size=26))}
    boxes, points, frame = placed(lines)
    assert not boxes[0].meets(boxes[1])
    for box in boxes:
        assert sum(box.holds(one) for one in points) == 0
        assert box.left >= frame[0] - 1 and box.right <= frame[2] + 1 and box.bottom >= frame[1] - 1 and box.top <= frame[3] + 1


@pytest.mark.parametrize("above", [True, False])
def test_each_name_stands_nearest_to_its_own_line(above):
    base = np.linspace(0, 10, 8)
    boxes, points, _ = placed({"получено": base, "обещано": base + (0.6 if above else -0.6)})
    for at, box in enumerate(boxes):
        assert box.far(points[at]) < box.far(points[1 - at])


def levels(seed):
    rng = np.random.default_rng(seed)
    return [pictures.Level(str(dt.date(2023 + at // 12, at % 12 + 1, 1)), 0.3 + 0.05 * rng.normal(), *((0.3, 0.25, 0.35) if at >= 18 else (None,) * 3), at >= 18) for at in range(26)]


@pytest.mark.parametrize("seed", range(4))
def test_the_names_of_before_and_after_keep_clear_of_the_mark(seed, monkeypatch):
    found = []
    real = pictures._named
    monkeypatch.setattr(pictures, "_named", lambda *given: found.extend(real(*given)) or found)
    drawn = pictures.before_after(levels(seed), THEME, str, lambda day: f"{day:%m.%y}", names=("факт", "ожидалось без изменения"), mark="начало")
    assert drawn.svg == pictures.before_after(levels(seed), THEME, str, lambda day: f"{day:%m.%y}", names=("факт", "ожидалось без изменения"), mark="начало").svg
    boxes = found[:3]
    assert not any(one.meets(other) for place, one in enumerate(boxes) for other in boxes[place + 1:])


def test_money_that_was_lost_has_the_colour_of_a_warning():
    def drawn(sign):
        rows = [Point(dt.date(2026, at + 1, 1), sign * at * 1e5, -5e5, 6e5, None) for at in range(1, 5)]
        return realised(rows, THEME, str, lambda day: f"{day:%m.%y}", names=("получено", "обещано")).svg

    assert WARN in drawn(-1)
    assert WARN not in drawn(1)


def test_the_picture_of_the_notebook_tells_losses_apart():
    from matplotlib.colors import to_hex

    from audit.remeasure.plot import GAIN, LOSS, money_of

    rows = [{"title": name, "change": name, "money_per_month": {"value": value, "low": value - 2, "high": value + 2, "promised": None}} for name, value in (("a", 5.0), ("b", -5.0))]
    dots = [one for one in money_of(rows, "ru").axes[0].lines if one.get_marker() == "o"]
    assert [to_hex(one.get_color()) for one in dots] == [LOSS, GAIN]  # from the bottom up
