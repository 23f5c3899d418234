"""What keeps the job fast, where it can be seen without a clock."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake import contract_with, needs_internals
from sluice_etl.judge import as_read
from sluice_etl.merge import kept_shuffle
from sluice_etl.merge.sizes import evenly

# -XX:-DontCompileHugeMethods is off by default: a method with more bytes of code than this is interpreted for ever.
LARGEST_COMPILED = 8000


def largest_methods(lake, monkeypatch, contract: dict, file: tuple[str, bytes | str] | None = None) -> list[int]:
    """Bytes of the largest method of each stage that Spark generates to read and judge the rows. `file`: its name and content; without one a line of CSV."""
    sizes = []
    run_map_stage = kept_shuffle.run_map_stage

    def watched(frame, observation):
        stage = run_map_stage(frame, observation)
        codes = frame.sparkSession._jvm.org.apache.spark.sql.execution.debug.package.codegenStringSeq(stage._stage)
        sizes.extend(codes.apply(index)._3().maxMethodCodeSize() for index in range(codes.size()))
        return stage

    monkeypatch.setattr(kept_shuffle, "run_map_stage", watched)
    header = ",".join(contract["columns"])
    line = f"{header}\n1,2025-01-01 10:00:00{',' * (len(contract['columns']) - 2)}\n"
    lake.batch(contract, keys=[lake.land(*(file or ("day=1/a.csv", line)))])
    return sizes


@pytest.mark.nightly
@needs_internals
def test_the_scan_of_an_ordinary_contract_is_code_that_the_jvm_compiles(lake, monkeypatch):
    columns = {f"c{index}": kind for index, kind in enumerate(["string", "bigint", "decimal(12,2)", "date"] * 3)}
    contract = contract_with(
        columns={"id": "string", "at": {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}, **columns},
        quarantine={"rules": {"negative": "c2 < 0", "unknown_kind": "c0 NOT IN ('a', 'b', 'c')", "late": "c3 > DATE'2030-01-01'"}},
    )
    sizes = largest_methods(lake, monkeypatch, contract)
    assert sizes and max(sizes) < LARGEST_COMPILED


@pytest.mark.nightly
@needs_internals
def test_so_is_the_scan_of_parquet_files_with_as_many_texts_as_are_looked_at_together(lake, monkeypatch, tmp_path):
    texts = [f"t{number}" for number in range(as_read._MOST_TOGETHER)]
    numbers = ["at", *(f"n{number}" for number in range(as_read._MOST_BESIDE - len(texts) - 1))]
    pq.write_table(pa.table({"at": pa.array([0], pa.timestamp("us", "UTC")), **{name: ["a"] for name in texts}, **{name: [1] for name in numbers[1:]}}), tmp_path / "a.parquet")
    contract = contract_with(
        columns={"at": "timestamp", **dict.fromkeys(texts, "string"), **dict.fromkeys(numbers[1:], "bigint")},
        primary_key=["t0"],
        source={"format": "parquet", "options": {}},
        quarantine={"rules": {"negative": "n0 < 0", "unknown_kind": "t1 NOT IN ('a', 'b', 'c')", "no_number": "n1 IS NULL"}, "warn_rate": 1, "halt_rate": 1},
    )
    sizes = largest_methods(lake, monkeypatch, contract, ("day=1/a.parquet", (tmp_path / "a.parquet").read_bytes()))
    assert sizes and max(sizes) < LARGEST_COMPILED


@pytest.mark.nightly
@needs_internals
@pytest.mark.parametrize("fractions", [["double"] * 4, ["double", "float", "string"] * 4])
def test_so_is_each_method_of_a_contract_with_many_floats_and_doubles(lake, monkeypatch, fractions):
    columns = {f"c{index}": kind for index, kind in enumerate(fractions)}
    sizes = largest_methods(lake, monkeypatch, contract_with(columns={"id": "string", "at": "timestamp", **columns}, quarantine={"rules": {}}))
    assert len(sizes) > 1 and max(sizes) < LARGEST_COMPILED


@pytest.mark.nightly
def test_a_contract_with_more_columns_than_the_jvm_compiles_in_one_method_names_every_reason(lake):
    columns = {f"c{index}": "int" for index in range(80)}
    contract = contract_with(columns={"id": "string", **columns}, derive={}, latest_by=[], quarantine={"rules": {"last": "c79 < 0"}}, curated={"partition_by": [], "target_file_mb": 128})
    rows = ["good" + ",1" * 80, "all" + ",x" * 80, "last" + ",1" * 79 + ",-1", "some,x" + ",1" * 78 + ",y", "short,1"]
    lake.batch(contract, keys=[lake.land("day=1/a.csv", "\n".join([",".join(["id", *columns]), *rows]) + "\n")])
    assert {row["id"]: row["_errors"] for row in lake.quarantined()} == {
        "all": [f"invalid_type:{name}" for name in columns],
        "last": ["last"],
        "some": ["invalid_type:c0", "invalid_type:c79"],
        None: ["malformed_record"],
    }
    assert [row["id"] for row in lake.curated()] == ["good"]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60), st.integers(1, 20), st.integers(0, 50))
def test_parts_are_dealt_out_whole_in_their_order_and_to_no_more_tasks_than_asked_for(sizes, ranges, first):
    dealt = evenly(tuple(sizes), first, ranges)
    assert dealt[0][0] == first and dealt[-1][1] == first + len(sizes) and len(dealt) <= ranges
    assert all(start < end for start, end in dealt) and all(one[1] == other[0] for one, other in zip(dealt, dealt[1:]))


def test_equal_parts_are_dealt_out_equally():
    assert evenly((40, 40, 39, 39), 0, 2) == [(0, 2), (2, 4)]
