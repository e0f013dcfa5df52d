"""A stage is known by its pipeline and its code or name together; dictionaries translate codes."""

import pandas as pd

PLAIN = "id,created,amount,stage,pipeline,closed\n"


def bitrix(*rows: str) -> str:
    return "ID;Стадия сделки;Воронка;Сумма;Ответственный;Дата создания;Сделка закрыта\n" + "\n".join(rows) + "\n"


STATUS = ("ID,ENTITY_ID,STATUS_ID,NAME,SORT,SEMANTICS,CATEGORY_ID\n"
          "1,DEAL_STAGE,NEW,Новая,10,,0\n2,DEAL_STAGE,WON,Договор подписан,30,S,0\n3,DEAL_STAGE,LOSE,Отвал,40,F,0\n"
          "4,DEAL_STAGE_5,NEW,Заявка на сервис,10,,5\n5,DEAL_STAGE_5,WON,Отвал,20,S,5\n6,DEAL_STAGE_5,LOSE,Новая,30,F,5\n"
          "7,SOURCE,WEB,Сайт,10,,\n8,STATUS,NEW,Не обработан,10,,\n")


def test_one_code_means_different_stages_in_two_pipelines(desk):
    """The same codes stand in both pipelines, and even the same names mean other things."""
    desk.put("deals.csv", bitrix("1;NEW;0;100;Анна;01.02.2025 10:00:00;N", "2;WON;0;100;Анна;13.02.2025 10:00:00;Y", "3;LOSE;0;100;Анна;13.02.2025 10:00:00;Y",
                                 "4;NEW;5;100;Анна;01.02.2025 10:00:00;N", "5;WON;5;100;Анна;13.02.2025 10:00:00;Y", "6;LOSE;5;100;Анна;13.02.2025 10:00:00;Y"))
    desk.put("stages.csv", STATUS)
    desk.run()
    deals = desk.table("deals").set_index("deal_id")
    assert deals["stage_id"].to_dict() == {"1": "Новая", "2": "Договор подписан", "3": "Отвал", "4": "Заявка на сервис", "5": "Отвал", "6": "Новая"}
    assert deals["semantic"].to_dict() == {"1": "open", "2": "won", "3": "lost", "4": "open", "5": "won", "6": "lost"}
    stages = desk.table("stages")
    assert stages[["pipeline_id", "stage_id", "semantic", "ord"]].values.tolist() == [
        ["0", "Новая", "open", 1], ["0", "Договор подписан", "won", 2], ["0", "Отвал", "lost", 3],
        ["5", "Заявка на сервис", "open", 1], ["5", "Отвал", "won", 2], ["5", "Новая", "lost", 3]]


def test_history_takes_the_pipeline_of_its_own_record(desk):
    desk.put("deals.csv", bitrix("1;WON;5;100;Анна;01.02.2025 10:00:00;Y"))
    desk.put("stages.csv", STATUS)
    desk.put("history.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_ID\n1,1,1,2025-02-01T10:00:00+03:00,0,NEW\n"
             "2,5,1,2025-02-02T10:00:00+03:00,5,NEW\n3,3,1,2025-02-03T10:00:00+03:00,5,WON\n")
    desk.run()
    past = desk.table("stage_history")
    assert past[["pipeline_id", "from_stage", "to_stage", "move"]].fillna("").values.tolist() == [
        ["0", "", "Новая", "create"], ["5", "Новая", "Заявка на сервис", "pipeline_change"], ["5", "Заявка на сервис", "Отвал", "final"]]
    assert past["is_truncated"].tolist() == [False, False, False]


def test_the_same_name_goes_two_ways_by_mapping(desk):
    """mapping.yml may give one name two meanings; both hold on the next run."""
    desk.put("d.csv", PLAIN + "1,2025-01-13,10,Проверка,А,\n2,2025-01-14,10,Проверка,Б,2025-02-14\n3,2025-01-14,10,Won,А,2025-02-14\n4,2025-01-14,10,Lost,Б,2025-02-14\n")
    (desk.root / "mapping.yml").write_text("schema: 1\nstages: [{pipeline: А, stage: Проверка, semantic: open}, {pipeline: Б, stage: Проверка, semantic: won}]\n", "utf-8")
    for _ in range(2):
        desk.run()
        deals = desk.table("deals").set_index("deal_id")["semantic"]
        assert deals.to_dict() == {"1": "open", "2": "won", "3": "won", "4": "lost"}
        stages = desk.table("stages").set_index(["pipeline_id", "stage_id"])["semantic"]
        assert (stages["А", "Проверка"], stages["Б", "Проверка"]) == ("open", "won")


def test_renames_of_stages_reach_the_history(desk):
    desk.put("deals.csv", bitrix("1;Новая;Продажи;100;Анна;01.02.2025 10:00:00;N", "2;Won;Продажи;1;Анна;13.02.2025 10:00:00;Y"))
    desk.put("history.csv", "ID,TYPE_ID,OWNER_ID,CREATED_TIME,CATEGORY_ID,STAGE_ID\n1,1,1,2025-02-01T10:00:00+03:00,0,Старая\n2,2,1,2025-02-02T10:00:00+03:00,0,Новая\n")
    desk.run()
    desk.rename("stage_id", "Старая", "Первая")
    desk.run()
    past = desk.table("stage_history")
    assert past[["from_stage", "to_stage"]].fillna("").values.tolist() == [["", "Первая"], ["Первая", "Новая"]]


def test_a_code_known_to_several_pipelines_stays_where_the_pipeline_is_not_said(desk):
    desk.put("deals.csv", "ID;Стадия сделки;Сумма;Ответственный;Дата создания;Сделка закрыта\n1;NEW;100;Анна;13.02.2025 10:00:00;N\n2;WON;1;Анна;13.02.2025 10:00:00;Y\n")
    desk.put("stages.csv", STATUS)
    desk.run()
    deals = desk.table("deals")
    assert deals["stage_id"].tolist() == ["NEW", "WON"]
    assert deals["semantic"].tolist() == ["open", "won"]
    assert pd.isna(deals["pipeline_id"]).all()


def test_lists_of_other_codes_are_read_too(desk):
    desk.put("deals.csv", "ID;Стадия сделки;Сумма;Ответственный;Дата создания;Источник\n1;Новая;100;Анна;13.02.2025 10:00:00;WEB\n")
    desk.put("stages.csv", STATUS)
    desk.run()
    assert desk.table("deals")["source"].tolist() == ["Сайт"]


def test_the_list_of_lead_statuses_tells_what_unknown_ones_mean(desk):
    desk.put("leads.csv", "Lead ID,Lead status,Created at\n1,QQ,2025-03-01 10:00\n2,ZZ,2025-03-01 10:00\n3,NEW,2025-03-01 10:00\n")
    desk.put("stages.csv", STATUS + "9,STATUS,QQ,Ушёл к соседям,20,F,\n10,STATUS,ZZ,Отдан в производство,30,S,\n")
    desk.run()
    leads = desk.table("leads").set_index("lead_id")
    assert leads["status"].to_dict() == {"1": "Ушёл к соседям", "2": "Отдан в производство", "3": "Не обработан"}
    assert leads["semantic"].to_dict() == {"1": "lost", "2": "converted", "3": "open"}
