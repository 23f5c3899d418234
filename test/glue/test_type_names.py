"""The catalog's names of types are Spark's types; test/unit/infra/catalog-types.test.ts makes the same names from the same cases."""

import json
from pathlib import Path

import pytest

CASES = json.loads((Path(__file__).parent.parent / "cases" / "type-names.json").read_text("utf-8"))


def as_stored(spark, name: str) -> str:
    """What a Parquet file keeps of the type: one timestamp, texts of any length, names in one case, no promise of NOT NULL."""
    chars = spark._jvm.org.apache.spark.sql.catalyst.util.CharVarcharUtils
    parsed = chars.replaceCharVarcharWithString(spark._jsparkSession.sessionState().sqlParser().parseDataType(name))
    return parsed.asNullable().catalogString().lower().replace("timestamp_ntz", "timestamp")


@pytest.mark.parametrize("written", CASES)
def test_the_catalog_and_spark_mean_one_type(spark, written):
    assert as_stored(spark, CASES[written]) == as_stored(spark, written)
    assert as_stored(spark, written) == CASES[written]
