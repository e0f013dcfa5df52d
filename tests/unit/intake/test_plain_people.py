"""Lists of people, absences, stand-ups, deviations and time of control in three languages: exact canonical rows."""

import json

import pytest

DEALS = "id,title,created,won,amount,owner\n10,Опт,2026-01-02,1,100,Петров\n11,Розница,2026-01-03,1,50,Анна Ли\n"


@pytest.mark.parametrize("text", [
    "ФИО;Отдел;Должность;Дата приёма;Дата увольнения;Причина увольнения;Ставка\nПетров;Опт;Менеджер;01.03.2024;;;1\nАнна Ли;Опт;Менеджер;01.05.2024;31.12.2025;по собственному желанию;0,5\n",
    "Name;Team;Role;Hired;Left;Reason for leaving;FTE\nПетров;Опт;Менеджер;01.03.2024;;;1\nАнна Ли;Опт;Менеджер;01.05.2024;31.12.2025;resigned;0,5\n",
    "Служител;Екип;Длъжност;Назначен на;Напуснал;Причина за напускане;Щат\nПетров;Опт;Менеджер;01.03.2024;;;1\nАнна Ли;Опт;Менеджер;01.05.2024;31.12.2025;по собствено желание;0,5\n",
])
def test_list_of_people_and_those_it_lacks(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("hr.csv", text)
    desk.put("plan.csv", "Период;Менеджер;План\n01.2026;Петров;5\n01.2026;Петроф;6\n")
    desk.run()
    desk.taken("hr.csv", "users")
    assert desk.rows("users", "user_id", "team", "role", "hired_at", "left_at", "leave_kind", "fte")[:2] == [
        ["Петров", "Опт", "Менеджер", "2024-03-01", None, None, 1.0], ["Анна Ли", "Опт", "Менеджер", "2024-05-01", "2025-12-31", "voluntary", 0.5]]
    told = {join["file"]: join["suggestion"] for join in desk.report["joins"] if join["to"] == "users.name"}
    assert told == {"plan.csv": {"Петроф": "Петров"}}


@pytest.mark.parametrize("text", [
    "ФИО;Отдел;Дата приёма;Опыт до приёма, лет;Источник найма\nПетров;Опт;01.03.2024;1,5;Рекомендация\nАнна Ли;Опт;01.05.2024;;hh\n",
    "Name;Team;Hired;Prior experience (years);Source of hire\nПетров;Опт;01.03.2024;1.5;Рекомендация\nАнна Ли;Опт;01.05.2024;;hh\n",
    "Служител;Екип;Назначен на;Опит в продажбите, години;Източник на наемане\nПетров;Опт;01.03.2024;1,5;Рекомендация\nАнна Ли;Опт;01.05.2024;;hh\n",
    "ФИО;Отдел;Дата приёма;Опыт в продажах (мес.);Источник подбора\nПетров;Опт;01.03.2024;18;Рекомендация\nАнна Ли;Опт;01.05.2024;;hh\n",
    "Name;Team;Hired;Experience before hire, months;Recruitment source\nПетров;Опт;01.03.2024;18;Рекомендация\nАнна Ли;Опт;01.05.2024;;hh\n",
    "Служител;Екип;Назначен на;Опит преди назначаване, мес.;Канал за подбор\nПетров;Опт;01.03.2024;18;Рекомендация\nАнна Ли;Опт;01.05.2024;;hh\n",
])
def test_experience_before_hiring_in_months_and_the_source_of_hire(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("hr.csv", text)
    desk.run()
    desk.taken("hr.csv", "users")
    assert desk.rows("users", "user_id", "hired_at", "experience_months", "hire_source")[:2] == [
        ["Петров", "2024-03-01", 18.0, "Рекомендация"], ["Анна Ли", "2024-05-01", None, "hh"]]


@pytest.mark.parametrize("text", [
    "Сотрудник;Вид отсутствия;С;По\nПетров;отпуск;29.12.2025;01.01.2026\nАнна Ли;больничный;05.01.2026;\nПетров;отпуск;01.01.2026;02.01.2026\nПетров;отпуск;09.01.2026;08.01.2026\n",
    "Employee;Absence type;From;To\nПетров;отпуск;29.12.2025;01.01.2026\nАнна Ли;больничный;05.01.2026;\nПетров;отпуск;01.01.2026;02.01.2026\nПетров;отпуск;09.01.2026;08.01.2026\n",
    "Служител;Вид отсъствие;От;До дата\nПетров;отпуск;29.12.2025;01.01.2026\nАнна Ли;больничный;05.01.2026;\nПетров;отпуск;01.01.2026;02.01.2026\nПетров;отпуск;09.01.2026;08.01.2026\n",
])
def test_ranges_of_absences_become_days(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("a.csv", text)
    desk.run()
    entry = desk.taken("a.csv", "absences")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_made"], entry["reasons"]) == (4, 3, 6, {"bad_range": 1})
    assert entry["warnings"] == {"duplicate_row": 1}  # 1 January is in two ranges
    assert desk.rows("absences", "user_id", "date", "kind") == [
        ["Петров", "2025-12-29", "отпуск"], ["Петров", "2025-12-30", "отпуск"], ["Петров", "2025-12-31", "отпуск"], ["Петров", "2026-01-01", "отпуск"],
        ["Анна Ли", "2026-01-05", "больничный"], ["Петров", "2026-01-02", "отпуск"]]
    assert "09.01.2026" in desk.quarantine("a.csv")


def test_absences_one_row_a_day(desk):
    desk.put("deals.csv", DEALS)
    desk.put("a.csv", "Employee;Absence date;Reason\nПетров;2026-01-05;sick\nПетров;2026-01-06;sick\n")
    desk.run()
    assert desk.rows("absences", "user_id", "date", "kind") == [["Петров", "2026-01-05", "sick"], ["Петров", "2026-01-06", "sick"]]


@pytest.mark.parametrize("text", [
    "Дата планёрки;Проведено;Ведущий;Формат;Присутствовали;План/факт;Оплаты\n02.02.2026;02.02.2026 09:05;Петров;видео;Петров, Анна Ли;да;нет\n03.02.2026;;;;;;\n",
    "Meeting date;Held;Facilitator;Format;Attendees;Plan/actual;Payments\n02.02.2026;02.02.2026 09:05;Петров;video;Петров, Анна Ли;yes;no\n03.02.2026;;;;;;\n",
    "Дата на срещата;Проведено на;Водещ;Формат;Присъствали;План/изпълнение;Плащания\n02.02.2026;02.02.2026 09:05;Петров;видео;Петров, Анна Ли;да;не\n03.02.2026;;;;;;\n",
])
def test_stand_up_log(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("s.csv", text)
    desk.run()
    desk.taken("s.csv", "meetings", "standups")
    assert desk.rows("meetings", "planned_on", "held_at", "facilitator_id", "format") == [["2026-02-02", "2026-02-02", "Петров", "video"], ["2026-02-03", None, None, None]]
    table = desk.table("meetings")
    assert json.loads(table["attendees_json"][0]) == ["Петров", "Анна Ли"]
    assert [json.loads(text) for text in table["agenda_json"]] == [{"plan_fact": True, "payments": False}, {"plan_fact": False, "payments": False}]


@pytest.mark.parametrize("text", [
    "Показатель;У кого;Отклонение;Обнаружено;Кто обнаружил;Причина;Действие;Исполнитель;Срок;Устранено\nЗвонки;Петров;-5;02.02.2026;Роп;отпуск;план;Анна Ли;05.02.2026;\nВыручка;Отдел;-0,2;03.02.2026;Роп;;;;;04.02.2026\n",
    "Metric;Whose;Deviation;Detected;Detected by;Cause;Action;Responsible;Due;Resolved\nЗвонки;Петров;-5;02.02.2026;Роп;отпуск;план;Анна Ли;05.02.2026;\nВыручка;Отдел;-0,2;03.02.2026;Роп;;;;;04.02.2026\n",
    "Показател;У кого;Отклонение;Открито;Кой откри;Причина;Действие;Изпълнител;Краен срок;Отстранено\nЗвонки;Петров;-5;02.02.2026;Роп;отпуск;план;Анна Ли;05.02.2026;\nВыручка;Отдел;-0,2;03.02.2026;Роп;;;;;04.02.2026\n",
])
def test_deviations(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("d.csv", text)
    desk.run()
    desk.taken("d.csv", "deviations")
    assert desk.rows("deviations", "metric", "scope", "scope_id", "size", "detected_at", "detected_by", "action_owner", "due_on", "resolved_on") == [
        ["Звонки", "user", "Петров", -5.0, "2026-02-02", "Роп", "Анна Ли", "2026-02-05", None], ["Выручка", "company", "", -0.2, "2026-02-03", "Роп", None, None, "2026-02-04"]]


@pytest.mark.parametrize("text", [
    "Руководитель;Дата;Вид контроля;Минут;Как измерено\nРоп;02.02.2026;прослушивание;25;таймер\nРоп;02.02.2026;планёрка;15;\n",
    "Head;Date;Kind of control;Minutes;Measured by\nРоп;02.02.2026;call listening;25;timer\nРоп;02.02.2026;meeting;15;\n",
    "Ръководител;Дата;Вид контрол;Минути;Как е измерено\nРоп;02.02.2026;прослушване;25;хронометър\nРоп;02.02.2026;оперативка;15;\n",
])
def test_time_of_control(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("t.csv", text)
    desk.run()
    desk.taken("t.csv", "control_log")
    assert desk.rows("control_log", "user_id", "date", "kind", "minutes", "source") == [
        ["Роп", "2026-02-02", "call_listening", 25.0, "timer"], ["Роп", "2026-02-02", "meeting", 15.0, None]]
