"""Headers that nobody understands are told; those that are used, known as needless or empty are not."""

from audit.cli.console import show_unread
from audit.words import Words

LEADS = "id,name,price,responsible_user_id,status_id,pipeline_id,created_at,closed_at\n1,А,5,12,9002,7,1647945177,\n"
DEALS = "ID;Название сделки;Стадия сделки;Сумма;Ответственный;Дата создания;Комментарий;Этаж\n1;А;Сделка успешна;5;Иванов;01.03.2026;текст;3\n"


def test_headers_that_reach_no_table_are_told_in_their_order(desk, capsys):
    desk.put("deals.csv", DEALS)
    desk.put("calls.csv", "Date,Employee,Phone,Duration,Call type,Мост,Пусто,Цвет\n2025-03-01 10:00:00,Ivan,+74951234567,60,outgoing,4,,синий\n")
    desk.run()
    assert desk.entry("calls.csv")["unread"] == ["Мост", "Цвет"]
    deals = desk.entry("deals.csv")
    assert (deals["unread"], deals["dimensions"]) == ([], ["Этаж"])  # a slice is understood, a comment is known as needless
    told = [(entry["file"], entry["column"]) for entry in desk.report["decisions"] if entry["kind"] == "unread"]
    assert told == [("calls.csv", "Мост"), ("calls.csv", "Цвет")]
    for lang, title in (("ru", "Непонятые заголовки"), ("en", "Headers not understood"), ("bg", "Неразбрани заглавия")):
        show_unread(desk.report["files"], Words(lang))
        said = " ".join(capsys.readouterr().out.split())
        assert title in said and "Мост, Цвет" in said and " 2 " in said


def test_a_meaning_given_in_mapping_yml_makes_a_header_understood(desk):
    import yaml

    desk.put("calls.csv", "Date,Employee,Phone,Duration,Call type,Мост\n2025-03-01 10:00:00,Ivan,+74951234567,60,outgoing,хорошо\n")
    desk.put("deals.csv", DEALS)
    desk.run()
    tree = yaml.safe_load((desk.root / "mapping.yml").read_text("utf-8"))
    entry = next(one for one in tree["files"] if one["file"] == "calls.csv")
    assert desk.entry("calls.csv")["unread"] == ["Мост"]
    entry["headers"]["Мост"] = "result"
    (desk.root / "mapping.yml").write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    desk.run()
    assert desk.entry("calls.csv")["unread"] == []
    assert desk.table("activities")["result"].tolist() == ["хорошо"]


def test_columns_made_into_rows_are_understood(desk):
    desk.put("deals.csv", DEALS)
    desk.put("План продаж.csv", "Менеджер;Янв 2026;Фев 2026\nИванов;100;200\n")
    desk.run()
    assert desk.entry("План продаж.csv")["table"] == "plans"
    assert desk.entry("План продаж.csv")["unread"] == []


def test_the_console_shows_nothing_where_all_is_understood(capsys):
    show_unread([{"file": "a.csv", "unread": []}, {"file": "b.csv"}], Words("en"))
    assert capsys.readouterr().out == ""
