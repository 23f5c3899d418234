"""Quarantined rows as a source: they are read again under today's contract."""

from __future__ import annotations

import json

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ..contract import Contract
from ..lake.inputs import SourceFile
from ..lake.batch_files import own_files
from ..plan import Settings
from .parquet.format import ParquetFormat
from .registry import FORMATS
from .source_format import Reading
from .sources import CORRUPT, ORIGIN, PATH, RAW_BYTES, Source, SourceColumn, load, quoted
from ..lake.store import S3Store


def files_to_replay(files: tuple[SourceFile, ...], settings: Settings, store: S3Store) -> list[SourceFile]:
    """
    Without this batch's own files, while what these were made from is still there: then an earlier attempt wrote them, and they hold rows
    that the others hold too. Once that attempt was published the others are gone, and its own are what is left.
    """
    own = set(own_files([file.uri for file in files], settings.batch_id))
    earlier = store.read_text_if_there(settings.manifest_uri) if own else None
    replaced = set(json.loads(earlier)["quarantine"]["replaces"]) if earlier else set()
    published = bool(replaced) and not any(settings.lake_key(file.uri) in replaced for file in files)
    return [file for file in files if published or file.uri not in own]


class Quarantine(ParquetFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        return _sources(reading.spark, reading.files, reading.contract) if reading.files else []


    def readable_together(self, reading: Reading) -> list[list[SourceFile]]:
        return [reading.files]

    def whole(self, reading: Reading) -> DataFrame:
        return load(reading.spark, "parquet", [file.read_from for file in reading.files], mergeSchema="true")


QUARANTINE = Quarantine()


def _sources(spark: SparkSession, files: list[SourceFile], contract: Contract) -> list[Source]:
    frame = load(spark, "parquet", [file.read_from for file in files], mergeSchema="true")
    # A row that was set aside before its column got another name has its value under the earlier one.
    names = {name: [each for each in (name, contract.renamed.get(name)) if each in frame.columns] for name in contract.column_names}
    present = [name for name, found in names.items() if found]
    raw_bytes = F.col("_raw_bytes") if "_raw_bytes" in frame.columns else F.lit(None).cast("string")
    kept = frame.select(
        F.col("_metadata.file_path").alias(PATH),
        F.col("_source_file").alias(ORIGIN),
        F.col("_raw_record").alias(CORRUPT),
        raw_bytes.alias(RAW_BYTES),
        *(F.coalesce(*(F.col(quoted(each)) for each in names[name])).alias(f"__c_{name}") for name in present),
    )
    columns = {name: SourceColumn(quoted(f"__c_{name}")) for name in present}
    whole = Source(kept.where(f"{CORRUPT} IS NULL"), columns)
    # The values of a malformed record were never read; its text may be a record now.
    lines = kept.where(f"{CORRUPT} IS NOT NULL").select(PATH, ORIGIN, RAW_BYTES, F.col(CORRUPT).alias("value"))
    return [whole, FORMATS[contract.format].malformed_source(lines, contract)]
