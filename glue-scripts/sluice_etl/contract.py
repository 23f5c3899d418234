"""A dataset's contract as the packaging compiled it (functions/domain/contract/contract.ts), with its defaults filled in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    format: str | None = None
    # Its name in the file, where that is another; in JSON a list is a path.
    read_from: str | tuple[str, ...] | None = None
    decimal_mark: str | None = None
    group_mark: str | None = None
    # half_up, or None: a digit too many makes the value invalid.
    round: str | None = None
    sensitive: bool = False
    renamed_from: str | None = None
    """Of an Iceberg table: the name that it had there until now."""
    at: tuple[int, int] | None = None
    """Of fixed_width: the first and last of its positions in a line, counted from 1."""


@dataclass(frozen=True)
class ForeignKey:
    column: str
    dataset: str
    """Whose table has the values."""
    parent_column: str
    on_missing: str
    """warn, quarantine or wait."""


@dataclass(frozen=True)
class Gold:
    sql: str
    rebuilds: dict[str, str | dict[str, str]]
    """Source dataset → all, none, or gold column → SQL over the source's columns: its partition columns, or the key of `keyed`."""
    keyed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Source dataset → columns of source and gold table by which its changes are followed, row by row."""


@dataclass(frozen=True)
class Contract:
    dataset: str
    version: str
    format: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    options: dict = field(default_factory=dict)
    partition_keys: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    derive: dict[str, str] = field(default_factory=dict)
    latest_by: tuple[str, ...] = ()
    missing: str = "null"
    unknown: str = "ignore"
    rules: dict[str, str] = field(default_factory=dict)
    partition_by: tuple[str, ...] = ()
    target_file_mb: int = 128
    table_format: str = "parquet"
    history_days: int = 30
    """How long an Iceberg table can be rolled back."""
    month_ends: int | None = None
    """How many ends of months an Iceberg table keeps; publishing makes the tags."""
    drop_columns: tuple[str, ...] = ()
    """Columns that an Iceberg table no longer has."""
    names_keys: bool | None = None
    """Whether alerts and reports name keys; None: those that are in no sensitive column."""
    gold: Gold | None = None
    reconcile: dict[str, dict] = field(default_factory=dict)
    delete_when: str | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    beside: frozenset[str] = frozenset()
    """Keys that a lander writes beside those of the record. A contract that does not name them differs from no file for it."""

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def curated_columns(self) -> list[str]:
        """Columns of the curated table in its order, partition columns last as Hive has them."""
        produced = [*self.column_names, *self.derive]
        return [name for name in produced if name not in self.partition_by] + list(self.partition_by)

    @property
    def declared_types(self) -> dict[str, str]:
        """Of the curated columns that `columns` declares, in the table's order; in the words of the contract."""
        types = {column.name: column.type for column in self.columns}
        return {name: types[name] for name in self.curated_columns if name in types}

    @property
    def renamed(self) -> dict[str, str]:
        """Column → its earlier name, of those that have one."""
        return {column.name: column.renamed_from for column in self.columns if column.renamed_from}

    @property
    def hidden_columns(self) -> list[str]:
        """Columns whose values no alert and no report shows (contract.ts `hiddenColumns`)."""

        def hidden(column: Column) -> bool:
            is_key = column.name in self.primary_key and self.names_keys is not None
            return not self.names_keys if is_key else column.sensitive

        return [column.name for column in self.columns if hidden(column)]


STREAM_POSITION = frozenset({"_stream_position", "_sequence", "_partition_key", "_partition_key_base64", "_arrival_time"})
"""As functions/domain/stream/record.ts names them."""

TOPIC_HEADERS = frozenset({"_headers", "_headers_base64"})
"""Of a record of Kafka, as functions/domain/stream/headers.ts names them."""

STREAMS = frozenset({"kinesis", "kafka"})
"""Sources that are streams (landers.ts `StreamKind`)."""


def parse_contract(text: str) -> Contract:
    content = json.loads(text)
    source, curated = content["source"], content.get("curated", {})
    drift, quarantine = content.get("drift", {}), content.get("quarantine", {})
    return Contract(
        dataset=content["dataset"],
        version=content["version"],
        format=source["format"],
        options=_options(source.get("options", {})),
        partition_keys=tuple(source.get("partition_keys", [])),
        exclude=tuple(source.get("exclude", [])),
        columns=tuple(_column(name, declared) for name, declared in content["columns"].items()),
        derive=dict(content.get("derive", {})),
        primary_key=tuple(content["primary_key"]),
        latest_by=tuple(content.get("latest_by", [])),
        missing=drift.get("missing", "null"),
        unknown=drift.get("unknown", "ignore"),
        rules=dict(quarantine.get("rules", {})),
        partition_by=tuple(curated.get("partition_by", [])),
        target_file_mb=curated.get("target_file_mb", 128),
        names_keys=content.get("alerts", {}).get("keys"),
        delete_when=content.get("delete_when"),
        table_format=curated.get("format", "parquet"),
        history_days=curated.get("history_days", 30),
        month_ends=curated.get("month_ends"),
        drop_columns=tuple(curated.get("drop_columns", [])),
        gold=_gold(content["gold"]) if "gold" in content else None,
        reconcile=dict(content.get("reconcile", {})),
        beside=(STREAM_POSITION if STREAMS & source.keys() else frozenset()) | (TOPIC_HEADERS if "kafka" in source else frozenset()),
        foreign_keys=tuple(_foreign_key(column, declared) for column, declared in content.get("foreign_keys", {}).items()),
    )


def _gold(declared: dict) -> Gold:
    rebuilds = {name: source["rebuilds"] for name, source in declared["sources"].items()}
    keys = {name: reach["key"] for name, reach in rebuilds.items() if isinstance(reach, dict) and "key" in reach}
    keyed = {name: (key,) if isinstance(key, str) else tuple(key) for name, key in keys.items()}
    same = {name: {column: f"`{column}`" for column in columns} for name, columns in keyed.items()}
    return Gold(declared["sql"], {**rebuilds, **same}, keyed)


def _foreign_key(column: str, declared: dict) -> ForeignKey:
    dataset, _, parent_column = declared["in"].partition(".")
    return ForeignKey(column, dataset, parent_column, declared["on_missing"])


def _options(declared: dict) -> dict:
    """`null_value` is an older word for one entry of `null_values`."""
    options = dict(declared)
    one = options.pop("null_value", None)
    return options if one is None else {"null_values": [one], **options}


def _column(name: str, declared: str | dict) -> Column:
    if isinstance(declared, str):
        return Column(name, declared.strip())
    read_from = declared.get("from")
    return Column(
        name,
        declared["type"],
        format=declared.get("format"),
        read_from=tuple(read_from) if isinstance(read_from, list) else read_from,
        decimal_mark=declared.get("decimal_mark"),
        group_mark=declared.get("group_mark"),
        round=declared.get("round"),
        sensitive=declared.get("sensitive", False),
        renamed_from=declared.get("renamed_from"),
        at=_positions(declared.get("at")),
    )


def _positions(at: str | int | None) -> tuple[int, int] | None:
    first, _, last = str(at or "").partition("-")
    return (int(first), int(last or first)) if first else None
