"""What the canonical tables tell of the deals of cases: how they ended, and whether they moved on after the talk."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from audit.workspace import Workspace

MOVES_WITHIN = 14  # days after the talk in which a deal moves on
DECIDED = ("won", "lost")
_FORWARD = ("forward", "final")


def decided(workspace: Workspace, cases: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Cases with a column `won` (True, False, empty: not decided, or talks of the deal say both), completed from the deals as they stood at the end of `day`."""
    cases = cases.copy()
    deals = _read(workspace, "deals", ["deal_id", "semantic", "closed_at", "created_at", "amount_base", "amount", "owner_id"])
    if deals is not None:
        end = pd.Timestamp(day) + pd.Timedelta(days=1)
        deals = deals.drop_duplicates("deal_id").set_index("deal_id").reindex(cases["deal_id"]).set_axis(cases.index)
        known = deals["semantic"].isin(DECIDED) & ~(deals["closed_at"] >= end) if "closed_at" in deals else deals["semantic"].isin(DECIDED)
        if "closed_at" in deals:  # a file that does not say when: on that day nobody knew it
            cases.loc[cases["decided_at"].isna() & cases["outcome"].isin(DECIDED) & (deals["closed_at"] >= end), "outcome"] = "open"
        news = ~cases["outcome"].isin(DECIDED) & known
        cases.loc[news, "outcome"] = deals.loc[news, "semantic"].astype("object")
        for name, source in (("decided_at", "closed_at"), ("started_at", "created_at"), ("amount", "amount_base"), ("amount", "amount")):
            if source in deals:
                value = deals[source].where(known) if name == "decided_at" else deals[source]
                cases[name] = cases[name].where(cases[name].notna(), value.astype(cases[name].dtype))
    at_odds = cases["deal_id"].isin(contradicted(cases))
    cases["won"] = cases["outcome"].map({"won": True, "lost": False}).astype("object").where(~at_odds, None)
    return cases


def contradicted(cases: pd.DataFrame) -> list[str]:
    """Deals of which some talks say won and others lost: nobody knows, so they are compared with nothing."""
    said = cases[cases["outcome"].isin(DECIDED)].groupby("deal_id")["outcome"].nunique()
    return sorted(map(str, said.index[said > 1]))


def moved_on(workspace: Workspace, cases: pd.DataFrame, day: dt.date) -> pd.Series | None:
    """Whether the deal of each case moved to a later stage, or was won, within 14 days after the talk (at once, for a talk without a time of its own: the next days).

    Empty where the days are not over yet; None where the CRM keeps no history of stages.
    """
    history = _read(workspace, "stage_history", ["entity", "entity_id", "entered_at", "move"])
    if history is None or not {"move", "entered_at", "entity_id"} <= set(history.columns):
        return None
    moves = history[history["move"].isin(_FORWARD) & (history["entity"].fillna("deal") == "deal")]
    lost = cases.loc[cases["outcome"] == "lost", ["deal_id", "decided_at"]].drop_duplicates("deal_id").set_index("deal_id")["decided_at"]
    ends = moves["entity_id"].map(lost)
    moves = moves[~(moves["entered_at"] >= ends)]  # the step into lost is none onward
    pairs = cases[["case_id", "deal_id", "at"]].merge(moves[["entity_id", "entered_at"]], left_on="deal_id", right_on="entity_id", how="inner")
    gap = pairs["entered_at"] - pairs["at"]
    onward = set(pairs.loc[(gap > pd.Timedelta(0)) & (gap <= pd.Timedelta(days=MOVES_WITHIN)), "case_id"])
    over = cases["at"] + pd.Timedelta(days=MOVES_WITHIN) < pd.Timestamp(day) + pd.Timedelta(days=1)
    known = cases["at"].notna() & cases["deal_id"].isin(set(history["entity_id"])) & (over | cases["outcome"].isin(DECIDED))
    values = cases["case_id"].isin(onward).where(known).astype("object")
    return values if known.any() else None


def _read(workspace: Workspace, name: str, columns: list[str]) -> pd.DataFrame | None:
    """These columns of a canonical table, as far as it has them; None where there is no such table."""
    import pyarrow.parquet as pq

    file = workspace.tables / f"{name}.parquet"
    if not file.is_file():
        return None
    there = set(pq.read_schema(file).names)
    return pd.read_parquet(file, columns=[one for one in columns if one in there])
