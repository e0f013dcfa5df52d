"""Pictures are small, inert, the same twice, and survive the oddest rows."""

import datetime as dt
import re

import pytest
from fixtures import HOSTILE

from audit.report.charts.bars import Bar, bars
from audit.report.charts.burnup import Period, burnup
from audit.report.charts.dots import Dot, dots
from audit.report.charts.incidence import Point, incidence
from audit.report.charts.monthly import Month, monthly
from audit.report.charts.multiples import Line, multiples
from audit.report.charts.style import label, text_width
from audit.report.charts.waterfall import Step, waterfall
from audit.report.charts.zonemap import Zone, zonemap
from audit.report.sanitize import inert
from audit.report.theme import Theme, contrast, css_string, readable

THEME = Theme.of("#1f5f8b")


def month(day: dt.date) -> str:
    return f"{day:%m.%y}"


def days(n: int) -> list[dt.date]:
    return [dt.date(2025 + i // 12, i % 12 + 1, 1) for i in range(n)]


DRAWN = {
    "monthly": lambda name, n: monthly([Month(d, i, i - 1, i + 1, i < n - 1) for i, d in enumerate(days(n))], THEME, str, month),
    "dots": lambda name, n: dots([Dot(name, i, i - 1, None if i == 2 else i + 1, "below" if i == 1 else "") for i in range(n)], THEME, str, benchmark=1),
    "bars": lambda name, n: bars([Bar(name, i, name[:20], i == 1, name[:20]) for i in range(n)], THEME),
    "incidence": lambda name, n: incidence([Point(i, i / 10, i / 11, i / 9) for i in range(n)], THEME, str, days=name[:20], half=1.0, half_text=name[:20]),
    "waterfall": lambda name, n: waterfall(100, [Step(name, 5, 2, 9) for _ in range(n)], THEME, str, names=(name, name), end=100 + 5 * n),
    "zonemap": lambda name, n: zonemap([Zone(i, name, 5, 2, 9, ("low", "high")[i % 2]) for i in range(n)], THEME, str, efforts=(name[:9],) * 3),
    "multiples": lambda name, n: multiples([Line(name, (1.0, None, 2.0)) for _ in range(n)], THEME, str, context=(1.0, 2.0, None)),
    "burnup": lambda name, n: burnup([Period(d, 10, 9, i < n - 1) for i, d in enumerate(days(n))], THEME, str, month, plan_name=name[:9], fact_name="b", gap="−1"),
}


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("n", [1, 2, 12])
def test_drawn_small_inert_and_the_same_twice(kind, n):
    first, again = DRAWN[kind]("Имя", n), DRAWN[kind]("Имя", n)
    assert first.svg == again.svg
    assert inert(first.uri)
    assert len(first.uri) < 40_000
    assert not re.search(r"<!--|<metadata|matplotlib|\bnan\b|<text", first.svg)


@pytest.mark.parametrize("kind", DRAWN)
def test_hostile_names(kind):
    drawn = DRAWN[kind](HOSTILE[0] + HOSTILE[9] + "$x^2$", 3)
    assert inert(drawn.uri)
    assert "script" not in drawn.svg


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_labels(name):
    drawn = dots([Dot(name, 1, 0, 2), Dot("b", 2, 1, 3)], THEME, str)
    assert inert(drawn.uri)
    assert len(label(name)) <= 30


def test_labels_are_short_and_have_known_letters_only():
    assert label("x" * 100, 10) == "x" * 9 + "…"
    assert label("Отдел \U0001f9ff", 30) == "Отдел"
    assert label("\U0001f9ff") == "–"


def test_outlines_keep_their_shape():
    """The compact outlines reach as far as the original ones do."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    from audit.report.charts.style import COARSE, FAMILY, _glyph, _register

    _register()
    path = TextPath((0, 0), "Ж", prop=FontProperties(family=[FAMILY], size=100))
    words = {1: "M", 2: "L", 3: "Q", 79: "z"}
    text = "".join(f"{words[code]} " + " ".join(f"{64 * v:.2f}" for v in points) + " " for points, code in path.iter_segments(simplify=False, curves=True)
                   if code in words).replace("z " + " ".join(["0.00"] * 2), "z")
    steps = _glyph(text)
    x, xs = 0, []
    for command, numbers in re.findall(r"([mlhvqz])([^mlhvqz]*)", steps):
        values = [int(v) for v in re.findall(r"-?\d+", numbers)]
        if command == "z" or command == "v":
            continue
        x += values[0] if command in "mlh" else values[2]
        xs.append(x)
    assert max(xs) * COARSE / 64 == pytest.approx(path.get_extents().x1, abs=0.6)


def test_text_is_as_wide_as_drawn():
    assert text_width(None, ["мммм"]) > text_width(None, ["ii"]) > 0


@pytest.mark.parametrize("accent", ["#ffe600", "#ffffff", "#1f5f8b", "#00ff00", "#000000", "#ff8800"])
def test_brand_colours_become_readable(accent):
    assert contrast(readable(accent), "#ffffff") >= 4.5
    assert contrast(readable(accent), "#f3f6f8") >= 4.5


def test_css_strings_cannot_end_early():
    assert not re.search(r"[<>{};]", css_string("</style>{}\";"))
