"""What all formats of the handbook word alike: effects with their intervals, statuses, users, reasons, gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.knowledge.handbook.gather import Page, User
from audit.words import Words

WIDE = 0.1


def status(code: str, words: Words) -> str:
    """A status in words."""
    return words(f"techniques.status.{code.replace(' ', '_')}")


def lift(effect: Mapping[str, Any] | None, words: Words) -> str:
    """The difference like with like, with its interval; a dash where nothing could be compared."""
    if effect is None or effect.get("lift") is None:
        return "–"
    low, high = effect.get("low"), effect.get("high")
    if low is None or high is None:
        return words.points(effect["lift"], 1)
    digits = 0 if high - low >= WIDE else 1  # no finer than the interval bears
    ends = words.between(*(words.number(100 * end, digits, signed=True) for end in (low, high)))
    return f"{words.points(effect['lift'], digits)} ({ends})"


def effect(page: Page, words: Words) -> str:
    """The effect in sentences: the difference, the shares it comes from, how often it was used, what was held fixed, why it is called so."""
    one = page.effect
    if one is None:
        return words("handbook.effect.none")
    if one.get("lift") is None:
        return words("handbook.effect.cannot", why=one.get("why") or "–")
    shares = words("handbook.effect.shares", with_=words.share(one.get("success_with")), without=words.share(one.get("success_without")))
    fixed = one.get("adjusted_for") or ()
    held = words("handbook.effect.fixed", names=", ".join(words(f"handbook.column.{name}") if words.has(f"handbook.column.{name}") else str(name) for name in fixed)) if fixed else ""
    used = words("handbook.effect.used", uses=words.number(one.get("uses")), opportunities=words.number(one.get("opportunities")), users=words.number(one.get("users")))
    return " ".join(filter(None, (words("handbook.effect.lift", lift=lift(one, words)), shares, held, used, words("handbook.effect.why", why=one.get("why") or "–"))))


def user(one: User, words: Words) -> str:
    """In how many of his cases a seller uses it, with the interval of the share."""
    return words("handbook.users.share", cases=words.number(one.cases), of=words.number(one.of), share=words.share(one.cases / one.of, 0),
                 between=words.between(words.share(one.low, 0), words.share(one.high, 0)))


def reasons(told: str, words: Words) -> str:
    """Why a card needs a look."""
    return ", ".join(words(f"handbook.reason.{one.replace(' ', '_')}") for one in told.split(", "))


def gap(code: str, words: Words) -> str:
    """What is missing at a place of the map."""
    return words(f"handbook.gap.{code.replace(' ', '_')}") if code else ""


def stage(code: str, words: Words) -> str:
    """A stage of a conversation in words."""
    return words(f"handbook.stage.{code}")


def language(code: str, words: Words) -> str:
    """A language in words."""
    return words(f"handbook.language.{code}")
