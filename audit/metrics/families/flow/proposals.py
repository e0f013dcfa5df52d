"""Reactions to proposals, and whether a new template does better than the old: M09."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow import waits
from audit.metrics.rows.flow.offers import sends
from audit.stats import strata

_SENT = ("proposals.proposal_id", "proposals.sent_at")
_REACTED = (*_SENT, "proposals.reaction_at|activities.kind|stage_history.entered_at")
_BY = ("version", "kind", "owner", "team", "segment", "band")
_SURE_DAYS = 14  # the working days of a reaction are over within two weeks


def _waits(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Kaplan–Meier median of sending → reaction; what has none yet is censored at the as-of day."""
    t = bases.rows_of(sends)
    return waits.median(metric, bases, ask, t.mutate(_went=yes(t.reacted_at.notnull())), "wait", "_went")


def versions(bases: Bases) -> pd.DataFrame:
    """One row a kind, version, seller, segment and band: decided sendings `n`, of them `hits` in time, and the version's `first` day.

    Sellers are a stratum: the good ones take a new template up first.
    """
    t = bases.rows_of(sends)
    t = t.filter(t.decided & t.template_version.notnull())
    keys = {name: cells.label(t[name]) for name in ("kind", "version", "owner", "segment", "band")}
    frame = bases.rows(t.group_by(**keys).agg(n=t.count(), hits=t.in_time.sum(), first=t.sent_at.min()))
    frame["first"] = frame.groupby(["kind", "version"])["first"].transform("min")
    return frame.sort_values(["kind", "first", "version", "owner", "segment", "band"]).reset_index(drop=True)


def _new_and_old(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Every version less the one before it of its kind; the whole is the latest pair of all kinds together."""
    frame = bases.rows_of(versions)
    records, latest = [], []
    for kind, rows in frame.groupby("kind", sort=True):
        order = list(dict.fromkeys(rows["version"]))
        pairs = [_paired(rows, new, old) for old, new in pairwise(order)]
        if pairs:
            latest.append(pairs[-1])
        if ("version",) in ask.slices:
            several = frame["kind"].nunique() > 1
            records += [_difference(pair) | {"by": "version", "group": f"{kind} {new}" if several else new}
                        for pair, new in zip(pairs, order[1:], strict=True)]
    whole = _difference(pd.concat(latest)) if latest else {"value": np.nan, "n": 0}
    return finish.made(metric, bases, [whole, *records])


def _paired(rows: pd.DataFrame, new: str, old: str) -> pd.DataFrame:
    keys = ["kind", "owner", "segment", "band"]
    both = [rows[rows["version"] == name].set_index(keys)[["hits", "n"]] for name in (new, old)]
    return both[0].join(both[1], rsuffix="_old", how="outer").fillna(0.0)


def _difference(pair: pd.DataFrame) -> dict:
    found = strata.risk_difference(pair["hits"], pair["n"], pair["hits_old"], pair["n_old"])
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.units}


METRICS = (
    Metric(
        id="proposals_sent", card="M09", kind="count", unit="count", better="higher", basis="period", table="proposals", rows=sends,
        at="sent_at", needs=_SENT, where=None, numerator=one, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_BY,
        counter="proposal_reaction", source="first sendings of a version to a deal",
    ),
    Metric(
        id="proposal_reaction", card="M09", kind="share", unit="share", better="higher", basis="cohort", table="proposals", rows=sends,
        at="sent_at", needs=_REACTED, where="decided", numerator="in_time", denominator=one, compute=None, matures_days=_SURE_DAYS,
        min_n=MIN_N, slices=_BY, counter="proposal_acceptance",
        source="first sendings with a doing of the client (reaction noted, incoming call, meeting held, step forward) within "
               "rules.reaction_days working days ÷ first sendings for which these days are over",
    ),
    Metric(
        id="proposal_reaction_days", card="M09", kind="median", unit="days", better="lower", basis="cohort", table="proposals", rows=sends,
        at="sent_at", needs=_REACTED, where=None, numerator=None, denominator=None, compute=_waits, matures_days=0, min_n=MIN_N,
        slices=_BY, counter="proposal_acceptance", source="Kaplan–Meier median of sending → first reaction, those without one censored",
    ),
    Metric(
        id="proposal_acceptance", card="M09", kind="share", unit="share", better="higher", basis="cohort", table="proposals", rows=sends,
        at="sent_at", needs=(*_SENT, "proposals.reaction|deals.closed_at|deals.won_at"), where=None, numerator="accepted", denominator=one,
        compute=None, matures_days="win_days", min_n=MIN_N, slices=_BY, counter="proposals_sent",
        source="first sendings accepted, or whose deal was won, within rules.win_days ÷ first sendings",
    ),
    Metric(
        id="proposal_new_template", card="M09", kind="mean", unit="points", better="higher", basis="cohort", table="proposals", rows=sends,
        at="", needs=(*_REACTED, "proposals.template_version"), where=None, numerator=None, denominator=None, compute=_new_and_old,
        matures_days=0, min_n=MIN_N, slices=("version",), counter="proposal_acceptance",
        source="reaction in time of a version less that of the version before it of the same kind, Mantel–Haenszel within seller × segment "
               "× band of amount; an association unless versions were sent side by side by lot",
    ),
)
