"""The contract as packaging compiled it, read by the job; test/unit/contract/fields.test.ts compiles the same cases."""

import json
from pathlib import Path

from sluice_etl.contract import parse_contract

CASES = json.loads((Path(__file__).parent.parent / "cases" / "contracts.json").read_text("utf-8"))


def read(name: str):
    return parse_contract(json.dumps({**CASES[name]["compiled"], "version": "0123456789ab"}))


def test_every_option_arrives_in_the_job():
    contract = read("every option of CSV")
    order_id, amount, email, ordered = contract.columns

    assert contract.options == {
        "header": True,
        "delimiter": ";",
        "quote": "'",
        "escape": "!",
        "multiline": True,
        "encoding": "latin1",
        "null_values": ["NA", "-"],
    }
    assert order_id.read_from == "Order ID"
    assert (amount.type, amount.decimal_mark, amount.group_mark, amount.round) == ("decimal(12,2)", ",", ".", "half_up")
    assert email.sensitive and not amount.sensitive
    assert ordered.format == "dd.MM.yyyy"
    assert (contract.missing, contract.unknown) == ("quarantine", "fail")
    assert (contract.partition_keys, contract.partition_by, contract.target_file_mb) == (("day",), ("month",), 64)
    assert contract.table_format == "iceberg"


def test_one_null_value_is_a_list_of_one_and_a_tab_is_one_character():
    assert read("the older word for one null, and a tab in single quotes").options == {"null_values": ["NA"], "delimiter": "\t"}


def test_a_path_into_json_is_told_from_a_name_with_dots():
    _, city, zip_code = read("paths into JSON").columns
    assert city.read_from == "address.city"
    assert zip_code.read_from == ("address", "zip.code")


def test_a_condition_for_removals_arrives_in_the_job():
    contract = read("arrays of JSON, and rows that remove their key")
    assert (contract.delete_when, contract.options) == ("city IS NULL", {"multiline": True})
    assert read("paths into JSON").delete_when is None


def test_the_least_contract_has_the_defaults():
    contract = read("the least that a contract can be")
    assert (contract.options, contract.partition_keys, contract.latest_by, contract.rules) == ({}, (), (), {})
    assert contract.columns[0].read_from is None and not contract.columns[0].sensitive


def test_columns_that_no_alert_and_no_report_shows():
    for case in json.loads((Path(__file__).parent.parent / "cases" / "hidden-columns.json").read_text("utf-8")):
        written = {name: case[name] for name in ("columns", "alerts") if name in case}
        content = {"dataset": "people", "version": "0123456789ab", "source": {"format": "csv"}, "primary_key": ["id"], **written}
        assert parse_contract(json.dumps(content)).hidden_columns == case["hidden"], case["name"]
