"""Published figures of two public data sets, from canonical tables made here by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from audit.metrics import measure

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def maven(shared_data):
    folder = shared_data / "maven_crm"
    raw, team = pd.read_csv(folder / "sales_pipeline.csv"), pd.read_csv(folder / "sales_teams.csv")
    deals = pd.DataFrame({
        "deal_id": raw["opportunity_id"], "owner_id": raw["sales_agent"], "product": raw["product"], "stage_id": raw["deal_stage"],
        "semantic": raw["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("open"),
        "created_at": pd.to_datetime(raw["engage_date"], format="%m/%d/%Y"),
        "closed_at": pd.to_datetime(raw["close_date"], format="%m/%d/%Y"), "amount": raw["close_value"],
    })
    users = pd.DataFrame({"user_id": team["sales_agent"], "name": team["sales_agent"], "team": team["manager"]})
    return measure({"deals": deals, "users": users})


@pytest.fixture(scope="module")
def olist(shared_data):
    folder = shared_data / "olist_funnel"
    leads = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv")
    won = pd.read_csv(folder / "olist_closed_deals_dataset.csv")
    won["won"] = pd.to_datetime(won["won_date"], format="%m/%d/%Y %H:%M")
    came, both = won.merge(leads, on="mql_id"), leads.merge(won, on="mql_id", how="left")
    return measure({
        "leads": pd.DataFrame({"lead_id": both["mql_id"], "created_at": pd.to_datetime(both["first_contact_date"]),
                               "source": both["origin"], "converted_at": both["won"]}),
        "deals": pd.DataFrame({"deal_id": came["mql_id"], "lead_id": came["mql_id"], "semantic": "won", "owner_id": came["sr_id"],
                               "created_at": pd.to_datetime(came["first_contact_date"]), "closed_at": came["won"]}),
    })


def test_maven(maven):
    assert maven.get("win_rate")["value"] == pytest.approx(0.6315, abs=5e-5)
    assert maven.get("won_deals")["value"] == 4238
    assert maven.get("revenue")["value"] == 10_005_534
    assert maven.get("revenue", "owner", "Darcel Schlecht")["value"] == 1_153_214
    assert maven.get("cycle_days_mean")["value"] == pytest.approx(51.8, abs=0.05)
    assert maven.get("deals_in_work")["value"] == 1589 + 500


def test_maven_does_not_say_what_it_cannot(maven):
    lacks = maven.lacking().set_index("metric")["lacks"]
    assert lacks["win_rate_value"] == "deals.amount of lost deals"
    assert lacks["deals_in_work_amount"] == "deals.amount of open deals"
    assert "stage_history.entered_at" in lacks["stage_conversion"]
    assert "leads.created_at" in lacks["lead_conversion"]


def test_olist(olist):
    ever = olist.get("lead_conversion_ever")
    assert (ever["sum_num"], ever["n"]) == (842, 8000)
    assert ever["value"] == pytest.approx(0.105, abs=5e-4)
    shares = {"paid_search": 0.123, "organic_search": 0.118, "social": 0.056, "email": 0.030}
    for source, share in shares.items():
        assert olist.get("lead_conversion_ever", "source", source)["value"] == pytest.approx(share, abs=5e-4)
    assert olist.get("cycle_days")["value"] == 14
    assert olist.get("cycle_days_mean")["value"] == pytest.approx(48.4, abs=0.05)
    assert olist.get("cycle_suspect")["value"] == 1


def test_olist_has_no_lost_deals_and_so_no_win_rate(olist):
    assert olist.get("win_rate")["status"] == "not_measurable: lacks deals.semantic=lost"


def test_ar_invoices_are_as_late_as_published(shared_data):
    raw = pd.read_csv(shared_data / "ar_invoices" / "WA_Fn-UseC_-Accounts-Receivable.csv")
    days = {name: pd.to_datetime(raw[name], format="%m/%d/%Y") for name in ("InvoiceDate", "DueDate", "SettledDate")}
    day = pd.Timestamp("2013-06-30")
    tables = {
        "invoices": pd.DataFrame({"invoice_id": raw["invoiceNumber"], "client_id": raw["customerID"], "issued_on": days["InvoiceDate"],
                                  "due_on": days["DueDate"], "amount": raw["InvoiceAmount"]}),
        "payments": pd.DataFrame({"payment_id": raw["invoiceNumber"], "invoice_id": raw["invoiceNumber"],
                                  "received_on": days["SettledDate"], "amount": raw["InvoiceAmount"]}),
    }
    owed = (days["InvoiceDate"] <= day) & (days["SettledDate"] > day)
    late = owed & (days["DueDate"] < day)
    values = measure(tables, "M38", as_of=day.date())
    assert values.get("receivables")["value"] == pytest.approx(raw.loc[owed, "InvoiceAmount"].sum())
    assert values.get("overdue_share")["value"] == pytest.approx(raw.loc[late, "InvoiceAmount"].sum() / raw.loc[owed, "InvoiceAmount"].sum())
