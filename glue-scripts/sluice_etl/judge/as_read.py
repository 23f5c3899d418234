"""A row as it was read, before its values are cast."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql.types import DataType

from .. import spark_internals
from ..contract import Contract
from ..formats.sources import Source, SourceColumn, quoted
from ..formats.stored import UTF8, utf8_where

# For more columns Spark generates no method of several steps (`spark.sql.codegen.maxFields`), so each step writes every column of a row anew.
_MOST_COLUMNS = 100
_TEXTS = "__texts"
ALL_UTF8 = "__all_utf8"
"""Whether the row's texts are all UTF-8, where `AsRead.texts` are asked."""
# A look at all texts makes the method that Spark generates longer: of more texts, or beside more columns, the JVM might not compile it.
_MOST_TOGETHER, _MOST_BESIDE = 8, 12


@dataclass(frozen=True)
class AsRead:
    """The values of a row before they are cast, which a bad one carries to the end."""

    sql: dict[str, str]
    """Contract column → where its value is."""
    columns: tuple[str, ...]
    """That have them."""
    taken: tuple[str, ...]
    """SQL of these columns, over a source's frame."""
    types: dict[str, str | DataType]
    """Contract column → type of its value, as of SourceColumn."""
    texts: tuple[str, ...]
    """SQL, over `columns`, of the texts that ALL_UTF8 is about; none where each is looked at by itself."""


def as_read(source: Source, contract: Contract) -> AsRead:
    """A column for each; of a wide contract one list with all texts, which a step copies at once."""
    taken = {column.name: source.columns.get(column.name, SourceColumn("CAST(NULL AS STRING)")).expression for column in contract.columns}
    types = {name: type_of(source, name) for name in taken}
    texts = [name for name, type in types.items() if type == "string"] if len(taken) > _MOST_COLUMNS else []
    own = {name: quoted(f"__s_{name}") for name in taken if name not in set(texts)}
    columns, every = list(own.values()), [f"{taken[name]} AS {column}" for name, column in own.items()]
    if texts:
        columns.append(_TEXTS)
        every.append(f"array({', '.join(taken[name] for name in texts)}) AS {_TEXTS}")
    utf8 = [name for name, type in types.items() if type == UTF8]
    together = len(utf8) <= _MOST_TOGETHER and len(types) <= _MOST_BESIDE and spark_internals.usable(source.frame.sparkSession)
    if together:
        types |= dict.fromkeys(utf8, utf8_where(ALL_UTF8))
    sql = {**own, **{name: f"{_TEXTS}[{index}]" for index, name in enumerate(texts)}}
    return AsRead(sql, tuple(columns), tuple(every), types, tuple(sql[name] for name in utf8) if together else ())


def type_of(source: Source, name: str) -> str:
    return source.columns[name].type if name in source.columns else "string"
