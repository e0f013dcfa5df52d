"""Money of several currencies in one base currency, at the rate of the day."""

import pandas as pd
import pytest

from audit import measure

HEAD = "id,created,closed,won,amount,currency\n"


def test_the_last_rate_on_or_before_the_day(desk):
    """A later rate is never taken; one older than a week is taken and counted."""
    desk.put("fx.csv", "date,currency,rate\n2025-03-01,USD,90\n2025-03-10,USD,100\n2025-03-20,евро,110\n")
    desk.put("d.csv", HEAD + "1,2025-01-13,2025-02-28,1,10,USD\n2,2025-01-13,2025-03-01,1,10,$\n3,2025-01-13,2025-03-09,1,10,доллар США\n"
             "4,2025-01-13,2025-03-10,1,10,USD\n5,2025-01-13,2025-03-25,1,10,€\n6,2025-01-13,2025-03-25,1,10,руб.\n7,2025-03-13,,,10,USD\n")
    desk.run()
    deals = desk.table("deals").set_index("deal_id")["amount_base"]
    assert deals.fillna(-1).to_dict() == {"1": -1, "2": 900, "3": 900, "4": 1000, "5": 1100, "6": 10, "7": 1000}
    assert {name: desk.entry("d.csv")["warnings"][name] for name in ("no_exchange_rate", "stale_exchange_rate")} == {"no_exchange_rate": 1, "stale_exchange_rate": 1}


def test_rates_for_a_hundred_units_as_a_central_bank_gives_them(desk):
    desk.put("rates.csv", "nominal;data;curs;cdx\n100;01.03.2025;18,50;Казахстанских тенге\n1;01.03.2025;89,5000;Доллар США\n1;13.03.2025;0;Доллар США\n")
    desk.put("d.csv", HEAD + "1,2025-01-13,2025-03-02,1,1000,KZT\n2,2025-01-13,2025-03-14,1,2,USD\n")
    desk.run()
    assert desk.table("deals")["amount_base"].tolist() == pytest.approx([185, 179])
    rates = desk.entry("rates.csv")
    assert (rates["table"], rates["rows_kept"], rates["reasons"]) == ("fx", 2, {"bad_number": 1})
    assert set(desk.table("fx").columns) == {"date", "currency", "rate_to_base"}


def test_margin_and_profit_are_in_the_currency_of_their_deal(desk):
    desk.put("fx.csv", "date,currency,rate\n2025-03-01,USD,90\n")
    desk.put("d.csv", "id,created,closed,won,amount,currency,margin,profit\n1,2025-01-13,2025-03-02,1,10,USD,4,2\n2,2025-01-13,2025-03-02,1,10,RUB,4,2\n3,2025-01-13,2025-03-02,1,10,EUR,4,2\n")
    desk.run()
    deals = desk.table("deals").set_index("deal_id").fillna(-1)
    assert deals["margin"].to_dict() == {"1": 360, "2": 4, "3": -1}  # nobody tells the rate of the euro
    assert deals["profit"].to_dict() == {"1": 180, "2": 2, "3": -1}


def test_levs_take_the_rate_of_the_euro(desk):
    desk.put("fx.csv", "date,currency,rate\n2025-03-01,EUR,195.5830\n")
    desk.put("d.csv", HEAD + "1,2025-01-13,2025-03-02,1,3,лв.\n")
    desk.run()
    assert desk.table("deals")["amount_base"].tolist() == pytest.approx([300])


def test_signs_of_several_currencies_leave_bare_amounts_to_be_asked(desk):
    desk.put("fx.csv", "date,currency,rate\n2025-01-01,USD,90\n2025-01-01,EUR,100\n")
    desk.put("d.csv", "id,created,won,amount\n1,2025-01-13,1,$10\n2,2025-01-13,1,€10\n3,2025-01-13,1,10\n")
    assert desk.fails().code == 11
    question = desk.report["questions"][0]
    assert (question["kind"], question["column"], question["examples"], question["proposed"]) == ("unmarked", "amount", ["USD: 1", "EUR: 1", "–: 1"], "RUB")
    desk.answer("EUR")
    desk.run()
    assert desk.table("deals")["amount_base"].tolist() == [900, 1000, 1000]


def bulgarian(desk, how: str) -> None:
    (desk.root / "client.yml").write_text("name: x\ncurrency: EUR\ncountry: BG\ntime_zone: Europe/Sofia\nlanguage: bg\nplan_basis: paid\n"
                                          "plans: [{period_start: 2025-11-01, period_end: 2026-03-01, target: 400000}]\n", "utf-8")
    rows, paid, bills = [], [], []
    for place, day in enumerate(("2025-11-15", "2025-12-31", "2026-01-01", "2026-02-15")):
        lev = day < "2026"
        sum_, code = (195583.00, "BGN") if lev else (100000.00, "EUR")
        rows.append(f"{place},{day},{day},1,{sum_:.2f},{code}")
        paid.append(f"{day[8:]}.{day[5:7]}.{day[:4]};Клиент;{sum_:.2f};{code};оплата {place};{place}")
        bills.append((place, day, sum_, code))
    if how == "column":
        desk.put("d.csv", HEAD + "\n".join(rows) + "\n")
        desk.put("p.csv", "Дата;Контрагент;Сумма;Валюта;Назначение платежа;ID сделки\n" + "\n".join(paid) + "\n")
    else:
        desk.put("d.csv", "id,created,closed,won,amount\n" + "\n".join(row.rsplit(",", 1)[0] for row in rows) + "\n")


def test_a_series_goes_unbroken_over_the_changeover_to_the_euro(desk):
    bulgarian(desk, "column")
    desk.run()
    for table in ("deals", "payments"):
        assert desk.table(table)["amount_base"].tolist() == pytest.approx([100_000] * 4)
    values = measure(desk.root, metrics=["revenue", "plan_attainment"]).frame
    months = values[(values["metric"] == "revenue") & (values["period"] == "month") & (values["by"] == "")]
    assert months["value"].tolist() == pytest.approx([100_000] * 4)
    done = values[(values["metric"] == "plan_attainment") & (values["by"] == "") & (values["period"] == "all")]
    assert done["sum_num"].tolist()[-1:] == pytest.approx([400_000]) or done["value"].tolist() == pytest.approx([1.0])


def test_amounts_without_a_currency_over_the_changeover_are_asked(desk):
    bulgarian(desk, "none")
    assert desk.fails().code == 11
    assert [question["kind"] for question in desk.report["questions"]] == ["changeover"]
    desk.answer("BGN/EUR")
    desk.run()
    assert desk.table("deals")["amount_base"].tolist() == pytest.approx([100_000] * 4)
    assert desk.table("deals")["currency"].tolist() == ["BGN", "BGN", "EUR", "EUR"]


def test_what_is_owed_in_two_currencies_is_not_summed_as_it_is():
    """An invoice of 100 $ paid by half at another rate owes 50 $, at the rate of the invoice."""
    bills = pd.DataFrame({"invoice_id": ["1", "2"], "issued_on": pd.to_datetime(["2026-01-10", "2026-01-10"]), "due_on": pd.to_datetime(["2026-01-20", "2026-03-01"]),
                          "amount": [100.0, 5000.0], "currency": ["USD", "RUB"], "amount_base": [9000.0, 5000.0], "client_id": ["a", "b"]})
    paid = pd.DataFrame({"payment_id": ["1"], "invoice_id": ["1"], "received_on": pd.to_datetime(["2026-01-15"]), "amount": [50.0], "currency": ["USD"], "amount_base": [5000.0]})
    deals = pd.DataFrame({"deal_id": ["1"], "created_at": pd.to_datetime(["2026-01-01"]), "semantic": ["open"], "amount": [1.0]})
    values = measure({"invoices": bills, "payments": paid, "deals": deals}, metrics=["receivables", "overdue_share"], as_of="2026-01-31").frame
    whole = values[(values["by"] == "") & (values["period"] == "all")].set_index("metric")["value"]
    assert whole["receivables"] == pytest.approx(9500)
    assert whole["overdue_share"] == pytest.approx(4500 / 9500)
