"""The columns of a Parquet file with Spark's types as one JSON object, then each row as a JSON list of texts."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

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


def text(value: object) -> str | None:
    return None if value is None else str(value)


def main(path: str) -> None:
    file = pq.ParquetFile(path)
    print(json.dumps({field.name: spark_type(field.type) for field in file.schema_arrow}))
    for batch in file.iter_batches(batch_size=10_000):
        columns = [[text(value) for value in column.to_pylist()] for column in batch.columns]
        for row in zip(*columns, strict=True):
            print(json.dumps(row))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except BrokenPipeError:
        pass
    except pa.ArrowException as error:
        sys.exit(str(error))
