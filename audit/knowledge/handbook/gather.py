"""Everything the handbook says, gathered once for all its formats: a page a technique, the map, the stale cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.knowledge.base import Base
from audit.knowledge.card import LANGUAGES, Card, Told
from audit.knowledge.deck import shipped
from audit.knowledge.handbook.coverage import coverage
from audit.knowledge.handbook.plain import plain_pattern
from audit.knowledge.handbook.quotes import Masked, Quote, best
from audit.knowledge.handbook.stale import stale, statuses
from audit.words import Words

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("contact", "needs", "presentation", "price", "proposal", "objections", "closing", "follow_up", "payment", "any")
RANK = ("proven", "candidate", "cannot tell", "draft", "retired")


@dataclass(frozen=True)
class User:
    """A seller of a technique: in how many of his cases it is heard; `low`, `high` a Wilson interval of the share at 95 %."""

    name: str
    cases: int
    of: int
    low: float
    high: float


@dataclass(frozen=True)
class Page:
    """What is said of one technique; `owner` whose card it is, as he may be called; `effect` is its entry of techniques.json, None where it was not measured."""

    card: Card
    owner: str
    title: str
    what: str
    why: str
    when: str
    status: str
    occasions: tuple[str, ...]
    patterns: tuple[tuple[str, tuple[str, ...]], ...]
    examples: tuple[tuple[str, tuple[str, ...]], ...]
    counter: tuple[tuple[str, tuple[str, ...]], ...]
    effect: Mapping[str, Any] | None
    quotes: tuple[Quote, ...]
    users: tuple[User, ...]


@dataclass(frozen=True)
class Handbook:
    """The whole: `pages` in the order of stages and statuses, `occasions` id → title."""

    words: Words
    client: str
    as_of: dt.date
    pages: tuple[Page, ...]
    occasions: dict[str, str]
    coverage: pd.DataFrame
    stale: pd.DataFrame
    cases: int
    texts: int
    measured: bool


def gather(base: Base, lang: str, masked: Masked, effects: Mapping[str, Any] | None, as_of: dt.date | str | None, client: str, seller: Callable[[str], str]) -> Handbook:
    """See `export`."""
    words, cases, texts, tags = Words(lang), base.cases(), base.texts(), base.tags()
    day = _last_day(cases) if as_of is None else dt.date.fromisoformat(str(as_of)[:10])
    cards, now = base.cards(), statuses(base)
    measured = {one["id"]: one for one in (effects or {}).get("techniques", ())}
    occasions = {card.id: told(card.names, lang) for card in cards if card.kind == "occasion"}
    said, outcomes = dict(zip(texts["text_id"], texts["text"], strict=True)), dict(zip(cases["case_id"], cases["outcome"].fillna(""), strict=True))
    sellers = set(cases["owner"].dropna())
    seller_of = {case: seller(name) for case, name in zip(cases["case_id"], cases["owner"], strict=True) if isinstance(name, str)}
    heard = {str(name): part for name, part in tags.groupby("technique")}
    pages = []
    for card in (card for card in cards if card.kind == "technique"):
        mine = heard.get(card.id, tags.iloc[:0])
        effect = measured.get(card.id)
        status = effect["status"] if effect and now[card.id] != "retired" else now[card.id]
        safe = str if card in shipped() else masked  # an own card may hold what a client or a seller really said
        pages.append(Page(card, seller(card.owner) if card.owner in sellers else safe(card.owner), safe(told(card.names, lang)), safe(told(card.what, lang)), safe(told(card.why, lang)),
                          safe(_when(card, occasions, words)), status, card.opportunity.occasions, _patterns(card, words), _lines(card.examples, lang, safe), _lines(card.counter_examples, lang, safe),
                          effect, tuple(best(mine, said, outcomes, masked)), _users(mine, seller_of)))
    pages.sort(key=lambda one: (STAGES.index(one.card.stage), RANK.index(one.status) if one.status in RANK else len(RANK), one.title.casefold(), one.card.id))
    return Handbook(words, client, day, tuple(pages), occasions, coverage(base), stale(base, day), len(cases), len(texts), bool(measured))


def told(text: Told, lang: str) -> str:
    """The text in a language, else in the first one there is."""
    return getattr(text, lang) or next(one for one in (getattr(text, other) for other in LANGUAGES) if one)


def _last_day(cases: pd.DataFrame) -> dt.date:
    """The last day on which anything happened; of an empty base the first day that can be told."""
    import pandas as pd

    last = cases[["at", "started_at", "decided_at"]].max().max()
    return dt.date(1970, 1, 1) if last is pd.NaT else last.date()


def _when(card: Card, occasions: Mapping[str, str], words: Words) -> str:
    """When a technique is called for, in one line."""
    called, parts = card.opportunity, []
    if called.always:
        return words("handbook.when.always")
    if called.occasions:
        parts.append(words("handbook.when.occasions", names=", ".join(occasions.get(name, name) for name in called.occasions)))
    if called.stages:
        parts.append(words("handbook.when.stages", names=", ".join(called.stages)))
    if called.patterns:
        said = [plain_pattern(one.words, words) for lang in _languages(words.lang) for one in getattr(called.patterns, lang)][:3]
        parts.append(words("handbook.when.patterns", said="; ".join(said)))
    return " ".join(parts)


def _languages(lang: str) -> list[str]:
    return [lang, *(one for one in LANGUAGES if one != lang)]


def _patterns(card: Card, words: Words) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((lang, tuple(plain_pattern(one.words, words) for one in getattr(card.patterns, lang))) for lang in _languages(words.lang) if getattr(card.patterns, lang))


def _lines(lines: Any, lang: str, safe: Masked) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((one, tuple(map(safe, getattr(lines, one)))) for one in _languages(lang) if getattr(lines, one))


def _users(tags: pd.DataFrame, seller_of: Mapping[str, str]) -> tuple[User, ...]:
    """Sellers in whose cases it is heard, by name: an order by share would be a league table of noise."""
    from audit.stats.intervals import wilson

    whole: dict[str, int] = {}
    for name in seller_of.values():
        whole[name] = whole.get(name, 0) + 1
    mine: dict[str, int] = {}
    for case in tags["case_id"].unique():
        if case in seller_of:
            mine[seller_of[case]] = mine.get(seller_of[case], 0) + 1
    ends = {name: wilson(count, whole[name]) for name, count in mine.items()}
    return tuple(User(name, mine[name], whole[name], float(ends[name][0]), float(ends[name][1])) for name in sorted(mine))
