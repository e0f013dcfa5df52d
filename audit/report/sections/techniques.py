"""What works in talks with clients: proven techniques with effect and interval, how often and by whom they are used, what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.charts.dots import Dot, dots
from audit.report.charts.multiples import Line, multiples
from audit.report.charts.style import HALF
from audit.report.figure import figure
from audit.report.frame import article, framed, told
from audit.report.markup import details, el, items, table

if TYPE_CHECKING:
    from audit.report.report import Report

One = dict[str, Any]
PROVEN, UNSURE = "proven", "cannot tell"
MOST, QUOTES, LESSONS = 14, 3, 5


def techniques(report: Report) -> Block:
    """Nothing where no talks were judged; proven techniques first, then every other with its reason."""
    heard = [one for one in report.techniques.get("techniques", ()) if one["uses"]]
    if not report.techniques:
        return Block("techniques", report.words("report.techniques.heading"), Markup(""), report.page)
    proven = [one for one in heard if one["status"] == PROVEN]
    parts = [_proven(report, one) for one in proven]
    body = [
        *(parts or [el("p", report.say("report.techniques.none_proven"))]),
        el("div", lifts(report, heard), _adoption(report, [*proven, *(one for one in heard if one not in proven)]), class_="pair") if heard else None,
        _every(report, heard), _silent(report), _proposals(report), _phrases(report), _honest(report),
    ]
    return framed(report, "techniques", *body, lead=_lead(report, heard, proven))


def _lead(report: Report, heard: Sequence[One], proven: Sequence[One]) -> Markup:
    counts, count = report.techniques["counts"], report.numbers.count
    return report.say("report.techniques.lead", cases=count(counts["cases"]), deals=count(counts["deals"] - counts.get("unlinked", 0)), heard=count(len(heard)), proven=count(len(proven)),
                      won=count(counts["won"]), lost=count(counts["lost"]))


def _proven(report: Report, one: One) -> Markup:
    """One technique that works: what it gives, how often it is used, quotes, who could teach it."""
    said = el("p", report.say("report.techniques.effect", share_with=_share(report, one["success_with"]), share_without=_share(report, one["success_without"]), lift=points(report, one)))
    used = el("p", report.say("report.techniques.used", uses=report.numbers.count(one["uses"]), of=report.numbers.count(one["opportunities"]),
                              missed=report.numbers.count(one["opportunities"] - one["uses"]),
                              share=report.numbers.value("share", one["uses"] / max(one["opportunities"], 1), None, None), users=report.numbers.count(one["users"]), sellers=report.numbers.count(one["sellers"])))
    step = one.get("next_step") or {}
    onward = el("p", report.say("report.techniques.onward", lift=points(report, step))) if step.get("lift") is not None else None
    quotes = items([el("q", quote) for quote in one["quotes"][:QUOTES]], class_="quotes") if one["quotes"] else None
    return article(one["title"], said, used, onward, quotes, _lessons(report, one["id"]), class_="technique")


def _lessons(report: Report, technique: str) -> Markup | None:
    rows = [row for row in report.techniques.get("lessons", ()) if row["technique"] == technique][:LESSONS]
    if not rows:
        return None
    said = [report.say("report.techniques.lesson", teacher=row["teacher"], learner=row["learner"], high=_share(report, row["teacher_share"]), low=_share(report, row["learner_share"])) for row in rows]
    return details(report.words("report.techniques.lessons"), items(said))


def lifts(report: Report, heard: Sequence[One], most: int = MOST) -> Markup | None:
    """The difference of each technique with its interval, of the first `most`."""
    rows = [one for one in heard if one["lift"] is not None][:most]
    if not rows:
        return None
    drawn = dots([Dot(one["title"], one["lift"], one["low"], one["high"], "above" if one["status"] == PROVEN else "below" if one["high"] < 0 else "") for one in rows],
                 report.theme, lambda value: report.words.points(value, 0), benchmark=0.0, benchmark_name=report.words("report.techniques.nothing"), width=HALF, longest=30)
    return figure(drawn, title=report.say("report.techniques.lifts"), unit=report.words("report.techniques.lifts_unit"),
                  alt=report.say.plain("report.techniques.lifts_alt", count=len(rows), proven=sum(one["status"] == PROVEN for one in rows)))


def _adoption(report: Report, shown: Sequence[One]) -> Markup | None:
    """Share of use by month of each of a few techniques, all sellers together."""
    wanted = {one["id"]: one["title"] for one in shown[:6]}
    uses: dict[tuple[str, str], list[int]] = {}
    for row in report.techniques.get("adoption", ()):
        if row["technique"] in wanted:
            cell = uses.setdefault((row["technique"], row["month"]), [0, 0])
            cell[0], cell[1] = cell[0] + row["uses"], cell[1] + row["opportunities"]
    months = sorted({month for (_, month), (_, called) in uses.items() if called >= 10})
    if len(months) < 3:
        return None
    lines = [Line(title, tuple(_ratio(uses.get((name, month))) for month in months), True) for name, title in wanted.items()]
    drawn = multiples(lines, report.theme, lambda value: report.numbers.tick("share", value), context=())
    first, last = (report.words.month(_day(month)) for month in (months[0], months[-1]))
    return figure(drawn, title=report.say("report.techniques.adoption"), unit=report.words("report.techniques.adoption_unit", first=first, last=last),
                  alt=report.say.plain("report.techniques.adoption_alt", count=len(lines), first=first, last=last))


def _every(report: Report, heard: Sequence[One]) -> Markup | None:
    if not heard:
        return None
    words = report.words
    head = [words(f"techniques.head.{name}") for name in ("technique", "status", "uses", "with_without", "lift", "why")]
    why = _in_language(report).get("why", {})
    rows = [(one["title"], words("techniques.status." + one["status"].replace(" ", "_")), words("techniques.uses", uses=report.numbers.count(one["uses"]), opportunities=report.numbers.count(one["opportunities"])),
             f"{_share(report, one['success_with'])} / {_share(report, one['success_without'])}", points(report, one), why.get(one["id"], one["why"])) for one in heard]
    return details(words("report.techniques.every"), table(words("report.techniques.every"), head, rows, numeric=(2, 3)))


def _silent(report: Report) -> Markup | None:
    names = [one["title"] for one in report.techniques["techniques"] if not one["uses"] and one["opportunities"]]
    return details(report.words("report.techniques.silent", n=len(names)), items(names)) if names else None


def _proposals(report: Report) -> Markup | None:
    """Versions of proposals: how often clients react, and the difference from the version before (M09)."""
    found = report.rows("proposal_reaction", "version")
    if len(found) < 2:
        return None
    news = {row.group: row for row in report.rows("proposal_new_template", "version")}
    words = report.words
    head = [words("report.techniques.version"), report.title("proposal_reaction"), report.title("proposal_new_template")]
    rows = [(report.level("version", row.group), told(report, "proposal_reaction", row), told(report, "proposal_new_template", news.get(row.group))) for row in found]
    return details(words("report.techniques.proposals"), table(words("report.techniques.proposals"), head, rows, numeric=(1, 2)))


def _phrases(report: Report) -> Markup:
    """New phrases that won deals hold more often; none is the usual answer."""
    found = report.techniques.get("candidates") or []
    if not found:
        return el("p", report.say("report.techniques.no_phrases"), class_="note")
    said = [report.say("report.techniques.phrase", phrase=one["title"], lift=points(report, one), deals=report.numbers.count(one["deals"])) for one in found]
    return el("div", el("p", report.say("report.techniques.phrases")), items(said))


def _honest(report: Report) -> Markup:
    alarm = _in_language(report).get("alarm", report.techniques["alarm"]["detail"])
    unlinked = report.techniques["counts"].get("unlinked", 0)
    detail = alarm[:1].upper() + alarm[1:].rstrip(".") + "."
    said = [report.say("report.techniques.unlinked", n=report.numbers.count(unlinked)) if unlinked else None, report.say("techniques.association"), detail, report.say("report.techniques.masked", share=report.words.share(report.techniques.get("masked_words", 0.0), 1))]
    return el("div", *(el("p", one, class_="note") for one in said if one))


def _in_language(report: Report) -> One:
    """Reasons and alarm in the language of the report, where the file holds them: the run may have spoken another."""
    told: One = report.techniques.get("told", {}).get(report.lang, {})
    return told


def points(report: Report, one: One) -> str:
    """The difference that a technique makes, in points with its interval; a dash where there is none."""
    if one.get("lift") is None:
        return "–"
    words = report.words
    return f"{words.points(one['lift'], 0)} ({words.between(words.points(one['low'], 0), words.points(one['high'], 0))})"


def _share(report: Report, value: float | None) -> str:
    return "–" if value is None else report.words.share(value, 0)


def _ratio(cell: list[int] | None) -> float | None:
    return cell[0] / cell[1] if cell and cell[1] >= 10 else None


def _day(month: str):
    import datetime as dt

    return dt.date.fromisoformat(f"{month}-01")
