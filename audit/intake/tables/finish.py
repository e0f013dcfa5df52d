"""Rows of each table from what the source gave: helper columns become canonical ones."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd

from audit.intake.away import let_go
from audit.intake.outcome import clean_stage, outcome
from audit.intake.parse.column import arrow_with_nulls
from audit.intake.parse.dates import moment, take_apart
from audit.intake.parse.plain import clean
from audit.intake.parse.spans import last_day
from audit.intake.text import meanings, norm

WHOLE = {"отдел", "весь отдел", "отдел продаж", "компания", "company", "total", "всего", "итого", "department", "all", "фирма"}
_BOSS = re.compile(r"\b(руковод|роп\b|начальник|head|director|директор|team lead|тимлид|ръководител|manager of)", re.I)
ANY_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2} [а-яё]+ \d{4}", re.I)
_QUARTER = re.compile(r"^(?:q|кв\.?|квартал)?\s*([1-4]|i{1,3}|iv)\s*(?:q|кв\.?|квартал|тримесечие)?[ .,-]*(\d{4})(?:\s*г\.?)?$", re.I)
OF_LEADS = {"won": "converted", "lost": "lost", "open": "open"}  # what an outcome is called for leads
NOW = "datetime64[us]"
DTYPE = {"time": NOW, "date": NOW, "money": "float64", "number": "float64", "share": "float64", "int": "float64", "bool": "boolean"}


def column(frame: pd.DataFrame, name: str, dtype: str = "str") -> pd.Series:
    """A column, or an empty one of `dtype` when the frame lacks it; that takes no memory a row and cannot be changed in place."""
    if name in frame:
        return frame[name]
    if dtype == "str":
        import pyarrow as pa

        nothing = pa.py_buffer(np.zeros((len(frame) + 1) * 8, dtype="uint8"))  # pages that nobody writes to are not there
        return pa.Array.from_buffers(pa.large_string(), len(frame), [nothing, nothing, pa.py_buffer(b"")], len(frame)).to_pandas().set_axis(frame.index)
    if dtype in (NOW, "float64"):
        nothing = np.array("NaT" if dtype == NOW else np.nan, dtype=dtype)
        return pd.Series(np.broadcast_to(nothing, len(frame)), index=frame.index, copy=False)
    return pd.Series(pd.array([None] * len(frame), dtype=dtype), index=frame.index)


def only(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """The `rows` (one flag each) of a frame that nobody needs any more: each column is let go as soon as its rows are taken."""
    kept = {}
    for name in list(frame):
        kept[name] = frame.pop(name)[rows]
        let_go()
    return pd.DataFrame(kept, index=frame.index[rows], copy=False)


def looked(keys: pd.Series, values: pd.Series) -> pd.Series:
    """`values` (by unique key) at each of `keys`, empty where there is none; the type stays also when there are no values at all."""
    if keys.dtype != "str" or values.index.dtype != "str":
        return values.reindex(keys).set_axis(keys.index)
    import pyarrow.compute as pc

    wanted, known = arrow_with_nulls(keys), arrow_with_nulls(pd.Series(values.index))
    if wanted.equals(known):
        return values.set_axis(keys.index)
    at = pc.index_in(wanted, value_set=known, skip_nulls=True)
    return values.reset_index(drop=True).reindex(np.asarray(at.fill_null(-1))).set_axis(keys.index)


def all_differ(ids: pd.Series) -> bool:
    """Whether no text comes twice; numbers, as most ids are, are compared as such."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if ids.dtype != "str" or ids.isna().any():
        return ids.is_unique
    texts = pa.array(ids.array)
    try:
        numbers = pc.cast(texts, pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return ids.is_unique
    before, after = numbers[:-1], numbers[1:]
    return bool((after > before).all() or (after < before).all() or len(np.unique(numbers)) == len(numbers) or ids.is_unique)


def by_contact(frame: pd.DataFrame) -> pd.DataFrame:
    """A record without a company is the client's who is its contact; ids of contacts and companies may be alike."""
    if not {"contact_ref", "contact_name"} & set(frame):
        return frame
    bare = column(frame, "client_id").isna() & column(frame, "client_name").isna()
    frame["client_id"] = column(frame, "client_id").fillna(("C_" + _ref(frame, "contact_ref")).where(bare))
    frame["client_name"] = column(frame, "client_name").fillna(column(frame, "contact_name").where(bare))
    return frame.drop(columns=[name for name in ("contact_ref", "contact_name") if name in frame])


def full_name(frame: pd.DataFrame) -> pd.DataFrame:
    """`name` of people from their first and last names, where it is not given whole."""
    name = column(frame, "name")
    if {"first_name", "last_name"} & set(frame):
        parts = column(frame, "first_name").fillna("") + " " + column(frame, "last_name").fillna("")
        name = name.fillna(parts.str.strip().replace("", None))
    frame["name"] = name
    return frame


def users(frame: pd.DataFrame) -> pd.DataFrame:
    """Names from their parts, ids from names, leaders from their role or because others name them as theirs, experience in months."""
    if "experience_years" in frame:
        frame["experience_months"] = column(frame, "experience_months", "float64").fillna(12 * frame["experience_years"])
    name = full_name(frame)["name"]
    frame["user_id"] = column(frame, "user_id").fillna(name)
    if "is_manager" not in frame and "role" in frame:
        frame["is_manager"] = frame["role"].map(lambda role: bool(_BOSS.search(str(role))), na_action="ignore").astype("boolean")
    if "manager_ref" in frame:
        led = frame["user_id"].isin(set(frame["manager_ref"].dropna()))
        frame["is_manager"] = column(frame, "is_manager", "boolean").fillna(False) | led
    return frame


def stage_meanings(frame: pd.DataFrame, table: str | None) -> None:
    """The meaning of stages in a file of stages that says it by two flags, closed and won; adds `semantic` in place."""
    if table == "stages" and "semantic" not in frame and {"won", "closed_flag"} & set(frame):
        won, closed = (column(frame, name, "boolean").fillna(False).astype(bool) for name in ("won", "closed_flag"))
        won |= closed & (column(frame, "probability", "float64") == 1)
        frame["semantic"] = pd.Series(np.select([won, closed], ["won", "lost"], "open"), index=frame.index, dtype="str")


def clients(frame: pd.DataFrame) -> pd.DataFrame:
    """A client without an id is known by its tax number, else by its name."""
    frame["client_id"] = column(frame, "client_id").fillna(column(frame, "tax_id")).fillna(column(frame, "name"))
    return frame


def leads(frame: pd.DataFrame) -> pd.DataFrame:
    """The meaning of every lead: by its flag, its status words, or the deal it became."""
    status = column(frame, "status")
    levels = meanings("levels.leads.semantic")
    words = {word: levels.get(norm(clean_stage(word)[0])) or OF_LEADS.get(outcome(word) or "") for word in status.dropna().unique()}
    by_status = status.map(words).astype("str")
    semantic = column(frame, "semantic").fillna(by_status)
    semantic = semantic.mask((semantic == "lost") & (by_status == "junk"), "junk")  # systems mark both as a failure
    if "converted" in frame:
        semantic = semantic.mask(frame["converted"].fillna(False).astype(bool), "converted")
        semantic = semantic.mask((semantic == "converted") & (frame["converted"] == False).fillna(False), "open")  # noqa: E712 (a nullable column)
    semantic = semantic.mask(semantic.isna() & column(frame, "deal_id").notna(), "converted")
    frame["semantic"] = semantic.fillna("open")
    done = frame["semantic"] != "open"
    frame["closed_at"] = column(frame, "closed_at", NOW).where(done)
    converted = frame["semantic"] == "converted"
    frame["converted_at"] = column(frame, "converted_at", NOW).fillna(frame["closed_at"]).where(converted)
    return frame


def unknown_statuses(frame: pd.DataFrame) -> list[str]:
    """Statuses of leads whose meaning no list knows; they count as open."""
    levels = meanings("levels.leads.semantic")
    return [word for word in column(frame, "status").dropna().unique() if norm(clean_stage(word)[0]) not in levels and outcome(word) is None]


def activities(frame: pd.DataFrame, deals: set[str], leads: set[str], titles: dict[str, str]) -> pd.DataFrame:
    """The unit every action belongs to, and when it was done."""
    deal = _ref(frame, "deal_ref")
    known = deal.isin(deals)
    deal = deal.where(known | ~deal.isin(list(titles)), deal.map(titles)) if titles else deal
    lead, client = _ref(frame, "lead_ref"), _ref(frame, "client_ref").fillna("C_" + _ref(frame, "contact_ref"))
    for either in (_ref(frame, "entity_ref"), _ref(frame, "other_ref")):
        deal = deal.fillna(either.where(either.isin(deals)))
        lead = lead.fillna(either.where(either.isin(leads) & ~either.isin(deals)))
    frame["entity"] = column(frame, "entity").fillna(
        pd.Series(np.select([deal.notna(), lead.notna(), client.notna()], ["deal", "lead", "client"], default=""), index=frame.index)).replace("", None)
    frame["entity_id"] = column(frame, "entity_id").fillna(deal).fillna(lead).fillna(client)
    if "record_kind" in frame:
        # an action with a contact that is bound to a deal too is the deal's
        nearer = deal.notna() & (frame["entity"] == "client")
        frame["entity_id"] = frame["entity_id"].mask(frame["record_kind"] == "contact", "C_" + frame["entity_id"])
        frame["client_id"] = column(frame, "client_id").fillna(frame["entity_id"].where(nearer))
        frame["entity"], frame["entity_id"] = frame["entity"].mask(nearer, "deal"), frame["entity_id"].mask(nearer, deal)
    frame["client_id"] = column(frame, "client_id").fillna(client).fillna(frame["entity_id"].where(frame["entity"] == "client"))
    if "done" in frame:
        flag = frame["done"].fillna(False).astype(bool)
        when = column(frame, "done_at", NOW).fillna(column(frame, "updated_at", NOW)).fillna(column(frame, "due_at", NOW))
        frame["done_at"] = when.where(flag)
    kind = frame["kind"] = _kind(frame)
    call = kind.isin(["call_in", "call_out"])
    if "answered_also" in frame:
        frame["is_answered"] = column(frame, "is_answered", "boolean").fillna(frame["answered_also"]).where(call)
    elif "is_answered" not in frame and "duration_s" in frame:
        frame["is_answered"] = (frame["duration_s"] > 0).astype("boolean").where(call)
    return frame


def _kind(frame: pd.DataFrame) -> pd.Series:
    """The kind of every action: a bare task gives way to a nearer word, and the direction of a call has its own column in some systems."""
    kind, other, way = column(frame, "kind"), column(frame, "kind_also"), column(frame, "direction")
    kind = kind.mask(kind.isna() | ((kind == "task") & other.notna()), other)
    call = kind.isin(["call_in", "call_out"])
    return kind.mask(call & (way == "in"), "call_in").mask(call & (way == "out"), "call_out")


def _ref(frame: pd.DataFrame, name: str) -> pd.Series:
    """An id of another unit; exports write 0 for none."""
    values = column(frame, name)
    return values.mask(values == "0")


def period(text: str) -> tuple[dt.datetime, dt.datetime] | None:
    """(first day, day after the last) of a month, quarter or year as people write them; None when it is none.

    >>> [str(day.date()) for day in period("Май 2025")], [str(day.date()) for day in period("2 кв. 2025")]
    (['2025-05-01', '2025-06-01'], ['2025-04-01', '2025-07-01'])
    """
    plain = clean(text)
    if found := re.fullmatch(r"(20\d{2})(?:\.0)?(?:\s*(?:г\.?|год))?", plain):
        year = int(found.group(1))
        return dt.datetime(year, 1, 1), dt.datetime(year + 1, 1, 1)
    if found := _QUARTER.match(plain):
        word = found.group(1).lower()
        quarter = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(word) or int(word)
        start = dt.datetime(int(found.group(2)), 3 * quarter - 2, 1)
        return start, _months_on(start, 3)
    day = moment(take_apart(plain), "dmy", "UTC")
    if day is None:
        return None
    start = day.replace(day=1, hour=0, minute=0, second=0)
    return start, _months_on(start, 1)


def _months_on(day: dt.datetime, months: int) -> dt.datetime:
    month = day.month - 1 + months
    return day.replace(year=day.year + month // 12, month=month % 12 + 1)


def plans(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """(targets with their period and scope, positions whose period is unreadable)."""
    frame, bad = spans(frame)
    frame = scoped(frame)
    frame["metric"] = column(frame, "metric").fillna("revenue")
    return frame, bad


def summed(frame: pd.DataFrame) -> pd.DataFrame:
    """Targets with those that one seller, team or segment has for several products added up: of one period each has one target."""
    several = column(frame, "product").notna() & column(frame, "target", "float64").notna() & frame["scope"].isin(["user", "team", "segment"]) & frame["period_start"].notna()
    key = [name for name in ("period_start", "period_end", "scope", "scope_id", "metric", "set_at", "version") if name in frame]
    rows = frame[several]
    frame.loc[several, "target"] = rows.groupby(key, dropna=False)["target"].transform("sum")
    return frame.drop(index=rows.index[rows.duplicated(key)])


def spans(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """(rows with the first day of their period and the day after its last, positions whose period is unreadable)."""
    found = {text: period(text) for text in column(frame, "period").dropna().unique()}
    start = frame["period"].map({text: span[0] for text, span in found.items() if span}).astype(NOW) if found else column(frame, "period_start", NOW)
    end = frame["period"].map({text: span[1] for text, span in found.items() if span}).astype(NOW) if found else column(frame, "period_end", NOW)
    frame["period_start"] = column(frame, "period_start", NOW).fillna(start)
    frame["period_end"] = column(frame, "period_end", NOW).fillna(end)
    bad = frame.index[frame["period_start"].isna() & column(frame, "period").notna()].to_numpy()
    return frame, bad


def scoped(frame: pd.DataFrame) -> pd.DataFrame:
    """Whose a row is: of a seller, a segment, a product, a team or the whole company, by what it names."""
    owner = column(frame, "owner_name")
    whole = owner.map(lambda name: norm(name) in WHOLE, na_action="ignore").fillna(False).astype(bool)
    frame["owner_name"] = owner.mask(whole)
    team, segment, product = (column(frame, name) for name in ("team_name", "segment_name", "product"))
    kind = np.select([frame["owner_name"].notna(), segment.notna(), product.notna(), team.notna() & ~whole], ["user", "segment", "product", "team"], default="company")
    frame["scope"] = column(frame, "scope").fillna(pd.Series(kind, index=frame.index))
    frame["scope_id"] = column(frame, "scope_id").fillna(frame["owner_name"]).fillna(segment).fillna(product).fillna(team).where(frame["scope"] != "company", "")
    return frame


def receivables(frame: pd.DataFrame, above: str, title_day: bool) -> pd.DataFrame:
    """The day of the report from its title, days and money overdue from the term where they are not given."""
    as_of = column(frame, "as_of", NOW)
    if title_day and (day := last_day(above)):
        as_of = as_of.fillna(pd.Timestamp(day))
    frame["as_of"] = as_of.astype(NOW)
    if "due_on" in frame:
        late = (frame["as_of"] - frame["due_on"]).dt.days.clip(lower=0).astype("float64")
        frame["days_overdue"] = column(frame, "days_overdue", "float64").astype("float64").fillna(late)
    if "days_overdue" in frame:
        overdue = frame["amount"].where(frame["days_overdue"] > 0, 0.0)
        frame["overdue_amount"] = column(frame, "overdue_amount", "float64").astype("float64").fillna(overdue.where(frame["days_overdue"].notna()))
    return frame
