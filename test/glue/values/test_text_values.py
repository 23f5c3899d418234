"""Texts of each type: what a column may ask for, and what only looks like a value. Drawn texts are in test_drawn_text.py."""

import csv
import io
import random

import pytest
from lake import contract_with
from value_oracle import INVALID, NUMBER, draw, value_of


def table_of(kinds: list[str], **changes) -> dict:
    columns = {"id": "string", **{f"c{index}": kind for index, kind in enumerate(kinds)}}
    plain = {"derive": {}, "latest_by": [], "quarantine": {"rules": {}}, "curated": {"partition_by": [], "target_file_mb": 128}}
    return contract_with(columns=columns, **{**plain, **changes})


def csv_of(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


@pytest.mark.nightly
def test_digits_that_a_float_or_double_has_are_told_alike_without_sparks_internals(spark):
    from pyspark.sql import functions as F
    from sluice_etl import spark_expressions
    from sluice_etl.judge.types.numbers import gives_its_text_back

    draws = random.Random(5)
    ties = ["9007199254740993", "9007199254740995", "0.5", "1e23", "9.5e22", "0", "0.000", "2.5e-324", "4.9e-324", "16777217", "33554434.0", "0.1000000000000000055511151231257827"]
    for kind in ("float", "double"):
        drawn = (draw(kind, draws).strip(" \t") for _ in range(5000))
        texts = [text for text in [*ties, *drawn] if NUMBER.fullmatch(text)]
        frame = spark.createDataFrame([(text,) for text in texts], "text STRING").where(f"abs(CAST(text AS {kind})) < CAST('Infinity' AS {kind})")
        both = frame.select("text", spark_expressions.gives_its_text_back(spark, "text", kind).alias("java"), F.expr(gives_its_text_back("text", kind)).alias("sql"))
        for text, java, sql in both.collect():
            assert java == sql == (value_of(text, kind) is not INVALID), (kind, text, java, sql)


@pytest.mark.nightly
def test_marks_of_a_column_are_read_where_they_belong(lake):
    marked = {"type": "decimal(12,2)", "decimal_mark": ",", "group_mark": "."}
    contract = table_of([marked, {"type": "int", "group_mark": "'"}, {"type": "double", "decimal_mark": ","}])
    rows = {
        "1": ("1.234.567,89", "1'000", "2,5"),
        "2": ("-1234567,8", "1000", "-1e3"),
        "3": (",5", "-12'345", "1,5e-3"),
        "4": ("1.23", "", ""),
        "5": ("1.2345,0", "", ""),
        "6": ("1,000.5", "", ""),
        "7": ("", "10'00", ""),
        "8": ("", "'100", ""),
        "9": ("", "", "1.5"),
    }
    lake.batch(contract, keys=[lake.land("day=1/a.csv", csv_of([["id", "c0", "c1", "c2"], *([key, *row] for key, row in rows.items())]))])
    found = {row["id"]: (row["c0"] and str(row["c0"]), row["c1"], row["c2"]) for row in lake.arrow("curated")}
    assert found == {"1": ("1234567.89", 1000, 2.5), "2": ("-1234567.80", 1000, -1000.0), "3": ("0.50", -12345, 0.0015)}
    assert {row["id"]: (row["c0"], row["c1"], row["c2"]) for row in lake.quarantined()} == {
        key: tuple(text or None for text in rows[key]) for key in "456789"
    }


@pytest.mark.nightly
def test_decimals_round_only_where_the_column_says_so(lake):
    contract = table_of(["decimal(10,2)", {"type": "decimal(10,2)", "round": "half_up"}])
    lake.batch(contract, keys=[lake.land("day=1/a.csv", "id,c0,c1\na,1.00500,1.005\nb,1.500,-2.345e0\nc,1.005,1\nd,1,99999999.999\n")])
    assert {row["id"]: (str(row["c0"]), str(row["c1"])) for row in lake.arrow("curated")} == {"b": ("1.50", "-2.35")}
    assert {row["id"]: row["_errors"] for row in lake.quarantined()} == {"a": ["invalid_type:c0"], "c": ["invalid_type:c0"], "d": ["invalid_type:c1"]}


@pytest.mark.nightly
def test_a_zero_is_a_decimal_whatever_its_exponent_is(lake):
    """Spark casts 0E38 to NULL."""
    contract = table_of(["decimal(12,2)", "decimal(2,2)", {"type": "decimal(38,0)", "round": "half_up"}])
    zeros = ["+0E80", "0e38", "-0.00E99", ".0E+40", "0.E-99", "0"]
    lake.batch(contract, keys=[lake.land("day=1/a.csv", csv_of([["id", "c0", "c1", "c2"], *([text, text, text, text] for text in zeros)]))])
    assert lake.quarantined() == []
    assert {row["id"]: {str(row["c0"]), str(row["c1"]), str(row["c2"])} for row in lake.arrow("curated")} == {text: {"0.00", "0"} for text in zeros}


@pytest.mark.nightly
def test_patterns_are_matched_strictly_and_drop_nothing(lake):
    kinds = [{"type": "date", "format": "dd.MM.yyyy"}, {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss.SSSSSSSSS"}]
    kinds += [{"type": "date", "format": "yyyyMMdd HH:mm"}, {"type": "timestamp", "format": "yyyy-MM-dd'T'HH:mm:ssXXX"}]
    rows = {
        "a": ("29.02.2024", "2024-01-01 10:00:00.123456000", "20240101 00:00", "2024-01-01T00:30:00+02:00"),
        "b": ("29.02.2023", "2024-01-01 10:00:00.123456001", "20240101 10:30", "2024-01-01T00:30:00"),
        "c": ("1.2.2024", "2024-01-01 10:00:00.123456", "20240101", "2024-01-01T24:30:00Z"),
        "d": ("01.02.2024 ", "+12024-01-01 10:00:00.000000000", " 20240101 00:00", "2024-01-01T00:30:00+02:00 "),
    }
    lines = csv_of([["id", "c0", "c1", "c2", "c3"], *([key, *row] for key, row in rows.items())])
    lake.batch(table_of(kinds), keys=[lake.land("day=1/a.csv", lines)])
    (row,) = lake.arrow("curated")
    assert [str(row[f"c{index}"]) for index in range(4)] == ["2024-02-29", "2024-01-01 10:00:00.123456+00:00", "2024-01-01", "2023-12-31 22:30:00+00:00"]
    assert {row["id"]: row["_errors"] for row in lake.quarantined()} == {key: [f"invalid_type:c{index}" for index in range(4)] for key in "bcd"}


def test_texts_that_only_look_like_values_are_set_aside(lake):
    """Each of these was once published as another value."""
    looks = {
        "timestamp": ["10:30:00", "23:15", "45291", "2024", "2024-05-01 10:00:00.123456789", "2024-5-1", "2024-05-01T", "2024-05-01 10:00:00 Europe/Berlin"],
        "double": ["12D", "7f", "0x1p3", "1e400", "1e-400", "1_000", "१२", "9007199254740993", "1,5"],
        "float": ["16777217", "1e39", "3.4028236e38", "1e-46"],
        "date": ["2024-05-01T10:00:00", "12024-05-01", "2024-05", "2024-02-30", "0000-01-01"],
        "int": ["1.0", "1e3", "2147483648", "12L", "0x10", "1\u00a0"],
        "decimal(12,2)": ["1.005", "1e999999999", "1e-999999999", "12345678901", "1.2.3", "--1"],
        "boolean": ["on", "2", "wahr"],
        "varchar(3)": ["abcd"],
    }
    right = {"timestamp": "2024-05-01 10:00:00", "double": "0.1", "float": "0.1", "date": "2024-05-01", "int": "-007", "decimal(12,2)": "+1.500", "boolean": "Yes", "varchar(3)": "äöü"}
    kinds = list(looks)
    empty = [""] * len(kinds)
    rows = [["right", *(right[kind] for kind in kinds)]]
    for index, kind in enumerate(kinds):
        rows += [[f"{index}-{number}", *empty[:index], text, *empty[index + 1 :]] for number, text in enumerate(looks[kind])]
    lake.batch(table_of(kinds), keys=[lake.land("day=1/a.csv", csv_of([["id", *(f"c{i}" for i in range(len(kinds)))], *rows]))])
    assert [row["id"] for row in lake.arrow("curated")] == ["right"]
    assert {row["id"]: row["_errors"] for row in lake.quarantined()} == {row[0]: [f"invalid_type:c{row[0].partition('-')[0]}"] for row in rows[1:]}
