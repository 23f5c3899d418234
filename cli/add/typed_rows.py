"""The columns of a Parquet, ORC or Avro file with Spark's types as one JSON object, then each row as a JSON list of texts."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "glue-scripts"))

from sluice_etl.formats.avro.container import BrokenAvroError, blocks, unpack  # noqa: E402
from sluice_etl.formats.avro.decode import reader_of, records  # noqa: E402
from sluice_etl.formats.avro.schema import Node, parse_schema  # noqa: E402
from sluice_etl.formats.avro.values import UnsuitableError, text_of  # noqa: E402

CHUNK_BYTES = 1 << 20

SIMPLE = {
    pa.bool_(): "boolean",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "int",
    pa.uint32(): "bigint",
    pa.uint64(): "decimal(20,0)",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.date32(): "date",
    pa.binary(): "binary",
}


def spark_type(kind: pa.DataType) -> str:
    if kind in SIMPLE:
        return SIMPLE[kind]
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_dictionary(kind):
        return spark_type(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{spark_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"map<{spark_type(kind.key_type)},{spark_type(kind.item_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'`{field.name}`:{spark_type(field.type)}' for field in kind)}>"
    return "string"


AVRO = {"boolean": "boolean", "int": "int", "long": "bigint", "float": "float", "double": "double", "bytes": "binary", "fixed": "binary"}


def type_of(node: Node, above: tuple[int, ...] = ()) -> str:
    """Spark's type of an Avro column; a string for what only a text can hold."""
    node = node.value
    if id(node) in above or node.kind == "union":
        return "string"
    if node.logical == "decimal":
        return f"decimal({node.precision},{node.scale})"
    if node.logical and node.kind in ("bytes", "fixed"):
        return "string" if node.logical == "uuid" else "binary"
    if node.logical:
        return "date" if node.logical == "date" else "timestamp" if "timestamp" in node.logical else "string"
    inner = [type_of(part, (*above, id(node))) for part in node.inner]
    if node.kind == "record":
        return f"struct<{','.join(f'`{name}`:{type}' for name, type in zip(node.names, inner))}>"
    if node.kind in ("array", "map"):
        return f"array<{inner[0]}>" if node.kind == "array" else f"map<string,{inner[0]}>"
    return AVRO.get(node.kind, "string")


def text(value: object) -> str | None:
    return None if value is None else str(value)


def arrow_rows(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator:
    yield {field.name: spark_type(field.type) for field in schema}
    for batch in batches:
        columns = [[text(value) for value in column.to_pylist()] for column in batch.columns]
        yield from zip(*columns, strict=True)


def parquet(path: str) -> Iterator:
    file = pq.ParquetFile(path)
    return arrow_rows(file.schema_arrow, file.iter_batches(batch_size=10_000))


def orc_rows(path: str) -> Iterator:
    file = orc.ORCFile(path)
    return arrow_rows(file.schema, (file.read_stripe(number) for number in range(file.nstripes)))


def avro(path: str) -> Iterator:
    with Path(path).open("rb") as file:
        walk = blocks(iter(lambda: file.read(CHUNK_BYTES), b""))
        header = next(walk)
        record = parse_schema(header.schema)
        yield {name: type_of(node) for name, node in zip(record.names, record.inner)}
        read = reader_of(record)
        for count, packed in walk:
            for values, *_ in records(read, count, unpack(header.codec, packed)):
                yield [shown(node, value) for node, value in zip(record.inner, values)]


def shown(node: Node, value: object) -> str | None:
    try:
        return text_of(node, value)
    except UnsuitableError:
        return None


READERS = {"parquet": parquet, "orc": orc_rows, "avro": avro}


def main(format: str, path: str) -> None:
    for line in READERS[format](path):
        print(json.dumps(line))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BrokenPipeError:
        pass
    except (pa.ArrowException, BrokenAvroError) as error:
        sys.exit(str(error))
