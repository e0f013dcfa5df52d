"""Every figure of the passport against a count by hand, and the contract: order, as-of, doubling."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import passport_client as drawn
import pytest

import audit
from audit.errors import UsageError, WorkspaceError
from audit.passport.make import passport

AS_OF, TODAY = dt.date(2024, 6, 30), dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def made():
    return passport(drawn.tables(), AS_OF, "en", today=TODAY)


def facts(made, kind: str) -> dict[str, tuple]:
    """name or place → (n, of, value rounded) of one kind."""
    return {(f.where if kind == "column" else f.name): (f.n, f.of, None if f.value is None else round(f.value, 4)) for f in made.facts if f.kind == kind}


def test_links(made):
    """Nine deals exist at the as-of day (14 comes later)."""
    found = {f.name: (f.more["found"], f.more["missing"], f.more["empty"], f.of) for f in made.facts if f.kind == "link"}
    assert found == {"deals→users": (6, 2, 1, 9), "deals→clients": (7, 1, 1, 9), "deals→leads": (2, 1, 6, 9), "leads→deals": (1, 0, 1, 2),
                     "leads→users": (0, 0, 2, 2), "leads→clients": (0, 0, 2, 2)}
    users = next(f for f in made.facts if f.name == "deals→users")
    assert (users.value, users.severity, users.more["examples"]) == (6 / 9, "serious", ["ghost"])


def test_patterns(made):
    found = facts(made, "pattern")
    assert found == {
        "closed_before_created": (1, 6, round(1 / 6, 4)),  # deal 3 of 1–5 and 10; deal 8 closes after the as-of day and is open
        "closed_at_once": (1, 5, 0.2),  # deal 2, four minutes; deal 4 has no clock
        "zero_amount": (1, 6, round(1 / 6, 4)), "symbolic_amount": (1, 6, round(1 / 6, 4)),
        "round_amount": (3, 4, 0.75),  # 1000, 5000, 3000 of those and 2500.5
        "won_without_amount": (1, 4, 0.25),  # deal 3 of 1, 2, 3, 10
        "open_over_a_year": (1, 3, round(1 / 3, 4)),  # deal 6 of 6, 7, 8
        "missing_ids": (1, 10, 0.1),  # 9 of 1…10
        "bulk": (0, 5, 0.0), "spree": (0, 5, 0.0),  # closed at an hour that is known: 1, 2, 3, 5, 10
        "no_clock": (0, 2, 0.0),  # the last of the three: leads.created_at
    }
    clocks = {f.where: (f.n, f.of) for f in made.facts if f.name == "no_clock"}
    assert clocks == {"deals.created_at": (1, 9), "deals.closed_at": (1, 6), "leads.created_at": (0, 2)}


def test_filling_of_columns(made):
    found = facts(made, "column")
    assert found["deals.amount"] == (6, 9, 0.6667)
    assert found["deals.owner_id"] == (8, 9, 0.8889)
    assert found["deals.closed_at"] == (6, 6, 1.0)  # of closed deals alone
    assert found["deals.expected_close_on"] == (0, 3, 0.0)  # of open deals alone
    assert found["leads.deal_id"] == (0, 0, None)  # no lead says that it is converted
    assert found["users.user_id"] == (2, 2, 1.0)


def test_months(made):
    lines = {one.name: one for one in made.series}
    assert made.months[0] == dt.date(2022, 12, 1)
    assert made.months[-1] == dt.date(2024, 6, 1)
    assert dict(zip(made.months[13:], lines["deals.created_at"].counts[13:], strict=True)) == {
        dt.date(2024, 1, 1): 2, dt.date(2024, 2, 1): 3, dt.date(2024, 3, 1): 3, dt.date(2024, 4, 1): 0, dt.date(2024, 5, 1): 0, dt.date(2024, 6, 1): 0}
    assert lines["deals.closed_at"].counts[13:] == (2, 1, 2, 1, 0, 0)
    assert lines["leads.created_at"].counts[13:] == (1, 0, 1, 0, 0, 0)


def big(days: int = 240, per_day: int = 3) -> pd.DataFrame:
    """Steady deals of eight months, without March."""
    days_ = [day for day in pd.date_range("2024-01-01", periods=days) if day.month != 3]
    rows = [(f"d{at}-{i}", day + pd.Timedelta(hours=9 + i)) for at, day in enumerate(days_) for i in range(per_day)]
    return pd.DataFrame(rows, columns=["deal_id", "created_at"]).assign(semantic="open", owner_id="u1")


def test_a_month_without_deals_is_found():
    made = passport({"deals": big()}, today=TODAY)
    found = [(f.name, f.where, f.more["month"], f.n, f.severity) for f in made.facts if f.kind == "month"]
    assert found == [("empty", "deals.created_at", "2024-03-01", 0, "serious")]


def test_a_table_that_ends_early_or_starts_late_is_told():
    calls = pd.DataFrame({"activity_id": [str(i) for i in range(60)], "kind": "call_out", "done_at": pd.date_range("2024-04-15", periods=60)})
    made = passport({"deals": big(), "activities": calls}, today=TODAY)
    found = {(f.name, f.where): f.n for f in made.facts if f.kind == "coverage"}
    # first deal 1 January, first call 15 April; last call 13 June, last deal 27 August
    assert found == {("starts_late", "activities.calls"): 105, ("ends_early", "activities.calls"): 75}


def test_bulk_moves_and_a_spree():
    frame = big().assign(semantic="lost", closed_at=pd.Timestamp("2024-09-01T18:00:07"))
    frame.loc[:149, "closed_at"] = pd.Timestamp("2024-08-31T10:30:00") + pd.to_timedelta(range(150), unit="h")
    made = passport({"deals": frame}, today=TODAY)
    n = len(frame)
    found = facts(made, "pattern")
    assert found["bulk"] == (n - 150, n, round((n - 150) / n, 4))
    assert found["spree"] == found["bulk"]
    assert next(f for f in made.facts if f.name == "bulk").more == {"moments": 1, "most": n - 150, "when": "2024-09-01 18:00:07"}


def test_dates_that_lie_ahead_are_told_and_do_not_move_the_as_of_day():
    frame = big()
    frame.loc[0, "created_at"] = pd.Timestamp("2099-01-01T10:00:00")
    made = passport({"deals": frame}, today=TODAY)
    assert made.as_of == dt.date(2024, 8, 27)
    assert [(f.where, f.n, f.of) for f in made.facts if f.name == "future"] == [("deals.created_at", 1, len(frame))]


def test_a_counter_shared_with_other_things_tells_nothing_of_deleted_deals():
    frame = drawn.deals().assign(deal_id=[str(1000 * i + 7) for i in range(10)])
    assert "shared_counter" in facts(passport({"deals": frame}, AS_OF, today=TODAY), "pattern")
    named = facts(passport({"deals": frame.assign(deal_id=[f"D-{i}" for i in range(10)])}, AS_OF, today=TODAY), "pattern")
    assert {"shared_counter", "missing_ids"} & set(named) == set()


# -- contract --------------------------------------------------------------------------------------------


def plain(made) -> str:
    return json.dumps(made.to_json(), ensure_ascii=False, sort_keys=True)


def test_the_order_of_rows_does_not_matter(made):
    mixed = {name: frame.sample(frac=1, random_state=5) for name, frame in drawn.tables().items()}
    assert plain(passport(mixed, AS_OF, "en", today=TODAY)) == plain(made)


def test_nothing_later_than_the_as_of_day_leaks_in(made):
    frames = drawn.tables()
    late = drawn.deals().assign(deal_id=[f"9{i}" for i in range(10)], created_at=pd.Timestamp("2024-07-10T10:00"), closed_at=pd.Timestamp("2024-08-01T10:00"), semantic="won")
    frames["deals"] = pd.concat([frames["deals"], late], ignore_index=True)
    frames["leads"] = pd.concat([frames["leads"], pd.DataFrame({"lead_id": ["l9"], "created_at": [pd.Timestamp("2024-07-05")], "deal_id": ["5"]})], ignore_index=True)
    assert plain(passport(frames, AS_OF, "en", today=TODAY)) == plain(made)


def test_doubling_doubles_counts_and_keeps_shares(made):
    twice = passport(drawn.doubled(drawn.tables()), AS_OF, "en", today=TODAY)
    once, double = ({(f.kind, f.name, f.where): f for f in one.facts if f.kind in ("link", "column", "pattern") and f.name != "missing_ids"} for one in (made, twice))
    assert set(once) == set(double)
    for key, fact in once.items():
        assert (double[key].n, double[key].of) == (2 * fact.n, 2 * fact.of), key
        assert double[key].value == (None if fact.value is None else pytest.approx(fact.value)), key
        assert double[key].severity == fact.severity, key
    assert [tuple(2 * n for n in one.counts) for one in made.series] == [one.counts for one in twice.series]


# -- faces -----------------------------------------------------------------------------------------------


def test_frame_and_json(made, tmp_path):
    frame = made.frame
    assert list(frame.columns) == ["kind", "name", "where", "value", "n", "of", "severity", "blocks"]
    assert len(frame) == len(made.facts)
    order = ["serious", "attention", "note", "ok"]
    assert list(frame["severity"]) == sorted(frame["severity"], key=order.index)
    path = made.write(tmp_path)
    assert path.name == "passport.json"
    assert json.loads(path.read_text("utf-8")) == json.loads(json.dumps(made.to_json()))
    assert json.loads(path.read_text("utf-8"))["as_of"] == "2024-06-30"


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_everything_is_told_in_words(lang):
    made = passport(drawn.tables(), AS_OF, lang, today=TODAY)
    text = made.told()
    assert "passport." not in text
    assert "{" not in text
    assert not [word for word in ("owner_id", "client_id", "stage_history", "created_at", "next_activity_at") if word in text]
    assert made._repr_html_().count("<li>") == len(made.ask)
    assert len(made.plot().axes[0].get_yticklabels()) == len(made.series)


def test_hostile_names_are_text():
    frame = drawn.deals().assign(owner_id="<script>alert(1)</script>")
    html = passport({**drawn.tables(), "deals": frame}, AS_OF, "en", today=TODAY)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_plain_deals_and_wrong_use(tmp_path):
    frame = drawn.deals().rename(columns={"created_at": "created", "closed_at": "closed", "semantic": "outcome"})
    path = tmp_path / "deals.csv"
    frame.to_csv(path, index=False)
    assert audit.passport(path, as_of="2024-06-30").months
    assert audit.passport(drawn.deals()).as_of == dt.date(2024, 7, 15)
    with pytest.raises(UsageError, match=r"30\.06"):
        audit.passport(drawn.tables(), as_of="30.06.2024")
    with pytest.raises(WorkspaceError):
        audit.passport(tmp_path / "nowhere")


# -- needs -----------------------------------------------------------------------------------------------


def test_what_is_lacking_blocks_cards_and_is_asked_for(made):
    from audit.metrics import BY_ID, METRICS, statements

    lacking = {f.where: f for f in made.facts if f.kind == "lacking"}
    assert lacking["plans"].name == "table"
    assert {"M23", "M24", "M25"} <= set(lacking["plans"].blocks)
    assert lacking["activities"].name == "table"  # one finding for the whole table
    assert {"M01", "M21", "M31", "M43"} <= set(lacking["activities"].blocks)
    assert not [where for where in lacking if where.startswith("activities.")]
    assert lacking["deals.margin"].name == "column"
    # asked files open what they say: with their columns filled, their metrics lack nothing any more
    closed = {m.id for m in METRICS if any(m.id in f.more["metrics"] for f in lacking.values())}
    assert {metric for one in made.ask for metric in one.metrics} <= closed
    for one in made.ask:
        assert set(one.cards) == {BY_ID[metric].card for metric in one.metrics}
        assert set(one.statements) <= {s.id for s in statements() if set(s.cards) & set(one.cards)}
    now, after, every = made.statements
    assert after == now + sum(len(one.statements) for one in made.ask)
    assert every == len([s for s in statements() if set(s.cards) & {"M69", *(m.card for m in METRICS)}])  # growth zones answer M69
    assert len(made.ask) <= 3


def test_no_other_first_file_opens_more_statements(made):
    """The first file is the best one alone, checked against every other table by the metrics' own needs."""
    from audit.engine import load
    from audit.metrics.bases import Bases
    from audit.passport import needs
    from audit.schema import BY_NAME

    bases = Bases(load(drawn.tables()), AS_OF)
    missing = needs.unmet(bases)
    gain = {table: len(needs.open_statements(needs.left(missing, [table]))) - made.statements[0] for table in BY_NAME}
    assert len(made.ask[0].statements) == max(gain.values())
    assert made.ask[0].table in {table for table, n in gain.items() if n == max(gain.values())}


def test_a_file_that_was_asked_for_is_not_asked_again(made):
    day = dt.date(2024, 3, 1)
    agreed = pd.DataFrame({"action_id": ["a"], "horizon": ["tactical"], "client_priority": [1], "proposed_priority": [2], "agreed_at": [day], "start_on": [day],
                           "due_on": [day], "done_on": [day], "metric": ["win_rate"], "baseline": [0.1], "target": [0.2], "expected_gain": [1_000.0]})
    assert "growth_actions" in [one.table for one in made.ask]
    then = passport({**drawn.tables(), "growth_actions": agreed}, AS_OF, "en", today=TODAY)
    assert "growth_actions" not in [one.table for one in then.ask]
    assert then.statements[0] > made.statements[0]
