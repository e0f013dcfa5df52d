"""HubSpot: exports of lists and tables of its API, drawn by hand with the exact rows that must come of them."""

import json

import pandas as pd

T = pd.Timestamp


def rows(frame, *columns):
    return frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None).to_numpy().tolist()


EXPORT = ('Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Create Date,Deal owner,Is Closed Won,Is Deal Closed?,Closed Lost Reason,Original Source,Deal Type,'
          'Associated Company,Associated Company IDs,Merged record IDs,Last Activity Date,"Date entered ""Qualified To Buy (Sales Pipeline)""",Region,hs_custom_score\n')


def test_an_export_of_deals(desk):
    desk.put("deals.csv", EXPORT
             + "1,Big,qualifiedtobuy,Sales Pipeline,1000,2025-05-01 10:00,2025-01-02 09:00,Ann Lee,false,false,,Organic Search,existingbusiness,Acme,77,,2025-01-20 10:00,2025-01-10 12:00,North,5\n"
             + "2,Won,Closed Won,Sales Pipeline,250.5,2025-02-03 11:00,2025-01-03 09:00,Ann Lee,true,true,,Direct Traffic,newbusiness,Beta;Gamma,78;79,5,,,South,5\n"
             + "3,Lost,Closed Lost,Sales Pipeline,,2025-02-04 11:00,2025-01-04 09:00,Bob Ray,false,true,Price,Direct Traffic,,,,,,,South,5\n"
             + "5,Old,Closed Won,Sales Pipeline,9,2025-02-05 11:00,2025-01-05 09:00,Bob Ray,true,true,,,,,,,,,South,5\n")
    desk.run()
    entry = desk.entry("deals.csv")
    assert (entry["preset"], entry["rows_kept"], entry["reasons"]) == ("hubspot_deals", 3, {"merged_away": 1})
    assert entry["dimensions"] == ["Region"]
    assert entry["warnings"]["first_of_several: Associated Company IDs"] == 1
    deals = desk.table("deals")
    assert rows(deals, "deal_id", "semantic", "stage_id", "amount", "client_id", "is_repeat") == [
        ["1", "open", "Qualified To Buy", 1000, "77", True], ["2", "won", "Closed Won", 250.5, "78", False], ["3", "lost", "Closed Lost", None, None, None]]
    # one column is the plan of open deals and the end of closed ones
    assert rows(deals, "closed_at", "won_at") == [[None, None], [T(2025, 2, 3, 11), T(2025, 2, 3, 11)], [T(2025, 2, 4, 11), None]]
    assert [str(day) for day in deals["expected_close_on"].dropna()] == ["2025-05-01"]
    assert rows(deals, "loss_reason", "source", "owner_id") == [[None, "Organic Search", "Ann Lee"], [None, "Direct Traffic", "Ann Lee"], ["Price", "Direct Traffic", "Bob Ray"]]
    past = desk.table("stage_history")
    entered = past[past["to_stage"] == "Qualified To Buy"]
    assert rows(entered, "entity_id", "entered_at", "origin") == [["1", T(2025, 1, 10, 12), "date_columns"]]
    assert desk.table("stages")["stage_id"].tolist() == ["Qualified To Buy", "Closed Won", "Closed Lost"]


def test_a_label_or_an_id_in_other_letters_is_one_stage(desk):
    desk.put("deals.csv", "RECORD ID,DEAL NAME,DEAL STAGE,AMOUNT,CREATE DATE,CLOSE DATE\n1,a,closedwon,1,2025-01-02,2025-02-02\n2,b,Closed won,1,2025-01-02,2025-02-02\n"
             "3,c,contractsent,1,2025-01-02,2025-02-02\n")
    desk.run()
    deals = desk.table("deals")
    assert deals["semantic"].tolist() == ["won", "won", "open"]
    assert len(set(deals["stage_id"])) == 2
    assert deals["closed_at"].isna().tolist() == [False, False, True]


def test_tables_of_the_api(desk):
    desk.put("deal.csv", "deal_id,is_deleted,deal_pipeline_id,deal_pipeline_stage_id,owner_id,property_dealname,property_amount,property_closedate,property_createdate,"
             "property_hs_is_closed,property_hs_is_closed_won,property_hs_merged_object_ids,property_hs_v2_date_entered_s1,property_hs_lastmodifieddate\n"
             "10,false,p1,s1,900,A,100.50,2025-06-01 00:00:00,2025-01-01 08:00:00,false,false,,2025-01-01 08:00:00,2025-01-02\n"
             "11,false,p1,s9,901,B,200,2025-02-01 00:00:00,2025-01-01 08:00:00,true,true,12;13,,2025-01-02\n"
             "12,false,p1,s9,901,B,200,2025-02-01 00:00:00,2025-01-01 08:00:00,true,true,,,2025-01-02\n"
             "14,true,p1,s1,901,gone,1,,2025-01-01 08:00:00,false,false,,,2025-01-02\n")
    desk.put("deal_pipeline.csv", "pipeline_id,_fivetran_deleted,active,display_order,label\np1,FALSE,TRUE,0,New sales\n")
    desk.put("deal_pipeline_stage.csv", "pipeline_id,stage_id,label,display_order,probability,is_closed,closed_won,active\np1,s1,Talk,0,0.2,FALSE,FALSE,TRUE\n"
             "p1,s2,Offer,1,0.6,FALSE,FALSE,TRUE\np1,s9,Signed,2,1.0,TRUE,TRUE,TRUE\np1,s8,Dropped,3,0.0,TRUE,FALSE,FALSE\n")
    desk.put("owner.csv", "owner_id,email,first_name,last_name,active_user_id,type\n900,a@x.example,Ann,Lee,1,PERSON\n901,b@x.example,Bob,Ray,,PERSON\n")
    desk.put("deal_company.csv", "company_id,deal_id,type_id,category\n70,10,341,HUBSPOT_DEFINED\n71,10,5,HUBSPOT_DEFINED\n")
    desk.put("company.csv", "id,is_deleted,property_name,property_domain,property_industry,property_country\n70,false,Partner,p.example,IT,Spain\n71,false,Acme,a.example,Retail,Spain\n")
    desk.put("deal_contact.csv", "contact_id,deal_id,type_id,category\n501,11,3,HUBSPOT_DEFINED\n501,10,3,HUBSPOT_DEFINED\n")
    desk.put("deal_property_history.csv", "deal_id,name,value,timestamp,source,source_id\n10,dealstage,s1,2025-01-01 08:00:00,CRM_UI,x\n10,amount,5,2025-01-02 08:00:00,CRM_UI,x\n"
             "10,hubspot_owner_id,901,2025-01-01 08:00:00,CRM_UI,x\n10,hubspot_owner_id,900,2025-01-04 08:00:00,CRM_UI,x\n12,dealstage,s1,2025-01-01 08:00:00,CRM_UI,x\n12,dealstage,s2,2025-01-05 08:00:00,CRM_UI,x\n12,dealstage,s9,2025-02-01 08:00:00,CRM_UI,x\n")
    desk.run()
    deals = desk.table("deals").set_index("deal_id")
    assert desk.entry("deal.csv")["reasons"] == {"deleted": 1, "merged_away": 1}
    assert deals["semantic"].to_dict() == {"10": "open", "11": "won"}
    assert deals["stage_id"].to_dict() == {"10": "Talk", "11": "Signed"}
    assert deals["pipeline_id"].to_dict() == {"10": "New sales", "11": "New sales"}
    assert deals["amount"].to_dict() == {"10": 100.5, "11": 200}
    assert deals["created_at"].tolist() == [T(2025, 1, 1, 11)] * 2  # a loader writes times of Greenwich without an offset
    # the primary company, else the contact
    assert deals["client_id"].to_dict() == {"10": "71", "11": "501"}
    assert ("stand_in", "contact_id") in {(found["kind"], found["value"]) for found in desk.report["decisions"]}
    assert desk.table("users")[["user_id", "name"]].to_numpy().tolist() == [["900", "Ann Lee"], ["901", "Bob Ray"]]
    assert rows(desk.table("stages"), "stage_id", "semantic", "ord") == [["Talk", "open", 1], ["Offer", "open", 2], ["Signed", "won", 3], ["Dropped", "lost", 4]]
    # the history of a deal that was merged is its survivor's; other properties are no stages
    past = desk.table("stage_history").query("entity_id == '11'")
    assert rows(past, "from_stage", "to_stage", "entered_at", "move") == [
        [None, "Talk", T(2025, 1, 1, 11), "create"], ["Talk", "Offer", T(2025, 1, 5, 11), "forward"], ["Offer", "Signed", T(2025, 2, 1, 11), "final"]]
    assert desk.entry("deal_property_history.csv")["reasons"] == {}
    assert rows(desk.table("field_history"), "deal_id", "field", "changed_at", "amount", "owner_id") == [
        ["10", "amount", T(2025, 1, 2, 11), 5, None], ["10", "owner_id", T(2025, 1, 1, 11), None, "901"], ["10", "owner_id", T(2025, 1, 4, 11), None, "900"]]


def test_every_stage_a_deal_was_in_counts_not_only_the_active_one(desk):
    desk.put("deals.csv", "deal_id,property_dealname,deal_pipeline_stage_id,property_createdate\n1,A,closedwon,2025-01-01\n")
    desk.put("deal_stage.csv", "deal_id,value,date_entered,_fivetran_active,_fivetran_start,_fivetran_end\n1,qualifiedtobuy,2025-01-01 10:00:00,FALSE,2025-01-01,2025-01-05\n"
             "1,closedwon,2025-01-05 10:00:00,TRUE,2025-01-05,2050-01-01\n")
    desk.run()
    assert rows(desk.table("stage_history"), "to_stage", "entered_at") == [["Qualified To Buy", T(2025, 1, 1, 13)], ["Closed Won", T(2025, 1, 5, 13)]]


def test_calls_of_the_api_count_in_milliseconds(desk):
    desk.put("calls.csv", "hs_object_id,hs_timestamp,hs_createdate,hs_call_duration,hs_call_disposition,hs_call_status,hs_call_direction,hs_call_title,hubspot_owner_id,associations.deals\n"
             "1,2025-01-02T10:00:00Z,2025-01-02T10:00:00Z,90500,f240bbac-87c9-4f6e-bf70-924b57d47db7,COMPLETED,OUTBOUND,First,900,10\n"
             "2,2025-01-02T11:00:00Z,2025-01-02T11:00:00Z,0,,NO_ANSWER,OUTBOUND,Second,900,10\n"
             "3,2025-01-02T12:00:00Z,2025-01-02T12:00:00Z,30000,b2cf5968-551e-4856-9783-52b3da59a7d0,COMPLETED,INBOUND,Third,901,\n"
             "4,2025-01-02T13:00:00Z,2025-01-02T13:00:00Z,0:02:05,11111111-2222-3333-4444-555555555555,COMPLETED,OUTBOUND,Own outcome,901,\n")
    desk.run()
    calls = desk.table("activities")
    assert rows(calls, "kind", "duration_s", "is_answered", "result") == [
        ["call_out", 90.5, True, "Connected"], ["call_out", 0, False, None], ["call_in", 30, False, "Left voicemail"],
        ["call_out", 125, True, "11111111-2222-3333-4444-555555555555"]]
    assert calls["done_at"].tolist()[0] == T(2025, 1, 2, 13)  # 10:00 of Greenwich in Moscow


def test_engagements_and_their_details_are_one_action_each(desk):
    desk.put("deals.csv", "deal_id,property_dealname,deal_pipeline_stage_id,property_createdate\n10,A,closedwon,2025-01-01\n")
    desk.put("engagement.csv", "id,type,portal_id,owner_id,created_at\n1,CALL,5,900,2025-01-02 10:00:00\n2,NOTE,5,901,2025-01-03 10:00:00\n3,EMAIL,5,901,2025-01-04 10:00:00\n")
    desk.put("engagement_call.csv", "engagement_id,property_hs_call_duration,property_hs_call_status,property_hs_timestamp,type\n1,60000,COMPLETED,2025-01-02 10:00:00,CALL\n")
    desk.put("engagement_note.csv", "engagement_id,property_hs_note_body,property_hs_timestamp,type\n2,remark,2025-01-03 10:00:00,NOTE\n")
    desk.put("engagement_deal.csv", "engagement_id,deal_id\n1,10\n2,10\n")
    desk.run()
    actions = desk.table("activities").sort_values("activity_id")
    assert rows(actions, "activity_id", "kind", "owner_id", "entity", "entity_id", "duration_s") == [
        ["1", "call_out", "900", "deal", "10", 60], ["2", None, "901", "deal", "10", None], ["3", "email", "901", None, None, None]]
    entry = desk.entry("engagement.csv")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"]) == (3, 3, 2)


def test_tasks_meetings_emails_of_an_export(desk):
    desk.put("tasks.csv", "Record ID,Task Title,Task Status,Task Type,Due date,Create date,Completed at,Assigned to,Associated Deal IDs\n"
             "1,Call back,COMPLETED,CALL,2025-01-05 10:00,2025-01-02 10:00,2025-01-04 16:00,Ann,10\n2,Write,NOT_STARTED,EMAIL,2025-01-06 10:00,2025-01-02 10:00,,Ann,\n")
    desk.put("meetings.csv", "Record ID,Meeting name,Meeting start time,Meeting end time,Meeting outcome,Activity assigned to\n"
             "11,Show,2025-01-07 10:00,2025-01-07 11:00,Completed,Bob\n12,Missed,2025-01-08 10:00,2025-01-08 11:00,No Show,Bob\n")
    desk.put("emails.csv", "Record ID,Email subject,Email direction,Activity date,Activity assigned to\n21,Offer,EMAIL,2025-01-09 10:00,Bob\n"
             "22,Re: Offer,INCOMING_EMAIL,2025-01-10 10:00,Bob\n23,Fwd: Offer,FORWARDED_EMAIL,2025-01-11 10:00,Bob\n")
    desk.run()
    done = desk.table("activities").sort_values("activity_id").set_index("activity_id")
    assert done["kind"].to_dict() == {"1": "task", "2": "task", "11": "meeting", "12": "meeting", "21": "email", "23": "email"}
    assert desk.entry("emails.csv")["reasons"] == {"from_client": 1}
    assert done["done_at"].dropna().to_dict() == {"1": T(2025, 1, 4, 16), "11": T(2025, 1, 7, 10), "21": T(2025, 1, 9, 10), "23": T(2025, 1, 11, 10)}
    assert done.loc["2", "due_at"] == T(2025, 1, 6, 10)
    assert done.loc["1", "entity_id"] == "10"


def test_answers_saved_as_json_are_the_same_tables(desk):
    desk.put("deals.json", '{"results": [{"id": "7", "properties": {"dealname": "A", "dealstage": "contractsent", "pipeline": "default", "amount": "1500.75", "hs_is_closed": "false",'
             ' "hs_is_closed_won": "false", "closedate": "2025-03-01T00:00:00Z", "createdate": "2025-01-02T09:00:00.123Z", "hubspot_owner_id": "900"},'
             ' "createdAt": "2025-01-02T09:00:00.123Z", "archived": false, "associations": {"companies": {"results": [{"id": "70", "type": "deal_to_company"}]}}},'
             ' {"id": "8", "properties": {"dealname": "B", "dealstage": "closedlost", "pipeline": "default", "amount": null, "hs_is_closed": "true", "hs_is_closed_won": "false",'
             ' "closedate": "2025-02-01T00:00:00Z", "createdate": "2025-01-03T09:00:00Z", "hubspot_owner_id": "901"}, "createdAt": "2025-01-03T09:00:00Z", "archived": false}]}')
    desk.run()
    deals = desk.table("deals")
    assert rows(deals, "deal_id", "semantic", "stage_id", "amount", "client_id", "owner_id") == [
        ["7", "open", "Contract Sent", 1500.75, "70", "900"], ["8", "lost", "Closed Lost", None, None, "901"]]
    assert deals["created_at"].tolist()[0] == T(2025, 1, 2, 12)


def test_stages_inside_pipelines_and_values_inside_deals_are_tables(desk):
    desk.put("pipelines.json", json.dumps({"results": [{"id": "default", "label": "Продажи", "displayOrder": 0, "stages": [
        {"id": str(80 + place), "label": name, "displayOrder": place, "metadata": {"isClosed": str(place > 3).lower(), "probability": "1.0" if place > 3 else "0.5"}}
        for place, name in enumerate(["Щука", "Рак", "Лебедь", "Ёж", "Конец"])]}]}))
    desk.put("deals.json", json.dumps({"results": [{
        "id": "1", "properties": {"dealname": "А", "dealstage": "84", "pipeline": "default", "amount": "5", "createdate": "2026-02-01T07:00:00Z", "closedate": "2026-02-05T07:00:00Z"},
        "propertiesWithHistory": {"dealstage": [{"value": "84", "timestamp": "2026-02-05T07:00:00Z", "sourceType": "CRM_UI"}, {"value": "80", "timestamp": "2026-02-01T07:00:00Z", "sourceType": "API"}],
                                  "amount": [{"value": "5", "timestamp": "2026-02-01T07:00:00Z", "sourceType": "API"}]}, "archived": False}]}))
    desk.run()
    assert not desk.report["questions"]
    assert desk.exact("stages", "pipeline_id", "stage_id", "semantic", "ord")[:4] == [["Продажи", name, "open", place] for place, name in enumerate(["Щука", "Рак", "Лебедь", "Ёж"], 1)]
    assert desk.exact("stage_history", "entity_id", "to_stage", "entered_at") == [["1", "Щука", "2026-02-01 10:00:00"], ["1", "Конец", "2026-02-05 10:00:00"]]
    assert {(entry["file"], entry["sheet"], entry["preset"], entry["rows_in"], entry["rows_kept"], entry["rows_quarantined"]) for entry in desk.report["files"]} == {
        ("pipelines.json", "results", "hubspot_pipelines", 1, 1, 0), ("pipelines.json", "results.stages", "hubspot_stages", 5, 5, 0),
        ("deals.json", "results", "hubspot_deals", 1, 1, 0), ("deals.json", "results.propertiesWithHistory", "hubspot_property_history", 3, 3, 0)}
