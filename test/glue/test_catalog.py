"""What the catalog answers is taken as the folders have it."""

import pytest

from sluice_etl.lake.catalog import GlueCatalog


class Client:
    def __init__(self, values, location):
        self.partition = {"Values": values, "StorageDescriptor": {"Location": location}}

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return [{"Partitions": [self.partition]}]


@pytest.mark.parametrize(
    ("noted", "folders", "values"),
    [
        (["a=b", "1"], "city=a%3Db/day=1", ("a=b", "1")),
        (["a%3Db", "1"], "city=a%3Db/day=1", ("a=b", "1")),
        # Decoded once: a text that looks escaped is one.
        (["%41"], "city=%2541", ("%41",)),
        (["50%"], "city=50%25", ("50%",)),
        (["x"], "somewhere%20else", ("x",)),
    ],
)
def test_a_value_is_that_of_its_folder_however_the_crawler_noted_it(noted, folders, values):
    catalog = GlueCatalog(Client(noted, f"s3://raw/raw/orders/{folders}"), "lake")
    [partition] = catalog.partitions("orders_raw")
    assert partition.values == values
    assert partition.location == f"s3://raw/raw/orders/{folders}/"
