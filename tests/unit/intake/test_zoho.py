"""Zoho CRM: modules as they are exported, drawn by hand with the exact rows that must come of them."""

import pandas as pd

T = pd.Timestamp


def rows(frame, *columns):
    return frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).to_numpy().tolist()


DEALS = ("Record Id,Deal Name,Deal Owner.id,Deal Owner,Account Name.id,Account Name,Stage,Amount,Closing Date,Created Time,Type,Lead Source,Reason For Loss,Pipeline,Currency\n"
         'zcrm_1,Big,zcrm_u1,Ann Lee,zcrm_a1,Acme,Negotiation/Review,"$1,000.50",2025-05-30,2025-01-02 09:00:00,Existing Business,Cold Call,,Standard,USD\n'
         'zcrm_2,Won,zcrm_u1,Ann Lee,zcrm_a1,Acme,Closed Won,$250.00,2025-02-03,2025-01-03 09:00:00,New Business,Partner,,Standard,USD\n'
         "zcrm_3,Lost,zcrm_u2,Bob Ray,zcrm_a2,Beta,Closed Lost,,2025-02-04,2025-01-04 09:00:00,,Partner,Price,Standard,USD\n")


def test_deals_with_ids_of_records(desk):
    desk.put("Deals.csv", DEALS)
    desk.put("Accounts.csv", "Record Id,Account Name,Account Owner.id,Account Owner,Industry,Billing Country,Created Time\nzcrm_a1,Acme,zcrm_u1,Ann Lee,Retail,Spain,2024-01-02 09:00:00\n"
             "zcrm_a2,Beta,zcrm_u2,Bob Ray,IT,Spain,2024-01-02 09:00:00\n")
    desk.put("Contacts.csv", "Record Id,First Name,Last Name,Contact Owner,Account Name.id,Account Name,Email,Title\nzcrm_c1,Eve,Fox,Ann Lee,zcrm_a1,Acme,eve@acme.example,Buyer\n")
    desk.run()
    deals = desk.table("deals")
    assert rows(deals, "deal_id", "semantic", "amount", "client_id", "owner_id", "is_repeat", "loss_reason") == [
        ["zcrm_1", "open", 1000.5, "zcrm_a1", "zcrm_u1", True, None], ["zcrm_2", "won", 250, "zcrm_a1", "zcrm_u1", False, None],
        ["zcrm_3", "lost", None, "zcrm_a2", "zcrm_u2", None, "Price"]]
    assert rows(deals, "closed_at", "won_at") == [[None, None], [T(2025, 2, 3), T(2025, 2, 3)], [T(2025, 2, 4), None]]
    assert [str(day) for day in deals["expected_close_on"].dropna()] == ["2025-05-30"]
    assert set(deals["pipeline_id"]) == {"Standard"}
    assert rows(desk.table("contacts"), "contact_id", "name", "client_id", "role") == [["zcrm_c1", "Eve Fox", "zcrm_a1", "Buyer"]]
    assert rows(desk.table("clients"), "name", "industry", "region") == [["Acme", "Retail", "Spain"], ["Beta", "IT", "Spain"]]
    assert desk.table("users")["name"].tolist() == ["Ann Lee", "Bob Ray"]


def test_potentials_of_the_older_module_and_their_leads(desk):
    desk.put("Potentials.csv", 'Potential Name,Potential Owner,Created Time,Closing Date,Amount,Stage,Forecast Type,Type,Lead Source,LEADID\n'
             '"Lewis, James",Ann Lee,"15 Apr, 2021 00:02:00","16 Apr, 2021 00:03:00","$22,700.00",Needs Analysis,Open,Existing Business,Partner,11\n'
             '"Kirk, Eve",Ann Lee,"13 Apr, 2021 00:02:00","15 Apr, 2021 00:03:00","$2,400.00",Closed Lost,Lost,New Business,Partner,12\n')
    desk.put("Leads.csv", 'LEADID,Last Name,Company,Lead Owner,Industry,Lead Source,Lead Status,Created Time,CONVERTED\n11,Lewis,Acme,Ann Lee,Retail,Partner,Contacted,"10 Apr, 2021 00:03:00",Yes\n'
             '13,Fox,Beta,Ann Lee,Retail,Partner,Junk Lead,"10 Apr, 2021 00:03:00",No\n')
    desk.run()
    assert rows(desk.table("deals"), "deal_id", "lead_id", "semantic", "closed_at") == [["11", "11", "open", None], ["12", "12", "lost", T(2021, 4, 15, 0, 3)]]
    assert rows(desk.table("leads"), "lead_id", "semantic", "converted_at", "deal_id") == [["11", "converted", T(2021, 4, 15, 0, 2), "11"], ["13", "junk", None, None]]


def test_actions(desk):
    desk.put("Deals.csv", DEALS)
    desk.put("Calls.csv", "TASKID,Call Start Time,Call Duration (in seconds),Call Owner,Call Owner Id,Subject,Call Type,Call Purpose,Created Time,ACCOUNTID,POTENTIALID,LEADID\n"
             "1,2025-01-10 10:00:00,420,Ann Lee,zcrm_u1,Talk,Outbound,Prospecting,2025-01-10 09:00:00,,zcrm_1,0\n2,2025-01-10 11:00:00,0,Ann Lee,zcrm_u1,Talk,Inbound,Prospecting,2025-01-10 09:00:00,zcrm_a1,0,\n")
    desk.put("Tasks.csv", 'Task Owner,Subject,Created Time,Due Date,Status,Modified Time\nAnn Lee,Write,"16 Apr, 2025 00:02:00","20 Aug, 2025 00:06:00",Completed,"17 Apr, 2025 00:08:00"\n'
             'Ann Lee,Call,"16 Apr, 2025 00:02:00","20 Aug, 2025 00:06:00",Not Started,"17 Apr, 2025 00:08:00"\n')
    desk.put("Events.csv", "EVENTID,Event Owner,Event Owner Id,Subject,Start DateTime,End DateTime,Created Time,POTENTIALID\n9,Ann Lee,zcrm_u1,Demo,2025-01-12 10:00:00,2025-01-12 11:00:00,2025-01-10 09:00:00,zcrm_2\n")
    desk.run()
    done = desk.table("activities")
    assert rows(done, "kind", "entity", "entity_id", "client_id", "done_at", "duration_s", "is_answered") == [
        ["call_out", "deal", "zcrm_1", "zcrm_a1", T(2025, 1, 10, 10), 420, True], ["call_in", "client", "zcrm_a1", "zcrm_a1", T(2025, 1, 10, 11), 0, False],
        ["meeting", "deal", "zcrm_2", "zcrm_a1", T(2025, 1, 12, 10), None, None],
        ["task", None, None, None, T(2025, 4, 17, 0, 8), None, None], ["task", None, None, None, None, None, None]]
    assert {found["value"] for found in desk.report["decisions"] if found["kind"] == "stand_in"} == {"Start DateTime"}


def test_quotes_are_proposals_and_drafts_are_not(desk):
    desk.put("Deals.csv", DEALS)
    head = "QUOTEID,Subject,Created Time,Quote Owner,Quote Stage,Valid Till,Modified Time,Sales Status,Grand Total,Deal Name.id\n"
    desk.put("Quotes.csv", head + '1,a,"19 Apr, 2025 09:39:35",Ann Lee,Confirmed,,,Won,"$2,372.00",zcrm_1\n2,b,"19 Apr, 2025 06:02:01",Ann Lee,Draft,,,Open,$5.00,\n'
             '3,c,"19 Apr, 2025 06:02:01",Ann Lee,Closed Lost,,,Lost,$7.50,zcrm_3\n4,d,"20 Apr, 2025 06:02:01",Ann Lee,Delivered,,,Open,$8.00,\n')
    desk.run()
    assert rows(desk.table("proposals"), "proposal_id", "deal_id", "sent_at", "reaction", "amount") == [
        ["1", "zcrm_1", T(2025, 4, 19, 9, 39, 35), "accept", 2372], ["3", "zcrm_3", T(2025, 4, 19, 6, 2, 1), "reject", 7.5], ["4", None, T(2025, 4, 20, 6, 2, 1), "none", 8]]
    assert desk.entry("Quotes.csv")["reasons"] == {"other_kind": 1}
    assert "Created Time" in {found["value"] for found in desk.report["decisions"] if found["kind"] == "stand_in"}


def test_campaigns_are_spend_on_their_first_day(desk):
    desk.put("Deals.csv", DEALS)
    desk.put("Campaigns.csv", "CAMPAIGNID,Campaign Name,Type,Status,Created Time,Modified Time,Start Date,End Date,Expected Revenue,Budgeted Cost,Actual Cost\n"
             "1,Expo,Conference,Planning,2025-04-25,2025-04-16,2025-04-26,2025-05-05,$342.09K,$115.00K,$141.56K\n")
    desk.run()
    spent = desk.table("spend")
    assert rows(spent, "source", "channel") == [["Conference", "Expo"]]
    assert spent["amount"].round(2).tolist() == [141560]
    assert [str(day) for day in spent["date"]] == ["2025-04-26"]


def test_what_is_not_used_says_why(desk):
    desk.put("Deals.csv", DEALS)
    desk.put("Sales_Orders.csv", "SALESORDERID,Subject,Sales Order Owner,Status,Due Date,Grand Total,Created Time\n1,a,Ann,Approved,03-07-2021 01:09,982,03-07-2021 12:59\n")
    desk.put("Lines.csv", "INVENTORYRELID,Product Name,List Price,Quantity,Total,BOOKID\n1,tin,$3.00,10,$30.00,24\n2,tin,$3.00,1,$3.00,24\n")
    desk.put("Members.csv", 'Campaign Name,Lead First Name,Lead Last Name,Status,Last Modified Time,Is Lead Active?\nExpo,A,B,Opened,"04 Apr, 2021 00:02:00",Yes\n')
    desk.run()
    assert {file: desk.entry(file)["reasons"] for file in ("Sales_Orders.csv", "Lines.csv", "Members.csv")} == {
        "Sales_Orders.csv": {"unused_orders": 1}, "Lines.csv": {"unused_lines": 2}, "Members.csv": {"unused_names": 1}}
    assert "lines of documents that name no deal" in desk.quarantine("Lines.csv")
