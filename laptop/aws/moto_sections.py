"""What is kept of each service of moto: how it is read, and how it is put back. Both get the KeptState first."""

import uuid
from datetime import UTC, datetime

from moto.dynamodb import dynamodb_backends
from moto.glue import glue_backends
from moto.glue.models import FakePartition, FakeTable
from moto.kinesis import kinesis_backends
from moto.kinesis.models import Record, Shard
from moto.s3 import s3_backends
from moto.s3.models import FakeDeleteMarker, FakeKey
from moto.sns import sns_backends
from moto.sqs import sqs_backends
from moto.sqs.models import Message

from moto_transactions import one_request_at_a_time

ACCOUNT, REGION = "123456789012", "us-east-1"
_MESSAGE = ("message_attributes", "system_attributes", "sent_timestamp", "delayed_until", "approximate_receive_count")


def read_messages(_):
    queues = sqs_backends[ACCOUNT][REGION].queues
    return {name: [_message(each) for each in list(queue._messages)] for name, queue in queues.items()}


def _message(message):
    return {"id": message.id, "body": message.body} | {name: getattr(message, name) for name in _MESSAGE}


def write_messages(_, name, kept):
    queue = sqs_backends[ACCOUNT][REGION].queues.get(name)
    if queue is None:
        return False
    for each in kept:
        # Visible at once: the process that had received it is gone.
        message = Message(each["id"], each["body"])
        for field in _MESSAGE:
            setattr(message, field, each[field])
        queue._messages.append(message)
    return True


def read_items(_):
    with one_request_at_a_time:
        tables = dynamodb_backends[ACCOUNT][REGION].tables
        return {name: [item.to_json()["Attributes"] for item in table.all_items()] for name, table in tables.items()}


def write_items(_, name, kept):
    backend = dynamodb_backends[ACCOUNT][REGION]
    if name not in backend.tables:
        return False
    for item in kept:
        backend.put_item(name, item)
    return True


def read_tables(_):
    """Those that the job makes, of Iceberg: the others are declared."""
    databases = glue_backends[ACCOUNT][REGION].databases
    return {database.name: tables for database in databases.values() if (tables := _iceberg_tables(database))}


def _iceberg_tables(database):
    current = [(table, table._current_version, table.get_version(str(table._current_version))) for table in list(database.tables.values())]
    return [
        {"name": table.name, "version": version, "input": given}
        for table, version, given in current
        if "metadata_location" in given.get("Parameters", {})
    ]


def write_tables(_, name, kept):
    database = glue_backends[ACCOUNT][REGION].databases.get(name)
    if database is None:
        return False
    for each in kept:
        if each["name"] not in database.tables:
            table = FakeTable(name, each["name"], each["input"], ACCOUNT)
            table._current_version, table.versions = each["version"], {str(each["version"]): each["input"]}
            database.tables[each["name"]] = table
    return True


def read_partitions(_):
    databases = glue_backends[ACCOUNT][REGION].databases
    tables = [(database, table) for database in databases.values() for table in database.tables.values()]
    return {f"{database.name}/{table.name}": [each.partition_input for each in list(table.partitions.values())] for database, table in tables}


def write_partitions(_, name, kept):
    database, _, table = name.partition("/")
    there = glue_backends[ACCOUNT][REGION].databases.get(database)
    found = there.tables.get(table) if there else None
    if found is None:
        return False
    keys = len(found.as_dict().get("PartitionKeys", []))
    for each in kept:
        # Of a table that is partitioned in another way now, the next crawl finds what there is.
        if len(each["Values"]) == keys:
            found.partitions.setdefault(str(each["Values"]), FakePartition(database, table, each))
    return True


def read_subscriptions(_):
    topics = {}
    for each in list(sns_backends[ACCOUNT][REGION].subscriptions.values()):
        kept = {"endpoint": each.endpoint, "protocol": each.protocol, "arn": each.arn, "attributes": dict(each.attributes)}
        topics.setdefault(each.topic.arn, []).append(kept)
    return topics


def write_subscriptions(_, name, kept):
    backend = sns_backends[ACCOUNT][REGION]
    if name not in backend.topics:
        return False
    for each in kept:
        if backend._find_subscription(name, each["endpoint"], each["protocol"]):
            continue
        made = backend.subscribe(name, each["endpoint"], each["protocol"])
        del backend.subscriptions[made.arn]
        made.arn = each["arn"]
        backend.subscriptions[made.arn] = made
        # The scope says how the policy is to be read.
        for key in ("FilterPolicyScope", "FilterPolicy", "RawMessageDelivery"):
            if key in each["attributes"]:
                backend.set_subscription_attributes(made.arn, key, each["attributes"][key])
    return True


def read_objects(state):
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    return {bucket.name: {key.name: kept for key in _existing(bucket) if (kept := _object(state, key))} for bucket in buckets.values()}


def _existing(bucket):
    newest = [versions[-1] for versions in list(dict.values(bucket.keys)) if versions]
    return [key for key in newest if not isinstance(key, FakeDeleteMarker)]


def _object(state, key):
    if not hasattr(key, "kept_as"):
        name = uuid.uuid4().hex
        try:
            (state.objects / name).write_bytes(key.value)
        except ValueError:
            return None  # deleted meanwhile
        key.kept_as = name
    modified = key.last_modified.isoformat()
    return {"file": key.kept_as, "size": key.contentsize, "etag": key.etag.strip('"'), "modified": modified, "metadata": dict(key._metadata)}


def write_objects(state, name, kept):
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(name)
    if bucket is None:
        return False
    for key_name, each in kept.items():
        path = state.objects / each["file"]
        # An object of a new deployment is newer; a file that a crash cut short is lost.
        if key_name in bucket.keys or not path.exists() or path.stat().st_size != each["size"]:
            continue
        version = str(uuid.uuid4()) if bucket.is_versioned else "null"
        owner = {"account_id": ACCOUNT, "region_name": REGION, "bucket_name": name}
        key = FakeKey(key_name, path.read_bytes(), etag=each["etag"], is_versioned=bucket.is_versioned, version_id=version, **owner)
        key.last_modified = datetime.fromisoformat(each["modified"])
        key.set_metadata(each["metadata"], replace=True)
        key.kept_as = each["file"]
        bucket.keys[key_name] = key
    return True


_SHARD = ("_shard_id", "starting_hash", "ending_hash", "parent", "adjacent_parent", "is_open")


def read_streams(_):
    streams = kinesis_backends[ACCOUNT][REGION].streams
    return {name: [_shard(each) for each in list(stream.shards.values())] for name, stream in streams.items()}


def _shard(shard):
    records = [
        [number, each.partition_key, each.data, each.explicit_hash_key, each.created_at_datetime.isoformat()]
        for number, each in list(shard.records.items())
    ]
    return {name: getattr(shard, name) for name in _SHARD} | {"records": records}


def write_streams(_, name, kept):
    stream = kinesis_backends[ACCOUNT][REGION].streams.get(name)
    if stream is None:
        return False
    for each in kept:
        shard = Shard(*(each[field] for field in _SHARD[:5]))
        shard.is_open = each["is_open"]
        for number, partition_key, data, explicit_hash_key, created in each["records"]:
            record = Record(partition_key, data, number, explicit_hash_key)
            record.created_at_datetime = datetime.fromisoformat(created)
            record.created_at = record.created_at_datetime.replace(tzinfo=UTC).timestamp()
            shard.records[number] = record
        stream.shards[shard.shard_id] = shard
    return True


# Messages before what their consumers write: between two looks a message may come twice, and is never lost.
SECTIONS = {
    "messages": (read_messages, write_messages),
    "streams": (read_streams, write_streams),
    "items": (read_items, write_items),
    "tables": (read_tables, write_tables),
    "partitions": (read_partitions, write_partitions),
    "subscriptions": (read_subscriptions, write_subscriptions),
    "objects": (read_objects, write_objects),
}
