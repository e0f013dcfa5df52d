"""What every registered metric must keep to."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from made import AS_OF, made
from pandas.testing import assert_frame_equal

from audit.errors import UsageError
from audit.metrics import BY_ID, CARDS, LISTINGS, METRICS, listed, measure
from audit.metrics.bases import asof
from audit.metrics.count import cells, whose
from audit.metrics.facts import FACTS
from audit.schema import BY_NAME, VALUES
from audit.schema.results import BASES, PERIODS
from audit.words import Words

# what doubles or stays when every unit is there twice is not a question for these: they have targets, norms, ranks or chances of a
# given number of deals, or lean on the department the less the more there is of them; the knowledge base, the plan of changes and the
# base of clients are there once for all; a habit is a number of uses by one seller; of twice as many events a chart is surer of a breach;
# clients are scored by thirds, from a hundred on by fifths; the commonest number or client of copies is one of twice as many
UNDOUBLED = {
    "M11", "M23", "M24", "M25", "M26", "M31", "M32", "M33", "M34", "M38", "M40", "M41", "M45", "M52", "M53", "M55",
    "M58", "M61", "M62", "M63", "M64", "M65", "M68", "M70", "commits_kept", "moves_bulk_weeks", "new_segment_revenue", "new_segment_share",
    "new_segment_receipts_share", "new_segments", "new_segment_receipts", "new_segments_paid", "rfm_fallen", "rfm_risen", "commonest_value_share",
    "breach_days", "breach_detect_days", "breach_detected_within_day", "confirmed_acted_on", "technique_adoption", "techniques", "techniques_proven",
    "technique_rollout_effect", "technique_rollout_placebo",
}
SHRUNK = {"payments_likely_month", "unpaid_expected"}  # twice the history is a better known client or age, less drawn to the others
SHARED = ("move_breadth", "touch_breadth")  # a client with deals of two owners is a client of both, once in the whole
TALKLESS = ("technique_uses_a_talk",)  # a seller whose techniques are tagged and whose talks are not on record has no rate
OWN_PLANS = ("plan_realism", "forecast_hit_share")  # sellers have plans and forecasts of their own, the department one besides
GROWTH = ("revenue_growth", "deals_growth", "margin_growth", "profit_growth", "new_clients_growth", "revenue_growth_a_workday", "deals_growth_a_workday",
          "new_clients_growth_a_workday", "margin_share_change")  # a group that was not there before has none
YOUNG = {"new_clients_growth", "new_clients_growth_a_workday"}  # a year of burn-in and two halves to compare are more than the made-up client has
DAYS = {"untouched_leads": "2025-11-14", "unreturned_calls": "2026-05-18", "listening": "2026-06-10"}  # the made-up client has none of them on its day
SAID = {"pay_alignment"}  # only client.yml tells it, and the made-up client has none
UNADDED = {"activity_count": "kind", "norm_attainment": "weekday", "base_talk_interval": "rfm", "leaking_deals_past": "flag", "leaking_leads_past": "flag"}  # a conversation is a
# call too; norms of weeks are of no weekday; clients whom nobody talks to have no interval; a unit has several flags


@pytest.fixture(scope="module")
def world():
    return made()


@pytest.fixture(scope="module")
def whole(made_values):
    return made_values


@pytest.mark.parametrize("name", LISTINGS)
def test_every_listing_has_its_rows_whatever_their_order(name, world):
    day = DAYS.get(name, AS_OF)
    found = listed(world, name, as_of=day)
    assert list(found.columns) == list(LISTINGS[name].columns)
    assert len(found)
    assert_frame_equal(listed(shuffled(world), name, as_of=day), found)


def shuffled(tables):
    return {name: table.sample(frac=1, random_state=7).reset_index(drop=True) for name, table in tables.items()}


def test_every_metric_of_the_made_up_client_is_measured(whole):
    assert set(whole.lacking()["metric"]) == SAID | YOUNG, whole.lacking()
    assert set(whole.frame["metric"]) == set(BY_ID)
    told = whole.frame[(whole.frame["period"] == "all") & ~whole.frame["metric"].isin(SAID | YOUNG)]
    assert told.groupby("metric")["value"].count().min() > 0


def test_columns_and_vocabularies(whole):
    frame = whole.frame
    assert list(frame.columns) == list(VALUES.names)
    assert set(frame["period"]) <= set(PERIODS)
    assert set(frame["basis"]) <= set(BASES)
    assert set(frame.loc[~frame["metric"].isin(SAID | YOUNG), "status"]) <= {"ok", "too_few", "provisional", "incomplete_period"}
    assert not frame.duplicated(["metric", "period", "period_start", "by", "group"]).any()
    assert whole.arrow().schema.equals(VALUES.arrow())


def test_values_lie_in_their_intervals_and_shares_in_0_to_1(whole):
    frame = whole.frame
    inside = frame.dropna(subset=["value", "low", "high"])
    slack = 1e-9 * inside["value"].abs() + 1e-12
    wrong = inside[(inside["low"] > inside["value"] + slack) | (inside["high"] < inside["value"] - slack)]
    assert wrong.empty, wrong
    shares = frame[frame["metric"].map(lambda name: BY_ID[name].kind == "share")]["value"].dropna()
    assert shares.between(0, 1).all()


def test_too_few_units_keep_the_value_and_no_interval(whole):
    few = whole.frame[whole.frame["status"] == "too_few"]
    assert len(few) > 50
    assert few["low"].isna().all()
    kinds = few["metric"].map(lambda name: BY_ID[name].kind)
    assert (few["n"] < few["metric"].map(lambda name: BY_ID[name].min_n)).all()
    assert not kinds.isin(["count", "sum", "figure"]).any()


@pytest.mark.parametrize("day", [AS_OF, "2025-10-05"])
def test_nothing_without_a_value_is_ok(world, whole, day):
    frame = whole.frame if day == AS_OF else measure(world, as_of=day).frame
    bare = frame[frame["value"].isna()]
    assert len(bare) > 10
    assert not (bare["status"] == "ok").any(), bare.loc[bare["status"] == "ok", ["metric", "by", "group", "period", "n"]]
    few = bare[bare["status"] == "too_few"]
    assert (few["n"] < few["metric"].map(lambda name: BY_ID[name].min_n)).all()


def test_the_order_of_rows_does_not_matter(world, whole):
    assert_frame_equal(measure(shuffled(world), as_of=AS_OF).frame, whole.frame, check_exact=True)


def test_the_same_day_gives_the_same_bytes(world, whole):
    again = measure(made(), as_of=AS_OF)
    assert again.to_json() == whole.to_json()


def test_rows_may_come_as_parquet_files(world, whole, tmp_path):
    paths = {}
    for name, table in world.items():
        paths[name] = tmp_path / f"{name}.parquet"
        table.to_parquet(paths[name])
    assert_frame_equal(measure(paths, as_of=AS_OF).frame, whole.frame, check_exact=True)


def test_large_tables_go_another_way_to_the_same_values(world, whole, monkeypatch):
    monkeypatch.setattr(asof, "SMALL", 0)
    monkeypatch.setattr(cells, "_CELLS", 2_000)
    monkeypatch.setattr(whose, "_GROUPS", 1_000)  # more than it has clients and deals
    assert_frame_equal(measure(world, as_of=AS_OF).frame, whole.frame, check_exact=False, rtol=1e-9)


# what people keep by hand is of people and days, which are not doubled
LOGS = ("meetings", "deviations", "control_log", "surveys", "dev_items", "competences", "absences")


def other_than(number):
    """Another number: the same digits backwards."""
    return number[::-1]


def twice(tables):
    """Every unit once more under another id, all links kept inside the copy."""
    ids = {"deal_id", "lead_id", "client_id", "activity_id", "entity_id", "invoice_id", "payment_id", "contact_id",
           "tag_id", "object_id", "proposal_id", "phone", "review_id"}
    copied = {}
    for name, table in tables.items():
        if name in ("users", "stages", "plans", "norms", "kb_items", "growth_actions") or name in LOGS:
            copied[name] = table
        else:
            other = table.assign(**{c: table[c].map(lambda one: None if pd.isna(one) else f"{one}'") for c in table.columns if c in ids})
            other = other.assign(**{column: table[column].map(other_than, na_action="ignore") for column in ("phone", "tax_id") if name in ("contacts", "clients") and column in table})
            copied[name] = pd.concat([table, other], ignore_index=True)
    return copied


def test_doubling_every_unit_doubles_counts_and_keeps_rates(world, whole):
    frame = measure(twice(world), as_of=AS_OF).frame
    key = ["metric", "period", "period_start", "by", "group"]
    both = whole.frame.merge(frame, on=key, suffixes=("", "_2"), how="outer", indicator=True)
    metric = both["metric"].map(BY_ID)
    asked = ~metric.map(lambda one: bool({one.card, one.id} & UNDOUBLED)) & (both["by"] != "client")  # of twice as many others are the largest
    assert (both.loc[asked, "_merge"] == "both").all()
    doubles = asked & metric.map(lambda one: (one.kind in ("count", "sum") and one.id not in SHRUNK) or one.id == "sales_velocity")
    np.testing.assert_allclose(both.loc[doubles, "value_2"], 2 * both.loc[doubles, "value"], rtol=1e-7)
    keeps = asked & metric.map(lambda one: one.kind in ("share", "mean", "ratio")) & both["value"].notna()
    np.testing.assert_allclose(both.loc[keeps, "value_2"], both.loc[keeps, "value"], rtol=1e-9)


@pytest.mark.parametrize("metric", [m for m in METRICS if m.kind in ("count", "sum", "share", "mean", "ratio")], ids=lambda m: m.id)
def test_slices_add_up_to_the_whole(metric, whole):
    frame = whole.frame[(whole.frame["metric"] == metric.id) & (whole.frame["period"] == "all")]
    total = frame[frame["by"] == ""]
    if total.empty or total["status"].iloc[0] == "provisional" or metric.id in ("segment_win_rate_standardised", *GROWTH, *SHARED, *OWN_PLANS, *TALKLESS):
        return
    for by in set(frame["by"]) - {"", UNADDED.get(metric.id), "day"}:
        part = frame[(frame["by"] == by) & (frame["status"] != "provisional")]
        if "×" not in by and by != "stage":
            for name in ("sum_num", "sum_den"):
                np.testing.assert_allclose(part[name].sum(min_count=0), total[name].fillna(0).iloc[0], rtol=1e-9, err_msg=f"{by} {name}")


def later(tables):
    """The same client seen later: more of everything after the as-of day, and open deals that closed since."""
    after = np.datetime64("2026-07-05T10:00:00")
    more = {name: table.copy() for name, table in tables.items()}
    deals = more["deals"]
    opened = deals["semantic"] == "open"
    deals.loc[opened, ["semantic", "stage_id"]] = ["won", "w"]
    deals.loc[opened, "closed_at"] = after
    moved = [{"entity": "deal", "entity_id": one, "pipeline_id": "p", "to_stage": "w", "entered_at": after}
             for one in deals.loc[opened, "deal_id"]]
    more["stage_history"] = pd.concat([more["stage_history"], pd.DataFrame(moved)], ignore_index=True)
    leads = more["leads"]
    waiting = leads["semantic"] == "open"
    leads.loc[waiting, "semantic"] = "converted"
    leads.loc[waiting, ["converted_at", "closed_at"]] = after
    undone = more["activities"]["done_at"].isna()
    more["activities"].loc[undone, "done_at"] = after
    held = more["meetings"]["held_at"].isna()
    more["meetings"].loc[held, "held_at"] = after
    more["deviations"].loc[more["deviations"]["detected_at"].isna(), "detected_at"] = after
    for name, column in (("deviations", "resolved_on"), ("dev_items", "done_at")):
        more[name].loc[more[name][column].isna(), column] = after.astype("datetime64[D]")
    new = {"meetings": ("meeting_id", "held_at"), "deviations": ("dev_id", "detected_at"), "control_log": ("kind", "date"),
           "surveys": ("survey_id", "asked_at"), "dev_items": ("item_id", "planned_at"), "deals": ("deal_id", "created_at"), "leads": ("lead_id", "created_at"), "activities": ("activity_id", "created_at"),
           "invoices": ("invoice_id", "issued_on"), "payments": ("payment_id", "received_on"),
           "technique_tags": ("tag_id", "at"), "proposals": ("proposal_id", "sent_at"), "kb_items": ("kb_id", "created_at")}
    for name, (key, at) in new.items():
        extra = tables[name].head(20).copy()
        extra[key] = [f"new{i}" for i in range(len(extra))]
        extra[at] = after
        for column in ("planned_on", "breach_start_on"):
            if column in extra:
                extra[column] = after
        for column in ("closed_at", "converted_at", "done_at", "qualified_at"):
            if column in extra:
                extra[column] = extra[column].where(extra[column].isna(), after)
        more[name] = pd.concat([more[name], extra], ignore_index=True)
    moved = tables["field_history"].head(40).assign(changed_at=after, changed_by="u2")
    more["field_history"] = pd.concat([more["field_history"], moved], ignore_index=True)
    return more


def test_nothing_after_the_as_of_day_leaks_in(world, whole):
    assert_frame_equal(measure(later(world), as_of=AS_OF).frame, whole.frame, check_exact=True)


# a lead that becomes a deal brings its client along, so that what was done with both is of one client from then on
UNENDING = {"chain_linked"}


def test_final_cohorts_do_not_change_later(world, whole):
    asked = [metric.id for metric in METRICS if metric.basis == "cohort" and metric.id not in UNENDING]
    grains = [*dict.fromkeys(whole.frame.loc[whole.frame["period"] != "all", "period"])]
    early = measure(world, asked, as_of="2026-05-31", period=grains).frame
    key = ["metric", "period", "period_start", "by", "group"]
    final = early[(early["status"] == "ok") & (early["period"] != "all")]
    both = final.merge(whole.frame, on=key, suffixes=("", "_late"), how="left")
    assert final["metric"].nunique() > 30
    changed = both[(both["value"] != both["value_late"]) & ~(both["value"].isna() & both["value_late"].isna())]
    assert changed.empty, changed[[*key, "value", "value_late"]]


@pytest.mark.parametrize("asked", [{"metrics": "win_rat"}, {"by": "ownr"}, {"period": "monthly"}, {"by": "owner×surce"}, {"as_of": "31.12.2026"},
                                   {"engine": "duck"}])
def test_an_unknown_name_tells_the_nearest(world, asked):
    with pytest.raises(UsageError) as told:
        measure(world, **asked)
    assert len(told.value.told("ru").splitlines()) == 3


@pytest.mark.parametrize(("lang", "said"), [("ru", "список показателей пуст"), ("en", "list of metrics is empty"), ("bg", "списъкът с показатели е празен")])
def test_an_empty_list_of_metrics_is_told_so(world, lang, said):
    with pytest.raises(UsageError) as told:
        measure(world, [])
    assert said in told.value.told(lang)


def test_cards_and_slices_may_be_asked_for(world):
    values = measure(world, "M08", by=["owner", "source×segment"], period=["quarter", "day", "week", "year"], as_of=AS_OF)
    assert set(values.frame["metric"]) == set(CARDS["M08"])
    assert set(values.frame["by"]) == {"", "owner", "source×segment"}
    assert set(values.frame["period"]) == {"all", "quarter", "day", "week", "year"}
    weeks = values.rows("win_rate", period="week")["period_start"]
    assert {day.weekday() for day in weeks} == {0}


def test_finer_periods_add_up(world):
    values = measure(world, "revenue", by=(), period=["day", "week", "month", "quarter", "year"], as_of=AS_OF)
    totals = {period: values.rows("revenue", period=period)["value"].sum() for period in values.frame["period"].unique()}
    assert len(totals) == 6
    np.testing.assert_allclose(list(totals.values()), totals["all"], rtol=1e-12)


def test_a_period_that_the_as_of_day_ends_is_complete(world):
    values = measure(world, "won_deals", by=(), period=["month", "quarter"], as_of=AS_OF)
    assert values.get("won_deals", period="month")["status"] == "ok"
    values = measure(world, "won_deals", by=(), period=["month", "quarter"], as_of="2026-06-29")
    assert values.get("won_deals", period="month", start=dt.date(2026, 6, 1))["status"] == "incomplete_period"
    assert values.get("won_deals", period="month", start=dt.date(2026, 5, 1))["status"] == "ok"


def test_young_cohorts_are_provisional(world):
    values = measure(world, "lead_conversion", by=(), as_of=AS_OF).rows("lead_conversion", period="month")
    assert values.set_index("period_start").loc[dt.date(2026, 6, 1), "status"] in ("provisional", "too_few")
    big = measure(made(leads=2_000), "lead_conversion", by=(), as_of=AS_OF).rows("lead_conversion", period="month").set_index("period_start")
    assert big.loc[dt.date(2026, 5, 1), "status"] == "ok"  # its last lead is 30 days old at the end of 30 June
    assert big.loc[dt.date(2026, 6, 1), "status"] == "provisional"


def test_namesakes_are_two_people(whole):
    assert {"Ann", "Bob (u2)", "Bob (u4)", "Cid"} <= set(whole.rows("won_deals", "owner")["group"])
    assert "Bob" not in set(whole.rows("won_deals", "owner")["group"])


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_declarations(metric):
    assert metric.table in BY_NAME
    assert metric.unit in ("share", "money", "days", "count", "minutes", "points", "ratio", "score", "months")
    assert metric.counter == "" or metric.counter in BY_ID
    assert sum(one is not None for one in (metric.numerator or metric.compute, metric.made)) == 1
    assert (metric.of is None) == (metric.made is None)
    assert metric.of is None or (metric.of is BY_ID[metric.of.id] and metric.of.of is None and metric.of.slices == metric.slices)
    for need in metric.needs:
        for one in [] if need in FACTS else need.split("|"):
            table, _, column = one.partition(".")
            assert table in BY_NAME
            assert not column or column in BY_NAME[table], one
    for lang in ("ru", "en"):
        words = Words(lang)
        assert words(f"metrics.{metric.id}.title")
        assert words(f"metrics.{metric.id}.meaning")
        assert words(f"metrics.unit.{metric.unit}")
        for by in metric.slices:
            for part in by.split("×"):
                assert words(f"metrics.by.{part}")


def test_every_metric_has_a_value_counted_by_hand(root):
    text = "".join(path.read_text("utf-8") for path in (root / "tests" / "spec").glob("test_*.py"))
    assert [metric.id for metric in METRICS if f'"{metric.id}"' not in text] == []
