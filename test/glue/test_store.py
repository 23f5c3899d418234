"""Objects of S3, as moto has them, by the SDK's own client."""

import boto3
import pytest
from moto import mock_aws
from sluice_etl.errors import FileGoneError
from sluice_etl.lake.store import CLIENT, S3Store


@pytest.fixture
def store(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", config=CLIENT)
        client.create_bucket(Bucket="lake")
        yield S3Store(client)


def test_the_last_bytes_of_an_object_are_read_and_all_of_a_shorter_one(store):
    store.write_text("s3://lake/a b/x.parquet", "0123456789")
    assert (store.tail("s3://lake/a b/x.parquet", 4), store.tail("s3://lake/a b/x.parquet", 64)) == (b"6789", b"0123456789")


def test_an_object_that_went_away_is_named(store):
    with pytest.raises(FileGoneError, match=r"^s3://lake/x\.parquet went away while the job read it\. Redrive the batch$"):
        store.tail("s3://lake/x.parquet", 4)
