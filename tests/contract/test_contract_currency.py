"""One currency: deals told in another one, at its rate of the day, measure what they are worth, in every metric of the catalogue."""

import numpy as np
import pytest
from made import AS_OF, made
from pandas.testing import assert_frame_equal

from audit.client import Client
from audit.metrics import measure

RATE = 64.0  # of one euro; a power of two, so that the way there and back loses no digit
EURO = Client(name="Made", currency="EUR", country="XX")
OF_DEALS = {"deals": ("amount",), "deal_products": ("price", "list_price", "cost"), "proposals": ("amount",),
            "deal_snapshots": ("amount",), "field_history": ("amount",)}


def abroad(world):
    """Every third deal, with its lines, offers, stored amounts, bills and payments, in a currency of which RATE are one euro."""
    told = {name: table.copy() for name, table in world.items()}
    deals = set(told["deals"]["deal_id"].iloc[::3])
    bills = set(told["invoices"].loc[told["invoices"]["deal_id"].isin(deals), "invoice_id"])
    for name, columns in OF_DEALS.items():
        there = told[name]["deal_id"].isin(deals)
        if name == "deals":
            told[name] = told[name].assign(amount_base=told[name]["amount"], currency=np.where(there, "ZZZ", "EUR"))
        for column in {*columns} & {*told[name].columns}:
            told[name][column] = told[name][column].where(~there, told[name][column] * RATE)
    for name in ("invoices", "payments"):
        there = told[name]["invoice_id"].isin(bills)
        told[name] = told[name].assign(amount_base=told[name]["amount"], currency=np.where(there, "ZZZ", "EUR"),
                                       amount=told[name]["amount"].where(~there, told[name]["amount"] * RATE))
    return told


@pytest.fixture(scope="module")
def world():
    return made()


def test_money_of_two_currencies_is_money_of_one(world):
    plain = measure(world, as_of=AS_OF, client=EURO).frame
    other = measure(abroad(world), as_of=AS_OF, client=EURO).frame
    plain, other = (frame[~frame["by"].str.contains("currency")].reset_index(drop=True) for frame in (plain, other))
    key = ["metric", "period", "period_start", "by", "group"]
    both = plain.merge(other, on=key, suffixes=("", "_there"), how="outer", indicator=True)
    wrong = both[(both["_merge"] != "both") | ~np.isclose(both["value"], both["value_there"], rtol=1e-9, equal_nan=True) | (both["n"] != both["n_there"])]
    assert wrong.empty, wrong[[*key, "value", "value_there", "n", "n_there", "_merge"]].to_string(max_rows=60)
    assert_frame_equal(plain, other, check_exact=False, rtol=1e-9)
