"""Casts, derives and judges every row of a source in one projection; a bad row carries its reasons and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructType

from .. import spark_expressions
from ..contract import Column, Contract
from ..formats.sources import CORRUPT, ORIGIN, PATH, RAW_BYTES, Source, SourceColumn, literal, no_rows, quoted
from .as_read import ALL_UTF8, AsRead, as_read, type_of
from .cast import as_text, typed
from .expressions import Expression, ansi, expression, expressions, keep_in_their_rows
from .references import Parent, flag, missing_reference, quarantined_keys, with_flags
from .types.exact import in_a_method_of_its_own, needs_exactness, with_exactness
from .types.names import plain

BAD = "__bad"
"""NULL for a good row; else struct<reasons: array<bigint> of bitmaps, path, origin, raw_record, raw_bytes, values: struct of the strings that were read>."""
DELETED = "__deleted"
"""Whether the row removes its key; only where the contract has `delete_when`."""
MALFORMED = "malformed_record"
INVALID_DELETE = "invalid_delete_when"
# What a column of the type adds to the method that Spark generates for the scan, measured; above session.py's limit it is not compiled.
_METHOD_BYTES = {
    **{"string": 250, "tinyint": 430, "smallint": 430, "int": 430, "bigint": 430, "date": 430, "decimal": 750, "boolean": 400},
    **{"float": 430, "double": 430},
}
_MOST_METHOD_BYTES = 4000
BITS = 60
"""Reasons in one bitmap."""


@dataclass(frozen=True)
class JudgedBy:
    """What rows are judged by, over the columns of one source: the contract's SQL, and the values as they were read."""

    derived: dict[str, Expression]
    removes: Expression | None
    rules: Sequence[Expression]
    """In the contract's order."""
    parents: Sequence[Parent]
    read: AsRead


def judge(source: Source, contract: Contract, parents: Sequence[Parent] = ()) -> DataFrame:
    """`parents`: of the foreign keys whose rows are set aside. Columns: contract columns, derived columns, raw partition keys (as strings), DELETED if rows can remove keys, BAD."""
    read = as_read(source, contract)
    frame = _cast(source, contract, read)
    if _method_bytes(contract) > _MOST_METHOD_BYTES:
        frame = in_a_method_of_its_own(frame)
    frame, derived = _derive(frame, contract)
    frame, removes = _deletes(frame, contract)
    frame = with_flags(frame, parents)
    rules = list(expressions(frame, {f"rule {name}": sql for name, sql in contract.rules.items()}).values())
    reasons = _reasons(frame, source, contract, JudgedBy(derived, removes, rules, parents, read))
    kept = [quoted(name) for name in (*contract.column_names, *contract.derive, *used_keys(contract), *([DELETED] if removes else []))]
    carried = [PATH, CORRUPT, RAW_BYTES, ORIGIN, *read.columns]
    with ansi(frame.sparkSession):
        flagged = frame.selectExpr(*kept, *carried, *(f"{sql} AS __reasons{i}" for i, sql in enumerate(_bitmaps(reasons, contract))))
    return flagged.selectExpr(*kept, f"{_bad_record(source, contract, read)} AS {BAD}")


def curated_types(spark: SparkSession, contract: Contract) -> StructType:
    """
    Types that the contract gives to curated columns, derived ones too, and to what these are derived by. Raises ConfigurationError for an
    expression of `derive` that does not hold.
    """
    keys = dict.fromkeys(used_keys(contract), "STRING")
    return _derive(no_rows(spark, {**keys, **contract.declared_types}), contract)[0].schema


def _method_bytes(contract: Contract) -> int:
    return sum(_METHOD_BYTES.get(plain(column.type).partition("(")[0], 800) for column in contract.columns)


def used_keys(contract: Contract) -> list[str]:
    """Raw partition keys that SQL of the contract may name; joined to the rows only when there are such."""
    texts = " ".join([*contract.rules.values(), *contract.derive.values(), *contract.partition_by, contract.delete_when or ""]).lower()
    return [key for key in contract.partition_keys if key.lower() in texts]


def _cast(source: Source, contract: Contract, read: AsRead) -> DataFrame:
    optional = [name if name in source.frame.columns else f"CAST(NULL AS STRING) AS {name}" for name in (CORRUPT, RAW_BYTES, ORIGIN)]
    keys = [quoted(key) for key in used_keys(contract)]
    frame = source.frame.selectExpr(PATH, *optional, *keys, *read.taken)
    if read.texts:
        frame = frame.select("*", spark_expressions.are_utf8(frame.sparkSession, read.texts).alias(ALL_UTF8))
    looked_at = [column for column in contract.columns if type_of(source, column.name) == "string" and needs_exactness(frame.sparkSession, column)]
    exact = {column.name: f"__exact{index}" for index, column in enumerate(looked_at)}
    frame = with_exactness(frame, [(exact[column.name], read.sql[column.name], column) for column in looked_at], _method_bytes(contract))
    casts = [
        f"{typed(SourceColumn(read.sql[column.name], read.types[column.name]), column, exact.get(column.name))} AS {quoted(column.name)}"
        for column in contract.columns
    ]
    return frame.selectExpr("*", *casts)


def _derive(frame: DataFrame, contract: Contract) -> tuple[DataFrame, dict[str, Expression]]:
    """With the derived columns, and for an expression that can fail a column that is true where it does."""
    derived = {}
    for name, sql in contract.derive.items():
        made = derived[name] = expression(frame, sql, f"derive.{name}")
        value = made.sql
        with ansi(frame.sparkSession):
            if made.can_fail:
                keep_in_their_rows(frame.sparkSession)
                frame = frame.selectExpr("*", f"{made.fails} AS {_failed(name)}")
                value = f"CASE WHEN NOT {_failed(name)} THEN {value} END"
            frame = frame.selectExpr("*", f"{value} AS {quoted(name)}")
    return frame, derived


def _deletes(frame: DataFrame, contract: Contract) -> tuple[DataFrame, Expression | None]:
    """With DELETED, where the contract has `delete_when`."""
    if not contract.delete_when:
        return frame, None
    removes = expression(frame, contract.delete_when, "delete_when")
    deleted = f"coalesce({removes.sql}, FALSE)"
    if removes.can_fail:
        keep_in_their_rows(frame.sparkSession)
        deleted = f"CASE WHEN {removes.fails} THEN FALSE ELSE {deleted} END"
    with ansi(frame.sparkSession):
        return frame.selectExpr("*", f"{deleted} AS {DELETED}"), removes


def _reasons(frame: DataFrame, source: Source, contract: Contract, by: JudgedBy) -> dict[str, str]:
    """Reason → SQL that is TRUE for a row with it; never NULL. Of a row that removes its key no value but key and order reaches the table."""
    unknown = {column.name: _unknown(column, source, contract, by.read) for column in contract.columns}
    reasons = {}
    for column in contract.columns:
        if column.name not in source.columns and contract.missing == "quarantine":
            reasons[f"missing_column:{column.name}"] = "TRUE"
        elif unknown[column.name]:
            reasons[f"invalid_type:{column.name}"] = unknown[column.name]
    removes = by.removes
    for name, derived in by.derived.items():
        unknown[name] = _or(unknown.get(used, "") for used in derived.references)
        if derived.can_fail:
            reasons[f"invalid_derive:{name}"] = _and_known(_failed(name), unknown[name])
            unknown[name] = _or([unknown[name], _failed(name)])
    for name in contract.primary_key:
        reasons[f"null_key:{name}"] = _and_known(f"{quoted(name)} IS NULL", unknown.get(name, ""))
    for name in contract.partition_by:
        null = f"{quoted(name)} IS NULL"
        if frame.schema[name].dataType == StringType():
            # Hive writes NULL and '' to one folder, __HIVE_DEFAULT_PARTITION__, which no reader maps back to either.
            null = f"({null} OR {quoted(name)} = '')"
        if removes and name not in contract.primary_key:
            null = f"{null} AND NOT {DELETED}"
        reasons[f"null_partition:{name}"] = _and_known(null, unknown.get(name, ""))
    if removes and removes.can_fail:
        reasons[INVALID_DELETE] = _and_known(removes.fails, _or(unknown.get(used, "") for used in removes.references))
    for name, rule in zip(contract.rules, by.rules):
        broken = f"coalesce({rule.sql}, FALSE)"
        if rule.can_fail:
            keep_in_their_rows(frame.sparkSession)
            broken = f"CASE WHEN {rule.fails} THEN TRUE ELSE {broken} END"
        broken = f"({broken} AND NOT {DELETED})" if removes else broken
        reasons[rule_reason(name)] = _and_known(broken, _or(unknown.get(used, "") for used in rule.references))
    for parent in by.parents:
        missing = f"{flag(parent.key)} AND NOT {DELETED}" if removes else flag(parent.key)
        reasons[missing_reference(parent.key)] = _and_known(missing, unknown.get(parent.key.column, ""))
    return reasons


def all_reasons(contract: Contract) -> list[str]:
    """Every reason that a row can have; the judgement of one source may need fewer."""
    return [
        MALFORMED,
        *(f"{reason}:{name}" for name in contract.column_names for reason in ("missing_column", "invalid_type")),
        *(f"invalid_derive:{name}" for name in contract.derive),
        *(f"null_key:{name}" for name in contract.primary_key),
        *(f"null_partition:{name}" for name in contract.partition_by),
        *([INVALID_DELETE] if contract.delete_when else []),
        *map(rule_reason, contract.rules),
        *map(missing_reference, quarantined_keys(contract)),
    ]


def rule_reason(name: str) -> str:
    """The rule's name, also where the contract is older than the check that refuses the name of a built-in reason."""
    return f"rule:{name}" if name in (MALFORMED, INVALID_DELETE) else name


def _unknown(column: Column, source: Source, contract: Contract, read: AsRead) -> str:
    name = column.name
    if name not in source.columns:
        return "TRUE" if contract.missing == "quarantine" else ""
    if typed(SourceColumn("x", type_of(source, name)), column) == "x":
        return ""
    return f"({read.sql[name]} IS NOT NULL AND {quoted(name)} IS NULL)"


def _bitmaps(reasons: dict[str, str], contract: Contract) -> list[str]:
    """Which reasons a row has, a bit for each of all_reasons(), as SQL of one BIGINT for every BITS of them."""
    words = []
    every = all_reasons(contract)
    for start in range(0, len(every), BITS):
        bits = [f"if(({reasons[reason]}), {1 << bit}L, 0L)" for bit, reason in enumerate(every[start : start + BITS]) if reason in reasons]
        word = " | ".join(bits) or "0L"
        words.append(f"CASE WHEN {CORRUPT} IS NULL THEN {word} ELSE {'1L' if start == 0 else '0L'} END")
    return words


def _bad_record(source: Source, contract: Contract, read: AsRead) -> str:
    words = [f"__reasons{i}" for i in range(-(-len(all_reasons(contract)) // BITS))]
    values = ", ".join(
        f"{literal(column.name)}, {as_text(read.sql[column.name], type_of(source, column.name))}" for column in contract.columns
    )
    record = f"'reasons', array({', '.join(words)}), 'path', {PATH}, 'origin', {ORIGIN}, 'raw_record', {CORRUPT}, 'raw_bytes', {RAW_BYTES}, 'values', named_struct({values})"
    return f"CASE WHEN {' OR '.join(f'{word} <> 0' for word in words)} THEN named_struct({record}) END"


def reasons_of(contract: Contract) -> str:
    """SQL that names the reasons of a bad row, in the order of all_reasons()."""
    every = all_reasons(contract)
    named = ", ".join(
        f"CASE WHEN {BAD}.reasons[{index // BITS}] & {1 << index % BITS}L <> 0 THEN {literal(reason)} END" for index, reason in enumerate(every)
    )
    # array_compact is a lambda, which Spark interprets.
    return f"split(concat_ws('\\n', {named}), '\\n')"


def _failed(name: str) -> str:
    return quoted(f"__failed_{name}")


def _or(conditions) -> str:
    return " OR ".join(sorted({condition for condition in conditions if condition}))


def _and_known(condition: str, unknown: str) -> str:
    return f"({condition} AND NOT ({unknown}))" if unknown else f"({condition})"
