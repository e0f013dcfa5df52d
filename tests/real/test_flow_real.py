"""Dwell, rework and variants of two public logs of real processes, against figures recomputed here from the raw files."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from audit.client import Client
from audit.metrics import measure

pytestmark = pytest.mark.real
CLIENT = Client(name="Log", country="XX", currency="EUR")


def tables(log: pd.DataFrame, order: list[str]) -> dict[str, pd.DataFrame]:
    """A log of case, stage, at as closed deals; stages in `order` are open, every case ends with its last event."""
    log = log.sort_values(["case", "at"], kind="stable")
    ends = log.groupby("case")["at"].agg(["min", "max"])
    deals = pd.DataFrame({"deal_id": ends.index, "created_at": ends["min"].to_numpy(), "closed_at": ends["max"].to_numpy(), "semantic": "won"})
    history = pd.DataFrame({"entity": "deal", "entity_id": log["case"], "to_stage": log["stage"], "entered_at": log["at"]})
    stages = pd.DataFrame({"stage_id": order, "name": order, "ord": np.arange(1, len(order) + 1), "semantic": "open"})
    return {"deals": deals, "stage_history": history, "stages": stages}


def order_of(log: pd.DataFrame) -> list[str]:
    """Stages by their usual place in a case."""
    place = log.groupby("case").cumcount() / log.groupby("case")["stage"].transform("size")
    return place.groupby(log["stage"]).mean().sort_values(kind="stable").index.tolist()


@pytest.fixture(scope="module")
def receipt(shared_data):
    raw = pd.read_csv(shared_data / "receipt_log" / "receipt.csv", dtype=str)
    at = pd.to_datetime(raw["time:timestamp"], utc=True, format="ISO8601").dt.tz_localize(None).dt.floor("s")
    return pd.DataFrame({"case": raw["case:concept:name"], "stage": raw["concept:name"], "at": at, "who": raw["org:resource"]})


@pytest.fixture(scope="module")
def helpdesk(shared_data):
    rows = []
    with gzip.open(shared_data / "helpdesk_log" / "helpdesk.xes.gz") as file:
        for _, item in ElementTree.iterparse(file):
            if item.tag.endswith("trace"):
                name = next(one.get("value") for one in item if one.get("key") == "concept:name")
                for event in item:
                    if event.tag.endswith("event"):
                        told = {one.get("key"): one.get("value") for one in event}
                        rows.append((name, told["concept:name"], told["time:timestamp"]))
                item.clear()
    log = pd.DataFrame(rows, columns=["case", "stage", "at"])
    return log.assign(at=pd.to_datetime(log["at"], utc=True, format="ISO8601").dt.tz_localize(None).dt.floor("s"))


def first_sorted(log: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """The log as it is walked: by case and time, at one moment in the order of the stages."""
    place = log["stage"].map({name: at for at, name in enumerate(order)})
    log = log.assign(place=place).sort_values(["case", "at", "place"], kind="stable")
    after = log.groupby("case")
    return log.assign(next_at=after["at"].shift(-1), before=after["place"].shift(1), end=after["at"].transform("max"))


def checked(log: pd.DataFrame) -> None:
    order = order_of(log)
    walked = first_sorted(log, order)
    values = measure(tables(log, order), ["stage_days", "stage_days_total", "moves_rework", "moves_forward", "moves_back", "algorithm_backs", "stage_entries"],
                     by="stage", client=CLIENT, as_of=(log["at"].max() + pd.Timedelta(days=1)).date())
    stay = (walked["next_at"].fillna(walked["end"]) - walked["at"]).dt.total_seconds() / 86_400
    median = stay.groupby(walked["stage"]).apply(lambda days: np.sort(days)[(len(days) + 1) // 2 - 1])  # all have left
    measured = values.rows("stage_days", "stage").set_index("group")
    assert measured["n"].sum() == len(log)
    common = measured.index[measured["n"] >= 30]
    np.testing.assert_allclose(measured.loc[common, "value"], median[common], rtol=0.02, atol=1 / 24)
    total = stay.groupby([walked["case"], walked["stage"]]).sum().groupby("stage").mean()
    totals = values.rows("stage_days_total", "stage").set_index("group")["value"]
    np.testing.assert_allclose(totals, total[totals.index], rtol=1e-6, atol=1e-6)
    back, forward = (walked["place"] < walked["before"]), (walked["place"] > walked["before"])
    assert values.get("moves_back")["value"] == back.sum()
    assert values.get("moves_forward")["value"] == forward.sum() + walked["case"].nunique()  # and every case is won in the end
    rework = values.get("moves_rework")
    assert rework["sum_num"] == back.sum()
    assert values.get("algorithm_backs")["value"] == pytest.approx(back.groupby(walked["case"]).any().mean())


def test_receipts(receipt):
    assert (len(receipt), receipt["case"].nunique(), receipt["stage"].nunique(), receipt["who"].nunique()) == (8577, 1434, 27, 48)
    checked(receipt)


def test_helpdesk(helpdesk):
    assert (len(helpdesk), helpdesk["case"].nunique()) == (21348, 4580)
    checked(helpdesk)
