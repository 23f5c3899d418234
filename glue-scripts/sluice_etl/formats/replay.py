"""Quarantined rows as a source: they are read again under today's contract."""

from __future__ import annotations

import json

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from . import csv_source

from . import json_source
from ..contract import Contract
from ..lake.inputs import SourceFile
from ..tables.output import own_files
from ..plan import Settings
from .sources import CORRUPT, ORIGIN, PATH, REPLACED, Source, SourceColumn, load, quoted
from ..lake.store import S3Store


def files_to_replay(files: tuple[SourceFile, ...], settings: Settings, store: S3Store) -> list[SourceFile]:
    """
    Without this batch's own files, while what these were made from still stands: then an earlier attempt wrote them, and they hold rows
    that the others hold too. Once that attempt was published the others are gone, and its own are what is left.
    """
    own = set(own_files([file.uri for file in files], settings.batch_id))
    earlier = store.read_text_if_there(settings.manifest_uri) if own else None
    replaced = set(json.loads(earlier)["quarantine"]["replaces"]) if earlier else set()
    published = bool(replaced) and not any(settings.lake_key(file.uri) in replaced for file in files)
    return [file for file in files if published or file.uri not in own]


def quarantine_sources(spark: SparkSession, files: list[SourceFile], contract: Contract) -> list[Source]:
    if not files:
        return []
    frame = load(spark, "parquet", [file.read_from for file in files], mergeSchema="true")
    present = [name for name in contract.column_names if name in frame.columns]
    kept = frame.select(
        F.col("_metadata.file_path").alias(PATH),
        F.col("_source_file").alias(ORIGIN),
        F.col("_raw_record").alias(CORRUPT),
        *(F.col(quoted(name)).alias(f"__c_{name}") for name in present),
    )
    columns = {name: SourceColumn(quoted(f"__c_{name}")) for name in present}
    whole = Source(kept.where(f"{CORRUPT} IS NULL"), columns)
    # The values of a malformed record were never read; its text may be a record now.
    lines = kept.where(f"{CORRUPT} IS NOT NULL").select(PATH, ORIGIN, F.col(CORRUPT).alias("value"))
    return [whole, _malformed(lines, contract)]


def _malformed(lines: DataFrame, contract: Contract) -> Source:
    # What stood in the place of a sign that was put there only the file knows.
    illegible = f"contains(value, '{REPLACED}')"
    if contract.format == "json":
        columns = {name: SourceColumn(f"__record.{quoted(name)}") for name in contract.column_names}
        return Source(json_source.records(lines, contract, illegible), columns)
    options = csv_source.csv_options(contract)
    if contract.format == "csv" and not options["header"]:
        columns = {name: SourceColumn(f"nullif(__c{index}, '')") for index, name in enumerate(contract.column_names)}
        return Source(csv_source.records(lines, options, len(contract.columns), illegible), columns)
    # Which column a value belongs to stood in the header of a file that may be gone: only a new landing can tell.
    columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
    return Source(lines.withColumnRenamed("value", CORRUPT), columns)
