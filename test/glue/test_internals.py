"""With and without Spark's internals the job makes the same tables; where this Spark is not the known one, it does without."""

import re
from pathlib import Path

import pytest
from lake import contract_with, needs_internals
from pyspark.sql import functions as F
from sluice_etl import spark_internals
from sluice_etl.errors import ConfigurationError
from sluice_etl.judge.expressions import expressions
from sluice_etl.merge.kept_shuffle import number_of_each_part

SCRIPTS = Path(spark_internals.__file__).parent.parent
HEADER = "id,at,amount\n"
FIRST = "a,2025-01-01 10:00:00,1\nb,2025-01-01 11:00:00,2\nb,2025-01-01 11:00:00,2\nb,2025-01-01 10:30:00,9\nc,2025-01-02 10:00:00,-3\nd,soon,x\ne\n"


@pytest.fixture
def spark_with(spark):
    """Switches the internals on or off; afterwards they are as they were."""
    before = spark.conf.get("spark.sluice.internals")
    yield lambda value: spark.conf.set("spark.sluice.internals", value)
    spark.conf.set("spark.sluice.internals", before)


@pytest.mark.nightly
@pytest.mark.parametrize("way", ["on", "off"])
def test_a_batch_that_fails_leaves_nothing_in_scratch(lake, spark_with, monkeypatch, way):
    spark_with(way)
    lake.land("day=1/_odd.csv", "id\n")
    key = lake.land("day=1/a.csv", HEADER + FIRST)
    monkeypatch.setattr(lake.store, "move_all", lambda moves: (_ for _ in ()).throw(OSError("no room")))
    with pytest.raises(OSError, match="no room"):
        lake.curate(keys=[key])
    assert not list((lake.root / "lake/runs").rglob("scratch/**/*.parquet"))


@pytest.mark.nightly
def test_a_batch_of_bad_rows_only_and_one_of_good_rows_only_need_no_internals(lake, spark_with):
    spark_with("off")
    bad = lake.batch(keys=[lake.land("day=1/a.csv", HEADER + "a,x,1\n")])
    good = lake.batch(keys=[lake.land("day=1/b.csv", HEADER + "a,2025-01-01 10:00:00,1\n")], batch_id="orders-2")
    assert (bad["rows"]["quarantined"], good["rows"]["written"]) == (1, 1)


@pytest.mark.parametrize("name", spark_internals.SETTINGS)
def test_either_name_of_the_setting_switches_them_off(spark, name):
    session = spark.newSession()
    session.conf.set(name, "off")
    assert not spark_internals.usable(session)


@needs_internals
def test_the_spark_of_these_tests_is_the_known_one(spark):
    assert spark_internals.mismatch(spark) is None and spark_internals.usable(spark)


@needs_internals
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"VERSION": "3.4."}, "its version is 3.5.6, not 3.4.x"),
        pytest.param({"SHAPE": [("org.apache.spark.sql.Dataset", "queryExecutions")]}, "it has no org.apache.spark.sql.Dataset queryExecutions", marks=pytest.mark.nightly),
        pytest.param({"SHAPE": [("org.apache.spark.sql.Datasets", "queryExecution")]}, "it has no org.apache.spark.sql.Datasets queryExecution", marks=pytest.mark.nightly),
        ({"SHAPE": [("org.apache.spark.sql.execution.CoalescedPartitionSpec", "<init>", "int", "int", "int")]}, "it has no .*CoalescedPartitionSpec <init> int int int"),
    ],
)
def test_a_spark_of_another_version_or_shape_is_told_and_does_without(lake, monkeypatch, capsys, change, message):
    monkeypatch.setattr(spark_internals, "_found_wrong", type(spark_internals._found_wrong)())
    for name, value in change.items():
        monkeypatch.setattr(spark_internals, name, value)
    monkeypatch.setattr("sluice_etl.merge.kept_shuffle.run_map_stage", None)
    assert lake.batch(keys=[lake.land("day=1/a.csv", HEADER + FIRST)])["rows"]["written"] == 2
    told = capsys.readouterr().out
    assert re.search(message, told) and told.count("This Spark differs") == 1


@needs_internals
def test_a_step_that_spark_plans_between_kept_rows_and_their_merge_fails_the_batch_before_it_writes(lake, monkeypatch):
    # With this Spark wants the window's rows by the key's columns as well, and plans an exchange for it.
    monkeypatch.setitem(__import__("sluice_etl.session").session.SESSION, "spark.sql.requireAllClusterKeysForDistribution", "true")
    with pytest.raises(ConfigurationError, match=r"\(Exchange\) between .* Run the job with --conf spark.sluice.internals=off"):
        lake.batch(keys=[lake.land("day=1/a.csv", HEADER + FIRST)])
    assert not lake.files("staged")


@pytest.mark.nightly
def test_each_part_is_reached_by_its_number(spark):
    for parts in (1, 2, 7, 40):
        numbers = number_of_each_part(spark, parts)
        frame = spark.createDataFrame([(number,) for number in numbers], "number INT").repartition(parts, "number")
        assert {row["number"]: row["part"] for row in frame.select("number", F.spark_partition_id().alias("part")).collect()} == {
            number: part for part, number in enumerate(numbers)
        }


EXPRESSIONS = [
    ("amount < 0", {"amount"}),
    ("coalesce(Amount, tiny) IS NULL AND id <> 'tags'", {"amount", "tiny", "id"}),
    ("parts.n > 1", {"parts"}),
    ("`odd ``name` = 1", {"odd `name"}),
    ("exists(tags, id -> id = 'x')", {"tags"}),
    ("exists(tags, t -> t = id)", {"tags", "id"}),
    ("1 < 2", set()),
]


@pytest.mark.parametrize("way", ["on", "off"])
def test_the_columns_that_an_expression_uses_are_found(spark, spark_with, way):
    spark_with(way)
    frame = spark.sql("SELECT 1 AS amount, 2 AS tiny, 'x' AS id, array('x') AS tags, struct(1 AS n) AS parts, 1 AS `odd ``name`, 4 AS n")
    wanted = {f"rule {place}": sql for place, (sql, _) in enumerate(EXPRESSIONS)}
    found = expressions(frame, wanted)
    assert [(wanted[where], made.references) for where, made in found.items()] == EXPRESSIONS


def test_each_expression_is_looked_at_as_if_it_were_alone(spark):
    frame = spark.sql("SELECT 1 AS amount, 'x' AS text, struct(1 AS hidden) AS parts")
    wanted = {"window": "count(*) OVER () > 5", "cast": "CAST(text AS INT) > 3", "part": "parts.hidden", "safe": "amount > 1"}
    together, alone = expressions(frame, wanted), {where: expressions(frame, {where: sql})[where] for where, sql in wanted.items()}
    assert together == alone
    assert (together["cast"].can_fail, together["cast"].references, together["safe"].can_fail) == (True, {"text"}, False)
    with pytest.raises(ConfigurationError, match="rule inner does not hold: .*`hidden` cannot be resolved"):
        expressions(frame, {"part": "parts.hidden", "rule inner": "hidden > 1"})


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("amount < nowhere", r"\[UNRESOLVED_COLUMN\.\S+\] .*`nowhere` cannot be resolved.*; line 1 pos 9"),
        ("amount < ", r"\[PARSE_SYNTAX_ERROR\] Syntax error at or near .*"),
        ("year(tags) > 1", r"\[DATATYPE_MISMATCH\.\S+\] Cannot resolve .*"),
        ("*", r"\[INVALID_USAGE_OF_STAR_OR_REGEX\] .*"),
        ("amount > 1) OR (amount < 0", r"\[PARSE_SYNTAX_ERROR\] .*"),
    ],
)
def test_the_first_expression_that_does_not_hold_is_named_in_one_line(spark, sql, reason):
    frame = spark.sql("SELECT 1 AS amount, array('x') AS tags")
    with pytest.raises(ConfigurationError) as raised:
        expressions(frame, {"rule early": "amount > 1", "rule late": sql, "rule later": "tiny < nowhere"})
    assert re.fullmatch(f"rule late does not hold: {reason}", str(raised.value))


def test_only_the_files_whose_shapes_are_checked_touch_the_jvm_side_of_spark():
    door = re.compile(r"\b(_jvm|_jdf|_jsc|_jsparkSession|_gateway|_jreader|_jwrite|queryExecution|sessionState)\b")
    users = [str(path.relative_to(SCRIPTS)) for path in SCRIPTS.rglob("*.py") if door.search(path.read_text("utf-8"))]
    # Tables of Iceberg go through its own Java interface, which is public, and through no internals of Spark.
    iceberg = [user for user in users if user.startswith("sluice_etl/tables/iceberg/")]
    assert sorted(iceberg) == [f"sluice_etl/tables/iceberg/{name}.py" for name in ("catalog", "data_files", "evolution/evolve", "migration", "retention")]
    assert sorted(set(users) - set(iceberg)) == ["sluice_etl/spark_expressions.py", "sluice_etl/spark_internals.py", "sluice_etl/spark_lineage.py"]


@pytest.mark.nightly
def test_a_contract_without_partitions_takes_the_public_way_too(lake, spark_with):
    spark_with("off")
    contract = contract_with(derive={}, curated={"partition_by": [], "target_file_mb": 128})
    lake.batch(contract, keys=[lake.land("day=1/a.csv", HEADER + "a,2025-01-01 10:00:00,1\n")])
    manifest = lake.batch(contract, keys=[lake.land("day=1/b.csv", HEADER + "a,2025-01-01 11:00:00,1\na,2025-01-01 09:00:00,1\n")], batch_id="orders-2")
    assert manifest["rows"] == {"read": 2, "written": 1, "duplicates": 0, "superseded": 1, "quarantined": 0}
