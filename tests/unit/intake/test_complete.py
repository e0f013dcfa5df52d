"""Several lists of the same people or clients complete each other: by exact keys, every row accounted for, every difference on record."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.intake.tables.companies import tax_fits

CRM = "ID,ACTIVE,NAME,LAST_NAME,WORK_POSITION,UF_DEPARTMENT,USER_TYPE\n5,true,Иван,Петров,Менеджер,Продажи,employee\n7,true,Анна,Сидорова,,,employee\n9,true,Обмен,1С,,,bot\n"
DEALS = "ID,Название сделки,Стадия сделки,Ответственный,Сумма,Дата создания\n1,Окна,Новая,Иван Петров,5,01.02.2025\n2,Двери,Новая,Анна Сидорова,5,01.02.2025\n"
STAFF = "Табельный номер,ФИО,Отдел,Должность,Дата приема,Дата увольнения,Ставка\n"
INN, OTHER, THIRD = "7707083893", "7728168971", "500100732259"


def users(desk, *columns: str) -> list[list]:
    """Columns of the users by id, whatever the order of files."""
    return sorted(desk.exact("users", "user_id", *columns), key=lambda row: row[0])


def told(desk, kind: str) -> dict:
    return {(entry["file"], entry["column"]): entry["value"] for entry in desk.report["decisions"] if entry["kind"] == kind}


def test_the_list_of_staff_completes_the_users_of_the_crm(desk):
    desk.put("users.csv", CRM)
    desk.put("deals.csv", DEALS)
    desk.put("staff.csv", STAFF + "0017,ПЕТРОВ  Иван,Опт,Старший менеджер,01.03.2020,,1\n0018,Сидорова Анна,Розница,Менеджер,05.04.2021,31.12.2024,0.5\n0019,Новиков Пётр,Опт,Стажёр,01.02.2025,,1\n")
    desk.run()
    assert users(desk, "name", "team", "role", "hired_at", "left_at", "fte", "is_system") == [
        ["0019", "Новиков Пётр", "Опт", "Стажёр", "2025-02-01", None, 1, None],
        ["5", "Иван Петров", "Опт", "Старший менеджер", "2020-03-01", None, 1, False],
        ["7", "Анна Сидорова", "Розница", "Менеджер", "2021-04-05", "2024-12-31", 0.5, False],
        ["9", "Обмен 1С", None, None, None, None, None, True]]
    assert desk.table("deals")["owner_id"].tolist() == ["5", "7"]
    entry = desk.taken("staff.csv", "users")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"], entry["reasons"]) == (3, 3, 2, {})
    assert told(desk, "person_merged") == {("staff.csv", "ФИО"): {"name": 2}}
    assert told(desk, "person_differs") == {("staff.csv", "Отдел"): {"n": 1, "values": {"5": ["Продажи", "Опт"]}},
                                            ("staff.csv", "Должность"): {"n": 1, "values": {"5": ["Менеджер", "Старший менеджер"]}}}
    first = users(desk, "name", "team", "hired_at")
    desk.run()  # people.yml knows both ids of a person by now
    assert users(desk, "name", "team", "hired_at") == first
    assert desk.taken("staff.csv", "users")["rows_merged"] == 2
    assert desk.report["questions"] == []


def test_files_in_any_order_and_a_list_without_numbers(desk):
    desk.put("a_staff.csv", "ФИО,Дата приема,Роль\nСемёнова Анна,01.03.2020,Руководитель отдела\n")
    desk.put("b_users.csv", CRM.replace("Анна,Сидорова,", "Анна,Семенова,Менеджер"))
    desk.run()
    assert users(desk, "name", "hired_at", "role", "is_manager")[-2:] == [
        ["7", "Анна Семенова", "2020-03-01", "Руководитель отдела", True], ["9", "Обмен 1С", None, None, None]]
    assert desk.taken("a_staff.csv", "users")["rows_merged"] == 1


def test_several_lists_of_staff(desk):
    desk.put("users.csv", CRM)
    desk.put("x.csv", "ФИО,Дата приема\nИван Петров,01.03.2020\n")
    desk.put("y.csv", "ФИО,Ставка,Дата увольнения\nИван Петров,0.5,31.12.2024\n")
    desk.run()
    assert users(desk, "hired_at", "left_at", "fte")[0] == ["5", "2020-03-01", "2024-12-31", 0.5]
    assert len(desk.table("users")) == 3


def test_two_of_one_name_are_never_guessed(desk):
    desk.put("users.csv", CRM.replace("7,true,Анна,Сидорова", "7,true,Иван,Петров"))
    desk.put("staff.csv", STAFF + "0017,Петров Иван,Опт,Менеджер,01.03.2020,,1\n")
    desk.run()
    assert users(desk) == [["0017"], ["5"], ["7"], ["9"]]
    assert desk.taken("staff.csv", "users")["rows_merged"] == 0


def test_two_of_one_name_in_the_list_of_staff(desk):
    desk.put("users.csv", CRM)
    desk.put("staff.csv", STAFF + "0017,Петров Иван,Опт,Менеджер,01.03.2020,,1\n0021,Иван Петров,Опт,Менеджер,01.03.2022,,1\n")
    desk.run()
    assert users(desk) == [["0017"], ["0021"], ["5"], ["7"], ["9"]]


def test_a_personnel_number_is_no_id_of_the_crm(desk):
    desk.put("users.csv", CRM)
    desk.put("staff.csv", STAFF + "5,Сидорова Анна,Опт,Менеджер,01.03.2020,,1\n7,Козлов Олег,Опт,Менеджер,02.03.2020,,1\n")
    desk.run()
    assert users(desk, "name", "hired_at") == [["5", "Иван Петров", None], ["7", "Анна Сидорова", "2020-03-01"], ["9", "Обмен 1С", None],
                                                               ["Козлов Олег", "Козлов Олег", "2020-03-02"]]
    assert told(desk, "person_number") == {("staff.csv", "Табельный номер"): {"7": ["Анна Сидорова", "Козлов Олег"]}}
    assert desk.taken("staff.csv", "users")["reasons"] == {}


def test_the_same_id_in_a_longer_name(desk):
    desk.put("users.csv", CRM)
    desk.put("staff.csv", "ID,ФИО,Дата приема\n5,Петров Иван Олегович,01.03.2020\n")
    desk.run()
    assert users(desk, "name", "hired_at")[0] == ["5", "Иван Петров", "2020-03-01"]
    assert told(desk, "person_merged") == {("staff.csv", "ФИО"): {"id": 1}}


def test_an_answer_completes_too(desk):
    desk.put("users.csv", CRM)
    desk.put("deals.csv", DEALS)
    desk.put("staff.csv", "ФИО,Дата приема\nПетров Ваня,01.03.2020\n")
    desk.run()
    assert len(desk.table("users")) == 4
    path = desk.root / "people.yml"
    import yaml

    tree = yaml.safe_load(path.read_text("utf-8"))
    people = tree["people"]
    by_id = {entry["id"]: entry for entry in people}
    by_id["5"]["spellings"] += by_id["Петров Ваня"]["spellings"]
    people.remove(by_id["Петров Ваня"])
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    desk.run()
    assert users(desk, "name", "hired_at")[0] == ["5", "Иван Петров", "2020-03-01"]
    assert len(desk.table("users")) == 3
    assert desk.taken("staff.csv", "users")["rows_merged"] == 1


COMPANIES = "ID,Название компании,Тип компании,ИНН,Телефон\n10,Ромашка,Клиент,{},\n11,Лютик,Клиент,,\n"
LIST = "Код клиента,Наименование,ИНН,Регион,Телефон\n"


def test_a_list_of_accounting_completes_the_companies_of_the_crm(desk):
    desk.put("companies.csv", COMPANIES.format(INN))
    desk.put("list.csv", LIST + f"000001,ООО Ромашка,{INN},Тверь,84951234567\n000002,Мак,{OTHER},Псков,\n")
    desk.put("invoices.csv", "номер счета,дата счета,срок оплаты,сумма,контрагент,телефон\n3,01.02.2025,10.02.2025,5,Иной,8 495 123-45-67\n")
    desk.put("orders.csv", "deal id,created,won,amount,client id\n1,2025-01-02,1,5,000001\n2,2025-01-03,1,6,000002\n3,2025-01-03,1,6,11\n")
    desk.run()
    assert desk.exact("clients", "client_id", "name", "tax_id", "region") == [["10", "Ромашка", INN, "Тверь"], ["11", "Лютик", None, None], ["000002", "Мак", OTHER, "Псков"]]
    entry = desk.taken("list.csv", "clients")
    assert (entry["rows_kept"], entry["rows_merged"], entry["reasons"]) == (2, 1, {})
    assert told(desk, "client_merged") == {("list.csv", "ИНН"): {"tax_id": 1}}
    assert told(desk, "client_differs") == {("list.csv", "Наименование"): {"n": 1, "values": {"10": ["Ромашка", "ООО Ромашка"]}}}
    assert desk.table("invoices")["client_id"].tolist() == ["10"]
    assert desk.table("deals").sort_values("deal_id")["client_id"].tolist() == ["10", "000002", "11"]


def test_a_number_that_a_list_has_twice_joins_nothing(desk):
    desk.put("companies.csv", COMPANIES.format(INN))
    desk.put("list.csv", LIST + f"000001,Ромашка,{INN},Тверь,\n000002,Ромашка 2,{INN},Псков,\n")
    desk.run()
    assert desk.table("clients")["client_id"].tolist() == ["10", "11", "000001", "000002"]


numbers = st.sampled_from([INN, OTHER, THIRD, "123", ""])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(numbers, max_size=4), st.lists(numbers, max_size=4))
def test_no_client_has_two_tax_numbers_and_no_row_is_lost(new_desk, crm, listed):
    with tempfile.TemporaryDirectory() as folder:
        desk = new_desk(Path(folder) / "c")
        desk.put("companies.csv", "ID,Название компании,Тип компании,ИНН\n" + "".join(f"{at},К{at},Клиент,{number}\n" for at, number in enumerate(crm, 1)) + "99,Последний,Клиент,\n")
        desk.put("list.csv", LIST + "".join(f"0{at},С{at},{number},Тверь,\n" for at, number in enumerate(listed, 1)) + "099,Ещё,,,+74951234567\n")
        desk.run()
        entry = desk.taken("list.csv", "clients")
        rows = desk.table("clients")
        assert len(rows) + entry["rows_merged"] == len(crm) + len(listed) + 2
        own = dict(desk.exact("clients", "client_id", "tax_id"))
        assert all((own[str(at)] or "") == number for at, number in enumerate(crm, 1))
        once = {number for number in {*crm, *listed} if tax_fits(number) and crm.count(number) == 1 and listed.count(number) == 1}
        assert entry["rows_merged"] == len(once)
