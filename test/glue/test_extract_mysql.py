"""Extracts of a real MariaDB by MySQL's driver, against what the server's own client prints."""

import datetime as dt

import pytest
from extracting import Extracting, statements
from mysql_server import PASSWORD, USER, MySqlServer
from sluice_etl.extract.errors import ExtractError, UnreachableDatabaseError

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with MySqlServer(tmp_path_factory.mktemp("mysql") / "server") as started:
        yield started


@pytest.fixture
def sql(server, spark):
    connection, run = statements(spark, spark._jvm.com.mysql.cj.jdbc.Driver(), server.url, USER, PASSWORD)
    run("SET SESSION time_zone = '+00:00', SESSION sql_mode = ''", "DROP DATABASE shop", "CREATE DATABASE shop", "USE shop")
    yield run
    connection.close()


@pytest.fixture
def extract(lake, server, spark):
    return Extracting(spark, lake, {"name": "orders_db", "url": server.url, "secret": "orders-reader", "user": USER, "password": PASSWORD}, "orders")


# Type → a value as SQL, and its text.
VALUES = {
    "tinyint(1)": ("1", "1"), "tinyint": ("-128", "-128"), "int unsigned": ("4294967295", "4294967295"), "bigint unsigned": ("18446744073709551615", "18446744073709551615"),
    "int(6) zerofill": ("42", "42"), "bit(10)": ("b'1000000001'", "513"), "decimal(65,30)": ("12345678901234567890123456789012345.123456789012345678901234567890", "12345678901234567890123456789012345.123456789012345678901234567890"),
    "float": ("16777216", "16777216"), "double": ("0.1", "0.1"), "year": ("2024", "2024"), "date": ("'0044-03-15'", "0044-03-15"), "time(3)": ("'-838:59:59.125'", "-838:59:59.125"),
    "datetime(6)": ("'2024-03-10 02:30:00.123456'", "2024-03-10 02:30:00.123456"), "datetime": ("'0000-00-00 00:00:00'", "0000-00-00 00:00:00"), "timestamp(6) null": ("'2024-03-10 07:30:00.000001'", "2024-03-10 07:30:00.000001"),
    "char(5)": ("'ab'", "ab"), "varchar(10)": ("'Zoë🙂'", "Zoë🙂"), "text": ("'a\\\\b\\n''\"`'", "a\\b\n'\"`"), "varchar(5) character set latin1": ("'é'", "é"), "varchar(5) character set utf8mb4 collate utf8mb4_bin": ("'ß'", "ß"),
    "json": ("'{\"a\": 1.10}'", '{"a": 1.10}'), "enum('new','sh''ipped')": ("'sh''ipped'", "sh'ipped"), "set('a','b')": ("'a,b'", "a,b"), "point": ("ST_GeomFromText('POINT(1 2)')", "POINT(1 2)"),
}  # fmt: skip


def test_values_are_the_texts_that_the_server_prints_and_bytes_are_bytes(sql, extract):
    names = {f"c{number}": type for number, type in enumerate(VALUES)}
    sql(
        f"CREATE TABLE orders ({', '.join(f'{name} {type}' for name, type in names.items())}, raw varbinary(9), big longblob, `ein Na``me` text)",
        f"INSERT INTO orders VALUES ({', '.join(value for value, _ in VALUES.values())}, X'ff00', X'00fe', NULL)",
    )
    rows, upper = extract({**dict.fromkeys(names, "string"), "raw": "binary", "big": "binary", "odd": {"type": "string", "from": "ein Na`me"}})
    assert rows == [{**{name: VALUES[type][1] for name, type in names.items()}, "raw": b"\xff\0", "big": b"\0\xfe", "ein Na`me": None}] and upper is None


def test_each_float_comes_as_all_digits_of_its_value(sql, extract):
    sql("CREATE TABLE orders (id int, f float)", "INSERT INTO orders VALUES (1, 0.1), (2, 16777215), (3, 3.4028235e38), (4, 1e-45)")
    found = {int(row["id"]): float(row["f"]) for row in extract({"id": "int", "f": "float"})[0]}
    assert found == {1: 0.10000000149011612, 2: 16777215.0, 3: 3.4028234663852886e38, 4: 1.401298464324817e-45}


def test_windows_and_parts_give_each_row_once_and_overlaps_are_what_was_read_before(sql, extract):
    sql("CREATE TABLE orders (id bigint, region varchar(9), updated_at timestamp(6) NULL)")
    now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    rows = [(n, f"'{n}'" if n % 7 else "NULL", f"'{now - dt.timedelta(days=1) + dt.timedelta(seconds=n)}'") for n in range(1, 1001)]
    rows += [(5000, "'x'", f"'{now + dt.timedelta(hours=1)}'"), (5001, "'y'", f"'{now}'"), (5002, "'z'", "NULL")]
    sql(f"INSERT INTO orders VALUES {', '.join(f'({a}, {b}, {c})' for a, b, c in rows)}")
    of = {"watermark": "updated_at", "lag_seconds": 900, "split_by": "region", "parts": 4}
    found, upper = extract({"id": "bigint", "updated_at": "timestamp"}, **of)
    assert sorted(int(row["id"]) for row in found) == [*range(1, 1001), 5002] and upper == max(row["updated_at"] for row in found if row["updated_at"])
    sql("UPDATE orders SET updated_at = UTC_TIMESTAMP(6) - INTERVAL 20 MINUTE WHERE id IN (3, 5001)")
    for number, (by, hashed) in enumerate([("region", False), ("id", False), ("id", True)]):
        again, later = extract({"id": "bigint"}, 2 + number, upper, **{**of, "split_by": by, "split_by_hash": hashed})
        assert sorted(int(row["id"]) for row in again) == [3, 1000, 5001, 5002] and later > upper


@pytest.mark.parametrize("type", ["bigint", "bigint unsigned"])
def test_ranges_of_a_number_have_each_row_once_whatever_its_ends_are(sql, extract, type):
    numbers = [0, 1, 2, 3, 50, 2**64 - 1] if "unsigned" in type else [-(2**63), -7, -1, 0, 1, 50, 2**63 - 1]
    sql(f"CREATE TABLE orders (id {type} NULL)", *(f"INSERT INTO orders VALUES ({number})" for number in [*numbers, "NULL"]))
    for number, hashed in enumerate([False, True]):
        rows, _ = extract({"id": "string"}, number, split_by="id", parts=3, split_by_hash=hashed)
        assert sorted(row["id"] or "" for row in rows) == sorted(["", *map(str, numbers)])


@pytest.mark.parametrize(
    ("lower", "of", "found"),
    [("5", {"watermark": "id"}, ["5", "6"]), ("2024-01-02", {"watermark": "day"}, ["5", "6"]), ("x", {"watermark": "id"}, None), ("1 OR 1=1", {"watermark": "id"}, None), ("2024-13-01", {"watermark": "day"}, None), ("soon", {"watermark": "day"}, None)],
)  # fmt: skip
def test_a_bound_is_a_value_of_the_watermark_or_refused(sql, extract, lower, of, found):
    sql("CREATE TABLE orders (id int, day date)", "INSERT INTO orders VALUES (4, '2024-01-01'), (5, '2024-01-02'), (6, '2024-01-03')")
    if found is not None:
        assert sorted(row["id"] for row in extract({"id": "int"}, lower=lower, **of)[0]) == found
        return
    with pytest.raises(ExtractError, match="^connection orders_db: a bound of the window is no value of the watermark of table orders; correct it, or extract"):
        extract({"id": "int"}, lower=lower, **of)


@pytest.mark.parametrize(
    ("source", "access", "error", "message"),
    [
        ({}, {"password": "wr0ng"}, ExtractError, "connection orders_db: the database refuses the user or the password; correct secret orders-reader"),
        ({}, {"url": "jdbc:mysql://127.0.0.1:1/shop"}, UnreachableDatabaseError, "connection orders_db: the database cannot be reached; check the url, its network and whether it runs"),
        ({}, {"db": "no"}, ExtractError, "connection orders_db: there is no such database; correct the url"),
        ({"table": "nothing"}, {}, ExtractError, "connection orders_db: there is no table nothing, or the user may not read it; correct source.jdbc.table, or grant SELECT"),
        ({"table": "shop.orders", "watermark": "changed"}, {}, ExtractError, "connection orders_db: table shop.orders has no column changed, which source.jdbc.watermark names; it has id, seen, status"),
        ({"watermark": "seen"}, {}, ExtractError, "connection orders_db: column seen of table orders is NULL in every row, so it is no watermark"),
        ({"watermark": "status"}, {}, ExtractError, "connection orders_db: column status of table orders is text; a watermark is a number or a time"),
    ],
)
def test_what_is_wrong_is_one_sentence_without_a_credential(sql, extract, server, source, access, error, message):
    sql("CREATE TABLE orders (id int, seen datetime, status text)", "INSERT INTO orders VALUES (1, NULL, 'a')")
    if access.pop("db", None):
        access = {"url": server.url.replace("/shop", "/no")}
    with pytest.raises(error) as raised:
        extract({"id": "int"}, access=access, **source)
    assert str(raised.value) == message and PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is None

