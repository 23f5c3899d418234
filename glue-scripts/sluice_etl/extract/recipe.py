"""One extract from its plan to its receipt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import SparkSession

from ..contract import parse_contract
from ..lake.store import S3Store
from .database import Access
from .errors import CredentialsError
from .extract import Extract, Extracted, JdbcSource, Place, Window
from .secret import Connection


@dataclass(frozen=True)
class Places:
    plan_uri: str
    contract_uri: str
    raw_root: str
    lake_root: str


def run(spark: SparkSession, store: S3Store, connection: Connection, places: Places) -> dict:
    """Returns the receipt, which is written last: an extract without one has not landed."""
    plan = json.loads(store.read_text(places.plan_uri))
    contract = parse_contract(store.read_text(places.contract_uri))
    source, window = _source(plan["source"]), Window(plan.get("lower"), plan.get("upper"), tuple(f"{places.raw_root}/{key}" for key in plan.get("before", [])))
    folder = f"{places.lake_root}/extracts/{plan['dataset']}/{plan['extractId']}/"
    place = Place(f"{folder}scratch/", f"{places.raw_root}/raw/{plan['dataset']}/{contract.partition_keys[0]}={plan['extractId']}/")
    extracted = with_access(connection, lambda access: Extract(spark, store, contract, source, access).run(place, window))
    keys = [uri.removeprefix(f"{places.raw_root}/") for uri in extracted.objects]
    receipt = {"rows": extracted.rows, "objects": keys, "upper": extracted.upper}
    store.write_text(f"{folder}receipt.json", json.dumps(receipt, indent=1))
    return receipt


def with_access(connection: Connection, extract: Callable[[Access], Extracted]) -> Extracted:
    """Extracts with the secret as it is, and once more when it was rotated meanwhile."""
    access = connection.access()
    try:
        return extract(access)
    except CredentialsError:
        # The secret may have been rotated after it was read.
        rotated = connection.access()
        if rotated == access:
            raise
        return extract(rotated)


def _source(declared: dict) -> JdbcSource:
    split = declared.get("split") or {}
    return JdbcSource(declared["table"], declared.get("watermark"), declared["lagSeconds"], split.get("by"), split.get("parts", 1), split.get("method") == "hash", declared.get("mode") == "full")
