"""VALUES in hand: look-ups, files, statements."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from made import AS_OF, made

from audit.errors import UsageError
from audit.metrics import CARDS, measure, statements, trace
from audit.metrics.statements import answerable
from audit.schema import VALUES
from audit.words import Words


@pytest.fixture(scope="module")
def values():
    return measure(made(), ["M08", "M17", "M23"], as_of=AS_OF, lang="ru")


def test_look_ups(values):
    assert values.get("win_rate")["n"] == values.get("win_rate")["sum_den"]
    assert values.get("win_rate", "owner", "nobody") is None
    assert str(values.get("win_rate", period="month")["period_start"]) == "2026-06-01"
    with pytest.raises(UsageError, match="win_rate"):
        values.get("win_rat")


def test_files(values, tmp_path):
    parquet, csv = values.write(tmp_path)
    assert pq.read_schema(parquet).equals(VALUES.arrow(), check_metadata=False)
    assert pq.read_table(parquet).to_pandas().equals(values.arrow().to_pandas())
    assert pd.read_csv(csv).shape == values.frame.shape
    again = measure(made(), ["M08", "M17", "M23"], as_of=AS_OF, lang="ru").write(tmp_path / "again")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in (parquet, csv)]
    rows = json.loads(values.to_json(tmp_path / "values.json"))
    assert rows == json.loads((tmp_path / "values.json").read_text("utf-8"))
    assert rows[0]["period_end"] == "2026-07-01"


def test_text_of_the_client_is_no_formula_and_no_markup(tmp_path):
    tables = made()
    tables["users"].loc[0, "name"] = "=cmd|' /C calc'!A1"
    tables["users"].loc[1, "name"] = "<script>alert(1)</script>"
    values = measure(tables, "win_rate", as_of=AS_OF)
    assert ",'=cmd" in values.write(tmp_path)[1].read_text("utf-8")
    assert "<script>" not in values._repr_html_()
    assert values.get("win_rate", "owner", "<script>alert(1)</script>") is not None


def test_a_look_for_notebooks():
    values = measure(made(), ["M07", "M08"], as_of=AS_OF, lang="ru")
    html = values._repr_html_()
    assert "Доля выигранных сделок" in html
    seen = (values.frame["value"].notna() & (values.frame["by"] == "") & (values.frame["period"] == "all")).sum()
    assert html.count("<tr>") == 1 + seen and "<details>" not in html


def test_many_metrics_are_sorted_into_cards_to_be_opened():
    values = measure(made(), ["M01", "M03", "M06"], as_of=AS_OF, lang="en")
    html = values._repr_html_()
    seen = values.frame[values.frame["value"].notna() & (values.frame["by"] == "") & (values.frame["period"] == "all")]
    assert len(seen) > 20
    assert html.count("<details>") == 3 + bool(len(values.lacking())) and html.count("<thead>") == 3
    assert html.count("<tr>") == 3 + len(seen)
    assert Words("en")("report.unit.minutes", value="").strip() in html


@pytest.mark.parametrize(("metric", "by", "period"), [("win_rate", "", "month"), ("win_rate", "", None), ("win_rate", "owner", None), ("cycle_incidence", "day", None)])
def test_plots(values, metric, by, period):
    import matplotlib

    matplotlib.use("Agg")
    ax = values.plot(metric, by=by, period=period)
    assert ax.get_title(loc="left") == values.title(metric)
    assert ax.lines or ax.containers


def test_statements_are_those_of_the_four_sources():
    found = statements()
    assert [sum(one.id.startswith(f"S{source}-") for one in found) for source in range(4)] == [25, 49, 16, 24]
    assert len({one.id for one in found}) == 114
    assert all(one.text and one.name and set(one.kind) <= set("MRCADP") for one in found)
    assert {card for one in found for card in one.cards} >= set(CARDS)


def test_a_statement_is_answered_by_its_own_metrics_not_by_any_of_its_cards():
    known = {metric for ids in CARDS.values() for metric in ids}
    assert all(set(one.by) <= {metric for card in one.cards for metric in CARDS.get(card, ())} <= known for one in statements())
    world = made()
    whole = trace(measure(world, ["M14", "M44"], as_of=AS_OF)).set_index("statement")
    assert whole.loc["S1-35", "status"] == "measured"
    unowned = world | {"clients": world["clients"].drop(columns="owner_id")}  # who returned and who rose by RFM is told without whose base it is
    values = measure(unowned, ["M14", "M44"], as_of=AS_OF)
    assert values.get("rfm_risen")["value"] > 0
    assert trace(values).set_index("statement").loc["S1-35", "status"] == "not measurable: lacks clients.owner_id"
    assert "S1-35" not in answerable(["rfm_risen"]) and "S1-35" in answerable(["base_index"])


def test_every_statement_is_traced(made_values):
    whole = trace(made_values).set_index("statement")
    assert len(whole) == 114
    assert whole.loc[["S0-1", "S1-11", "S0-5", "S2-6", "S3-15", "S1-9"], "status"].eq("measured").all()
    assert whole.loc["S1-3", "status"] == "procedure, not data"
    assert whole.loc["S1-2", "status"] == "not in this report"  # growth zones are findings, not values
    values = measure(made(), "M08", as_of=AS_OF)
    assert trace(values, ["M69"]).set_index("statement").loc[["S1-2", "S1-3"], "status"].eq("measured").all()
    deals = {"deals": made()["deals"]}
    poor = trace(measure(deals, as_of=AS_OF)).set_index("statement")
    assert poor.loc["S0-5", "status"] == "not measurable: lacks plans"
    assert "receivables.amount" in poor.loc["S2-6", "lacks"].split(", ")


def test_a_metric_without_rows_draws_why_instead_of_failing():
    day = pd.Timestamp("2026-01-05")
    lost = pd.DataFrame({
        "deal_id": [str(n) for n in range(50)], "created_at": [day] * 50, "closed_at": [day + pd.Timedelta(days=27)] * 50,
        "semantic": ["lost"] * 50,
    })
    values = measure({"deals": lost}, lang="en")
    assert values.rows("cycle_incidence", "day").empty
    texts = [text.get_text() for text in values.plot("cycle_incidence", by="day").texts]
    assert len(texts) == 1
    assert texts[0]
    (why,) = values.plot("plan_attainment", by="owner").texts
    assert "plans" in why.get_text()


def test_an_ibis_table_of_plain_deals_is_measured_and_drawn():
    import ibis

    days = pd.date_range("2025-01-01", periods=40)
    plain = pd.DataFrame({"deal_id": range(40), "created": days, "closed": days + pd.Timedelta(days=31), "won": [at % 4 == 0 for at in range(40)], "amount": 100.0})
    values = measure(ibis.memtable(plain), ["win_rate"])
    assert values.get("win_rate")["value"] == 0.25
    assert values.plot().get_title() == values.plot("win_rate").get_title()  # the only one there is
