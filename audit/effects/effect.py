"""What `compare` gives back: one before/after effect with its interval, verdict, checks and picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from audit.errors import Phrase
from audit.words import Words

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.figure import Figure

IMPROVED, NO_CHANGE, WORSENED, NOT_YET = "improved", "no clear change", "worsened", "not measurable yet"
CAUSED, COINCIDES = "caused by", "coincides with"
SIGNIFICANT = 8


@dataclass(frozen=True)
class Number(Phrase):
    """A number (`key`, as text) inside a message, as the language writes it, with `values["digits"]` decimals."""

    def told(self, words: Words) -> str:
        """The number in words' language."""
        return words.number(float(self.key), self.values["digits"])


def number(value: float, digits: int = 2) -> Number:
    """A number for a message that is worded later."""
    return Number(repr(float(value)), {"digits": digits})


class Check(NamedTuple):
    """One check that ran by itself: `passed` is None where it could not be made; `stops`: a failure leaves nothing to say yet."""

    name: str
    passed: bool | None
    detail: Phrase
    stops: bool = False


class Looks(NamedTuple):
    """The effect under repeated looks: `rule` is obrien_fleming or confidence_sequence, `low`, `high` its interval at this look; `also` the other rule."""

    rule: str
    look: int
    planned: int | None
    low: float
    high: float
    also: Looks | None = None

    @property
    def alarm(self) -> bool:
        """Whether nothing-changed is ruled out at this look."""
        return bool(self.low > 0 or self.high < 0)

    def entry(self) -> dict[str, Any]:
        """The dict of effects.json."""
        told = {"rule": self.rule, "look": self.look, "planned_looks": self.planned, "low": self.low, "high": self.high, "alarm": self.alarm}
        return told if self.also is None else told | {"also": self.also.entry()}


@dataclass(frozen=True, repr=False)
class Effect:
    """One before/after comparison.

    `effect` is the mean per row (per unit and period) after the change, on the outcome's own scale, `low` to `high` its 95 % interval;
    `relative` the same over what was expected without the change (`expected`). `value` is the mean seen after, `before` the mean before.
    `points` has a row a period (or group): time, value, expected, low, high, after; the band is that of the expected value.
    """

    outcome: str
    kind: str
    method: str
    why: Phrase
    n_before: int
    n_after: int
    verdict: str
    claim: str = COINCIDES
    at: str | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    before: float | None = None
    value: float | None = None
    expected: float | None = None
    better: str = "higher"
    looks: Looks | None = None
    needs: Phrase | None = None
    checks: tuple[Check, ...] = ()
    points: pd.DataFrame | None = field(default=None, repr=False)
    lang: str = "en"

    @property
    def relative(self) -> float | None:
        """The effect over the value expected without the change; None where that is not positive."""
        return self.effect / self.expected if self.effect is not None and self.expected and self.expected > 0 else None

    def entry(self, *, change: str = "", metric: str = "", scope: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """The dict of one effect in effects.json; `more` are further fields, such as `money_per_month`."""
        words = Words(self.lang)
        looks = self.looks and self.looks.entry()
        told: dict[str, Any] = {
            "change": change, "metric": metric or self.outcome, "scope": scope or {}, "at": self.at, "kind": self.kind, "method": self.method,
            "why": self.why.told(words), "effect": self.effect, "low": self.low, "high": self.high, "relative": self.relative, "p_value": self.p_value,
            "before": self.before, "value": self.value, "expected": self.expected, "better": self.better, "monitoring": looks, "verdict": self.verdict,
            "claim": self.claim, "needs": self.needs and self.needs.told(words), "money_per_month": None,
            "checks": [{"name": one.name, "passed": one.passed, "detail": one.detail.told(words)} for one in self.checks],
            "n_before": self.n_before, "n_after": self.n_after,
        }
        return {name: rounded(value) for name, value in (told | more).items()}

    def to_json(self, path: str | os.PathLike | None = None) -> dict[str, Any]:
        """The dict of effects.json with this one effect; written to `path` when given."""
        content = {"schema": 1, "effects": [self.entry()]}
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    @property
    def frame(self) -> pd.DataFrame:
        """One row: the fields of `entry` but the nested ones."""
        import pandas as pd

        return pd.DataFrame([{name: value for name, value in self.entry().items() if not isinstance(value, dict | list)}])

    def plot(self) -> Figure:
        """What was seen and what was expected without the change, with its band and the day of the change."""
        from audit.effects.plot import plot

        return plot(self)

    def told(self, lang: str | None = None) -> str:
        """The outcome in two sentences."""
        from audit.effects.say import told

        return told(self, Words(lang or self.lang))

    def summary(self, lang: str | None = None) -> str:
        """The outcome with how it was compared, levels, looks and checks, a line each."""
        from audit.effects.say import summary

        return summary(self, Words(lang or self.lang))

    def __repr__(self) -> str:
        size = "" if self.effect is None else f" {self.effect:+.4g} [{self.low:.4g}, {self.high:.4g}]"
        return f"<Effect: {self.outcome} {self.verdict}{size} by {self.method}; .frame .points .checks .plot() .to_json()>"

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        checks = "".join(f"<li>{escape(words('effects.check.' + one.name))}: {escape(_passed(one, words))} – {escape(one.detail.told(words))}</li>" for one in self.checks)
        return f"<p>{escape(self.told())}</p><p>{escape(self.why.told(words))}</p><ul>{checks}</ul>"


def _passed(check: Check, words: Words) -> str:
    return words("effects.passed." + {True: "yes", False: "no", None: "unknown"}[check.passed])


def rounded(value: Any) -> Any:
    """Numbers to eight significant digits, not-a-number to None, through dicts and lists."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.{SIGNIFICANT}g}") if np.isfinite(value) else None
    return value
