"""Objects by URI, over an S3 client that the caller made."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from botocore.config import Config

from ..errors import FileGoneError

# Requests in flight at once: S3 takes 3,500 writes a second a prefix, and the driver's connection pool is no larger.
CONCURRENCY = 16
# A busy bucket answers 503 for a while: that is no reason to lose a batch.
CLIENT = Config(max_pool_connections=CONCURRENCY, retries={"mode": "adaptive", "max_attempts": 10})
CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class StoredObject:
    uri: str
    size: int


class S3Store:
    def __init__(self, client):
        self._client = client

    def read_text(self, uri: str) -> str:
        bucket, key = _split(uri)
        return self._client.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8")

    def read_text_if_there(self, uri: str) -> str | None:
        try:
            return self.read_text(uri)
        except self._client.exceptions.NoSuchKey:
            return None

    def write_text(self, uri: str, text: str) -> None:
        bucket, key = _split(uri)
        self._client.put_object(Bucket=bucket, Key=key, Body=text.encode("utf-8"), ContentType="application/json")

    def head(self, uri: str, size: int) -> bytes:
        bucket, key = _split(uri)
        return self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{size - 1}")["Body"].read()

    def chunks(self, uri: str) -> Iterator[bytes]:
        """All of an object, piece by piece."""
        bucket, key = _split(uri)
        yield from self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK_BYTES)

    def write_from(self, uri: str, stream) -> None:
        """`stream` is read to its end; what it holds may be larger than memory."""
        bucket, key = _split(uri)
        self._client.upload_fileobj(stream, bucket, key)

    def tail(self, uri: str, size: int) -> bytes:
        """The last bytes, all of a shorter object. Raises FileGoneError where there is none."""
        bucket, key = _split(uri)
        try:
            return self._client.get_object(Bucket=bucket, Key=key, Range=f"bytes=-{size}")["Body"].read()
        except self._client.exceptions.NoSuchKey as error:
            raise FileGoneError(uri) from error

    def size(self, uri: str) -> int | None:
        """Undefined size means no such object."""
        bucket, key = _split(uri)
        try:
            return self._client.head_object(Bucket=bucket, Key=key)["ContentLength"]
        except self._client.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                return None
            raise

    def list(self, prefix: str) -> Iterator[StoredObject]:
        bucket, key = _split(prefix)
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key):
            for found in page.get("Contents", []):
                yield StoredObject(f"s3://{bucket}/{found['Key']}", found["Size"])

    def has_any(self, prefix: str) -> bool:
        bucket, key = _split(prefix)
        return self._client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)["KeyCount"] > 0

    def copy(self, source: str, target: str) -> None:
        from_bucket, from_key = _split(source)
        bucket, key = _split(target)
        # The managed copy goes over to parts above S3's 5 GB limit for one request.
        self._client.copy({"Bucket": from_bucket, "Key": from_key}, bucket, key)

    def move_all(self, moves: list[tuple[str, str]]) -> None:
        in_parallel(lambda move: self.copy(*move), moves)
        self.remove([source for source, _ in moves])

    def remove(self, uris: list[str]) -> None:
        for start in range(0, len(uris), 1000):
            chunk = [_split(uri) for uri in uris[start : start + 1000]]
            answer = self._client.delete_objects(
                Bucket=chunk[0][0], Delete={"Objects": [{"Key": key} for _, key in chunk], "Quiet": True}
            )
            if answer.get("Errors"):
                raise OSError(f"could not remove {answer['Errors'][0].get('Key')}: {answer['Errors'][0].get('Code')}")


def in_parallel(action, items: list) -> list:
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return list(pool.map(action, items))


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
