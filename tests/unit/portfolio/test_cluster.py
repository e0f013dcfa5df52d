"""The same through dask.distributed: a real cluster of two workers on this machine."""

import json
import sys

import pytest

from audit.errors import UsageError
from audit.portfolio import run_all


@pytest.fixture(scope="module")
def cluster():
    """The address of a scheduler with two workers, each a process."""
    distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as running:
        yield running.scheduler_address


def test_both_workers_take_clients_and_failures_stay_with_theirs(cluster, folder, tmp_path):
    from distributed import Client

    made = run_all("run", [folder, folder / "absent"], out=tmp_path, scheduler=cluster, lang="en")
    told = {one["client"].rpartition("/")[2]: one for one in json.loads(made.json.read_text("utf-8"))["clients"]}
    assert {name: one["code"] for name, one in told.items()} == {"good": 0, "empty": 2, "broken": 2, "absent": 13}
    assert (tmp_path / told["good"]["report"]).is_file()
    assert [one["error"] is None for one in told.values()].count(True) == 1
    with Client(cluster, set_as_default=False) as client:
        assert list(client.run(lambda: "audit.portfolio.work" in sys.modules).values()) == [True, True]


def test_a_few_at_a_time_and_a_hanging_one_is_stopped(cluster, folder, tmp_path):
    made = run_all("run", [folder], options=["--fresh"], out=tmp_path, scheduler=cluster, jobs=1, timeout=2, lang="en")
    ended = {one["client"].rpartition("/")[2]: one["ended"] for one in made.content["clients"]}
    assert ended["good"] == "timeout"
    assert ended["broken"] == "exit"


def test_without_the_package_the_command_to_install_it_is_named(monkeypatch, folder, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError) as told:
        run_all("run", [folder], out=tmp_path, scheduler="tcp://head.example:8786")
    assert "pip install 'sales-audit[dask]'" in told.value.told("en")


def test_an_address_that_is_none_is_told_at_once(folder, tmp_path):
    pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    with pytest.raises(UsageError, match="no scheduler"):
        run_all("run", [folder], out=tmp_path, scheduler="nothing://head.example:8786")
