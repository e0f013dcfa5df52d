"""Public tables in the shape of the APIs of HubSpot and Salesforce: what arrives of each, row by row.

Their values are hashed and come from different accounts, so that few of them meet each other.
"""

import shutil

import pandas as pd
import pytest

from audit.intake import intake

pytestmark = pytest.mark.real

# file → shape, canonical table (None: not used), rows in, rows that stay, reasons of the others
EXPECTED = {
    "hs_company_data.csv": ("hubspot_companies", "clients", 24, 24, {}),
    "hs_contact_data.csv": ("hubspot_contacts", "contacts", 22, 19, {"merged_away": 3}),
    "hs_deal_company_data.csv": ("hubspot_deal_companies", "deals", 2, 2, {}),
    "hs_deal_contact_data.csv": ("hubspot_deal_contacts", "deals", 11, 11, {}),
    "hs_deal_data.csv": ("hubspot_deals_loaded", "deals", 44, 44, {}),
    "hs_deal_pipeline_data.csv": ("hubspot_pipelines", "stages", 6, 6, {}),
    "hs_deal_pipeline_stage_data.csv": ("hubspot_stages", "stages", 71, 71, {}),
    "hs_deal_property_history_data.csv": ("hubspot_property_history", "stage_history", 100, 0, {"other_kind": 100}),  # names of properties are hashed
    "hs_deal_stage_data.csv": ("hubspot_deal_stage_log", "stage_history", 14, 14, {}),
    "hs_engagement_call_data.csv": ("hubspot_activities", "activities", 1, 1, {}),
    "hs_engagement_data.csv": ("hubspot_engagements", "activities", 1, 1, {}),
    "hs_engagement_meeting_data.csv": ("hubspot_meetings", "activities", 100, 100, {}),
    "hs_engagement_note_data.csv": ("hubspot_notes", "activities", 1, 1, {}),
    "hs_engagement_task_data.csv": ("hubspot_tasks", "activities", 2, 2, {}),
    "hs_owner_data.csv": ("hubspot_owners", "users", 100, 100, {}),
    "hs_property_data.csv": ("hubspot_properties", None, 11, 0, {"unused_dictionary": 11}),
    "sf_account_data.csv": ("salesforce_accounts", "clients", 10, 1, {"deleted": 9}),
    "sf_event_data.csv": ("salesforce_events", "activities", 10, 10, {}),
    "sf_lead_data.csv": ("salesforce_leads", "leads", 1, 1, {}),
    "sf_opportunity_data.csv": ("salesforce_opportunities", "deals", 10, 0, {"deleted": 10}),
    "sf_opportunity_history_data.csv": ("salesforce_opportunity_versions", "stage_history", 10, 0, {"deleted": 10}),
    "sf_opportunity_line_item_data.csv": ("salesforce_line_items", "deal_products", 10, 10, {}),
    "sf_task_data.csv": ("salesforce_tasks", "activities", 10, 10, {}),
    "sf_user_data.csv": ("salesforce_users", "users", 10, 10, {}),
}


@pytest.fixture
def seeds(shared_data, tmp_path):
    """A function: beginning of file names → (report, reader of tables)."""

    def take(start: str):
        root = tmp_path / start
        (root / "inbox").mkdir(parents=True)
        (root / "client.yml").write_text("name: seeds\nlanguage: en\ncurrency: USD\n")
        for path in (shared_data / "hubspot_salesforce_seeds").glob(f"{start}*.csv"):
            shutil.copy(path, root / "inbox" / path.name)
        found = intake(root, accept=True)
        return found.report, lambda name: pd.read_parquet(found.tables[name])

    return take


@pytest.mark.parametrize("start", ["hs", "sf"])
def test_every_file_is_known_and_every_row_accounted_for(seeds, start):
    report, _ = seeds(start)
    found = {entry["file"]: (entry["preset"], entry["table"], entry["rows_in"], entry["rows_kept"], entry["reasons"]) for entry in report["files"]}
    assert found == {file: line for file, line in EXPECTED.items() if file.startswith(start)}
    assert all(entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"] for entry in report["files"])


def test_hubspot_tables(seeds):
    report, table = seeds("hs")
    assert report["tables"] == {"activities": 104, "clients": 25, "contacts": 19, "deals": 44, "stage_history": 14, "stages": 74, "users": 101}
    actions = table("activities")
    # the call is in two files, its kind and time in one of them
    assert actions["kind"].fillna("").value_counts().to_dict() == {"meeting": 100, "task": 2, "call_out": 1, "": 1}
    assert actions.loc[actions["kind"] == "call_out", "done_at"].tolist() == [pd.Timestamp("2014-08-27 20:50:44")]
    assert actions.loc[actions["kind"] == "task", "due_at"].tolist() == [pd.Timestamp("2023-03-08 02:30:00")] * 2
    contacts = table("contacts")
    assert contacts["name"].notna().all()
    assert contacts["contact_id"].isin(["76340251", "46897301", "76226001"]).sum() == 0  # swallowed by 78971951
    assert table("deals")["created_at"].notna().all()
    assert (table("deals")["semantic"] == "open").all()  # no stage and no closing is filled
    past = table("stage_history")
    assert set(past["origin"]) == {"crm_history"}
    assert past.loc[past["entity_id"] == "3954699413", "entered_at"].tolist()[0] == pd.Timestamp("2021-01-07 09:49:18")  # Greenwich in Moscow


def test_salesforce_tables(seeds):
    report, table = seeds("sf")
    assert report["tables"] == {"activities": 20, "clients": 1, "deal_products": 10, "leads": 1, "users": 17}
    lead = table("leads").iloc[0]
    assert (lead["semantic"], lead["converted_at"]) == ("converted", pd.Timestamp("2019-11-11 17:23:34"))
    lines = table("deal_products")
    assert lines.groupby("deal_id").size().to_dict()["0061G00000HhviAQAR"] >= 2
    assert (lines["quantity"] > 0).all()
    actions = table("activities")
    assert set(actions.loc[actions["entity"] == "deal", "entity_id"].str[:3]) == {"006"}
    assert set(actions.loc[actions["entity"] == "client", "entity_id"].str[:3]) == {"001"}
    users = table("users").set_index("user_id")
    assert users.loc["0051G000005Mx8dQAC", "name"] == "Eric Welsh"
