"""The common look of pictures and the way from a figure to a small SVG."""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from audit.report.theme import GREY, INK, PALE, RULE
from audit.share import share

PX = 72 / 96  # a CSS pixel in points
TEXT, SMALL = 13 * PX, 12 * PX
NAMED = 22  # height of the strip that holds the name of an axis
HALF = 464  # width of every picture in CSS pixels: half of the page, and readable when scaled to a phone
FAMILY = "Audit Noto Sans"

RC: Any = {
    "font.family": [FAMILY, "DejaVu Sans"], "font.size": TEXT, "text.color": INK, "text.parse_math": False,
    "axes.edgecolor": PALE, "axes.labelcolor": GREY, "axes.linewidth": 0.75, "axes.titlesize": TEXT,
    "axes.spines.top": False, "axes.spines.right": False, "axes.unicode_minus": True,
    "xtick.color": PALE, "ytick.color": PALE, "xtick.labelcolor": GREY, "ytick.labelcolor": GREY,
    "xtick.labelsize": SMALL, "ytick.labelsize": SMALL, "xtick.major.size": 3, "ytick.major.size": 0, "axes.labelsize": SMALL, "patch.force_edgecolor": False,
    "xtick.major.width": 0.75, "grid.color": RULE, "grid.linewidth": 0.75, "axes.axisbelow": True,
    "svg.fonttype": "path", "text.hinting": "no_hinting", "svg.hashsalt": "audit", "path.simplify_threshold": 0.2,
}


class Picture(NamedTuple):
    """A drawn picture: SVG text, its size in CSS pixels and what its axes (lying, standing) are called, "" where they are not."""

    svg: str
    width: int
    height: int
    named: tuple[str, str] = ("", "")

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


@cache
def _register() -> frozenset[int]:
    """Give matplotlib the report's font; the code points that pictures can show."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    for name in ("Regular", "SemiBold"):
        font_manager.fontManager.addfont(str(share("templates") / "fonts" / f"NotoSans-{name}.ttf"))
    shown = [FT2Font(str(share("templates") / "fonts" / "NotoSans-Regular.ttf")), FT2Font(font_manager.findfont("DejaVu Sans"))]
    return frozenset(code for font in shown for code in font.get_charmap())


def label(text: object, longest: int = 30) -> str:
    """A label that a picture can show: known letters only, one line, at most `longest` long."""
    known = _register()
    plain = " ".join("".join(c for c in str(text) if ord(c) in known or c.isspace()).split())
    return (plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…") or "–"


@contextmanager
def drawing(width: int, height: int, rows: int = 1, columns: int = 1, **grid: Any) -> Iterator[tuple]:
    """(figure, axes) in the common style; `axes` is one or an array."""
    import matplotlib
    import seaborn
    from matplotlib.figure import Figure

    _register()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        seaborn.set_theme(context="notebook", style="ticks", rc=RC)  # theme of this picture only: the context gives the old one back
        figure = Figure(figsize=(width / 96, height / 96), dpi=96)
        axes = figure.subplots(rows, columns, **grid)
        yield figure, axes


def picture(figure, width: int, height: int, named: tuple[str, str] = ("", "")) -> Picture:
    """The figure as SVG without dates, comments and needless digits; `named` says what the lying and the standing axis show."""
    height = _name_axes(figure, width, height, named)
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    return Picture(small(out.getvalue()), width, height, named)


def _name_axes(figure, width: int, height: int, named: tuple[str, str]) -> int:
    """Names in strips of their own below and above what is drawn, level and readable; the height with them."""
    below, above = (NAMED if name else 0 for name in named)
    if not (below or above):
        return height
    kept, whole = figure.subplotpars, height + below + above
    figure.subplots_adjust(bottom=(kept.bottom * height + below) / whole, top=(kept.top * height + below) / whole)
    figure.set_size_inches(width / 96, whole / 96)
    if below:
        figure.text(kept.right, 4 / whole, label(named[0], 70), ha="right", va="bottom", fontsize=SMALL, color=GREY)
    if above:
        figure.text(4 / width, 1 - 4 / whole, label(named[1], 70), ha="left", va="top", fontsize=SMALL, color=GREY)
    return whole


def small(svg: str) -> str:
    """The same picture in a third of the bytes: no comments, metadata, unused ids or needless digits."""
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = svg.replace("xlink:href", "href").replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    used = dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    short = {name: _name(at) for at, name in enumerate(used)}
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', lambda m: m[1] + short[m[2]], svg)
    svg = re.sub(r'(?<= )d="([^"]+)" transform="scale\(0\.015625\)"', lambda m: f'd="{_glyph(m[1])}"', svg)
    svg = re.sub(r"(?<![\w#.])-?\d+\.\d+", lambda m: _short(m[0]) if "e" not in m[0] else m[0], svg)
    # outlines are in coarse units now: the groups of text take their scale, and letters stand at whole units
    svg = re.sub(r"scale\(([\d.]+) -\1\)", lambda m: f"scale({float(m[1]) * COARSE / 64:.6f} -{float(m[1]) * COARSE / 64:.6f})", svg)
    svg = re.sub(r'<use href="#(\w+)" transform="translate\((-?[\d.]+) 0\)"/>', lambda m: f'<use href="#{m[1]}" x="{round(float(m[2]) * 64 / COARSE)}"/>', svg)
    svg = re.sub(r"(?<=[LMzQC]) (?=-?\d)|(?<=\d) (?=[LMzQC])", "", re.sub(r"\s*\n\s*", " ", svg))
    svg = re.sub(r'<path d="[^"]*" style="fill: ?none"/>', "", svg)
    svg = re.sub(r"<g/>", "", re.sub(r"> <", "><", svg.replace(" />", "/>").replace("; ", ";").replace(": ", ":")))
    return svg.strip()


COARSE = 16  # outlines in a 400th of the em: a thirtieth of a pixel at the size of text
COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")


def _glyph(path: str) -> str:
    """An outline in a third of the bytes: coarser units, and steps instead of places."""
    parts: list[str] = []
    x, y, first = 0, 0, (0, 0)
    control: tuple[int, int] | None = None
    for command, numbers in COMMAND.findall(path):
        if command == "z":
            parts.append("z")
            (x, y), control = first, None
            continue
        points = [round(float(n) / COARSE) for n in numbers.split()]
        steps = [n - (y if i % 2 else x) for i, n in enumerate(points)]
        smooth = (2 * x - control[0], 2 * y - control[1]) if control else None
        control = (points[0], points[1]) if command == "Q" else None
        if smooth and control and max(abs(smooth[0] - control[0]), abs(smooth[1] - control[1])) <= 1:
            control = smooth  # TrueType leaves out points half-way between two controls; SVG can too
            parts.append("t" + _spaced(steps[2:]))
        elif command == "L" and 0 in steps:
            parts.append(f"h{steps[0]}" if steps[1] == 0 else f"v{steps[1]}")
        else:
            parts.append(command.lower() + _spaced(steps))
        x, y = points[-2], points[-1]
        first = (x, y) if command == "M" else first
    return "".join(parts)


def _spaced(steps: list[int]) -> str:
    return " ".join(map(str, steps)).replace(" -", "-")


def _name(at: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[at % 52] + (str(at // 52) if at >= 52 else "")


def _short(number: str) -> str:
    value = float(number)
    return number if abs(value) < 0.1 and value else f"{value:.2f}".rstrip("0").rstrip(".")


def line(axes, x: Sequence[float], y: Sequence[float], **look: Any) -> None:
    """A line through points as given, nothing averaged or sorted; `look` as for seaborn.lineplot."""
    import seaborn

    seaborn.lineplot(x=list(x), y=list(y), ax=axes, estimator=None, errorbar=None, sort=False, legend=False, **look)


UNDER = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # paper under a name, so that no line runs through it


def bare(axes, *, grid: str | None = None) -> None:
    """No box; a light grid along `grid` only."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    if grid:
        axes.grid(axis=grid)


def text_width(figure, texts: list[str], size: float = TEXT) -> float:
    """Width of the longest of `texts` in CSS pixels."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    longest = 0.0
    for text in texts:
        font = FontProperties(family=[FAMILY], size=size)
        longest = max(longest, TextPath((0, 0), text or " ", prop=font).get_extents().x1)
    return longest / PX
