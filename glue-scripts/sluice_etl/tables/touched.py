"""Which curated partitions a batch touches: those of its good rows, observed beside the scan."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from ..contract import Contract
from ..judge.judge import BAD

# What Hive and Spark escape in a folder name (ExternalCatalogUtils.escapePathName).
_ESCAPED = set("\"#%'*/:=?\\\x7f{[]^") | {chr(code) for code in range(1, 0x20)}
_AS_THEY_ARE = {"date", "string", "int", "bigint", "smallint", "tinyint"}


def touched_values(contract: Contract, schema: StructType) -> Column:
    """A set of values, or of lists of them; of plain values where their text is no question, since that costs less a row."""
    if _as_it_is(contract, schema):
        values = F.col(contract.partition_by[0])
    else:
        values = F.array(*(F.col(name).cast("string") for name in contract.partition_by))
    return F.collect_set(F.when(F.col(BAD).isNull(), values))


def touched_paths(contract: Contract, schema: StructType, touched) -> list[str]:
    """`touched` is the observed set, still on the JVM's side."""
    found = [touched.apply(index) for index in range(touched.size())]
    if _as_it_is(contract, schema):
        lists = [(str(value),) for value in found]
    else:
        lists = [tuple(values.apply(index) for index in range(values.size())) for values in found]
    return sorted(partition_path(contract.partition_by, values) for values in lists)


def partition_path(keys: tuple[str, ...], values: tuple[str, ...]) -> str:
    return "/".join(f"{_escape(key)}={_escape(value)}" for key, value in zip(keys, values))


def _as_it_is(contract: Contract, schema: StructType) -> bool:
    return len(contract.partition_by) == 1 and schema[contract.partition_by[0]].dataType.simpleString() in _AS_THEY_ARE


def _escape(text: str) -> str:
    return "".join(f"%{ord(c):02X}" if c in _ESCAPED else c for c in text)
