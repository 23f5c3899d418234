"""Excel workbooks, against what openpyxl reads of the same files."""

import datetime
import io
import random
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake import contract_with
from sluice_etl.errors import UnreadableFileError
from sluice_etl.formats.excel.cells import Style, number_text
from sluice_etl.formats.excel.workbook import Workbook, WorkbookError

COMMON = dict(derive={}, latest_by=[], quarantine={"rules": {}}, curated={"partition_by": [], "target_file_mb": 128})
MOMENTS = st.datetimes(datetime.datetime(1901, 1, 1), datetime.datetime(9999, 12, 31)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
# openpyxl writes 16 digits, so that the largest doubles become infinite in its own files.
FLOATS = st.floats(min_value=-1e300, max_value=1e300)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(lambda text: not text.startswith("=") and "_x" not in text)
CELLS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | FLOATS | TEXTS | MOMENTS | MOMENTS.map(lambda at: at.date())
KIND = Style(0, None)


def written(rows, sheet="Sheet", date1904=False, **formats) -> bytes:
    book = openpyxl.Workbook()
    if date1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    for cell, format in formats.items():
        book.active[cell].number_format = format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes, sheet=None) -> list[list[str | None]]:
    return [texts for _, texts, wrong in Workbook(content).rows(sheet) if not wrong]


def as_text(value) -> str | None:
    """Of what openpyxl reads."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "milliseconds").removesuffix(".000")
    if isinstance(value, datetime.time):
        return value.isoformat()
    return value


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6), st.booleans())
def test_cells_are_what_openpyxl_reads(rows, date1904):
    content = written(rows, date1904=date1904)
    expected = [list(row) for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]
    expected = [row for row in expected if any(value is not None and str(value).strip() for value in row)]
    found = read(content)
    assert len(found) == len(expected)
    for texts, values in zip(found, expected):
        for text, value in zip([*texts, *[None] * (len(values) - len(texts))], values):
            value = as_text(value)
            if isinstance(value, (int, float)):
                assert float(text) == value and len(text.lstrip("-0.").replace(".", "").rstrip("0")) <= len(repr(value).lstrip("-0.").replace(".", "").rstrip("0"))
            else:
                assert text == value


def test_numbers_have_the_digits_that_their_writer_meant():
    texts = {"1.1000000000000001": "1.1", "5": "5", "5.0": "5", "100": "100", "1E-3": "0.001", "-0": "0", "0.30000000000000004": "0.30000000000000004",
             "12345678901234567890123": "12345678901234567890123", "1E+20": "100000000000000000000", "1.5e300": "1.5E+300"}  # fmt: skip
    assert {text: number_text(text, KIND, False) for text in texts} == texts


@pytest.mark.parametrize(("code", "number", "text"), [
    ("yyyy-mm-dd", "45322", "2024-01-31"), ("dd/mm/yy hh:mm", "45322.4375", "2024-01-31 10:30:00"), ("d. mmmm", "45322", "2024-01-31"), ("mmm", "45322", "2024-01-31"),
    ("hh:mm:ss", "0.4375", "10:30:00"), ("mm:ss.0", "0.0000115740740740741", "00:00:01"), ("[h]:mm", "1.5", "1.5"), ("0.00", "45322", "45322"), ('0 "days"', "3", "3"),
    ("[Red]0", "3", "3"), ("#,##0", "1234", "1234"), ("General", "1", "1"), ("yyyy-mm-dd", "60", "1900-02-29"), ("yyyy-mm-dd", "59", "1900-02-28"), ("yyyy-mm-dd", "61", "1900-03-01"),
    ("yyyy-mm-dd", "-1", "-1"), ("yyyy-mm-dd", "45322.43055555556", "2024-01-31 10:20:00"), ("h:mm AM/PM", "0.75", "18:00:00"),
])  # fmt: skip
def test_a_format_tells_dates_from_numbers(code, number, text):
    assert number_text(number, Style(164, code), False) == text


def contract(columns: dict, **options) -> dict:
    return contract_with(columns=columns, source={"format": "excel", "options": options}, **COMMON)


def test_a_sheet_is_a_table_with_exact_values(lake):
    draw = random.Random(5)
    rows = [[f"k{n}", draw.choice([Decimal("0.10"), Decimal("1234567.89"), Decimal("-3"), None]), datetime.datetime(2024, 1, 1, 10, n % 60, 5), datetime.date(2024, 1, 1 + n % 28), draw.choice([True, False]), f"00{n}"] for n in range(200)]
    header = ["Key", "Amount (CHF)", "at", "on", "flag", "code", None, "more"]
    book = openpyxl.load_workbook(io.BytesIO(written([["a title"], [None], header, *rows, [None, "  "], ["bad", "x"]], sheet="Orders")))
    book.create_sheet("First", 0)
    book["Orders"]["B53"] = "=1+1"
    file = io.BytesIO()
    book.save(file)
    columns = {"key": "string", "amount": {"type": "decimal(9,2)", "from": "Amount (CHF)"}, "at": "timestamp", "on": "date", "flag": "boolean", "code": "string"}
    under = contract({**columns}, sheet="Orders", header_row=3)
    under["primary_key"] = ["key"]
    other = written([header[:1], ["z1"], ["z2"]], sheet="Orders").replace(b"", b"")
    third = contract({**columns}, sheet="Orders")
    third["primary_key"] = ["key"]
    manifest = lake.batch(under, keys=[lake.land("day=1/_a b.xlsx", file.getvalue())])
    assert manifest["rows"] == {"read": 201, "written": 199, "duplicates": 0, "superseded": 0, "quarantined": 2}
    assert manifest["quarantinedByRule"] == {"invalid_type:amount": 1, "malformed_record": 1} and manifest["drift"]["unknown"] == {"more": 1}
    found = {row["key"]: row for row in lake.arrow("curated")}
    for key, amount, at, on, flag, code in rows:
        if key == "k49":
            assert "formula without its result" in next(r["_raw_record"] for r in lake.quarantined() if r["_raw_record"])
        else:
            row = found[key]
            assert [row["amount"], row["at"].replace(tzinfo=None), row["on"], row["flag"], row["code"]] == [amount, at, on, flag, code]
    manifest = lake.batch(third, keys=[lake.land("day=1/b.xlsx", other)], batch_id="orders-2")
    assert manifest["rows"]["written"] == 2 and manifest["drift"]["missing"] == dict.fromkeys(["amount", "at", "on", "flag", "code"], 1)


def test_a_file_that_is_no_such_workbook_is_refused_by_name(lake):
    whole = written([["id"], ["a"]])
    parts = io.BytesIO()
    with zipfile.ZipFile(parts, "w") as other:
        other.writestr("mimetype", "x")
    cases = {whole[:-30]: "no workbook, or cut off", b"id,x\n": "no workbook, or cut off", parts.getvalue(): "no workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600: "save it as .xlsx without a password"}
    for content, why in cases.items():
        with pytest.raises(WorkbookError, match=why):
            Workbook(content)
    with pytest.raises(UnreadableFileError, match=r"day=1/a\.xlsx cannot be read: it has no sheet 'Orders'; it has Sheet"):
        lake.batch(contract({"id": "string"}, sheet="Orders"), keys=[lake.land("day=1/a.xlsx", whole)])
    with pytest.raises(UnreadableFileError, match=r"row 9, which should hold the names of its columns, is empty"):
        lake.batch(contract({"id": "string"}, header_row=9), keys=[lake.land("day=1/a.xlsx", whole)])
    with pytest.raises(UnreadableFileError, match=r"its header names no column of orders"):
        lake.batch({**contract({"other": "string"}), "primary_key": ["other"]}, keys=[lake.land("day=1/a.xlsx", whole)])
