"""client.yml → one frozen, validated object."""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from audit.errors import nearest
from audit.schema.mandatory import mandatory_names
from audit.settings import broken, mistakes, read_yaml
from audit.sources import Part, Source, without_secret

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")



def _clock(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    # YAML 1.1 reads 10:30 as base-60 minutes, and never gives less than 60; a bare 9 is an hour
    return f"{value // 60:02d}:{value % 60:02d}" if value >= 60 else f"{value:02d}:00"


Weight = Annotated[str, Field(pattern=r"^[^/]+/\s*\d+(\.\d+)?\s*$")]  # closing/2
FieldWeight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
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
    """One target; `scope_id` is a seller, team, segment or product as the CRM names it."""

    period_start: dt.date
    period_end: dt.date
    scope: Literal["company", "team", "user", "segment", "product"] = "company"
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


class Pay(Part):
    """A part of sellers' variable pay and the metric by which it is earned."""

    metric: str = Field(min_length=1)
    share: float = Field(gt=0, allow_inf_nan=False)


class Brand(Part):
    """What the client's documents look like."""

    name: str | None = None
    logo: str | None = None
    accent: str = Field(default="#1f5f8b", pattern=r"^#[0-9a-fA-F]{6}$")


class Calendar(Part):
    """Days that differ from the country's official calendar."""

    days_off: tuple[dt.date, ...] = ()
    working_days: tuple[dt.date, ...] = ()


Step = Literal["call_out", "call_in", "talk", "meeting", "presentation", "measurement", "proposal", "email", "message", "task",
               "site_visit", "request", "invoice", "payment", "deal"]
CHAIN: tuple[tuple[Step, Step], ...] = (
    ("call_out", "talk"), ("talk", "meeting"), ("meeting", "request"), ("request", "proposal"), ("proposal", "invoice"),
    ("invoice", "payment"))


class Rules(Part):
    """Parameters of the method; every default is the catalogue's."""

    conversion_days: int = Field(default=30, gt=0, le=3_650, description="horizon of lead → deal conversion")
    lead_stages: int = Field(default=1, gt=0, description="first stages of a pipeline that stand for a lead where a deal begins without one")
    win_days: int = Field(default=90, gt=0, le=3_650, description="horizon of a deal's creation → won")
    silent_days: int = Field(default=14, gt=0, le=3_650, description="a deal without a done action this long is silent")
    lead_sla_minutes: int = Field(default=15, gt=0, le=10_080, description="a lead must be touched within this")
    callback_minutes: int = Field(default=15, gt=0, le=10_080, description="a missed call must be returned within this")
    caller_minutes: int = Field(default=30, gt=0, le=10_080, description="calls of one number this close are one inquiry")
    hasty_close_hours: float = Field(default=1.0, gt=0, description="working hours after creation; a unit closed sooner is suspect")
    recheck_units: int = Field(default=50, gt=0, description="closed leads drawn to be qualified anew")
    covered_share: float = Field(default=0.70, gt=0, le=1, description="part of won deals with a contact on record, below it the log is no proof")
    step_days: int = Field(default=30, gt=0, le=3_650, description="horizon of a client's way from one activity to the next")
    activity_pairs: tuple[tuple[Step, Step], ...] = Field(
        default=CHAIN, min_length=1, description="activities and what they should lead to; talk is an answered outgoing call, request a deal")
    spam_words: tuple[str, ...] = Field(default=(), description="loss reasons with these words are no leads; empty = spam and duplicates")
    volume_gate: float = Field(default=0.90, ge=0, le=1, description="attainment of norms below which conversion is not judged")
    talk_seconds: int = Field(default=60, gt=0, description="an answered call this long is a conversation")
    new_client_burn_in_months: int = Field(default=12, ge=0, le=120, description="history before a client can be called new")
    invoice_days: int = Field(default=30, gt=0, le=3_650, description="an invoice is expected to be paid within")
    plan_weights: Literal["even", "seasonal"] = Field(
        default="even", description="a month's plan day by day: even, or as the revenue of past months came")
    hot_days: int = Field(default=10, gt=0, le=3_650, description="a hot deal is likely to be paid within these working days")
    hot_chance: float = Field(default=0.5, gt=0, le=1, description="chance of it from which a stage is hot")
    hot_stages: tuple[str, ...] = Field(default=(), description="stages close to payment, by name; empty = told from the data")
    chain_days: int = Field(default=180, gt=0, le=3_650, description="days of work that give conversions from step to step")
    forecast_days: int = Field(default=365, gt=0, le=3_650, description="days of history from which chances of winning are reckoned")
    gate_days: int = Field(default=28, gt=0, le=3_650, description="days of work by which quantity is judged")
    gate_norm: float = Field(default=0.9, gt=0, le=1.5, description="attainment of norms below which quantity comes first")
    gate_difference: float = Field(default=0.1, gt=0, lt=1, description="least difference of check and cycle that matters")
    standup_at: Clock | None = Field(default=None, description="when the stand-up is to begin; empty = its usual time")
    late_minutes: int = Field(default=5, ge=0, le=10_080, description="a stand-up that begins this much later is late")
    base_revision_minutes: int = Field(default=20, gt=0, le=10_080, description="minutes a day that the revision of the base takes at least")
    call_listening_minutes: int = Field(default=10, gt=0, le=10_080, description="minutes a day of listening to calls at least")
    standup_tasks: int = Field(default=10, gt=0, le=1_000, description="tasks that a daily pack gives a seller, at most")
    alarms_a_day: int = Field(default=5, ge=0, description="deviations that a day's table raises the alarm for, at most")
    important_share: float = Field(default=0.1, gt=0, lt=1, description="a deviation smaller than this part of the norm does not matter")
    report_every: Literal["day", "week", "month"] = Field(default="month", description="how often results were looked at before there was a log of deviations")
    fix_days: int = Field(default=10, gt=0, le=3_650, description="working days within which a deviation is to be mended")
    relapse_days: int = Field(default=20, gt=0, le=3_650, description="a deviation that comes back within so many working days is a relapse")
    reaction_days: int = Field(default=5, gt=0, le=3_650, description="a client must react to a proposal within these working days")
    base_contact_days: int = Field(default=90, gt=0, le=3_650, description="a client of the base must be talked to within this")
    contact_norms: tuple[int, int, int] = Field(default=(30, 60, 90), description="the same for clients A, B, C by money, days")
    base_weights: tuple[float, float, float, float] = Field(
        default=(0.4, 0.2, 0.2, 0.2), description="weights of contacted, planned, decision maker known and returned in the index of the base")
    shared_by: int = Field(default=5, gt=1, description="a phone or domain of more clients ties nobody: a switchboard, a group")
    second_purchase_days: int = Field(default=90, gt=0, le=3_650, description="a new client is active with a second purchase within this")
    segment_clients: int = Field(default=3, gt=0, description="so many clients make a new segment, not one chance deal")
    technique_step_days: int = Field(default=14, gt=0, le=3_650, description="a deal must go forward within this after a technique was called for")
    technique_habit: int = Field(default=3, gt=0, description="so many uses in four weeks: a seller has taken a technique up")
    kb_map: tuple[str, ...] = Field(default=(), description="cells the knowledge base must cover: stage/need/segment; empty = every stage")
    parking_stages: tuple[str, ...] = Field(default=(), description="stages in which deals only wait; empty = told by their names")
    stage_fields: tuple[str, ...] = Field(default=(), description="fields that a deal must have from a stage on: stage/field; empty = the usual ones")
    field_weights: dict[str, FieldWeight] = Field(
        default={}, description="weights of mandatory fields in completeness: deals.amount: 3; others weigh one, 0 leaves a field out")
    uniform_share: float = Field(default=0.6, gt=0, lt=1, description="a mandatory field of which one value has more is filled to be filled")
    kb_used_days: int = Field(default=30, gt=0, le=3_650, description="an item of the knowledge base is in use when used within this")
    kb_stale_days: int = Field(default=180, gt=0, le=3_650, description="an item neither made nor used within this is stale")
    progress_months: int = Field(default=3, gt=0, le=120, description="progress is shown for these months; stages' worth is of the time before")
    flow_days: int = Field(default=365, gt=0, le=3_650, description="days over which work in hand is set against its flow")
    instant_task_seconds: int = Field(default=60, gt=0, description="a task done this soon after its creation is a dummy")
    reschedules: int = Field(default=3, gt=0, description="a task moved this often is not going to be done")
    evidence_workdays: int = Field(default=1, ge=0, le=30, description="a stage move needs a client action within this many working days")
    week_end_hours: float = Field(default=2, gt=0, le=12, description="moves this late in the working week are late")
    bulk_week_share: float = Field(default=0.5, gt=0, lt=1, description="a week with more late moves than this is a bulk week")
    bulk_week_moves: int = Field(default=5, gt=0, description="fewer moves in a week make no bulk week")
    competence_weights: tuple[Weight, ...] = Field(default=(), description="weights of competences in a person's mean level: competence/weight; others weigh one")
    critical_fail_cap: float = Field(default=0.0, ge=0, le=100, description="a review with a failed critical item scores no more; 100 = as a plain item")
    reviews_per_week: int = Field(default=3, gt=0, description="random reviews of a seller a week")
    next_step_days: int = Field(default=14, gt=0, le=3_650, description="a good call moves its deal on within this")
    survey_min_people: int = Field(default=5, ge=2, description="answers of fewer people are not published")
    learning_days: int = Field(default=90, gt=0, le=3_650, description="who learnt something of their own choice within this learns")
    training_lag_days: int = Field(default=14, ge=0, le=3_650, description="a micro-training is judged by reviews from this day after it")
    training_window_days: int = Field(default=28, gt=0, le=3_650, description="to this day after it, against as many days before it")
    ramp_share: float = Field(default=0.8, gt=0, description="part of the median of tenured sellers that is the result")
    ramp_months: int = Field(default=2, gt=0, le=120, description="so many months in a row with it")
    attainable_share: float = Field(default=0.5, gt=0, le=1, description="part of a gap that a plan may promise")
    margin_share: float | None = Field(default=None, gt=0, le=1, description="margin in revenue, for worth in margin")
    false_discovery_rate: float = Field(default=0.10, gt=0, lt=1, description="q of growth zones")

    @field_validator("field_weights")
    @classmethod
    def _known_fields(cls, weights: dict[str, float]) -> dict[str, float]:
        known = mandatory_names()
        wrong = next((name for name in weights if name not in known), None)
        if wrong is not None:
            raise PydanticCustomError("no_field", "{name} is no mandatory field", {"name": repr(wrong), "nearest": nearest(wrong, known)})
        return weights


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
    variable_pay: tuple[Pay, ...] = ()
    plan_basis: Literal["won", "invoiced", "shipped", "paid"] = "won"
    tax: Literal["with_vat", "without_vat"] = "with_vat"
    privacy: Literal["names", "initials", "pseudonyms"] = "names"
    client_names: Literal["hidden", "shown"] = Field(default="hidden", description="names of clients in the daily pack, which stays with the sellers")
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
