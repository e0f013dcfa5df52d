"""What all sections share: the frame with its heading, the consultant's note, an article, a value with interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from markupsafe import Markup

from audit.report.block import Block, section
from audit.report.markup import el, join, terms
from audit.report.privacy import SELLERS
from audit.report.sanitize import safe_markdown
from audit.schema.results import PROVISIONAL

if TYPE_CHECKING:
    from audit.report.report import Report, Value


Row = TypeVar("Row")


class Part(NamedTuple):
    """A finding as sections and slides take it: its headline, its picture, what else supports it (None is left out)."""

    title: Markup
    picture: Markup | None
    rest: tuple[Markup | None, ...] = ()


def framed(report: Report, name: str, *body: object, lead: object = None, class_: str | None = None) -> Block:
    """A section: heading of the catalogue, an opening paragraph, the consultant's note `<name>.md`, the body."""
    title, note = report.words(f"report.{name}.heading"), report.notes.get(name)
    return section(report.page, name, title, noted(report, note, title) if note else None, *body, lead=lead, class_=class_)


def noted(report: Report, text: str, place: str) -> Markup:
    """The consultant's own words, marked as such; the label names the section, so that no two places are called alike."""
    inner = Markup(safe_markdown(text))
    return el("aside", el("p", report.say("report.notes.label"), class_="label"), inner, class_="consultant", aria_label=f"{report.words('report.notes.label')}: {place}")


def article(title: object, *body: object, id: str | None = None, class_: str = "") -> Markup:
    """One finding: its headline and what supports it."""
    return el("article", el("h3", title), *body, id=id, class_=f"fact {class_}".strip())


def told(report: Report, metric: str, value: Value | None) -> Markup:
    """A value in its metric's unit with its interval in small grey beside, marked where it is provisional; a dash when there is none."""
    if value is None:
        return Markup("–")
    unit = report.unit(metric)
    shown = report.numbers.value(unit, value.value, value.low, value.high)
    interval = report.interval(metric, value.low, value.high)
    young = report.words("report.provisional") if value.status == PROVISIONAL else ""
    return with_interval(shown, ", ".join(filter(None, (interval, young))))


def facts(report: Report, metrics: Sequence[str]) -> Markup | None:
    """The measured ones of `metrics` with their values, or None."""
    found = [(report.title(metric), told(report, metric, value)) for metric in metrics if (value := report.one(metric))]
    return terms(found, class_="facts") if found else None


def with_interval(shown: str, interval: str) -> Markup:
    """A figure and its interval."""
    return join([el("span", shown, class_="fig"), el("span", interval, class_="ci") if interval else None], " ")


def shown_of(report: Report, shown: int, everything: int) -> str | None:
    """A note that only some of all are shown, or None when all are."""
    return report.words("report.shown_of", shown=report.numbers.count(shown), all=report.numbers.count(everything)) if shown < everything else None


def spread(rows: Sequence[Row], most: int, keep: Callable[[Row], object]) -> list[Row]:
    """`rows` in their order, no more than `most`: those to keep and an even spread of the others."""
    if len(rows) <= most:
        return list(rows)
    kept = [at for at, row in enumerate(rows) if keep(row)]
    others, room = [at for at, row in enumerate(rows) if not keep(row)], max(most - len(kept), 0)
    chosen = {*kept[:most], *(others[at * len(others) // room] for at in range(room))}
    return [row for at, row in enumerate(rows) if at in chosen]


def sentences(*said: Markup | None) -> Markup:
    """Sentences in one paragraph; None is left out."""
    return join([one for one in said if one], " ")


def name_of(report: Report, slice_: dict[str, str]) -> str:
    """A slice in words: 'Manager A × source “B”'."""
    parts = []
    for at, (dimension, label) in enumerate(slice_.items()):
        name = report.slice_name(dimension)
        key = "report.slice.person" if dimension in SELLERS else "report.slice.level"
        parts.append(report.words(key, dimension=name if at == 0 else name.lower(), label=report.level(dimension, str(label))))
    return " × ".join(parts)


def short(text: str, longest: int = 60) -> str:
    """`text` cut to `longest` for a headline."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def agreed(report: Report, change: Mapping[str, Any]) -> Markup | str:
    """Who does it, since when and by when, as agreed; a blank to be filled before."""
    if change.get("decision") == "postpone":
        return report.words("report.plan.postponed")
    if change.get("decision") != "agree":
        return el("span", report.words("report.plan.to_agree"), class_="blank")
    days = [report.words(f"report.plan.{name}", day=report.words.date(change[key], "medium")) for name, key in (("since", "start_on"), ("until", "due_on")) if change.get(key)]
    return join([str(change.get("owner") or ""), el("span", ", ".join(days), class_="what") if days else None], " ")


def first_look(report: Report, change: Mapping[str, Any]) -> str:
    """The day of the first measurement in words."""
    day = look_on(report, change)
    return report.words.date(day, "medium") if day else "–"


def look_on(report: Report, change: Mapping[str, Any]) -> date | None:
    """The day of the first measurement: the change's own wait after its agreed start, else after this report."""
    days = change.get("remeasure_after_days")
    return (change.get("start_on") or report.as_of) + timedelta(days=int(days)) if days else None
