"""Extracts of a real PostgreSQL, against what the server itself prints."""

import json
from pathlib import Path

import pytest
from extracting import Extracting, statements
from postgres_server import PASSWORD, USER, PostgresServer
from sluice_etl.extract.errors import CredentialsError, ExtractError, UnreachableDatabaseError
from sluice_etl.extract.recipe import with_access
from sluice_etl.extract.secret import Connection

PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("postgres")
    for part in (folder, folder.parent, folder.parent.parent):
        part.chmod(0o755)
    with PostgresServer(folder / "cluster", PACKAGES) as started:
        yield started


@pytest.fixture
def sql(server, spark):
    connection, run = statements(spark, spark._jvm.org.postgresql.Driver(), server.url, USER, PASSWORD)
    run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    yield run
    connection.close()


@pytest.fixture
def extract(lake, server, spark):
    return Extracting(spark, lake, {"name": "orders_db", "url": server.url, "secret": "orders-reader", "user": USER, "password": PASSWORD}, "public.orders")


TYPES = {
    "id": ("int", "1"), "exact": ("numeric", "123456789012345678901234567890.1234567890"), "f4": ("real", "0.1"), "f8": ("float8", "1e300"), "c": ("char(5)", "'ab'"), "t": ("text", "E'Zoë\\n'"),
    "at": ("timestamp", "'2024-03-10 02:30:00.123456'"), "atz": ("timestamptz", "'2024-03-10 07:30:00.000001+00'"), "atzs": ("timestamptz[]", "'{2024-03-10 07:30:00+00}'"),
    "span": ("interval", "'1 year 1.5 s'"), "nums": ("numeric[]", "'{1.10,NULL}'"), "old": ("timestamptz", "'0044-03-15 10:00:00+00 BC'"), "nan": ("numeric", "'NaN'"), "j": ("json", "'{\"a\": 1.10}'"),
}  # fmt: skip
# What psql prints, but arrays, which are JSON.
PRINTED = {
    "id": "1", "exact": "123456789012345678901234567890.1234567890", "f4": "0.1", "f8": "1e+300", "c": "ab   ", "t": "Zoë\n", "at": "2024-03-10 02:30:00.123456",
    "atz": "2024-03-10 07:30:00.000001+00", "atzs": '["2024-03-10T07:30:00+00:00"]', "span": "1 year 00:00:01.5", "nums": "[1.10,null]", "old": "0044-03-15 10:00:00+00 BC", "nan": "NaN", "j": '{"a": 1.10}',
}  # fmt: skip


@pytest.mark.nightly
def test_values_are_the_texts_that_the_server_prints_and_bytes_are_bytes(sql, extract):
    sql(
        f"CREATE TABLE orders ({', '.join(f'{name} {type}' for name, (type, _) in TYPES.items())}, raw bytea, none text)",
        f"INSERT INTO orders VALUES ({', '.join(value for _, value in TYPES.values())}, '\\xff00', NULL)",
    )
    rows, upper = extract({**dict.fromkeys(TYPES, "string"), "raw": "binary", "none": "string"})
    assert rows == [{**PRINTED, "raw": b"\xff\0", "none": None}] and upper is None


@pytest.mark.nightly
def test_windows_and_parts_give_each_row_once_and_overlaps_are_what_was_read_before(sql, extract):
    sql(
        "CREATE TABLE orders (id bigint, region text, updated_at timestamptz)",
        "INSERT INTO orders SELECT n, CASE WHEN n % 7 > 0 THEN n::text END, now() - interval '1 day' + n * interval '1 second' FROM generate_series(1, 1000) n",
        "INSERT INTO orders VALUES (5000, 'x', now() + interval '1 hour'), (5001, 'y', now()), (5002, 'z', NULL)",
    )
    of = {"table": "public.orders", "watermark": "updated_at", "lag_seconds": 900, "split_by": "region", "parts": 4}
    rows, upper = extract({"id": "bigint", "updated_at": "timestamp"}, **of)
    assert sorted(int(row["id"]) for row in rows) == [*range(1, 1001), 5002] and upper == max(row["updated_at"] for row in rows if row["updated_at"])
    sql("UPDATE orders SET updated_at = now() - interval '20 minutes' WHERE id IN (3, 5001)")
    again, later = extract({"id": "bigint"}, 2, upper, **of)
    assert sorted(int(row["id"]) for row in again) == [3, 1000, 5001, 5002] and later > upper


@pytest.mark.parametrize(
    ("source", "access", "error", "message"),
    [
        ({}, {"password": "wr0ng", "secret": "sluice-laptop/orders_db"}, ExtractError, "connection orders_db: the database refuses the user or the password; give others in --connection orders_db=…"),
        ({}, {"password": "wr0ng"}, ExtractError, "connection orders_db: the database refuses the user or the password; correct secret orders-reader"),
        ({}, {"url": "jdbc:postgresql://127.0.0.1:1/postgres"}, UnreachableDatabaseError, "connection orders_db: the database cannot be reached; check the url, its network and whether it runs"),
        ({"table": "public.nothing"}, {}, ExtractError, "connection orders_db: there is no table public.nothing; correct source.jdbc.table"),
        ({"watermark": "changed"}, {}, ExtractError, "connection orders_db: table public.orders has no column changed, which source.jdbc.watermark names; it has id, seen, status"),
        ({"split_by": "part"}, {}, ExtractError, "connection orders_db: table public.orders has no column part, which source.jdbc.split.by names; it has id, seen, status"),
        ({"watermark": "seen"}, {}, ExtractError, "connection orders_db: column seen of table public.orders is NULL in every row, so it is no watermark"),
        ({"watermark": "status"}, {}, ExtractError, "connection orders_db: column status of table public.orders is text; a watermark is a number or a time"),
        ({}, {"url": "jdbc:oracle:thin:@x"}, ExtractError, "connection orders_db: its url must begin with jdbc:postgresql: or jdbc:mysql:"),
    ],
)
def test_what_is_wrong_is_one_sentence_without_a_credential(sql, extract, source, access, error, message):
    sql("CREATE TABLE orders (id int, seen timestamptz, status text)", "INSERT INTO orders VALUES (1, NULL, 'a')")
    with pytest.raises(error) as raised:
        extract({"id": "int"}, access=access, **source)
    assert str(raised.value) == message and PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is None


class Secrets:
    """Secrets Manager, which has another password each time that it is asked; the last one stays."""

    def __init__(self, *passwords: str):
        self.passwords, self.asked = passwords, 0

    def get_secret_value(self, SecretId: str) -> dict:
        password = self.passwords[min(self.asked, len(self.passwords) - 1)]
        self.asked += 1
        return {"SecretString": json.dumps({"username": USER, "password": password})}


def test_a_secret_that_was_rotated_after_it_was_read_is_read_again_and_a_wrong_one_once(sql, extract, server):
    sql("CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1)")
    for passwords, asked in [((PASSWORD,), 1), (("before", PASSWORD), 2), (("before",), 2), (("before", "after"), 2)]:
        secrets = Secrets(*passwords)

        def read(secrets=secrets):
            return with_access(Connection("orders_db", server.url, "orders-reader", secrets), lambda access: extract({"id": "int"}, access=vars(access)))

        if PASSWORD in passwords:
            assert read()[0] == [{"id": "1"}]
        else:
            with pytest.raises(CredentialsError, match=r"^connection orders_db: the database refuses the user or the password; correct secret orders-reader$"):
                read()
        assert secrets.asked == asked


def test_a_column_that_was_dropped_is_named(sql, extract):
    sql("CREATE TABLE orders (id int)")
    with pytest.raises(ExtractError, match=r"table public\.orders has no column status, which columns\.status names; it has id"):
        extract({"id": "int", "status": "string"})


def test_a_table_without_settled_rows_gives_nothing(sql, extract):
    sql("CREATE TABLE orders (id int, seen timestamptz)")
    assert extract({"id": "int"}, watermark="seen") == ([], None)
    sql("INSERT INTO orders VALUES (1, now())")
    assert extract({"id": "int"}, watermark="seen", lag_seconds=60) == ([], None)


@pytest.mark.nightly
@pytest.mark.parametrize("type", ["smallint", "integer", "bigint"])
def test_ranges_of_a_number_have_each_row_once_whatever_its_ends_are(sql, extract, type):
    ends = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}[type]
    numbers = [-ends, -ends + 1, -7, -1, 0, 1, 2, 3, 50, ends - 1]
    sql(f"CREATE TABLE orders (id {type}, name text)", *(f"INSERT INTO orders VALUES ({number}, 'x')" for number in [*numbers, "NULL"]))
    for parts in (2, 3, 7):
        rows, _ = extract({"id": "string", "name": "string"}, parts, split_by="id", parts=parts)
        assert sorted(row["id"] or "" for row in rows) == sorted(["", *map(str, numbers)])


def test_one_number_and_no_row_need_one_reader(sql, extract):
    sql("CREATE TABLE orders (id int NOT NULL)")
    assert extract({"id": "int"}, split_by="id", parts=4) == ([], None)
    sql("INSERT INTO orders VALUES (7), (7)")
    assert [row["id"] for row in extract({"id": "int"}, split_by="id", parts=4)[0]] == ["7", "7"]


@pytest.mark.nightly
def test_rows_that_are_gone_come_as_their_key_alone(sql, extract, lake):
    sql("CREATE TABLE orders (id int, region text, status text)", "INSERT INTO orders SELECT n, CASE WHEN n < 9 THEN 'x' END, 'new' FROM generate_series(1, 9) n", "INSERT INTO orders VALUES (-2147483648, 'x', 'new'), (NULL, 'x', 'new')")
    columns = {"id": "int", "region": "string", "status": "string", "op": {"type": "string", "from": "extract_op"}}
    of = {"primary_key": ["id", "region"], "split_by": "id", "parts": 2, "full": True}
    first, _ = extract(columns, 1, **of)
    assert {row["extract_op"] for row in first} == {"R"} and len(first) == 11
    sql("DELETE FROM orders WHERE id IN (3, 4, 9)", "UPDATE orders SET status = 'changed' WHERE id = 5")
    before = tuple(sorted(f"file:{path}" for path in Path(lake.root, "raw/raw/orders/extract_id=1").glob("*.parquet")))
    second, _ = extract(columns, 2, before=before, **of)
    gone = [row for row in second if row["extract_op"] == "D"]
    # The one without its whole key is in quarantine, and not gone.
    assert sorted(row["id"] for row in gone) == ["3", "4"] and {row["status"] for row in gone} == {None}
    assert sorted(str(row["id"]) for row in second if row["extract_op"] == "R") == ["-2147483648", "1", "2", "5", "6", "7", "8", "None"]
    after = tuple(sorted(f"file:{path}" for path in Path(lake.root, "raw/raw/orders/extract_id=2").glob("*.parquet")))
    assert all(row["extract_op"] == "R" for row in extract(columns, 3, before=after, **of)[0])
    with pytest.raises(ExtractError, match=r"part-9\.parquet of an earlier extract is gone, so removed rows cannot be found; put it back, or extract with --all"):
        extract(columns, 4, before=(*after, after[0].replace("part-00000", "part-9")), **of)
