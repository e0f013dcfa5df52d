"""Spark measures what DuckDB measures: in this process, and on a cluster of two workers."""

import pytest
from engine_worlds import assert_alike, drawn
from made import AS_OF, made
from servers import free_port

from audit.engine import load
from audit.engine.address import parsed
from audit.engine.open import reach
from audit.errors import UnreadableError


@pytest.mark.again
def test_the_made_up_world_is_measured_alike(spark, made_values):
    assert assert_alike(made(), spark, AS_OF, wanted=made_values.frame) > 5_000


@pytest.mark.again
@pytest.mark.parametrize("world", ["deals.DEALS", "leads.LEADS", "stages.FLOW", "plan.CRM", "work.OWED", "fieldlog.BOTH", "owners.CRM"])
def test_drawn_worlds_are_measured_alike(spark, world):
    assert_alike(drawn()[world], spark)


def test_a_number_with_a_point_is_a_float(spark):
    there = load({"deals": drawn()["deals.DEALS"]["deals"]}, spark)
    deals = there["deals"]
    found = deals.aggregate(part=(deals.count() * 0 + 7) / 61.0).to_pyarrow()
    there.close()
    assert found["part"].to_pylist() == [7 / 61]


def test_nothing_is_left_in_the_session(spark, tmp_path):
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master(spark).config("spark.sql.warehouse.dir", str(tmp_path)).getOrCreate()
    before = session.conf.get("spark.sql.caseSensitive")
    there = load({"deals": drawn()["deals.DEALS"]["deals"]}, spark)
    assert session.sql("SHOW VIEWS").collect()
    there.close()
    assert not session.sql("SHOW VIEWS").collect()
    assert session.conf.get("spark.sql.caseSensitive") == before
    session.stop()


def test_a_cluster_that_does_not_answer_is_told_at_once(java):
    with pytest.raises(UnreadableError, match="spark://localhost"):
        reach(parsed(f"spark://localhost:{free_port()}"))


@pytest.mark.again
@pytest.mark.slow
def test_a_cluster_of_two_workers_measures_alike(cluster):
    assert assert_alike(drawn()["deals.DEALS"], cluster, metrics=["win_rate", "avg_check", "cycle_days", "median_check"]) > 20
