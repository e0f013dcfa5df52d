"""History of stages from logs of changes, from one date a stage, and what the log does not say."""

import pandas as pd

HUB = 'Record ID,Deal Name,Deal Stage,Pipeline,Amount,Create Date,Close Date,"Date entered ""Appointment Scheduled (Sales)""","Date exited ""Appointment Scheduled (Sales)""",' \
      '"Date entered ""Contract Sent (Sales)""","Date entered ""Closed Won (Sales)""",hs_v2_date_entered_current_stage\n'
SHOWN = ["entity_id", "from_stage", "to_stage", "entered_at", "left_at", "move", "is_truncated"]


def seen(past: pd.DataFrame, columns: list[str]) -> list[list]:
    """Rows as plain lists: times as text, empty as ''."""
    shown = past[columns].copy()
    for name in shown:
        if str(shown[name].dtype).startswith("datetime"):
            shown[name] = shown[name].dt.strftime("%d %H:%M").astype("object")
    return shown.astype("object").where(shown.notna(), "").values.tolist()


def test_one_date_a_stage_becomes_a_history(desk):
    desk.put("hub.csv", HUB
             + "1,A,Closed Won,Sales,100,2025-03-01 10:00,2025-03-20 12:00,2025-03-01 10:00,2025-03-05 09:00,2025-03-05 09:00,2025-03-20 12:00,2025-03-20 12:00\n"
             + "2,B,Contract Sent,Sales,50,2025-03-02 10:00,,,,2025-03-09 11:00,,2025-03-09 11:00\n"  # entered nothing before: the beginning is not known
             + "3,C,Appointment Scheduled,Sales,50,2025-03-03 10:00,,2025-03-03 10:00,,,,2025-03-03 10:00\n")
    desk.run()
    past = desk.table("stage_history")
    assert seen(past, SHOWN) == [
        ["1", "", "Appointment Scheduled", "01 10:00", "05 09:00", "create", False],
        ["1", "Appointment Scheduled", "Contract Sent", "05 09:00", "20 12:00", "forward", False],
        ["1", "Contract Sent", "Closed Won", "20 12:00", "", "final", False],
        ["2", "", "Contract Sent", "09 11:00", "", "", True],
        ["3", "", "Appointment Scheduled", "03 10:00", "", "create", False]]
    assert set(past["origin"]) == {"date_columns"}
    assert set(past["pipeline_id"]) == {"Sales"}
    entry = desk.entry("hub.csv")
    assert (entry["rows_in"], entry["rows_kept"], entry["warnings"]["truncated_history"]) == (3, 3, 1)  # each row is counted once
    assert not set(desk.table("deals").columns) & {name for name in HUB.split(",") if "Date e" in name}
    told = [decision for decision in desk.report["decisions"] if decision["kind"] == "stage_dates"]
    assert [decision["value"] for decision in told] == ["Appointment Scheduled (Sales)", "Appointment Scheduled (Sales)", "Contract Sent (Sales)", "Closed Won (Sales)"]


def test_plain_headers_of_stage_dates(desk):
    desk.put("d.csv", "ID,Создана,Сумма,Этап,Дата перехода: Новая,Дата перехода: Замер,Дата выхода: Замер\n1,13.03.2025,10,Замер,13.03.2025,15.03.2025,18.03.2025\n")
    desk.run()
    assert seen(desk.table("stage_history"), ["to_stage", "entered_at", "left_at"]) == [["Новая", "13 00:00", "15 00:00"], ["Замер", "15 00:00", "18 00:00"]]


DEALS = "id,created,amount,stage,closed,owner\n1,2025-03-01 10:00,100,Won,2025-03-20,Анна\n2,2025-03-02 10:00,100,Талк,,Борис\n3,2025-03-02 10:00,100,Новая,,Борис\n"
LOG = "Deal ID,From stage,To stage,Changed at,Changed by\n"


def test_events_with_before_and_after(desk):
    """The first stage before is that of the creation for deals made since the log began."""
    desk.put("deals.csv", DEALS)
    desk.put("log.csv", LOG + "9,Новая,Талк,2025-02-01 10:00,Анна\n1,Новая,Талк,2025-03-05 09:00,Анна\n1,Талк,Won,2025-03-20 12:00,Борис\n"
             "2,Новая,Новая,2025-03-06 10:00,Анна\n2,Новая,Талк,2025-03-06 11:00,Анна\n2,Замер,Талк,2025-03-08 11:00,Анна\n2,Замер,Новая,2025-03-09 11:00,Анна\n"
             "2,Новая,Талк,2025-03-10 11:00,Анна\n2,Новая,Талк,2025-03-10 11:00,Анна\n")
    desk.run()
    past = desk.table("stage_history")
    assert seen(past[past["entity_id"] != "9"], [*SHOWN, "changed_by"]) == [
        ["1", "", "Новая", "01 10:00", "05 09:00", "create", False, ""],
        ["1", "Новая", "Талк", "05 09:00", "20 12:00", "skip", False, "Анна"],
        ["1", "Талк", "Won", "20 12:00", "", "final", False, "Борис"],
        ["2", "", "Новая", "02 10:00", "06 11:00", "create", False, ""],
        ["2", "Новая", "Талк", "06 11:00", "09 11:00", "skip", False, "Анна"],
        ["2", "Замер", "Новая", "09 11:00", "10 11:00", "back", False, "Анна"],
        ["2", "Новая", "Талк", "10 11:00", "", "skip", False, "Анна"],
        ["3", "", "Новая", "02 10:00", "", "create", False, ""]]
    entry = desk.entry("log.csv")
    assert entry["reasons"] == {"no_change": 3}
    assert entry["warnings"]["history_gap"] == 1
    assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"] == 9


def test_events_that_begin_after_the_deal_are_truncated(desk):
    desk.put("deals.csv", DEALS)
    desk.put("log.csv", LOG + "1,Новая,Талк,2025-03-05 09:00,Анна\n1,Талк,Won,2025-03-20 12:00,Борис\n2,Новая,Талк,2025-03-06 11:00,Анна\n")
    desk.run()
    past = desk.table("stage_history")
    assert seen(past, ["entity_id", "from_stage", "to_stage", "is_truncated", "move"]) == [
        ["1", "Новая", "Талк", True, "forward"], ["1", "Талк", "Won", False, "final"], ["2", "Новая", "Талк", True, "forward"]]


def test_a_log_goes_before_dates_of_the_same_deal(desk):
    desk.put("hub.csv", HUB + "1,A,Contract Sent,Sales,100,2025-03-01 10:00,,2025-03-01 10:00,2025-03-05 09:00,2025-03-05 09:00,,\n"
             "2,A,Contract Sent,Sales,100,2025-03-01 10:00,,2025-03-01 10:00,2025-03-05 09:00,2025-03-05 09:00,,\n3,W,Closed Won,Sales,1,2025-03-01,2025-03-02,,,,,\n")
    desk.put("log.csv", "Deal ID,To stage,Changed at\n1,Appointment Scheduled,2025-03-01 10:00\n1,Contract Sent,2025-03-05 09:30\n")
    desk.run()
    past = desk.table("stage_history")
    assert past[["entity_id", "origin"]].values.tolist() == [["1", "crm_history"]] * 2 + [["2", "date_columns"]] * 2


def test_moves_of_fifty_deals_in_one_second_are_bulk(desk):
    deals = "".join(f"{n},2025-03-01 10:{n % 60:02d},5,Талк,\n" for n in range(60))
    desk.put("deals.csv", "id,created,amount,stage,closed\n" + deals + "99,2025-03-01,5,Won,2025-03-14\n")
    moved = "".join(f"{n},Талк,2025-03-09 23:59:58\n" for n in range(50)) + "".join(f"{n},Талк,2025-03-09 12:00:0{n % 10}\n" for n in range(50, 60))
    desk.put("log.csv", "Deal ID,To stage,Changed at\n" + moved)
    desk.run()
    past = desk.table("stage_history")
    assert past["is_bulk"].sum() == 50
    assert desk.entry("log.csv")["warnings"]["bulk_moves"] == 50


def test_actions_know_the_stage_of_their_moment(desk):
    desk.put("deals.csv", DEALS)
    desk.put("log.csv", "Deal ID,To stage,Changed at\n1,Новая,2025-03-01 10:00\n1,Талк,2025-03-05 09:00\n1,Won,2025-03-20 12:00\n")
    desk.put("calls.csv", "Дата и время,Направление,Длительность,ID сделки\n" + "".join(
        f"{when},исходящий,60,1\n" for when in ("28.02.2025 09:00:00", "01.03.2025 10:00:00", "05.03.2025 08:59:59", "05.03.2025 09:00:00", "21.03.2025 09:00:00")))
    desk.run()
    assert desk.table("activities")["stage_id_at_time"].fillna("").tolist() == ["", "Новая", "Новая", "Талк", "Won"]


SNAPS = "id,created,amount,stage,closed,owner\n"


def run_on(desk, day: str, text: str, head: str = SNAPS) -> None:
    """The inbox of a day, read and stored as every run stores it."""
    import datetime as dt

    from audit.runner.snapshot import store_snapshot
    from audit.workspace import Workspace

    desk.put("deals.csv", head + text)
    desk.run()
    store_snapshot(Workspace.open(desk.root), dt.date.fromisoformat(day), "duckdb")


def test_snapshots_of_runs_tell_what_moved_between_them(desk):
    run_on(desk, "2025-03-10", "1,2025-03-01 10:00,5,Новая,,А\n2,2025-03-02 10:00,5,Новая,,А\n3,2025-03-10 09:00,5,Новая,,А\n9,2025-03-01,1,Won,2025-03-02,А\n")
    desk.run()
    assert not (desk.root / "tables" / "stage_history.parquet").exists()  # one snapshot shows no move
    run_on(desk, "2025-03-17", "1,2025-03-01 10:00,5,Талк,,А\n2,2025-03-02 10:00,5,Новая,,А\n3,2025-03-10 09:00,5,Талк,,А\n9,2025-03-01,1,Won,2025-03-02,А\n")
    run_on(desk, "2025-03-24", "1,2025-03-01 10:00,5,Won,2025-03-20 15:00,А\n2,2025-03-02 10:00,5,Талк,,А\n3,2025-03-10 09:00,5,Талк,,А\n9,2025-03-01,1,Won,2025-03-02,А\n")
    desk.run()
    past = desk.table("stage_history")
    assert seen(past, SHOWN) == [
        ["1", "", "Новая", "10 00:00", "17 00:00", "", True], ["1", "Новая", "Талк", "17 00:00", "20 15:00", "forward", False],
        ["1", "Талк", "Won", "20 15:00", "", "final", False],
        ["2", "", "Новая", "10 00:00", "24 00:00", "", True], ["2", "Новая", "Талк", "24 00:00", "", "forward", False],
        ["3", "", "Новая", "10 09:00", "17 00:00", "create", False], ["3", "Новая", "Талк", "17 00:00", "", "forward", False],
        ["9", "", "Won", "02 00:00", "", "final", True]]
    assert set(past["origin"]) == {"snapshot_diff"}
    told = [one for one in desk.report["decisions"] if one["kind"] == "snapshot_diff"]
    assert told[0]["value"] == "2025-03-10 … 2025-03-24"
    shots = desk.table("deal_snapshots")
    assert shots.groupby("as_of").size().tolist() == [4, 4, 4]
    assert desk.entry("deals.csv")["rows_kept"] == 4


def test_snapshots_tell_later_runs_what_was_being_lost(desk):
    from audit.metrics import measure
    from audit.workspace import Workspace

    head = "Record ID,Deal Name,Deal Stage,Create Date,Close Date,Amount,Next Activity Date\n"
    won = "9,i,Closed Won,2025-03-01 10:00,2025-03-02 10:00,1,\n"
    rows = "1,a,Contract Sent,2025-03-01 10:00,,5,{}\n2,b,Contract Sent,2025-03-02 10:00,,5,{}\n"
    for day, first, second in (("2025-03-10", "2025-03-12 10:00", ""), ("2025-04-10", "2025-03-12 10:00", "2025-04-20 10:00"), ("2025-05-09", "", "")):
        run_on(desk, day, rows.format(first, second) + won, head)
    desk.run()
    values = measure(Workspace.open(desk.root), "leaking_deals_past", by="flag", as_of="2025-05-09")
    told = values.frame[values.frame["period"] == "month"]
    assert told[["period_start", "group", "sum_num", "n"]].astype(str).values.tolist() == [
        ["2025-03-01", "", "1.0", "2"], ["2025-04-01", "", "1.0", "2"],
        ["2025-03-01", "no_next", "1.0", "2"], ["2025-03-01", "overdue", "0.0", "2"],
        ["2025-04-01", "no_next", "1.0", "2"], ["2025-04-01", "overdue", "1.0", "2"]]


def test_a_log_makes_snapshots_of_its_deals_needless(desk):
    run_on(desk, "2025-03-10", "1,2025-03-01 10:00,5,Новая,,А\n2,2025-03-02 10:00,5,Новая,,А\n9,2025-03-01,1,Won,2025-03-02,А\n")
    run_on(desk, "2025-03-17", "1,2025-03-01 10:00,5,Талк,,А\n2,2025-03-02 10:00,5,Талк,,А\n9,2025-03-01,1,Won,2025-03-02,А\n")
    desk.put("log.csv", "Deal ID,To stage,Changed at\n1,Новая,2025-03-01 10:00\n1,Талк,2025-03-12 09:30\n")
    desk.run()
    past = desk.table("stage_history")
    assert past.groupby("entity_id")["origin"].agg(["unique", "size"]).values.tolist() == [[["crm_history"], 2], [["snapshot_diff"], 2], [["snapshot_diff"], 1]]


def test_a_damaged_snapshot_is_told(desk):
    (desk.root / "snapshots").mkdir()
    (desk.root / "snapshots" / "2025-03-10.parquet").write_bytes(b"PAR1 nothing")
    desk.put("deals.csv", SNAPS + "1,2025-03-01,5,Won,2025-03-02,А\n")
    failure = desk.fails()
    assert failure.code == 13
    assert "2025-03-10.parquet" in str(failure)


def test_codes_in_headers_of_stage_dates_are_translated(desk):
    """A code may carry its pipeline behind it; the columns of the present stage are no stage."""
    desk.put("deals.csv", "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Create Date,hs_v2_date_entered_s1,hs_v2_date_entered_s2_77,hs_v2_date_entered_current_stage\n"
             "1,A,s2,77,5,2025-03-01 10:00,2025-03-01 10:00,2025-03-04 10:00,2025-03-04 10:00\n")
    desk.put("stages.csv", "Stage ID,Stage name,Pipeline ID,Sort,Closed won\ns1,Знакомство,77,1,no\ns2,Договор,77,2,no\ns3,Победа,77,3,yes\n")
    desk.put("pipelines.csv", "Pipeline ID,Pipeline name\n77,Опт\n")
    desk.run()
    past = desk.table("stage_history")
    assert seen(past, ["pipeline_id", "from_stage", "to_stage", "entered_at", "move"]) == [
        ["Опт", "", "Знакомство", "01 10:00", "create"], ["Опт", "Знакомство", "Договор", "04 10:00", "forward"]]
    assert desk.table("deals")[["pipeline_id", "stage_id"]].values.tolist() == [["Опт", "Договор"]]
