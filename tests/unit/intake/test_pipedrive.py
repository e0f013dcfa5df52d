"""Pipedrive: files saved from lists and their variants, answers of the API v1 and v2; every row counted by hand."""

import json


def test_file_of_deals(desk):
    desk.client("time_zone: UTC\n")
    desk.put("deals.csv", "Deal - ID,Deal - Title,Deal - Creator,Deal - Owner,Deal - Value,Deal - Currency of Value,Deal - Weighted value,Deal - Organization,Deal - Contact person,"
             "Deal - Stage,Deal - Label,Deal - Status,Deal - Deal created,Deal - Last stage change,Deal - Next activity date,Deal - Won time,Deal - Lost time,Deal - Deal closed on,"
             "Deal - Lost reason,Deal - Expected close date,Deal - Pipeline,Deal - Source channel,Deal - Status__2\n"
             "1,Pump,Ann,Ann,1500.5,EUR,750,Acme,John Roe,Demo,Hot,Open,2026-01-25 10:00:00,2026-01-26 10:00:00,2026-02-10,,,,,2026-03-01,Sales,Web,custom\n"
             "2,Valve,Ann,Bo,200,EUR,200,,John Roe,Demo,,Won,2026-01-25 11:00:00,,,2026-02-03 09:00:00,,2026-02-03 09:00:00,,,Sales,,\n"
             "3,Hose,Ann,Bo,70,USD,0,Beta,,Offer,,Lost,2026-01-25 12:00:00,,,,2026-02-04 09:00:00,2026-02-04 09:00:00,Too dear,,Sales,,\n"
             "4,Gone,Ann,Bo,70,USD,0,Beta,,Offer,,Deleted,2026-01-25 12:00:00,,,,,,,,Sales,,\n")
    desk.run()
    assert desk.counts("deals.csv") == ("pipedrive_deals", 3, 1)
    assert desk.entry("deals.csv")["reasons"] == {"deleted": 1}
    assert desk.exact("deals", "deal_id", "stage_id", "semantic", "amount", "currency", "closed_at", "won_at", "expected_close_on", "client_id", "loss_reason") == [
        ["1", "Demo", "open", 1500.5, "EUR", None, None, "2026-03-01", "Acme", None],
        ["2", "Demo", "won", 200, "EUR", "2026-02-03 09:00:00", "2026-02-03 09:00:00", None, "John Roe", None],
        ["3", "Offer", "lost", 70, "USD", "2026-02-04 09:00:00", None, None, "Beta", "Too dear"]]
    assert desk.exact("deals", "segment", "next_activity_at", "source", "Deal - Status__2") == [
        ["Hot", "2026-02-10", "Web", "custom"], [None, None, None, None], [None, None, None, None]]


def test_file_of_deals_under_other_headers_and_in_german_numbers(desk):
    desk.put("deals.csv", 'Deal - Pipedrive System ID;Deal - Title;Deal - Owner;Deal - Value;Deal - Currency of value;Organization;Deal - Stage;Deal - Status;Deal - Creation date;Deal - Closed on;Deal - Lost time\n'
             "1;A;Ann;1.500,50;EUR;Acme;Demo;Lost;25/01/2026 10:00;;28/01/2026 12:30\n2;B;Ann;2.000,00;EUR;Acme;Demo;Won;26/01/2026 10:00;27/01/2026 09:00;\n")
    desk.run()
    assert desk.counts("deals.csv") == ("pipedrive_deals", 2, 0)
    assert desk.exact("deals", "deal_id", "amount", "created_at", "closed_at", "client_id") == [
        ["1", 1500.5, "2026-01-25 10:00:00", "2026-01-28 12:30:00", "Acme"], ["2", 2000, "2026-01-26 10:00:00", "2026-01-27 09:00:00", "Acme"]]


def test_files_of_organizations_people_and_leads(desk):
    desk.put("org.csv", "Organization - ID,Organization - Name,Organization - Label,Organization - Owner,Organization - Address,Organization - Organization created\n"
             "7,Acme,Customer,Ann,Sofia,2025-01-01 10:00:00\n8,Beta,,Bo,,2025-01-02 10:00:00\n")
    desk.put("people.csv", "Person - ID,Person - Name,Person - Organization,Person - Email - Work,Person - Email - Home,Person - Phone - Work,Person - Phone - Mobile,Person - Owner\n"
             "7,John Roe,Acme,,j@home.example,,+359 2 981 1111,Ann\n9,Mary Poe,Gamma,m@work.example,,+359 2 981 1112,,Ann\n")
    desk.put("leads.csv", "Lead - ID,Lead - Title,Lead - Owner,Lead - Source,Lead - Organization,Lead - Lead created,Lead - Archive status\n"
             "55ebb4c0-536e-11ea-87d0-d1171b17f6a0,New,Ann,Web,Acme,2026-01-01 10:00:00,Not archived\n65ebb4c0-536e-11ea-87d0-d1171b17f6a0,Old,Bo,Import,,2026-01-02 10:00:00,Archived\n")
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("org", "people", "leads")] == [("pipedrive_organizations", 2, 0), ("pipedrive_people", 2, 0), ("pipedrive_leads", 2, 0)]
    assert desk.exact("clients", "client_id", "name", "segment", "owner_id", "created_at")[:2] == [
        ["7", "Acme", "Customer", "Ann", "2025-01-01 10:00:00"], ["8", "Beta", None, "Bo", "2025-01-02 10:00:00"]]
    assert desk.exact("contacts", "contact_id", "name", "client_id", "email", "phone") == [
        ["7", "John Roe", "7", "j@home.example", "+35929811111"], ["9", "Mary Poe", "Gamma", "m@work.example", "+35929811112"]]
    assert desk.exact("leads", "lead_id", "semantic", "source", "client_id", "owner_id") == [
        ["55ebb4c0-536e-11ea-87d0-d1171b17f6a0", "open", "Web", "7", "Ann"], ["65ebb4c0-536e-11ea-87d0-d1171b17f6a0", "lost", "Import", None, "Bo"]]


def test_file_of_activities_joins_day_and_time_and_reads_hours_and_minutes(desk):
    desk.put("deals.csv", "Deal - ID,Deal - Title,Deal - Owner,Deal - Value,Deal - Organization,Deal - Stage,Deal - Status,Deal - Deal created\n1,Pump,Ann,5,Acme,Demo,Open,2026-01-25 10:00:00\n")
    desk.put("acts.csv", "Activity - ID,Activity - Subject,Activity - Type,Activity - Due date,Activity - Due time,Activity - Duration,Activity - Done,Activity - Marked as done time,"
             "Activity - Assigned to user,Activity - Deal,Activity - Organization,Activity - Creation date\n"
             "1,Ring,Call,2026-02-01,14:30,00:05,Done,2026-02-01 14:40:00,Ann,Pump,Acme,2026-01-26 10:00:00\n2,Eat,Lunch,2026-02-02,,01:30,To do,,Ann,Pump,Acme,2026-01-26 10:00:00\n"
             "3,Send,Deadline,2026-02-03,09:00,,Undone,,Ann,,Acme,2026-01-26 10:00:00\n")
    desk.run()
    assert desk.counts("acts.csv") == ("pipedrive_activities", 3, 0)
    assert desk.exact("activities", "activity_id", "kind", "entity_id", "client_id", "due_at", "done_at", "duration_s") == [
        ["1", "call_out", "1", "Acme", "2026-02-01 14:30:00", "2026-02-01 14:40:00", 300], ["2", "meeting", "1", "Acme", "2026-02-02", None, 5400],
        ["3", "task", None, "Acme", "2026-02-03 09:00:00", None, None]]


def put_api(desk):
    desk.client("time_zone: Europe/Sofia\n")
    desk.put("deals.csv", "id,creator_user_id,owner_id,person_id,org_id,stage_id,pipeline_id,title,value,currency,add_time,update_time,stage_change_time,status,lost_reason,close_time,won_time,"
             "lost_time,expected_close_date,origin,channel,is_deleted\n"
             "1,12,12,9,7,3,1,Pump,1500.5,EUR,2026-01-25T10:00:00Z,2026-02-03T09:00:00Z,,won,,2026-02-03T09:00:00Z,2026-02-03T09:00:00Z,,2026-03-01,ManuallyCreated,,false\n"
             "2,12,13,7,,2,1,Valve,200,EUR,2026-01-25 11:00:00,,,lost,Too dear,,,2026-02-04 23:30:00,2026-03-01,Import,5,false\n"
             "3,12,13,,,4,2,Hose,70,EUR,2026-01-25 12:00:00,,,open,,,,,2026-03-02,API,,false\n4,12,13,,,4,2,Gone,70,EUR,2026-01-25 12:00:00,,,open,,,,,,API,,true\n")
    desk.put("stages.csv", "id,order_nr,name,is_deleted,deal_probability,pipeline_id,is_deal_rot_enabled,days_to_rotten\n2,1,Demo,false,50,1,true,10\n3,2,Offer,false,80,1,false,\n4,1,Demo,false,50,2,true,20\n")
    desk.put("pipelines.csv", "id,name,order_nr,is_deleted,is_deal_probability_enabled,add_time,update_time\n1,Sales,0,false,true,2024-01-01T00:00:00Z,\n2,Service,1,false,true,2024-01-01T00:00:00Z,\n")
    desk.put("users.csv", "id,name,email,lang,locale,timezone_name,default_currency,active_flag,is_admin,role_id,created\n12,Ann Lee,a@x.example,1,en_US,Europe/Sofia,EUR,true,1,1,2024-01-01 00:00:00\n"
             "13,Bo Ray,b@x.example,1,en_US,Europe/Sofia,EUR,true,0,1,2024-01-01 00:00:00\n")
    desk.put("organizations.csv", "id,name,owner_id,add_time,update_time,visible_to,label_ids,is_deleted,address.country\n7,Acme,12,2025-01-01T10:00:00Z,,3,,false,Bulgaria\n")
    desk.put("persons.csv", "id,name,first_name,last_name,owner_id,org_id,add_time,emails,phones,is_deleted\n9,John Roe,John,Roe,12,7,2025-01-01T10:00:00Z,j@x.example,+359 2 981 1111,false\n"
             "7,Mary Poe,Mary,Poe,12,,2025-01-01T10:00:00Z,,,false\n")


def test_api_deals_with_their_dictionaries(desk):
    put_api(desk)
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("deals", "stages", "pipelines", "users", "organizations", "persons")] == [
        ("pipedrive_api_deals", 3, 1), ("pipedrive_api_stages", 3, 0), ("pipedrive_api_pipelines", 2, 0), ("pipedrive_api_users", 2, 0),
        ("pipedrive_api_organizations", 1, 0), ("pipedrive_api_persons", 2, 0)]
    assert desk.exact("deals", "deal_id", "pipeline_id", "stage_id", "semantic", "created_at", "closed_at", "expected_close_on", "client_id", "loss_reason") == [
        ["1", "Sales", "Offer", "won", "2026-01-25 12:00:00", "2026-02-03 11:00:00", "2026-03-01", "7", None],
        ["2", "Sales", "Demo", "lost", "2026-01-25 13:00:00", "2026-02-05 01:30:00", "2026-03-01", "C_7", "Too dear"],
        ["3", "Service", "Demo", "open", "2026-01-25 14:00:00", None, "2026-03-02", None, None]]
    # a deal is won in the stage it had reached, and a stage of one name in two pipelines has a norm in each
    assert desk.exact("stages", "pipeline_id", "stage_id", "ord", "semantic", "max_days") == [
        ["Sales", "Demo", 1, "open", 10], ["Sales", "Offer", 2, "open", None], ["Service", "Demo", 1, "open", 20]]
    assert {row[0]: row[1] for row in desk.exact("clients", "client_id", "name")} == {"7": "Acme", "C_7": "Mary Poe"}


def test_api_flow_is_the_history_of_stages(desk):
    put_api(desk)
    desk.put("flow.csv", "id,item_id,user_id,field_key,old_value,new_value,log_time,is_bulk_update_flag,change_source\n1,1,12,stage_id,2,3,2026-01-28 10:00:00,,app\n"
             "2,1,12,value,100,1500.5,2026-01-28 11:00:00,,app\n3,2,13,stage_id,3,2,2026-01-29 10:00:00,1,api\n4,1,12,add_time,,2026-01-25 10:00:00,2026-01-25 10:00:00,,app\n")
    desk.run()
    assert desk.counts("flow.csv") == ("pipedrive_api_flow", 3, 1)
    assert desk.entry("flow.csv")["reasons"] == {"other_kind": 1}
    # the log begins with the first creation that it tells of; what it does not name stood as it stands
    assert desk.exact("field_history", "deal_id", "field", "changed_at", "amount", "changed_by") == [
        ["1", "amount", "2026-01-25 12:00:00", 100, None], ["1", "amount", "2026-01-28 13:00:00", 1500.5, "12"],
        ["2", "amount", "2026-01-25 13:00:00", 200, None], ["3", "amount", "2026-01-25 14:00:00", 70, None]]
    past = [row for row in desk.exact("stage_history", "entity_id", "from_stage", "to_stage", "entered_at", "changed_by") if row[4]]
    assert past == [["1", "Demo", "Offer", "2026-01-28 12:00:00", "12"], ["2", "Offer", "Demo", "2026-01-29 12:00:00", "13"]]


def test_api_activities_products_and_leads(desk):
    put_api(desk)
    desk.put("activities.csv", "id,subject,type,owner_id,deal_id,lead_id,person_id,org_id,due_date,due_time,duration,done,marked_as_done_time,add_time,is_deleted\n"
             "1,Ring,call,12,1,,9,7,2026-02-01,12:30,00:05,true,2026-02-01 12:40:00,2026-01-26T10:00:00Z,false\n2,Meet,meeting,13,,,9,,2026-02-02,,01:00:00,false,,2026-01-26T10:00:00Z,false\n"
             "3,Old,task,13,3,,,,2026-02-02,,,false,,2026-01-26T10:00:00Z,true\n")
    desk.put("products.csv", "id,deal_id,product_id,name,item_price,quantity,sum\n1,1,5,Cable,100.25,2,200.5\n")
    desk.put("leads.csv", "id,title,owner_id,person_id,organization_id,source_name,origin,is_archived,add_time,update_time\n55ebb4c0-536e-11ea-87d0-d1171b17f6a0,New,12,9,7,API,Web,false,2026-01-01T10:00:00Z,\n"
             "65ebb4c0-536e-11ea-87d0-d1171b17f6a0,Old,13,,,API,Web,true,2026-01-02T10:00:00Z,2026-01-05T10:00:00Z\n")
    desk.run()
    assert [desk.counts(f"{name}.csv") for name in ("activities", "products", "leads")] == [
        ("pipedrive_api_activities", 2, 1), ("pipedrive_api_deal_products", 1, 0), ("pipedrive_api_leads", 2, 0)]
    assert desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "client_id", "due_at", "done_at", "duration_s") == [
        ["1", "call_out", "deal", "1", "7", "2026-02-01 14:30:00", "2026-02-01 14:40:00", 300], ["2", "meeting", "client", "C_9", None, "2026-02-02", None, 3600]]
    assert desk.exact("deal_products", "deal_id", "product", "quantity", "price") == [["1", "Cable", 2, 100.25]]
    assert desk.exact("leads", "lead_id", "semantic", "created_at", "closed_at", "client_id") == [
        ["55ebb4c0-536e-11ea-87d0-d1171b17f6a0", "open", "2026-01-01 12:00:00", None, "7"],
        ["65ebb4c0-536e-11ea-87d0-d1171b17f6a0", "lost", "2026-01-02 12:00:00", "2026-01-05 12:00:00", None]]


def test_answers_of_version_1_saved_as_json(desk):
    put_api(desk)
    (desk.root / "inbox" / "deals.csv").unlink()
    desk.put("deals.json", json.dumps({"success": True, "data": [
        {"id": 1, "title": "Pump", "user_id": {"id": 12, "name": "Ann Lee", "value": 12}, "person_id": {"name": "John Roe", "value": 9}, "org_id": {"name": "Acme", "value": 7},
         "stage_id": 3, "pipeline_id": 1, "value": 1500.5, "currency": "EUR", "add_time": "2026-01-25 10:00:00", "status": "won", "won_time": "2026-02-03 09:00:00",
         "close_time": "2026-02-03 09:00:00", "lost_reason": None, "expected_close_date": None}], "additional_data": {"pagination": {"start": 0, "limit": 100}}}))
    desk.run()
    assert desk.counts("deals.json") == ("pipedrive_api_deals", 1, 0)
    assert desk.exact("deals", "deal_id", "owner_id", "client_id", "stage_id", "semantic", "closed_at") == [["1", "12", "7", "Offer", "won", "2026-02-03 11:00:00"]]
