"""Cards that need a look: nobody says them, nobody has changed them, or they never left the draft."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from audit.errors import UsageError
from audit.knowledge.base import Base

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("id", "status", "reasons", "uses", "last_heard", "days_silent", "changed", "months_unchanged", "draft_since")
NEVER, SILENT, UNCHANGED, DRAFT = "never heard", "not heard lately", "not changed lately", "draft for long"
MONTH = 30.4375  # days


def stale(base: Base, as_of: dt.date | str, *, days: int = 90, months: float = 12, draft_months: float = 6) -> pd.DataFrame:
    """A row a technique that needs a look as of a day, by id: its status, `reasons`, and what they rest on.

    'never heard': no text up to that day has it; 'not heard lately': not for more than `days` (`last_heard` is the moment of the last utterance, or of its case; a use without any
    time counts, but not as the last); 'not changed lately': the card has been as it is for more than `months`; 'draft for long': a draft, without a break, for more than
    `draft_months`. Several are joined by ', '. `uses` counts utterances. Occasions, placebos and retired cards are left out. Raises UsageError for a day that is none.
    """
    import pandas as pd

    day = _day(as_of)
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    heard, history, status = _heard(base, end), base.card_history(), statuses(base, day)
    rows = []
    for name, every in history[history["kind"] == "technique"].groupby("id"):
        if status[name] == "retired":
            continue
        versions = every[(every["recorded_at"] < end) | (every.index == every.index[0])]  # a card noted later than that day is new on it
        changed, draft = versions["recorded_at"].iloc[-1], _draft_since(versions, status[name])
        uses, last = heard.get(name, (0, pd.NaT))
        silent = (pd.Timestamp(day) - last.normalize()).days if last is not pd.NaT else None
        found = {NEVER: uses == 0, SILENT: silent is not None and silent > days, UNCHANGED: _months(changed, end) > months, DRAFT: draft is not pd.NaT and _months(draft, end) > draft_months}
        if any(found.values()):
            reasons = ", ".join(reason for reason, holds in found.items() if holds)
            rows.append((name, status[name], reasons, uses, last, silent, changed, round(_months(changed, end), 1), draft))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    moments = dict.fromkeys(("last_heard", "changed", "draft_since"), "datetime64[us]")
    return table.astype({**moments, "days_silent": "Int64", "uses": "int64", "months_unchanged": "float64"})


def statuses(base: Base, day: dt.date | None = None) -> dict[str, str]:
    """Id → what a technique may be called: what was last noted up to the day; the card's own where nothing was, or where it says retired."""
    told = {card.id: card.status for card in base.cards()}
    noted = base.statuses(every=True)
    if day is not None:
        noted = noted[noted["as_of"] <= day.isoformat()]
    latest = noted.sort_values("as_of", kind="stable").groupby("id")["status"].last().to_dict()
    return {name: own if own == "retired" else latest.get(name, own) for name, own in told.items()}


def _heard(base: Base, end: pd.Timestamp) -> dict[str, tuple[int, pd.Timestamp]]:
    """Technique → (utterances before the end that have it, the last moment)."""
    import pandas as pd

    tags = base.tags().merge(base.cases()[["case_id", "at", "started_at"]], on="case_id", suffixes=("", "_case"))
    tags["at"] = tags["at"].fillna(tags["at_case"]).fillna(tags["started_at"])
    tags = tags[tags["at"].isna() | (tags["at"] < end)]
    return {str(name): (part["text_id"].nunique(), pd.Timestamp(part["at"].max())) for name, part in tags.groupby("technique")}


def _draft_since(versions: pd.DataFrame, status: str) -> pd.Timestamp:
    """Since when the card has been a draft without a break; nothing when it is none."""
    import pandas as pd

    if status != "draft":
        return pd.NaT
    since = pd.NaT
    for moment, own in zip(versions["recorded_at"], versions["status"], strict=True):
        since = pd.NaT if own != "draft" else since if since is not pd.NaT else moment
    return since


def _months(since: pd.Timestamp, end: pd.Timestamp) -> float:
    return max((end - since).days, 0) / MONTH


def _day(as_of: dt.date | str) -> dt.date:
    if isinstance(as_of, dt.datetime):
        return as_of.date()
    try:
        return as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    except (TypeError, ValueError):
        raise UsageError("errors.bad_date", value=as_of, option="as_of") from None
