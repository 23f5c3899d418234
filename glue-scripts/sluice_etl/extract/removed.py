"""Rows of a table that is read as a whole: those that are gone since it was last read come as their key alone."""

from __future__ import annotations

from functools import reduce
from operator import and_

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..lake.store import S3Store
from .errors import ExtractError

OP = "extract_op"
"""As functions/domain/contract/checks/source.ts has it: R in a row of the table, D in a row whose key is gone."""


def removed(spark: SparkSession, store: S3Store, contract: Contract, now: str, before: tuple[str, ...]) -> DataFrame:
    """
    :param now: URI of the folder with the table as it is, which is not read from the database again
    :param before: URIs of what earlier extracts have landed
    :raises ExtractError: when one of them is gone
    """
    for uri in before:
        if store.size(uri) is None:
            raise ExtractError(
                f"{uri} of an earlier extract is gone, so removed rows cannot be found; put it back, or extract with --all, which looks for none"
            )
    names = {column.name: column.read_from or column.name for column in contract.columns}
    key = [names[name] for name in contract.primary_key if name in names]
    keys = [_column(name) for name in key]
    # A row without its key is in quarantine, and removes nothing.
    whole = reduce(and_, (column.isNotNull() for column in keys), F.col(OP) == "R")
    earlier = spark.read.parquet(*before).where(whole).select(*keys).distinct()
    rows = spark.read.parquet(now)
    gone = earlier.join(rows.select(*keys), on=key, how="left_anti").withColumn(OP, F.lit("D"))
    # With every column: a file that lacks some differs from the contract.
    return rows.limit(0).unionByName(gone, allowMissingColumns=True)


def _column(name: str):
    return F.col("`" + name.replace("`", "``") + "`")
