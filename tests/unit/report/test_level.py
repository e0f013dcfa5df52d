"""The level of an interval is a fact of its metric, and it is said wherever it is not the usual 95 %."""

import fixtures
import pandas as pd
import pytest

from audit.metrics import METRICS, Values, dictionary, look
from audit.metrics.reckon import catchup, total
from audit.report import Report
from audit.report.frame import told
from audit.report.tour import said
from audit.schema import VALUES
from audit.stats.intervals import LEVEL
from audit.words import LANGUAGES, Words

FORECASTS = {"forecast_revenue", "catchup_actions", "catchup_net_actions"}
ROWS = [
    {"metric": "forecast_revenue", "value": 5e6, "low": 4e6, "high": 6.2e6, "n": 70},
    {"metric": "revenue", "value": 5e6, "low": 4e6, "high": 6.2e6, "n": 70},
]


def frame() -> pd.DataFrame:
    rows = pd.DataFrame(ROWS).assign(period="all", basis="period", by="", group="", status="ok")
    return rows.reindex(columns=list(VALUES.names))


def test_only_forecasts_carry_another_level():
    assert {metric.id for metric in METRICS if metric.level != LEVEL} == FORECASTS
    assert {metric.level for metric in METRICS if metric.id in FORECASTS} == {catchup.LEVEL, total.LEVEL} == {0.8}


def test_a_metric_that_tells_of_another_level_declares_it():
    for metric in METRICS:
        if "80 % interval" in metric.source and metric.kind == "figure":
            assert metric.level == 0.8, metric.id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_level_stands_beside_the_interval(plain, lang):
    kept = Report.open(plain, lang=lang)
    report = Report(kept.workspace, kept.client, fixtures.AS_OF, lang, frame(), {}, {})
    eighty, usual = Words(lang).share(0.8, 0), Words(lang).share(0.95, 0)
    for say in (lambda metric: str(told(report, metric, report.one(metric))), lambda metric: said.value(report, metric, report.one(metric))):
        assert eighty in say("forecast_revenue") and usual not in say("forecast_revenue")
        assert eighty not in say("revenue")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_level_stands_in_the_summary_and_in_the_dictionary(lang):
    eighty = Words(lang).share(0.8, 0)
    rows = look.summary(Values(frame(), fixtures.AS_OF, lang=lang)).split("<tr>")
    assert [eighty in row for row in rows if "5" in row and "<td>" in row] == [True, False]
    label = Words(lang)("cards.label.level")
    assert dictionary.told("M40", lang).count(f"{label}: {eighty}") == 1
    assert dictionary.told("M26", lang).count(f"{label}: {eighty}") == 2
    assert label not in dictionary.told("M08", lang)
