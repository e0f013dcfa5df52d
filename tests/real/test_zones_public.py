"""Zones on public data: a CRM without real differences between sellers."""

import pandas as pd
import pytest

from audit.zones import find_zones

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def opportunities(shared_data):
    folder = shared_data / "maven_crm"
    deals = pd.read_csv(folder / "sales_pipeline.csv").merge(pd.read_csv(folder / "sales_teams.csv"), on="sales_agent", how="left")
    deals = deals.merge(pd.read_csv(folder / "accounts.csv")[["account", "sector", "office_location"]], on="account", how="left")
    deals = deals[deals["engage_date"].notna()].copy()
    for name in ("engage_date", "close_date"):
        deals[name] = pd.to_datetime(deals[name], format="%m/%d/%Y")
    return deals


METRICS = ["win_rate", "avg_check", "cycle_days", "revenue_per_lead"]


@pytest.mark.parametrize("dimensions", [None, ["sales_agent"], ["sales_agent", "product"], ["sales_agent", "manager", "regional_office"]])
def test_no_seller_is_called_a_zone(opportunities, dimensions):
    zones = find_zones(opportunities, dimensions=dimensions, metrics=METRICS)
    assert zones.tested > 60
    people = {"sales_agent", "manager"}
    assert not [one["slice"] for one in zones.findings if set(one["slice"]) & people]


def test_a_price_list_is_no_zone(opportunities):
    zones = find_zones(opportunities, dimensions=["product", "regional_office"], metrics=["avg_check"])
    assert not [one for one in zones.findings + zones.strengths if set(one["slice"]) == {"product"}]


def test_leads_without_deals_of_both_kinds(shared_data):
    folder = shared_data / "olist_funnel"
    leads = pd.read_csv(folder / "olist_marketing_qualified_leads_dataset.csv")
    won = pd.read_csv(folder / "olist_closed_deals_dataset.csv")
    both = leads.merge(won[["mql_id", "won_date"]], on="mql_id", how="left")
    table = pd.DataFrame({
        "lead_id": both["mql_id"], "created_at": pd.to_datetime(both["first_contact_date"]),
        "converted_at": pd.to_datetime(both["won_date"], format="%m/%d/%Y %H:%M"), "source": both["origin"],
    })
    table["semantic"] = table["converted_at"].notna().map({True: "converted", False: "open"})
    zones = find_zones({"leads": table}, dimensions=["source"])
    assert zones.tested == 9  # sources with enough leads; the empty source is no slice
    for one in zones.findings:
        assert one["metric"] == "lead_conversion"
        assert one["gain_per_month"] is None
        assert one["gain_units_per_month"] > 0
