"""The handbook as one HTML file: a page a technique, no scripts, nothing loaded from anywhere."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.knowledge.handbook import say
from audit.knowledge.handbook.gather import STAGES, Handbook, Page
from audit.knowledge.handbook.markup import el, folded, items, table, text
from audit.share import share
from audit.words import Words

if TYPE_CHECKING:
    import pandas as pd

ACCENT = "#1f5f8b"
SHEETS = ("sections.css", "page.css", "handbook/page.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"
MOST_GAPS, MOST_STAGES = 200, 10
LOOK = ("proven", "candidate")


def html(book: Handbook) -> str:
    """The whole file; equal content gives equal bytes."""
    words = book.words
    title = words("handbook.title", client=book.client) if book.client else words("handbook.plain_title")
    sections = [_overview(book), *(_stage(book, stage) for stage in STAGES if any(page.card.stage == stage for page in book.pages)), _map(book), _stale(book), _about(book)]
    body = el("body", el("a", words("handbook.skip"), class_="skip", href="#main"), _cover(book, title), _contents(book), el("main", *sections, id="main"),
              el("footer", el("p", words("handbook.footer"))), class_="audit handbook")
    head = Markup('<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{}"><meta name="viewport" content="width=device-width, initial-scale=1">'
                  '<meta name="robots" content="noindex"><meta name="color-scheme" content="light"><title>{}</title><style>{}</style></head>').format(POLICY, text(title), _style())
    return Markup('<!DOCTYPE html>\n<html lang="{}">{}{}</html>\n').format(words.lang, head, body)


def _style() -> Markup:
    """The look of the house's pages, its font inside."""
    folder, faces = share("templates"), []
    for name, weight in (("Regular", 400), ("SemiBold", 600)):
        data = base64.b64encode((folder / "fonts" / f"NotoSans-{name}.woff2").read_bytes()).decode()
        faces.append(f"@font-face{{font-family:'Audit Noto Sans';font-weight:{weight};font-style:normal;src:url(data:font/woff2;base64,{data}) format('woff2')}}")
    return Markup("".join(faces) + f":root,.audit{{--accent:{ACCENT}}}" + "".join((folder / sheet).read_text(encoding="utf-8") for sheet in SHEETS))


def _cover(book: Handbook, title: str) -> Markup:
    words = book.words
    counts = words("handbook.counts", techniques=words.number(len(book.pages)), cases=words.number(book.cases), texts=words.number(book.texts))
    return el("header", el("p", el("bdi", book.client or words("handbook.kind")), class_="client"), el("p", words("handbook.kind"), class_="kind"), el("h1", title), el("p", counts, class_="lead"),
              el("p", words("handbook.as_of", date=words.date(book.as_of)), class_="asof"), class_="cover")


def _contents(book: Handbook) -> Markup:
    words = book.words
    stages = [stage for stage in STAGES if any(page.card.stage == stage for page in book.pages)]
    links = [("overview", words("handbook.overview")), *((f"stage-{stage}", say.stage(stage, words)) for stage in stages), ("map", words("handbook.map.title")),
             ("stale", words("handbook.stale.title")), ("about", words("handbook.about.title"))]
    return el("nav", el("details", el("summary", words("handbook.contents")), el("ol", *(el("li", el("a", label, href=f"#{name}")) for name, label in links)), open=""), aria_label=words("handbook.contents"))


def _section(name: str, heading: str, *body: object) -> Markup:
    return el("section", el("h2", heading, id=f"{name}-title"), *body, id=name, aria_labelledby=f"{name}-title")


def _overview(book: Handbook) -> Markup:
    """Every technique with status, effect and use, the proven ones first."""
    words = book.words
    order = sorted(book.pages, key=lambda page: (_rank(page), -(page.effect or {}).get("lift", 0) if (page.effect or {}).get("lift") is not None else 2.0, page.title))
    rows = [(el("a", page.title, href=f"#{page.card.id}"), say.status(page.status, words), say.lift(page.effect, words), _uses(page, words), words.number(len(page.users))) for page in order]
    head = [words(f"handbook.head.{name}") for name in ("technique", "status", "lift", "uses", "users")]
    return _section("overview", words("handbook.overview"), table(words("handbook.overview"), head, rows, (2, 3, 4), "glance"),
                    el("p", words("techniques.association") if book.measured else words("handbook.effect.unmeasured"), class_="note"))


def _rank(page: Page) -> int:
    """The place of a technique by its status: what may be scaled first."""
    return LOOK.index(page.status) if page.status in LOOK else len(LOOK)


def _uses(page: Page, words: Words) -> str:
    return words("techniques.uses", uses=words.number(page.effect["uses"]), opportunities=words.number(page.effect["opportunities"])) if page.effect else "–"


def _stage(book: Handbook, stage: str) -> Markup:
    return _section(f"stage-{stage}", say.stage(stage, book.words), *(_technique(page, book.words) for page in book.pages if page.card.stage == stage))


def _technique(page: Page, words: Words) -> Markup:
    """One technique: what, why, when, its effect, the best quotes, who uses it, examples, how it is recognised."""
    quotes = [el("blockquote", el("p", quote.text), el("footer", words(f"handbook.outcome.{quote.outcome}"), class_="note") if quote.outcome in ("won", "lost", "open") else None) for quote in page.quotes]
    users = items((Markup("{}: {}").format(el("bdi", one.name), say.user(one, words)) for one in page.users), class_="users") if page.users else el("p", words("handbook.users.none"), class_="note")
    facts = el("dl", *(el("div", el("dt", words(f"handbook.head.{name}")), el("dd", told)) for name, told in (("what", page.what), ("why", page.why), ("when", page.when))), class_="prose")
    return el(
        "article", el("h3", page.title, id=f"{page.card.id}-title"), el("p", el("span", say.status(page.status, words), class_="status " + page.status.replace(" ", "-")), class_="label"), facts,
        el("h4", words("handbook.head.effect")), el("p", say.effect(page, words)), el("h4", words("handbook.head.quotes")), *(quotes or [el("p", words("handbook.quotes.none"), class_="note")]),
        el("h4", words("handbook.head.who")), users, _sayings(page, words),
        folded(words("handbook.head.patterns"), el("p", words("handbook.pattern.note"), class_="note"), *(part for lang, lines in page.patterns for part in (el("p", say.language(lang, words), class_="label"), items(lines))), class_="patterns"),
        el("p", words("handbook.card", id=page.card.id, owner=page.owner, version=page.card.version), class_="note"), id=page.card.id, class_="technique", aria_labelledby=f"{page.card.id}-title")


def _sayings(page: Page, words: Words) -> Markup | None:
    """Examples in the language of the page, those of other languages and counter-examples folded."""
    own = [lines for lang, lines in page.examples if lang == words.lang]
    others = [(lang, lines) for lang, lines in page.examples if lang != words.lang]
    parts: list[Markup] = [el("h4", words("handbook.head.examples")), items(own[0], class_="sayings")] if own else []
    if others:
        parts.append(folded(words("handbook.head.other_languages"), *(part for lang, lines in others for part in (el("p", say.language(lang, words), class_="label"), items(lines, lang=lang)))))
    if page.counter:
        parts.append(folded(words("handbook.head.counter"), *(items(lines, lang=lang) for lang, lines in page.counter)))
    return el("div", *parts) if parts else None


def _map(book: Handbook) -> Markup:
    """Occasions by stages, then the gaps by segment."""
    words, cells = book.words, book.coverage
    if cells.empty:
        return _section("map", words("handbook.map.title"), el("p", words("handbook.map.none"), class_="note"))
    sums = cells.groupby(["occasion", "stage"])[["cases", "answered"]].sum()
    busy = cells.groupby("stage")["cases"].sum().sort_values(ascending=False, kind="stable").index[:MOST_STAGES]
    stages = [stage for stage in cells["stage"].drop_duplicates() if stage in set(busy)]
    rows = [(title, *(_cell(sums, occasion, stage, words) for stage in stages)) for occasion, title in book.occasions.items() if occasion in set(cells["occasion"])]
    head = [words("handbook.head.occasion"), *(stage or words("handbook.map.no_stage") for stage in stages)]
    gaps = cells[cells["gap"] != ""].head(MOST_GAPS)
    told = [(book.occasions.get(row.occasion, row.occasion), row.stage or "–", row.segment or "–", words.number(row.cases), say.gap(row.gap, words)) for row in gaps.itertuples()]
    listed = table(words("handbook.map.gaps"), [words(f"handbook.head.{name}") for name in ("occasion", "stage", "segment", "cases", "gap")], told, (3,), "glance")
    return _section("map", words("handbook.map.title"), el("p", words("handbook.map.lead")), table(words("handbook.map.caption"), head, rows, range(1, len(head))),
                    folded(words("handbook.map.gaps_of", n=int((cells["gap"] != "").sum())), listed) if told else None)


def _cell(sums: pd.DataFrame, occasion: str, stage: str, words: Words) -> str:
    cases, answered = sums.loc[(occasion, stage)]
    return words("handbook.map.cell", cases=words.number(int(cases)), answered=words.number(int(answered))) if cases else "–"


def _stale(book: Handbook) -> Markup:
    words, titles = book.words, {page.card.id: page.title for page in book.pages}
    if book.stale.empty:
        return _section("stale", words("handbook.stale.title"), el("p", words("handbook.stale.none"), class_="note"))
    rows = [(el("a", titles.get(row.id, row.id), href=f"#{row.id}"), say.status(row.status, words), say.reasons(row.reasons, words),
             "–" if row.last_heard != row.last_heard else words.date(row.last_heard.date(), "medium"), words.number(row.uses)) for row in book.stale.itertuples()]
    head = [words(f"handbook.head.{name}") for name in ("technique", "status", "reasons", "last_heard", "heard")]
    return _section("stale", words("handbook.stale.title"), table(words("handbook.stale.title"), head, rows, (4,), "glance"))


def _about(book: Handbook) -> Markup:
    return _section("about", book.words("handbook.about.title"), *(el("p", book.words(f"handbook.about.{name}")) for name in ("how", "masked", "users")))
