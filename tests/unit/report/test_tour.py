"""The guided tour: every chapter speaks, in one sentence, in every language, with values and without."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import fixtures
import pandas as pd
import pytest

from audit.errors import UsageError
from audit.metrics import METRICS, measure
from audit.report import Tour
from audit.report.charts import style
from audit.report.charts.monthly import Month, monthly
from audit.report.sanitize import inert
from audit.report.theme import Theme
from audit.report.tour.chapters import CHAPTERS
from audit.samples import make_samples
from audit.schema.results import NOT_MEASURABLE
from audit.words import LANGUAGES, Words
from audit.workspace import Workspace

NAMES = [plot.name for plot in CHAPTERS]
NOTEBOOK = Path(__file__).resolve().parents[3] / "notebooks" / "20_audit.ipynb"

chapters = pytest.mark.parametrize("name", NAMES)
languages = pytest.mark.parametrize("lang", LANGUAGES)


class Read(HTMLParser):
    """Texts and pictures of an HTML."""

    def __init__(self, html: str):
        super().__init__()
        self.texts, self.images, self.tags = [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "img":
            self.images.append(dict(attributes))

    def handle_data(self, data):
        self.texts.append(data)


def one_sentence(text: str) -> bool:
    text = re.sub(r"\b(млн|хил)\.", r"\1", text)  # short for millions and thousands
    return text.endswith(".") and not text.endswith("..") and not re.search(r"[.!?…]\s+[A-ZА-Я“«„]", text) and "\n" not in text


def workspace_of(folder: Path, frame: pd.DataFrame, findings: dict | None = None, language: str = "en") -> Workspace:
    workspace = Workspace.create(folder / "client", f"name: Example\ncurrency: EUR\nlanguage: {language}\n")
    report = workspace.report_dir(fixtures.AS_OF)
    report.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(report / "values.parquet")
    (report / "findings.json").write_text(json.dumps({"schema": 1, "findings": [], **(findings or {})}), "utf-8")
    return workspace


def rows(*found: dict) -> pd.DataFrame:
    return pd.DataFrame(found).reindex(columns=fixtures.values().columns)


def row(metric: str, value: float | None, n: int = 100, *, by: str = "", group: str = "", period: str = "all", start=None, status: str = "ok", half: float = 0.01) -> dict:
    ends = {"low": value - half, "high": value + half} if value is not None else {}
    return {"metric": metric, "period": period, "period_start": start, "period_end": None, "basis": "period", "by": by, "group": group, "value": value, "n": n, "status": status, **ends}


def months(metric: str, values: list[float], last: str = "ok") -> list[dict]:
    starts = [pd.Timestamp(2025 + at // 12, at % 12 + 1, 1).date() for at in range(len(values))]
    return [row(metric, value, period="month", start=start, status=last if at == len(values) - 1 else "ok") for at, (start, value) in enumerate(zip(starts, values, strict=True))]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample client, measured."""
    from audit.intake import intake
    from audit.zones import find_zones

    folder = tmp_path_factory.mktemp("sample")
    workspace = Workspace.create(folder / "client", "name: Example\ncurrency: RUB\nlanguage: ru\n")
    make_samples(workspace.inbox)
    intake(workspace)
    values = measure(workspace, client=workspace.client)
    values.write(workspace.report_dir(values.as_of))
    find_zones(workspace, as_of=values.as_of, client=workspace.client).to_json(workspace.report_dir(values.as_of) / "findings.json")
    return workspace


@pytest.fixture(scope="module")
def lacking(tmp_path_factory):
    """A client of whom nothing can be measured."""
    status = {metric.id: NOT_MEASURABLE + (", ".join(need.split("|")[0] for need in metric.needs) or "deals") for metric in METRICS}
    return workspace_of(tmp_path_factory.mktemp("lacking"), rows(*[row(metric, None, 0, status=said) for metric, said in status.items()]))


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A client whose values hold no row at all."""
    return workspace_of(tmp_path_factory.mktemp("empty"), rows())


@languages
def test_the_sample_client_is_told_in_every_language(sample, lang):
    tour, words = Tour.open(sample, lang=lang), Words(lang)
    for name in tour.chapters:
        chapter = tour.chapter(name)
        assert one_sentence(chapter.sentence), chapter
        assert chapter.title == words(f"tour.title.{name}")
        assert not re.search(r"[{}]|\b[a-z]+_[a-z]+", chapter.sentence), chapter
        if chapter.picture:
            assert re.search(r"\d", chapter.sentence)
            assert all(chapter.picture.named), f"{name}: an axis without a name"
            assert chapter.sentence in chapter.alt and chapter.alt != chapter.sentence
            assert inert(chapter.picture.uri)
    drawn = [name for name in NAMES if tour.chapter(name).picture]
    assert set(drawn) >= {"leads", "flow", "results", "activities", "money", "hygiene", "people", "knowledge", "management"}


def test_the_sentences_say_the_measured_values(sample):
    tour = Tour.open(sample, lang="en")
    report = tour.report
    owed, late = report.one("receivables"), [r.value for r in report.rows("receivables_ageing", "bucket") if r.group != "not_due"]
    said = tour.chapter("money").sentence
    assert report.numbers.money(owed.value) in said
    assert report.numbers.money(sum(late)) in said
    assert report.numbers.value("share", sum(late) / owed.value) in said
    worst = min((r for r in report.rows("completeness", "field") if r.status != "too_few"), key=lambda r: r.value)
    assert report.numbers.value("share", worst.value, worst.low, worst.high) in tour.chapter("hygiene").sentence
    half = report.one("cycle_days_half")
    assert report.numbers.value("days", round(half.value)) in tour.chapter("flow").sentence


@languages
@pytest.mark.parametrize("client", ["lacking", "empty"])
@chapters
def test_where_everything_is_lacking_the_sentence_says_what_and_nothing_is_drawn(request, client, name, lang):
    chapter = Tour.open(request.getfixturevalue(client), lang=lang).chapter(name)
    assert chapter.picture is None
    assert not Read(chapter._repr_html_()).images
    assert one_sentence(chapter.sentence)
    assert not re.search(r"\d{2}|[{}]|[a-z]_[a-z]", chapter.sentence)
    before, _, after = Words(lang)("tour.lacking", what="\0").partition("\0")
    assert chapter.sentence.startswith(before) and len(chapter.sentence) > len(before) + len(after)


def test_measured_but_too_little_is_no_lack_of_data(tmp_path):
    workspace = workspace_of(tmp_path, rows(row("norm_attainment", None, 2, status="too_few"), row("activity_count", None, 0, status="too_few")))
    assert Tour.open(workspace, lang="en").chapter("activities").sentence == Words("en")("tour.too_little")


@pytest.mark.parametrize(("values", "said"), [
    ([100, 104, 98, 102, 99, 103, 101, 100, 102, 140], "above the control limits"),
    ([100, 104, 98, 102, 99, 103, 101, 100, 102, 60], "below the control limits"),
    ([100, 104, 98, 102, 99, 103, 101, 100, 102, 101], "within the control limits"),
    ([100, 104, 98, 102], "too few months"),
])
def test_a_month_is_judged_against_the_limits(tmp_path, values, said):
    chapter = Tour.open(workspace_of(tmp_path, rows(*months("norm_attainment", [v / 100 for v in values]))), lang="en").chapter("activities")
    assert said in chapter.sentence
    assert f"{values[-1]}.0%" in chapter.sentence


def test_an_unfinished_month_is_not_judged(tmp_path):
    workspace = workspace_of(tmp_path, rows(*months("norm_attainment", [1, 1.04, 0.98, 1.02, 0.99, 1.03, 1.01, 1, 1.02, 0.2], last="incomplete_period")))
    chapter = Tour.open(workspace, lang="en").chapter("activities")
    assert "September 2025" in chapter.sentence and "within" in chapter.sentence


def test_without_a_test_of_differences_no_tiers_are_named(tmp_path):
    sellers = [row("win_rate", share, by="owner", group=name, half=0.05) for name, share in (("A", 0.2), ("B", 0.6), ("C", 0.3))]
    workspace = workspace_of(tmp_path, rows(row("win_rate", 0.35), *sellers))
    tested = Tour.open(workspace, lang="en").chapter("people").sentence
    assert "no difference between them is larger than chance" in tested
    (workspace.report_dir(fixtures.AS_OF) / "findings.json").unlink()
    untested = Tour.open(workspace, lang="en").chapter("people")
    assert "20%" in untested.sentence and "60%" in untested.sentence and "overlap" in untested.sentence


@pytest.mark.parametrize(("shares", "said"), [((1.0, 1.0), "is the same everywhere"), ((0.4, 1.0), "is lowest at “A”: 40")])
def test_nothing_is_lowest_where_all_are_alike(tmp_path, shares, said):
    parts = [row("kb_coverage", share, by="stage", group=name) for name, share in zip("AB", shares, strict=True)]
    assert said in Tour.open(workspace_of(tmp_path, rows(*parts)), lang="en").chapter("knowledge").sentence


def test_tiers_count_what_is_proven(tmp_path):
    sellers = [row("win_rate", share, by="owner", group=name, half=0.05) for name, share in (("A", 0.2), ("B", 0.6), ("C", 0.3), ("D", 0.31))]
    about = {"id": "z1", "metric": "win_rate", "slice": {"owner": "A"}, "value": 0.2}
    strong = {"id": "s1", "metric": "win_rate", "slice": {"owner": "B"}, "value": 0.6}
    workspace = workspace_of(tmp_path, rows(row("win_rate", 0.35), *sellers), {"findings": [about], "strengths": [strong]})
    said = Tour.open(workspace, lang="en").chapter("people").sentence
    assert "of 4 sellers: above the others by more than chance 1, below them 1, not distinguishable 2" in said


@chapters
def test_hostile_labels_stay_text(hostile, name):
    found = Read(Tour.open(hostile, lang="en").chapter(name)._repr_html_())
    assert found.tags <= {"style", "div", "section", "h2", "p", "figure", "img"}
    assert [set(image) for image in found.images] in ([], [{"src", "alt", "width", "height", "class"}], [{"src", "alt", "width", "height"}])


def test_names_of_axes_are_drawn(monkeypatch):
    monkeypatch.setitem(style.RC, "svg.fonttype", "none")  # letters stay letters, so that they can be read
    points = [Month(day, i, i - 1, i + 1) for i, day in enumerate(fixtures.months())]
    bare = monthly(points, Theme.of("#1f5f8b"), str, str)
    named = monthly(points, Theme.of("#1f5f8b"), str, str, named=("month", "points of 100"))
    assert "points of 100" in named.svg and "month" in named.svg and "points of 100" not in bare.svg
    assert named.height == bare.height + 2 * style.NAMED


def test_every_metric_named_is_one_or_is_passed_over_for_one():
    """A chapter is never left with names alone that no catalogue knows."""
    known = {metric.id for metric in METRICS}
    for plot in CHAPTERS:
        assert any(set(way.metrics) <= known for way in plot.ways), plot.name


def test_an_unknown_chapter_is_told_with_the_nearest(empty):
    with pytest.raises(UsageError) as told:
        Tour.open(empty).chapter("lead")
    assert "leads" in told.value.told("en")


def test_the_notebook_holds_every_chapter_in_order():
    sources = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    assert [found for source in sources for found in re.findall(r'tour\.chapter\("(\w+)"\)', source)] == NAMES


def test_what_shows_little_gives_way_to_what_shows_more(tmp_path):
    """Three months are no control chart and parts that are all alike no picture while another way is left."""
    young = months("qa_score", [70, 74, 73])
    blocks = [row("qa_block_score", value, by="block", group=name) for name, value in (("A", 60.0), ("B", 80.0), ("C", 70.0))]
    few = Tour.open(workspace_of(tmp_path / "few", rows(*young)), lang="en").chapter("quality").sentence
    more = Tour.open(workspace_of(tmp_path / "more", rows(*young, *blocks)), lang="en").chapter("quality").sentence
    assert "too few months" in few
    assert "“A”" in more and "“B”" in more and "too few" not in more


def test_an_open_point_is_explained(tmp_path):
    values = [1, 1.04, 0.98, 1.02, 0.99, 1.03, 1.01, 1, 1.02, 0.2]
    for last, said in (("incomplete_period", True), ("ok", False)):
        chapter = Tour.open(workspace_of(tmp_path / last, rows(*months("norm_attainment", values, last=last))), lang="en").chapter("activities")
        assert ("open point" in chapter.picture.named[0]) == said


def test_a_picture_leaves_the_look_of_the_notebook_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    monthly([Month(date(2026, at, 1), at / 10) for at in range(1, 9)], Theme.of("#1f5f8b"), str, str)
    assert dict(matplotlib.rcParams) == before
