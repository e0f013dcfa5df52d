"""client.yml → one frozen, validated object."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from audit.settings import broken, mistakes, read_yaml
from audit.sources import Part, Source, without_secret

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")



def _clock(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    # YAML 1.1 reads 10:30 as base-60 minutes, and never gives less than 60; a bare 9 is an hour
    return f"{value // 60:02d}:{value % 60:02d}" if value >= 60 else f"{value:02d}:00"


Clock = Annotated[str, BeforeValidator(_clock), Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class WorkingHours(Part):
    """When the department works, in the client's time zone."""

    start: Clock = "09:00"
    end: Clock = "18:00"
    days: tuple[Day, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1)

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info) -> str:
        if "start" in info.data and end <= info.data["start"]:
            raise PydanticCustomError("not_later", "must be later than start ({start})", {"start": info.data["start"]})
        return end


class Plan(Part):
    """One target; `scope_id` is a seller, team or segment as the CRM names it."""

    period_start: dt.date
    period_end: dt.date
    scope: Literal["company", "team", "user", "segment"] = "company"
    scope_id: str = ""
    metric: Literal["revenue", "margin", "profit", "new_clients", "deals"] = "revenue"
    target: float = Field(gt=0, allow_inf_nan=False)

    @field_validator("period_end")
    @classmethod
    def _after_start(cls, end: dt.date, info) -> dt.date:
        if "period_start" in info.data and end <= info.data["period_start"]:
            raise PydanticCustomError("not_later", "must be later than start ({start})", {"start": str(info.data["period_start"])})
        return end


class Norm(Part):
    """One norm of an activity or a metric, and where it comes from."""

    metric: str = Field(min_length=1)
    value: float = Field(allow_inf_nan=False)
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

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        plain = " ".join(name.split())
        if not plain:
            raise PydanticCustomError("blank", "is blank")
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in plain):
            raise PydanticCustomError("control", "has control characters")
        return plain

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as problem:
            raise PydanticCustomError("time_zone", "no time zone {zone}", {"zone": repr(zone)}) from problem
        return zone

    @field_validator("engine")
    @classmethod
    def _no_secret(cls, engine: str) -> str:
        return without_secret(engine)

    @field_validator("norms", "plans", "brand")
    @classmethod
    def _inside(cls, value: object) -> object:
        name = value if isinstance(value, str) else getattr(value, "logo", None)
        if isinstance(name, str) and (Path(name).is_absolute() or ".." in Path(name).parts):
            raise PydanticCustomError("outside", "{name} must be a file inside the workspace", {"name": repr(name)})
        return value

    @field_validator("plans")
    @classmethod
    def _one_target_each(cls, plans: tuple[Plan, ...] | str) -> tuple[Plan, ...] | str:
        seen = [] if isinstance(plans, str) else [(plan.period_start, plan.period_end, plan.scope, plan.scope_id, plan.metric) for plan in plans]
        again = next((place for place, one in enumerate(seen) if one in seen[:place]), None)
        if again is not None:
            raise PydanticCustomError("plan_twice", "plan {number} repeats an earlier one", {"number": again + 1})
        return plans


def read_client(path: Path) -> Client:
    """The validated client of the file `path`.

    Raises UsageError naming the line and key of every mistake at once.
    """
    node, data = read_yaml(path, "errors.client_yaml")
    data = {} if data is None else data
    if not isinstance(data, dict):
        raise broken(path, 1, "not_settings")
    try:
        return Client.model_validate(data)
    except ValidationError as problem:
        raise mistakes("errors.client_fields", path, node, problem) from None
