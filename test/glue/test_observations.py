"""Counts that Spark never hands over fail a batch; they do not hold it for ever."""

import pytest
from pyspark.sql import Observation
from pyspark.sql import functions as F
from sluice_etl import observations
from sluice_etl.errors import SparkError


def test_counts_of_a_step_that_is_left_out_are_not_waited_for_without_end(spark, monkeypatch):
    observation = Observation()
    spark.range(3).observe(observation, F.count(F.lit(1)).alias("rows"))
    monkeypatch.setattr(observations, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(SparkError, match="without the counts"):
        observations.values_of(observation)


def test_counts_are_read_by_name(spark):
    observation = Observation()
    spark.range(3).observe(observation, F.count(F.lit(1)).alias("rows")).write.format("noop").mode("overwrite").save()
    assert observations.values_of(observation) == {"rows": 3}
