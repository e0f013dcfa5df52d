"""What usually helps against a zone: declared rules with their reason, and when their effect can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit.errors import UsageError
from audit.words import LANGUAGES, Words
from audit.zones.dimensions import kinds

LEAST_CYCLE = 28  # days: a shorter cycle still needs four weeks to show anything
GATE = "gate"  # kind of a slice of a seller whose activities are below the norm (M33)


class Remedy(BaseModel):
    """One remedy: what it acts on, days until it can show, effort, the metric that re-measures it and the card that names it.

    `title`, `what` and `why` are the consultant's own words; those of the shipped rules are in the catalogue.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    metrics: tuple[str, ...] = ()  # () = any
    kinds: tuple[str, ...] = ()  # 'people', or 'people+client' for both; () = any slice
    days: int = Field(gt=0, le=730)
    effort: Literal["low", "medium", "high"]
    remeasure: str = ""  # "" = the metric of the zone
    card: str = Field(default="", pattern=r"^(M\d\d)?$")
    horizon_: Literal["tactical", "strategic"] | None = Field(default=None, alias="horizon")
    alone: bool = False  # only for slices of one dimension
    title: str = ""
    what: str = ""
    why: str = ""

    def fits(self, metric: str, kinds: tuple[str, ...]) -> bool:
        """Whether the rule covers a zone of `metric` on dimensions of these kinds."""
        named = not self.kinds or any(set(option.split("+")) <= set(kinds) for option in self.kinds)
        return (not self.metrics or metric in self.metrics) and named and not (self.alone and len(set(kinds) - {GATE}) != 1)

    def horizon(self, cycle: float | None) -> str:
        """As declared, else `tactical` when its effect can be seen within one median cycle (at least four weeks), else `strategic`."""
        return self.horizon_ or ("tactical" if self.days <= max(cycle or 0.0, LEAST_CYCLE) else "strategic")


@cache
def remedies() -> tuple[Remedy, ...]:
    """The shipped rules in order."""
    import yaml

    return tuple(Remedy(**rule) for rule in yaml.safe_load(files("audit.zones").joinpath("remedies.yml").read_text(encoding="utf-8")))


def own_remedies(file: Path) -> tuple[Remedy, ...]:
    """The consultant's rules of `file`, () where there is none; they go before the shipped ones. UsageError says which rule is wrong and how."""
    import yaml

    if not file.exists():
        return ()
    try:
        rules = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as mistake:
        raise UsageError("zones.bad_remedies", rule="–", why=" ".join(str(mistake).split()), file=file.name) from None
    if not isinstance(rules, list):
        raise UsageError("zones.bad_remedies", rule="–", why=type(rules).__name__, file=file.name)
    made = tuple(_own(rule, number, file) for number, rule in enumerate(rules, start=1))
    for one in made:
        if sum(other.id == one.id for other in made) > 1:
            raise UsageError("zones.bad_remedies", rule=one.id, why=f"id: {one.id} × 2", file=file.name)
    return made


def _own(rule: Any, number: int, file: Path) -> Remedy:
    name = rule.get("id", number) if isinstance(rule, dict) else number
    try:
        made = Remedy.model_validate(rule)
    except ValidationError as mistake:
        why = "; ".join(f"{'.'.join(map(str, one['loc'])) or '–'}: {one['msg']}" for one in mistake.errors())
        raise UsageError("zones.bad_remedies", rule=name, why=why, file=file.name) from None
    unknown = {"title": [] if made.title.strip() else ["–"], "metrics": [one for one in made.metrics if not _metric(one)],
               "remeasure": [made.remeasure] if made.remeasure and not _metric(made.remeasure) else [],
               "kinds": [one for one in made.kinds if not set(one.split("+")) <= {*kinds(), GATE}]}
    if why := "; ".join(f"{part}: {', '.join(wrong)}" for part, wrong in unknown.items() if wrong):
        raise UsageError("zones.bad_remedies", rule=name, why=why, file=file.name)
    return made


def _metric(name: str) -> bool:
    from audit.metrics.catalogue import BY_ID

    return name in BY_ID


def remedies_for(metric: str, kinds: tuple[str, ...], own: tuple[Remedy, ...] = ()) -> list[Remedy]:
    """Every rule that fits, the leading one first, each remedy once; never empty. The rule for anything is told only where it leads."""
    found: dict[str, Remedy] = {}
    for rule in (*own, *remedies()):
        if rule.fits(metric, kinds) and (rule.metrics or rule.kinds or not found):
            found.setdefault(rule.id, rule)
    return [*found.values()]


def told(finding: Mapping[str, Any], part: str, words: Words) -> str:
    """`title`, `what` or `why` of a finding's leading remedy: the consultant's own words, else the catalogue's; empty where there are none."""
    own, key = finding.get("remedy_text") or {}, f"zones.remedy.{finding.get('remedy')}.{part}"
    return own.get(part) or (words(key) if not own and words.has(key) else "")


def retold(row: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A row whose `title` and `what` are the catalogue's in any language, with these in the language of `words`; what a person wrote stays."""
    keys = {part: f"zones.remedy.{row.get('remedy')}.{part}" for part in ("title", "what")}
    return {**row, **{part: words(key) for part, key in keys.items() if words.has(key) and row.get(part) in {Words(lang)(key) for lang in LANGUAGES}}}
