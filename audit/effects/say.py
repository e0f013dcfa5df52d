"""An effect in two sentences, with numbers in the outcome's own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.words import Words

if TYPE_CHECKING:
    from audit.effects.effect import Effect


def told(effect: Effect, words: Words) -> str:
    """Verdict and effect with its interval; what is needed where there is none."""
    head = words("effects.told.verdict", outcome=effect.outcome, verdict=words("effects.verdict." + effect.verdict.replace(" ", "_")))
    parts = [head]
    if effect.effect is not None:
        parts.append(words("effects.told.effect", effect=number(effect.effect, effect, words), low=number(effect.low, effect, words),
                           high=number(effect.high, effect, words), claim=words("effects.claim." + effect.claim.replace(" ", "_"))))
    if effect.needs is not None:
        parts.append(words("effects.told.needs", needs=effect.needs.told(words)))
    return " ".join(parts)


def number(value: float | None, effect: Effect, words: Words) -> str:
    """A signed difference: points for shares, three significant digits else."""
    if value is None:
        return "–"
    if effect.kind == "rate":
        return words.points(value, 1)
    from math import floor, log10

    digits = 0 if value == 0 else max(0, min(6, 2 - floor(log10(abs(value)))))
    return words.number(value, digits, signed=True)
