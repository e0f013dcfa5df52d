"""An effect in two sentences, with numbers in the outcome's own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.words import Words

if TYPE_CHECKING:
    from audit.effects.effect import Effect


_FINEST = 15  # decimals


def summary(effect: Effect, words: Words) -> str:
    """The comparison as a person reads it: outcome, how it was compared and why, levels, looks, every check with what it found."""
    lines = [told(effect, words), words("effects.summary.method", method=effect.method, why=effect.why.told(words)),
             words("effects.summary.rows", before=words.number(effect.n_before), after=words.number(effect.n_after))]
    levels = [(name, value) for name, value in (("before", effect.before), ("expected", effect.expected), ("value", effect.value)) if value is not None]
    if levels:
        lines.append("; ".join(words(f"effects.summary.{name}", value=level(value, effect, words)) for name, value in levels))
    if effect.looks is not None:
        looks = effect.looks
        lines.append(words("effects.summary.looks" if looks.planned else "effects.summary.looks_open", look=looks.look, planned=looks.planned,
                           low=number(looks.low, effect, words), high=number(looks.high, effect, words)))
    marks = {True: "yes", False: "no", None: "unknown"}
    lines += [f"  {words(f'effects.check.{one.name}')}: {words(f'effects.passed.{marks[one.passed]}')} – {one.detail.told(words)}" for one in effect.checks]
    return "\n".join(lines)


def level(value: float, effect: Effect, words: Words) -> str:
    """A level of the outcome: a share as percent, else three significant digits."""
    return words.share(value, 1) if effect.kind == "rate" else number(value, effect, words).lstrip("+")


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

    digits = 0 if value == 0 else max(0, min(_FINEST, 2 - floor(log10(abs(value)))))
    return words.number(value, digits, signed=True)
