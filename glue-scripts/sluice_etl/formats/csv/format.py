"""CSV files, grouped by their header lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ...contract import Contract
from ...lake.inputs import SourceFile
from ...lake.store import S3Store, in_parallel
from ..source_format import Reading, SourceFormat
from ..sources import CORRUPT, ILLEGIBLE, PATH, Source, SourceColumn, literal, load, match_columns, source_of, spark_path
from .header import header_line, header_names, refuse_header
from .readers import by_reader, decoded_lines, texts_of_records
from .records import csv_options, records


class CsvFormat(SourceFormat):
    def find_sources(self, reading: Reading) -> list[Source]:
        return _sources(reading, {})

    def find_sources_again(self, reading: Reading, sources: list[Source], left_out: int | None) -> list[Source] | None:
        """None where the lines that the scan left out are the headers of `sources`, one of each file, and blank lines."""
        headers = sum(source.headers for source in sources)
        if not headers or left_out == headers:
            return None
        repeated = _repeated_headers(reading)
        return _sources(reading, repeated) if repeated else None

    def malformed_source(self, lines: DataFrame, contract: Contract) -> Source:
        options = csv_options(contract)
        if not options["header"]:
            columns = {name: SourceColumn(f"nullif(__c{index}, '')") for index, name in enumerate(contract.column_names)}
            return Source(records(lines, options, len(contract.columns), ILLEGIBLE), columns)
        # Which column a value belongs to stood in the header of a file that may be gone: only a new landing can tell.
        columns = {name: SourceColumn("CAST(NULL AS STRING)") for name in contract.column_names}
        return Source(lines.withColumnRenamed("value", CORRUPT), columns)


def _sources(reading: Reading, repeated: dict[str, int]) -> list[Source]:
    """`repeated`: what _repeated_headers() has found; without it, every line like its file's header is taken for the header."""
    spark, files, contract = reading.spark, reading.files, reading.contract
    options = csv_options(contract)
    if not files:
        return []
    if not options["header"]:
        if "header" not in contract.options:
            refuse_header(files[0], contract, options, reading.store)
        return [_source(spark, contract, options, None, contract.column_names, files, {})]
    return [
        _source(spark, contract, options, header, header_names(header, options["delimiter"], options["quote"]), group, repeated)
        for header, group in _by_header(files, options, reading.store).items()
    ]


def _repeated_headers(reading: Reading) -> dict[str, int]:
    """PATH → how often the header stands in the file again as a line of data. Reads raw once more, so ask only where there is a sign of it."""
    found: dict[str, int] = {}
    for header, group in _by_header(reading.files, csv_options(reading.contract), reading.store).items():
        lines = load(reading.spark, "text", [file.read_from for file in group]).where(f"value = {literal(header)}")
        counts = lines.groupBy(F.col("_metadata.file_path").alias(PATH)).agg((F.count(F.lit(1)) - 1).alias("again")).where("again > 0")
        found.update({row[PATH]: row["again"] for row in counts.collect()})
    return found


def _by_header(files: list[SourceFile], options: dict, store: S3Store) -> dict[str, list[SourceFile]]:
    headers = in_parallel(lambda file: header_line(store, file, options["encoding"]), files)
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file, header in zip(files, headers):
        if header is not None:
            groups[header].append(file)
    return groups


def _source(
    spark: SparkSession,
    contract: Contract,
    options: dict,
    header: str | None,
    found: list[str],
    files: list[SourceFile],
    repeated: dict[str, int],
) -> Source:
    uris = [file.read_from for file in files]
    skipped = 0
    if options.get("escape", options["quote"]) != options["quote"]:
        frame = by_reader(spark, options, len(found), uris)
    elif options["multiline"]:
        frame = records(texts_of_records(spark, options, len(found), uris), options, len(found))
    elif options["encoding"].lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        frame = records(decoded_lines(spark, options, uris), options, len(found))
    else:
        # The metadata column would copy the name beside every line; only bad ones need it. It writes file:/ where this writes file:///.
        named = load(spark, "text", uris).select("value", F.input_file_name().alias("__file"))
        local = all(uri.startswith("file:") for uri in uris)
        lines = named.selectExpr("value", ("replace(__file, 'file:///', 'file:/')" if local else "__file") + f" AS {PATH}")
        if header is not None:
            skipped = len(files)
            # Lines have no number that is cheap to know: all that look like the header go, and those that were data come back.
            lines = lines.where(f"value <> {literal(header)}")
            again = [(header, path, count) for path, count in repeated.items() if path in {spark_path(uri) for uri in uris}]
            if again:
                rows = spark.createDataFrame(again, f"value STRING, {PATH} STRING, times BIGINT")
                lines = lines.unionByName(rows.selectExpr("explode(array_repeat(value, CAST(times AS INT))) AS value", PATH))
        frame = records(lines, options, len(found))
    positions, unknown = match_columns(contract.column_names, found)
    nulls = ", ".join(dict.fromkeys(["''", *map(literal, options.get("null_values", []))]))
    columns = {name: SourceColumn(f"CASE WHEN __c{i} NOT IN ({nulls}) THEN __c{i} END") for name, i in positions.items()}
    return replace(source_of(frame, columns, contract, unknown, len(files)), headers=skipped)
