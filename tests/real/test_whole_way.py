"""`audit run` on public data: the report's numbers equal the published ones."""

import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import yaml


def audited(root, source, *, country, currency, fix=None):
    """(report folder, VALUES, findings) of a workspace with the files of `source`."""
    environment = {**os.environ, "AUDIT_LANG": "en"}

    def audit(*arguments):
        done = subprocess.run([sys.executable, "-m", "audit.cli", *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    audit("new", root, "--name", source.name, "--lang", "en", "--currency", currency, "--country", country)
    for file in source.glob("*.csv"):
        shutil.copy(file, root / "inbox" / file.name)
    if fix:
        audit("intake", root, "--quiet")
        fix(root)
    page = audit("run", root, "--quiet").splitlines()[-1]
    folder = root / "reports" / os.path.basename(os.path.dirname(page))
    findings = json.loads((folder / "findings.json").read_text())
    return folder, pd.read_parquet(folder / "values.parquet"), findings


def value(values, metric, by="", group=""):
    row = values[(values.metric == metric) & (values.period == "all") & (values.by == by) & (values.group == group)]
    assert len(row) == 1, f"{metric} {by} {group}: {len(row)} rows"
    return row.value.iloc[0]


@pytest.fixture(scope="module")
def maven(shared_data, tmp_path_factory):
    return audited(tmp_path_factory.mktemp("maven") / "client", shared_data / "maven_crm", country="US", currency="USD")


@pytest.fixture(scope="module")
def olist(shared_data, tmp_path_factory):
    return audited(tmp_path_factory.mktemp("olist") / "client", shared_data / "olist_funnel", country="BR", currency="BRL")


def test_maven_figures(maven):
    _, values, _ = maven
    assert value(values, "win_rate") == pytest.approx(4238 / 6711, abs=1e-12)
    assert value(values, "won_deals") == 4238
    assert value(values, "revenue") == 10_005_534
    assert value(values, "cycle_days_mean") == pytest.approx(51.8, abs=0.05)
    assert value(values, "revenue", "owner", "Darcel Schlecht") == 1_153_214


def test_maven_broken_join_is_reported(maven):
    folder, _, _ = maven
    report = json.loads((folder.parent.parent / "intake.json").read_text())
    text = json.dumps(report, ensure_ascii=False)
    assert "GTXPro" in text
    assert "GTX Pro" in text
    assert "1480" in text
    page = (folder / "defence.html").read_text()
    assert "GTXPro" in page


def test_maven_has_no_zone_on_a_manager_alone(maven):
    _, _, findings = maven
    assert [finding["id"] for finding in findings["findings"] if set(finding["slice"]) == {"owner"}] == []


def test_maven_join_is_mended_in_the_mapping(shared_data, tmp_path):
    def mend(root):
        mapping = yaml.safe_load((root / "mapping.yml").read_text(encoding="utf-8"))
        mapping.setdefault("values", {}).setdefault("product", {})["GTXPro"] = "GTX Pro"
        (root / "mapping.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True, sort_keys=False), encoding="utf-8")

    folder, values, _ = audited(tmp_path / "client", shared_data / "maven_crm", country="US", currency="USD", fix=mend)
    report = json.loads((folder.parent.parent / "intake.json").read_text())
    assert "1480" not in json.dumps(report.get("joins", []))
    assert value(values, "won_deals") == 4238
    products = set(values[(values.metric == "win_rate") & (values.by == "product")].group)
    assert "GTX Pro" in products
    assert "GTXPro" not in products


def test_olist_figures(olist):
    _, values, _ = olist
    assert value(values, "lead_conversion_ever") == pytest.approx(842 / 8000, abs=1e-12)
    assert value(values, "cycle_days") == pytest.approx(14, abs=0.5)
    assert value(values, "cycle_days_mean") == pytest.approx(48.4, abs=0.05)
    for source, share in (("paid_search", 0.123), ("organic_search", 0.118), ("social", 0.056), ("email", 0.030)):
        assert value(values, "lead_conversion_ever", "source", source) == pytest.approx(share, abs=0.0005)


def test_olist_has_no_money_and_says_so(olist):
    _, values, findings = olist
    row = values[(values.metric == "revenue") & (values.period == "all")]
    assert row.value.isna().all()
    assert row.status.str.startswith("not_measurable").all()
    assert all(finding["gain_per_month"] is None for finding in findings["findings"])
