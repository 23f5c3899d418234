"""What is written twice, here and in TypeScript: test/unit/twins.test.ts reads the same files of cases."""

import json
from pathlib import Path

import pytest
from lake import contract_with
from sluice_etl.lake.globs import excluded
from sluice_etl.lake.hive_paths import partition_path, partition_values
from sluice_etl.plan import parse_plan
from sluice_etl.tables.parquet.compaction import files_for

CASES = Path(__file__).parent.parent / "cases"


def cases(name: str):
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("case", cases("plans"), ids=lambda case: case["plan"]["source"])
def test_a_plan_is_read_as_it_was_written(case):
    plan, read = parse_plan(json.dumps(case["plan"])), case["read"]
    assert (plan.dataset, plan.batch_id, plan.source) == tuple(case["plan"][name] for name in ("dataset", "batchId", "source"))
    assert list(plan.predicates) == case["plan"]["predicates"]
    assert [[planned.key, planned.size, planned.relanded] for planned in plan.objects] == read["objects"]
    assert [plan.unread and list(plan.unread), plan.partitions and list(plan.partitions)] == [read["unread"], read["partitions"]]
    assert {name: getattr(plan, name) for name in ("check_keys", "reads", "rebuild")} == {name: read[name] for name in ("check_keys", "reads", "rebuild")}


def test_manifests_have_the_shape_that_is_agreed_on(lake):
    for case in cases("manifests"):
        keys = [lake.land(name, content) for name, content in case["landed"].items()]
        manifest = lake.batch(contract_with(**case.get("contract", {})), keys=keys or None, **case["plan"])
        assert set(manifest["metrics"]) and all(isinstance(value, (int, float)) for value in manifest["metrics"].values()) or not keys
        folders = [*manifest["partitions"], *manifest.get("tombstones", []), manifest["quarantine"]]
        for file in (file for folder in folders for file in folder["files"]):
            assert file["bytes"] > 0
            file["bytes"] = 1
        for example in manifest["quarantine"]["examples"]:
            example["file"] = example["file"].removeprefix(f"file:{lake.root}/raw")
        expected = case["manifest"]
        manifest.update({name: expected[name] for name in ("metrics", "startedAt", "finishedAt")})
        assert manifest == expected and list(manifest) == list(expected)


@pytest.mark.parametrize("case", cases("globs")["cases"], ids=lambda case: case["glob"])
def test_a_glob_excludes_what_it_should_and_no_more(case):
    wrong = [path for path in case["excluded"] if not excluded(path, (case["glob"],))]
    assert wrong + [path for path in case["kept"] if excluded(path, (case["glob"],))] == []
    together = ("no/such/**", case["glob"], "nor/this")
    assert all(excluded(path, together) for path in case["excluded"]) and not any(excluded(path, together) for path in case["kept"])


def test_a_glob_takes_one_step_for_each_letter_of_a_key(monkeypatch):
    from sluice_etl.lake.globs import _Matcher

    slow, steps = cases("globs")["slow"], []
    matcher, step = _Matcher((slow["glob"],)), _Matcher._step
    monkeypatch.setattr(_Matcher, "_step", lambda self, place, letter: steps.append(letter) or step(self, place, letter))
    key = "day=1/" + slow["repeated"] * slow["times"]
    assert matcher.matches(key) is slow["excluded"]
    assert len(key) > 900 and len(steps) < 100


@pytest.mark.parametrize("case", cases("hive-paths"), ids=lambda case: case["path"] or "none")
def test_partition_folders_are_written_and_read_as_hive_does(case):
    assert partition_path(tuple(case["keys"]), tuple(case["values"])) == case["path"]
    assert partition_values(case["path"]) == dict(zip(case["keys"], case["values"]))


def test_spark_writes_partition_folders_under_these_names(spark, tmp_path):
    paths = {case["path"]: case["values"][0] for case in cases("hive-paths") if case["keys"] == ["place"]}
    spark.createDataFrame([(1, value) for value in paths.values()], "n INT, place STRING").write.partitionBy("place").parquet(f"{tmp_path}/table")
    assert {folder.name for folder in (tmp_path / "table").glob("place=*")} == set(paths)


@pytest.mark.parametrize("case", cases("files-per-partition"), ids=lambda case: str(case["files"]))
def test_a_partition_is_given_as_many_files_as_its_bytes_ask_for(case):
    assert files_for(sum(case["sizes"]), case["target_file_mb"]) == case["files"]
