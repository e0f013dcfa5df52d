"""client.yml → one frozen, validated object."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from audit.errors import UsageError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Part(BaseModel):
    """Base of every part of client.yml: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _clock(value: object) -> object:
    # YAML 1.1 reads 09:30 as base-60 minutes
    return f"{value // 60:02d}:{value % 60:02d}" if isinstance(value, int) else value


Clock = Annotated[str, BeforeValidator(_clock), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class WorkingHours(Part):
    """When the department works, in the client's time zone."""

    start: Clock = "09:00"
    end: Clock = "18:00"
    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info) -> str:
        if "start" in info.data and end <= info.data["start"]:
            raise ValueError(f"must be later than start ({info.data['start']})")
        return end


class Source(Part):
    """One source named by hand: a file pattern inside inbox/, and what it is."""

    file: str = Field(min_length=1)
    preset: str | None = None
    table: str | None = None
    encoding: str | None = None
    separator: str | None = None


class Plan(Part):
    """One target; `scope_id` is a seller, team or segment as the CRM names it."""

    period_start: dt.date
    period_end: dt.date
    scope: Literal["company", "team", "user", "segment"] = "company"
    scope_id: str = ""
    metric: Literal["revenue", "margin", "profit", "new_clients", "deals"] = "revenue"
    target: float = Field(gt=0)


class Norm(Part):
    """One norm of an activity or a metric, and where it comes from."""

    metric: str
    value: float
    role: str = ""
    per: Literal["day", "week", "month", "stage"] = "day"
    basis: Literal["derived", "internal_top", "client", "external"] = "client"


class Brand(Part):
    """What the client's documents look like."""

    name: str | None = None
    logo: str | None = None
    accent: str = Field(default="#1f5f8b", pattern=r"^#[0-9a-fA-F]{6}$")


class Calendar(Part):
    """Days that differ from the country's official calendar."""

    days_off: tuple[dt.date, ...] = ()
    working_days: tuple[dt.date, ...] = ()


class Rules(Part):
    """Parameters of the method; every default is the catalogue's."""

    conversion_days: int = Field(default=30, gt=0, description="horizon of lead → deal conversion")
    win_days: int = Field(default=90, gt=0, description="horizon of a deal's creation → won")
    silent_days: int = Field(default=14, gt=0, description="a deal without a done action this long is silent")
    lead_sla_minutes: int = Field(default=15, gt=0, description="a lead must be touched within this")
    talk_seconds: int = Field(default=60, gt=0, description="an answered call this long is a conversation")
    new_client_burn_in_months: int = Field(default=12, ge=0, description="history before a client can be called new")
    attainable_share: float = Field(default=0.5, gt=0, le=1, description="part of a gap that a plan may promise")
    margin_share: float | None = Field(default=None, gt=0, le=1, description="margin in revenue, for worth in margin")
    false_discovery_rate: float = Field(default=0.10, gt=0, lt=1, description="q of growth zones")


class Client(Part):
    """Everything about a client that is not data: one row of client.yml a field."""

    name: str = Field(min_length=1, max_length=200)
    language: Literal["ru", "en", "bg"] = "ru"
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    country: str = Field(default="RU", pattern=r"^[A-Z]{2}$")
    time_zone: str = "Europe/Moscow"
    working_hours: WorkingHours = WorkingHours()
    calendar: Calendar = Calendar()
    sources: tuple[Source, ...] = ()
    dimensions: tuple[str, ...] = Field(default=(), description="slices to compare; empty = chosen from the data")
    priority_segments: tuple[str, ...] = ()
    norms: tuple[Norm, ...] | str = Field(default=(), description="inline, or a file name inside the workspace")
    plans: tuple[Plan, ...] | str = Field(default=(), description="inline, or a file name inside the workspace")
    plan_basis: Literal["won", "paid"] = "won"
    tax: Literal["with_vat", "without_vat"] = "with_vat"
    privacy: Literal["names", "initials", "pseudonyms"] = "names"
    brand: Brand = Brand()
    rules: Rules = Rules()
    engine: str = "duckdb"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as problem:
            raise ValueError(f"no time zone {zone!r}; an example is Europe/Sofia") from problem
        return zone

    @field_validator("norms", "plans", "brand")
    @classmethod
    def _inside(cls, value: object) -> object:
        name = value if isinstance(value, str) else getattr(value, "logo", None)
        if isinstance(name, str) and (Path(name).is_absolute() or ".." in Path(name).parts):
            raise ValueError(f"{name!r} must be a file inside the workspace")
        return value


def read_client(path: Path) -> Client:
    """The validated client of the file `path`.

    Raises UsageError naming the line and key of every mistake at once.
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text) if node else {}
    except UnicodeDecodeError as problem:
        raise UsageError("errors.client_yaml", path=path, line=1, problem=f"not UTF-8 text ({problem.reason})") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or str(problem)
        raise UsageError("errors.client_yaml", path=path, line=mark.line + 1 if mark else 1, problem=said) from None
    if not isinstance(data, dict):
        raise UsageError("errors.client_yaml", path=path, line=1, problem="a list of “key: value” lines is needed")
    try:
        return Client.model_validate(data)
    except ValidationError as problem:
        raise _mistakes(path, node, problem) from None


def _mistakes(path: Path, node, problem: ValidationError) -> UsageError:
    """All mistakes of client.yml in one error, each with its line."""
    found: dict[tuple[str, ...], str] = {}
    for error in problem.errors(include_url=False):
        # a union reports once a branch: keep the position inside the file only
        where = tuple(str(step) for step in error["loc"] if not str(step).startswith(("tuple[", "str", "constrained")))
        found.setdefault(where, error["msg"].removeprefix("Value error, "))
    deepest = [where for where in found if not any(other[: len(where)] == where != other for other in found)]
    mistakes = [(_line(node, where), ".".join(where), found[where]) for where in deepest]
    told = "; ".join(f"line {line}, {field}: {said}" for line, field, said in mistakes)
    line, field, _ = mistakes[0]
    return UsageError("errors.client_fields", path=path, line=line, field=field, n=len(mistakes), problems=told)


def _line(node, where: tuple[str, ...]) -> int:
    """Line (from 1) of the deepest node of `where` that the file has."""
    import yaml

    line = node.start_mark.line + 1 if node else 1
    for step in where:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
            node = node.value[int(step)]
            line = node.start_mark.line + 1
        else:
            break
    return line
