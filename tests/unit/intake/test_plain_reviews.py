"""Checklists of calls, competences and development plans in three languages: exact canonical rows."""

import datetime as dt

import pytest

DEALS = "id,title,created,won,amount,owner\n10,Опт,2026-01-02,1,100,Петров\n11,Розница,2026-01-03,1,50,Анна Ли\n"


REVIEWS = [
    (["Дата проверки", "ID звонка", "Менеджер", "Проверяющий", "Контакт", "", "Потребности", "", "Итого"], ["", "", "", "", "Поприветствовал", "Представился (крит.)", "Вопросы (макс 5)", "Резюме", ""]),
    (["Review date", "Call ID", "Seller", "Reviewer", "Контакт", "", "Потребности", "", "Total"], ["", "", "", "", "Поприветствовал", "Представился (critical)", "Вопросы (max 5)", "Резюме", ""]),
    (["Дата на проверката", "ID на обаждането", "Търговец", "Проверяващ", "Контакт", "", "Потребности", "", "Общо"], ["", "", "", "", "Поприветствовал", "Представился (крит.)", "Вопросы (макс 5)", "Резюме", ""]),
]
REVIEWED = [["K1", "Петров", "Роп", "2026-02-03", "Контакт", "Поприветствовал", 1.0, 1.0, False, False],
            ["K1", "Петров", "Роп", "2026-02-03", "Контакт", "Представился", 0.0, 1.0, True, False],
            ["K1", "Петров", "Роп", "2026-02-03", "Потребности", "Вопросы", 4.0, 5.0, False, False],
            ["K1", "Петров", "Роп", "2026-02-03", "Потребности", "Резюме", None, 1.0, False, True],
            ["K2", "Анна Ли", "Роп", "2026-02-04", "Контакт", "Поприветствовал", 1.0, 1.0, False, False],
            ["K2", "Анна Ли", "Роп", "2026-02-04", "Потребности", "Вопросы", 2.0, 5.0, False, False]]


@pytest.mark.parametrize(("top", "low"), REVIEWS)
@pytest.mark.parametrize("under", [False, True])
def test_checklist_one_row_a_call_with_blocks(desk, top, low, under):
    if under:  # the names of the columns stand in the second row, over them only the blocks
        top, low = ["", "", "", "", *top[4:8], ""], [*top[:4], *low[4:8], top[8]]
    desk.put("deals.csv", DEALS)
    desk.sheet("calls.xlsx", [top, low, [dt.date(2026, 2, 3), "K1", "Петров", "Роп", 1, "нет", 4, "н/п", 5], [dt.date(2026, 2, 4), "K2", "анна ли", "Роп", "да", "", 2, "", 3],
                              ["", "K3", "Петров", "Роп", "", "", "", "", ""]])
    desk.run()
    entry = desk.taken("calls.xlsx", "qa_reviews", "reviews_wide")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_made"], entry["reasons"]) == (3, 2, 6, {"empty_row": 1})
    found = desk.rows("qa_reviews", "object_id", "user_id", "reviewer_id", "reviewed_at", "block", "item_id", "score", "max_score", "is_critical", "is_na")
    assert found == REVIEWED
    table = desk.table("qa_reviews")
    assert table.groupby("object_id")["review_id"].nunique().tolist() == [1, 1]
    assert table["review_id"].nunique() == 2
    assert set(table["object"]) == {"call"}


def test_what_a_checklist_names_is_missed_once_a_line(desk):
    desk.put("deals.csv", DEALS)
    desk.put("hr.csv", "ФИО;Отдел;Должность;Дата приёма\nПетров;Опт;Менеджер;01.03.2024\nАнна Ли;Опт;Менеджер;01.05.2024\n")
    desk.put("calls.csv", "Дата и время,Направление,Длительность,ID звонка,Сотрудник\n03.02.2026 10:00,исходящий,60,K1,Петров\n")
    desk.put("qa.csv", "Звонок;Менеджер;Чек-лист;Приветствие;Презентация;Прощание\nK1;Петров;А;1;2;1\nK8;Роман;А;1;2;0\nK9;Роман;А;2;2;1\nK9;Петров;А;2;1;1\n")
    desk.run()
    desk.taken("qa.csv", "qa_reviews", "reviews_wide")
    assert len(desk.table("qa_reviews")) == 12
    told = {join["to"]: (join["rows"], join["missing"], join["examples"]) for join in desk.report["joins"] if join["file"] == "qa.csv"}
    assert told["activities.activity_id"] == (4, 3, ["K9", "K8"])  # three lines of three points each
    assert told["users.name"] == (4, 2, ["Роман"])


def test_checklist_with_rows_of_best_points_and_weights(desk):
    desk.put("deals.csv", DEALS)
    desk.put("qa.csv", "Звонок;Менеджер;Чек-лист;Приветствие;Презентация\nМакс;;;2;10\nВес;;;1;0,5\n77;Петров;Холодный;2;7,5\n")
    desk.run()
    assert desk.entry("qa.csv")["reasons"] == {"total_row": 2}
    assert desk.rows("qa_reviews", "item_id", "score", "max_score", "weight", "checklist_id") == [
        ["Приветствие", 2.0, 2.0, 1.0, "Холодный"], ["Презентация", 7.5, 10.0, 0.5, "Холодный"]]


@pytest.mark.parametrize("text", [
    "ID звонка;Дата проверки;Менеджер;Проверяющий;Пункт;Балл;Максимум;Блок\nK1;03.02.2026;Петров;Роп;Имя;1;1;Контакт\nK1;03.02.2026;Петров;Роп;Цель;н/п;2;\n",
    "Call ID;Review date;Seller;Reviewer;Item;Score;Max score;Block\nK1;03.02.2026;Петров;Роп;Имя;1;1;Контакт\nK1;03.02.2026;Петров;Роп;Цель;n/a;2;\n",
    "ID на обаждането;Дата на проверката;Търговец;Проверяващ;Критерий;Точки;Максимум точки;Блок\nK1;03.02.2026;Петров;Роп;Имя;1;1;Контакт\nK1;03.02.2026;Петров;Роп;Цель;не се прилага;2;\n",
])
def test_checklist_one_row_an_item(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("qa.csv", text)
    desk.run()
    desk.taken("qa.csv", "qa_reviews", "reviews_long")
    assert desk.rows("qa_reviews", "object_id", "user_id", "reviewer_id", "item_id", "score", "max_score", "block", "is_na") == [
        ["K1", "Петров", "Роп", "Имя", 1.0, 1.0, "Контакт", False], ["K1", "Петров", "Роп", "Цель", None, 2.0, None, True]]
    assert desk.table("qa_reviews")["review_id"].nunique() == 1


@pytest.mark.parametrize("head", [("Сотрудник", "Дата оценки", "Оценщик"), ("Employee", "Assessment date", "Assessor"), ("Служител", "Дата на оценката", "Оценител")])
def test_competence_matrix(desk, head):
    desk.put("deals.csv", DEALS)
    desk.sheet("c.xlsx", [[*head, "Переговоры (0-5)", "CRM", "Комментарий"], ["Петров", dt.date(2026, 3, 1), "Роп", 3, 4.5, "хорошо"], ["Анна Ли", dt.date(2026, 3, 1), "Роп", "", 2, ""]])
    desk.run()
    desk.taken("c.xlsx", "competences", "competences_wide")
    assert desk.rows("competences", "user_id", "assessed_at", "competence_id", "level", "level_max", "assessor_id") == [
        ["Петров", "2026-03-01", "Переговоры", 3.0, 5.0, "Роп"], ["Петров", "2026-03-01", "CRM", 4.5, None, "Роп"], ["Анна Ли", "2026-03-01", "CRM", 2.0, None, "Роп"]]


@pytest.mark.parametrize("title", ["Матрица компетенций на 01.03.2026", "Competence matrix, 01.03.2026", "Матрица на компетентностите към 01.03.2026"])
def test_competence_matrix_dated_by_its_title(desk, title):
    desk.put("deals.csv", DEALS)
    desk.sheet("c.xlsx", [[title], ["ФИО", "Переговоры", "CRM"], ["Петров", 3, 4]])
    desk.run()
    desk.taken("c.xlsx", "competences", "competences_titled")
    assert desk.rows("competences", "user_id", "assessed_at", "competence_id", "level") == [["Петров", "2026-03-01", "Переговоры", 3.0], ["Петров", "2026-03-01", "CRM", 4.0]]


@pytest.mark.parametrize("text", [
    "Сотрудник;Компетенция;Уровень;Дата оценки;Метод\nПетров;CRM;3;01.03.2026;наблюдение\nПетров;CRM;4;01.03.2026;тест\n",
    "Employee;Competence;Level;Assessment date;Method\nПетров;CRM;3;01.03.2026;observation\nПетров;CRM;4;01.03.2026;test\n",
    "Служител;Компетентност;Ниво;Дата на оценката;Метод\nПетров;CRM;3;01.03.2026;наблюдение\nПетров;CRM;4;01.03.2026;тест\n",
])
def test_competences_one_row_a_level_and_a_repeat(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("c.csv", text)
    desk.run()
    assert desk.taken("c.csv", "competences", "competences_long")["reasons"] == {"duplicate_row": 1}
    assert desk.rows("competences", "user_id", "competence_id", "level", "method") == [["Петров", "CRM", 3.0, "observation"]]


@pytest.mark.parametrize("text", [
    "Сотрудник;Вид обучения;Компетенция;Срок;Выполнено;Подтверждение\nПетров;наставничество;CRM;01.03.2026;;\nАнна Ли;тренинг;Переговоры;01.02.2026;31.01.2026;сертификат\n",
    "Employee;Development kind;Competence;Due;Done;Evidence\nПетров;mentoring;CRM;01.03.2026;;\nАнна Ли;training;Переговоры;01.02.2026;31.01.2026;сертификат\n",
    "Служител;Вид обучение;Компетентност;Краен срок;Изпълнено;Доказателство\nПетров;менторство;CRM;01.03.2026;;\nАнна Ли;обучение;Переговоры;01.02.2026;31.01.2026;сертификат\n",
])
def test_development_plans(desk, text):
    desk.put("deals.csv", DEALS)
    desk.put("d.csv", text)
    desk.run()
    desk.taken("d.csv", "dev_items")
    assert desk.rows("dev_items", "user_id", "kind", "competence_id", "due_on", "done_at", "evidence") == [
        ["Петров", "mentoring", "CRM", "2026-03-01", None, None], ["Анна Ли", "training", "Переговоры", "2026-02-01", "2026-01-31", "сертификат"]]
