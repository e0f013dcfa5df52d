"""Salesforce: reports and objects of its API, drawn by hand with the exact rows that must come of them."""

import datetime as dt

import pandas as pd

T = pd.Timestamp
REPORT = "Opportunity Owner,Account Name,Opportunity Name,Stage,Amount Currency,Amount,Close Date,Created Date,Lead Source,Type,Opportunity ID,Owner Role,Next Step\n"
OPPORTUNITY = "Id,IsDeleted,AccountId,RecordTypeId,Name,StageName,Amount,CurrencyIsoCode,CloseDate,Type,LeadSource,IsClosed,IsWon,OwnerId,CreatedDate,ForecastCategoryName\n"
BIG, WON, LOST = "0061G00000Ja7B6QAJ", "0061G00000HhviAQAR", "0061G00000N38JZQAZ"


def rows(frame, *columns):
    return frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).to_numpy().tolist()


def opportunities() -> str:
    return (OPPORTUNITY
            + f"{BIG},false,0011G00000jWVWoQAO,0121G000000g1SFQAY,Big,Qualification,1000,USD,2025-05-30,New Business,Web,false,false,0051G000005Mun4QAC,2025-01-02T09:00:00.000Z,Pipeline\n"
            + f"{WON},false,0011G00000jWVWoQAO,0121G000000g1SFQAY,Won,Closed Won,250.5,USD,2025-02-03,Existing Business,Web,true,true,0051G000005Mun4QAC,2025-01-03T09:00:00.000+0000,Closed\n"
            + f"{LOST},false,,,Lost,Closed Lost,,USD,2025-02-04,,Phone,true,false,0051G000005MumpQAC,2025-01-04T09:00:00.000Z,Omitted\n"
            + "0061G00000N38JaQAJ,true,,,Gone,Closed Won,5,USD,2025-02-04,,Phone,true,true,0051G000005MumpQAC,2025-01-04T09:00:00.000Z,Closed\n")


def test_opportunities_of_the_api(desk):
    desk.put("Opportunity.csv", opportunities())
    desk.put("RecordType.csv", "Id,Name,DeveloperName,SobjectType,IsActive\n0121G000000g1SFQAY,Direct sales,Direct,Opportunity,true\n")
    desk.put("Account.csv", "Id,IsDeleted,Name,Industry,BillingCountry,BillingCity,Type,OwnerId,CreatedDate\n0011G00000jWVWoQAO,false,Acme,Retail,Spain,Madrid,Customer,0051G000005Mun4QAC,2024-01-02T09:00:00.000Z\n")
    desk.run()
    assert desk.entry("Opportunity.csv")["reasons"] == {"deleted": 1}
    deals = desk.table("deals")
    # a planned date of an open opportunity is no end of it
    assert rows(deals, "title", "semantic", "stage_id", "closed_at", "won_at") == [
        ["Big", "open", "Qualification", None, None], ["Won", "won", "Closed Won", T(2025, 2, 3), T(2025, 2, 3)], ["Lost", "lost", "Closed Lost", T(2025, 2, 4), None]]
    assert [str(day) for day in deals["expected_close_on"].dropna()] == ["2025-05-30"]
    assert rows(deals, "pipeline_id", "client_id", "is_repeat", "amount", "currency") == [
        ["Direct sales", "0011G00000jWVWoQAO", False, 1000, "USD"], ["Direct sales", "0011G00000jWVWoQAO", True, 250.5, "USD"], [None, None, None, None, "USD"]]
    assert deals["created_at"].tolist()[:2] == [T(2025, 1, 2, 12), T(2025, 1, 3, 12)]  # Greenwich in Moscow
    assert rows(desk.table("clients"), "name", "industry", "region") == [["Acme", "Retail", "Spain"]]


def test_a_report_and_the_api_name_one_opportunity(desk):
    desk.put("report.csv", REPORT + f'Ann Lee,Acme,Big,Qualification,EUR,"1,000.00",5/30/2025,1/2/2025,Web,New Business,{BIG[:15]},Rep East,Call\n'
             + f"Bob Ray,Beta,Lost,Closed Lost,EUR,250.50,2/20/2025,1/3/2025,Web,,{LOST[:15]},Rep West,\n")
    desk.put("OpportunityHistory.csv", "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate,CreatedById,IsDeleted\n"
             + f"1,{BIG},Prospecting,1,2025-05-30,2025-01-02T09:00:00.000Z,0051G000005Mun4QAC,false\n2,{BIG},Prospecting,1000,2025-05-30,2025-01-05T09:00:00.000Z,0051G000005Mun4QAC,false\n"
             + f"3,{BIG},Qualification,1000,2025-05-30,2025-01-09T09:00:00.000Z,0051G000005Mun4QAC,false\n4,{LOST},Closed Lost,5,2025-05-30,2025-02-20T09:00:00.000Z,0051G000005Mun4QAC,false\n")
    desk.run()
    deals = desk.table("deals")
    assert rows(deals, "deal_id", "owner_id", "client_id", "amount", "currency", "semantic") == [
        [BIG, "Ann Lee", "Acme", 1000, "EUR", "open"], [LOST, "Bob Ray", "Beta", 250.5, "EUR", "lost"]]
    past = desk.table("stage_history")
    assert rows(past, "entity_id", "to_stage", "move") == [[BIG, "Prospecting", "create"], [BIG, "Qualification", "forward"], [LOST, "Closed Lost", "final"]]
    entry = desk.entry("OpportunityHistory.csv")  # where the stage did not change, the amount did: every record is of use
    assert (entry["reasons"], [(one["table"], one["rows_kept"]) for one in entry["also"]]) == ({}, [("field_history", 4), ("field_history", 4)])
    told = desk.table("field_history")
    assert rows(told[told["field"] == "amount"], "deal_id", "changed_at", "amount") == [
        [BIG, T(2025, 1, 2, 12), 1], [BIG, T(2025, 1, 5, 12), 1000], [BIG, T(2025, 1, 9, 12), 1000], [LOST, T(2025, 2, 20, 12), 5]]
    assert rows(told[told["field"] != "amount"], "deal_id", "expected_close_on") == [[BIG, dt.date(2025, 5, 30)]] * 3 + [[LOST, dt.date(2025, 5, 30)]]
    assert not [join for join in desk.report["joins"] if join["to"] == "deals.deal_id"]


def test_a_report_without_ids_keeps_them_from_export_to_export(desk):
    head = "Opportunity Owner,Account Name,Opportunity Name,Stage,Fiscal Period,Amount,Probability (%),Age,Close Date,Created Date,Owner Role\n"
    desk.put("report.csv", head + "Ann,Acme,Big,Qualification,Q2-2025,1000,20,40,5/30/2025,1/22/2025,East\nAnn,Acme,Small,Qualification,Q2-2025,10,20,40,5/30/2025,1/23/2025,East\n")
    desk.run()
    first = dict(desk.table("deals")[["title", "deal_id"]].to_numpy())
    desk.put("report.csv", head + "Ann,Acme,Small,Closed Won,Q1-2025,12,100,44,2/27/2025,1/23/2025,East\nAnn,Acme,Big,Qualification,Q2-2025,1000,20,44,5/30/2025,1/22/2025,East\n")
    desk.run()
    assert dict(desk.table("deals")[["title", "deal_id"]].to_numpy()) == first
    assert "made_ids" in {found["kind"] for found in desk.report["decisions"]}
    assert desk.entry("report.csv")["dimensions"] == ["Owner Role"]


def test_history_report_finds_deals_by_their_name(desk):
    desk.put("opps.csv", REPORT + f"Ann Lee,Acme,Big,Qualification,EUR,1000,5/30/2025,1/22/2025,Web,,{BIG[:15]},,\nAnn Lee,Acme,Twin,Qualification,EUR,1,5/30/2025,1/22/2025,Web,,{WON[:15]},,\n"
             + f"Ann Lee,Beta,Twin,Qualification,EUR,1,5/30/2025,1/22/2025,Web,,{LOST[:15]},,\n")
    desk.put("history.csv", "Opportunity Name,Owner,From Stage,To Stage,Last Modified,Last Modified By,Amount\nBig,Ann Lee,Prospecting,Qualification,1/25/2025 10:00 AM,Ann Lee,1000\n"
             "Twin,Ann Lee,Prospecting,Qualification,1/26/2025 10:00 AM,Ann Lee,1\n")
    desk.run()
    past = desk.table("stage_history")
    assert rows(past, "entity_id", "from_stage", "to_stage", "entered_at", "changed_by") == [[BIG, "Prospecting", "Qualification", T(2025, 1, 25, 10), "Ann Lee"]]
    assert desk.entry("history.csv")["reasons"] == {"missing_entity_id": 1}  # two opportunities have this name: nobody guesses


def test_field_history_is_of_many_fields(desk):
    desk.put("Opportunity.csv", opportunities())
    desk.put("OpportunityFieldHistory.csv", "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate,CreatedById,IsDeleted\n"
             + f"1,{BIG},created,,,2025-01-02T09:00:00.000Z,005x,false\n2,{BIG},StageName,Prospecting,Qualification,2025-01-05T09:00:00.000Z,005x,false\n"
             + f"3,{BIG},CloseDate,2025-05-01,2025-05-30,2025-01-06T09:00:00.000Z,005x,false\n"
             + f"5,{BIG},Owner,0051G000005MumpQAC,0051G000005Mun4QAC,2025-01-07T09:00:00.000Z,005x,false\n4,{WON},StageName,Qualification,Closed Won,2025-02-03T09:00:00.000Z,005x,false\n")
    desk.run()
    assert desk.entry("OpportunityFieldHistory.csv")["reasons"] == {"other_kind": 1}
    told = desk.table("field_history")
    assert rows(told[(told["field"] == "owner_id") & (told["deal_id"] == BIG)], "changed_at", "owner_id") == [
        [T(2025, 1, 2, 12), "0051G000005MumpQAC"], [T(2025, 1, 7, 12), "0051G000005Mun4QAC"]]
    assert rows(told[told["field"] != "owner_id"], "deal_id", "changed_at", "expected_close_on", "changed_by") == [  # the date of a closed one was its plan
        [WON, T(2025, 1, 3, 12), dt.date(2025, 2, 3), None], [BIG, T(2025, 1, 2, 12), dt.date(2025, 5, 1), None],
        [BIG, T(2025, 1, 6, 12), dt.date(2025, 5, 30), "005x"], [LOST, T(2025, 1, 4, 12), dt.date(2025, 2, 4), None]]
    past = desk.table("stage_history")
    assert rows(past, "entity_id", "from_stage", "to_stage", "entered_at") == [
        [WON, "Qualification", "Closed Won", T(2025, 2, 3, 12)], [BIG, "Prospecting", "Qualification", T(2025, 1, 5, 12)]]


def test_the_report_of_field_history_names_opportunities(desk):
    desk.put("opps.csv", REPORT + f"Ann Lee,Acme,Big,Qualification,EUR,1000,5/30/2025,1/22/2025,Web,,{BIG[:15]},,\nAnn Lee,Acme,Small,Qualification,EUR,7,4/15/2025,1/22/2025,Web,,{WON[:15]},,\n")
    desk.put("changes.csv", "Opportunity Name,Edited By,Field / Event,Old Value,New Value,Edit Date\nBig,Ann Lee,Close Date,4/30/2025,5/30/2025,2/13/2025 10:00 AM\n"
             "Big,Ann Lee,Stage,Prospecting,Qualification,1/25/2025 10:00 AM\nBig,Ann Lee,Amount,800,\"1,000.00\",2/14/2025 10:00 AM\nElse,Ann Lee,Amount,1,2,2/14/2025 10:00 AM\n")
    desk.run()
    assert desk.entry("changes.csv")["reasons"] == {"missing_id": 1}  # nobody knows such a one
    told = desk.table("field_history")
    assert rows(told[told["field"] == "expected_close_on"], "deal_id", "changed_at", "expected_close_on") == [
        [WON, T(2025, 1, 25, 10), dt.date(2025, 4, 15)], [BIG, T(2025, 1, 25, 10), dt.date(2025, 4, 30)], [BIG, T(2025, 2, 13, 10), dt.date(2025, 5, 30)]]
    assert rows(told[told["field"] == "amount"], "deal_id", "amount") == [[WON, 7], [BIG, 800], [BIG, 1000]]


def test_versions_of_a_loader_are_a_history(desk):
    desk.put("opportunity.csv", "_fivetran_active,id,account_id,name,stage_name,amount,close_date,is_closed,is_won,is_deleted,owner_id,created_date\n"
             + f"true,{BIG},,Big,Closed Won,7,2025-03-01,true,true,false,005a,2025-01-02 09:00:00\nfalse,{BIG},,Big,Prospecting,5,2025-03-01,false,false,false,005a,2025-01-02 09:00:00\n")
    desk.put("opportunity_versions.csv", "_fivetran_active,_fivetran_start,_fivetran_end,id,stage_name,name,close_date,is_deleted,created_date\n"
             + f"false,2025-01-02 09:00:00,2025-02-01 08:59:59,{BIG},Prospecting,Big,2025-03-01,false,2025-01-02 09:00:00\n"
             + f"true,2025-02-01 09:00:00,9999-12-31 23:59:59,{BIG},Closed Won,Big,2025-03-01,false,2025-01-02 09:00:00\n")
    desk.run()
    assert desk.entry("opportunity.csv")["reasons"] == {"old_version": 1}
    assert rows(desk.table("deals"), "semantic", "amount") == [["won", 7]]
    assert rows(desk.table("stage_history"), "to_stage", "entered_at") == [["Prospecting", T(2025, 1, 2, 9)], ["Closed Won", T(2025, 2, 1, 9)]]


def test_leads_tell_what_they_became(desk):
    desk.put("Opportunity.csv", opportunities())
    desk.put("Lead.csv", "Id,IsDeleted,FirstName,LastName,Company,Status,LeadSource,OwnerId,CreatedDate,IsConverted,ConvertedDate,ConvertedOpportunityId,ConvertedAccountId\n"
             + f"00Q1G00000nDnM5UAK,false,A,B,Acme,Closed - Converted,Web,0051G000005Mun4QAC,2025-01-01T09:00:00.000Z,true,2025-01-02,{BIG},\n"
             + "00Q1G00000nDnM6UAK,false,A,C,Beta,Open - Not Contacted,Web,0051G000005Mun4QAC,2025-01-01T09:00:00.000Z,false,,,\n"
             + "00Q1G00000nDnM7UAK,false,A,D,Beta,Closed - Not Converted,Web,0051G000005Mun4QAC,2025-01-01T09:00:00.000Z,false,,,\n")
    desk.run()
    assert rows(desk.table("leads"), "semantic", "converted_at", "deal_id") == [
        ["converted", T(2025, 1, 2), BIG], ["open", None, None], ["lost", None, None]]
    assert desk.table("deals").set_index("deal_id").loc[BIG, "lead_id"] == "00Q1G00000nDnM5UAK"


def test_tasks_and_events_find_what_they_are_about(desk):
    desk.put("Opportunity.csv", opportunities())
    desk.put("Task.csv", "Id,IsDeleted,WhatId,WhoId,OwnerId,Subject,Type,TaskSubtype,Status,IsClosed,ActivityDate,CompletedDateTime,CallType,CallDurationInSeconds,CallDisposition,CreatedDate,AccountId\n"
             + f"00T1,false,{BIG},0031G00001S3ckZQAR,005a,Talk,,Call,Completed,true,2025-01-10,2025-01-10T08:00:00.000Z,Inbound,125,Reached,2025-01-10T07:00:00.000Z,0011G00000jWVWoQAO\n"
             + "00T2,false,0011G00000jWVWoQAO,,005a,Offer,Send Quote,Task,Not Started,false,2025-01-20,,,,,2025-01-10T07:00:00.000Z,0011G00000jWVWoQAO\n"
             + "00T3,false,,00Q1G00000nDnM5UAK,005a,Letter,Email,Email,Completed,true,2025-01-12,,,,,2025-01-11T07:00:00.000Z,\n00T4,true,,,005a,Gone,,Task,Completed,true,2025-01-12,,,,,,\n")
    desk.put("Event.csv", f"Id,IsDeleted,WhatId,WhoId,OwnerId,Subject,StartDateTime,EndDateTime,DurationInMinutes,Type,CreatedDate\n00U1,false,{WON},,005a,Show,2025-01-15T09:00:00.000Z,2025-01-15T10:30:00.000Z,90,Demo,2025-01-10T07:00:00.000Z\n"
             "00U2,false,,,005a,Talk,2025-01-16T09:00:00.000Z,2025-01-16T10:00:00.000Z,60,,2025-01-10T07:00:00.000Z\n")
    desk.run()
    done = desk.table("activities")
    assert rows(done.sort_values("activity_id"), "activity_id", "kind", "entity", "entity_id", "client_id", "done_at", "duration_s", "is_answered") == [
        ["00T1", "call_in", "deal", BIG, "0011G00000jWVWoQAO", T(2025, 1, 10, 11), 125, True],
        ["00T2", "proposal", "client", "0011G00000jWVWoQAO", "0011G00000jWVWoQAO", None, None, None],
        ["00T3", "email", "lead", "00Q1G00000nDnM5UAK", None, T(2025, 1, 12), None, None],
        ["00U1", "presentation", "deal", WON, "0011G00000jWVWoQAO", T(2025, 1, 15, 12), 5400, None],
        ["00U2", "meeting", None, None, None, T(2025, 1, 16, 12), 3600, None]]
    assert done.loc[done["activity_id"] == "00T2", "due_at"].tolist() == [T(2025, 1, 20)]
    assert desk.entry("Task.csv")["reasons"] == {"deleted": 1}
    assert [found["value"] for found in desk.report["decisions"] if found["kind"] == "stand_in"] == ["StartDateTime"]


def test_users_with_roles_and_managers(desk):
    desk.put("Opportunity.csv", opportunities())
    desk.put("User.csv", "Id,Username,FirstName,LastName,Name,IsActive,UserRoleId,ManagerId,Department,UserType\n0051G000005Mun4QAC,a,Ann,Lee,Ann Lee,true,00E1,0051G000005MumpQAC,East,Standard\n"
             "0051G000005MumpQAC,b,Bob,Ray,Bob Ray,false,00E2,,East,Standard\n0051G000005MumqQAC,c,,Bot,Bot,true,,,,AutomatedProcess\n")
    desk.put("UserRole.csv", "Id,Name,ParentRoleId,DeveloperName\n00E1,Sales rep,00E2,rep\n00E2,VP,,vp\n")
    desk.run()
    assert rows(desk.table("users"), "name", "team", "role", "is_manager", "is_system") == [
        ["Ann Lee", "East", "Sales rep", False, False], ["Bob Ray", "East", "VP", True, False], ["Bot", None, None, False, True]]
    assert set(desk.table("deals")["owner_id"]) == {"0051G000005Mun4QAC", "0051G000005MumpQAC"}


def test_stages_and_campaigns(desk):
    desk.put("Opportunity.csv", opportunities())
    desk.put("OpportunityStage.csv", "Id,MasterLabel,ApiName,IsActive,SortOrder,IsClosed,IsWon,DefaultProbability\n1,Qualified,Qualification,true,1,false,false,20\n"
             "2,Closed Won,Closed Won,true,2,true,true,100\n3,Closed Lost,Closed Lost,true,3,true,false,0\n")
    desk.put("Campaign.csv", "Id,Name,Type,Status,StartDate,EndDate,ActualCost,BudgetedCost\n7011,Expo,Conference,Completed,2025-01-10,2025-01-12,5000.50,6000\n")
    desk.run()
    assert rows(desk.table("spend"), "source", "channel", "amount") == [["Conference", "Expo", 5000.5]]
    assert desk.table("deals")["stage_id"].tolist() == ["Qualified", "Closed Won", "Closed Lost"]
