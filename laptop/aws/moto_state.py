"""What moto holds, kept in a folder: for a pipeline that goes on where it stopped.

Data only (objects, items, messages, partitions, subscriptions): everything that the template declares is made anew at each start, and
the data is put back into what is there then. Data of what is not there any more waits in the folder, in case it comes back.
Of an object only the current version is kept. Nothing of moto's own classes is stored, so that another moto can read it.
"""

import errno
import fcntl
import json
import os
import re
import signal
import sys
import threading
import time
import uuid
from datetime import datetime
from pathlib import Path

from moto.dynamodb import dynamodb_backends
from moto.glue import glue_backends
from moto.glue.models import FakePartition
from moto.moto_server import werkzeug_app
from moto.s3 import s3_backends
from moto.s3.models import FakeDeleteMarker, FakeKey
from moto.sns import sns_backends
from moto.sqs import sqs_backends
from moto.sqs.models import Message

from moto_transactions import one_request_at_a_time

ACCOUNT, REGION = "123456789012", "us-east-1"
_READS = re.compile(r"\.(Get|Query|Scan|Describe|List|Receive|BatchGet)")
_MESSAGE = ("message_attributes", "system_attributes", "sent_timestamp", "delayed_until", "approximate_receive_count")
# A copy takes a twentieth of the time at most, however much there is.
_PAUSE = 20


class KeptState:
    """One folder, used by one process at a time: a successor waits until its predecessor has written."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.objects = folder, folder / "objects"
        self.objects.mkdir(parents=True, exist_ok=True)
        self.saving, self.changed, self.ready, self.orphans = threading.Lock(), False, False, {}
        self.trouble = None
        self.lock = (folder / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        signal.signal(signal.SIGTERM, lambda *_: self.end())

    # Until then nothing is written: a start that was cut short leaves what was kept as it is.
    def begin(self) -> int:
        """Puts back what was kept, then keeps what changes; the number of things put back."""
        count = self.restore()
        self.ready = True
        self._notice_changes()
        threading.Thread(target=self._save_now_and_then, daemon=True).start()
        return count

    def end(self) -> None:
        if self.ready and self.changed:
            self.try_to_save()
        os._exit(0)

    def _notice_changes(self) -> None:
        original = werkzeug_app.MotoRequestHandler.run_wsgi

        def run_wsgi(handler):
            try:
                original(handler)
            finally:
                reads = handler.command in ("GET", "HEAD") or _READS.search(handler.headers.get("X-Amz-Target", ""))
                self.changed = self.changed or not reads

        werkzeug_app.MotoRequestHandler.run_wsgi = run_wsgi

    def _save_now_and_then(self) -> None:
        took = 0.0
        while True:
            time.sleep(max(1.0, took * _PAUSE))
            started = time.monotonic()
            if self.changed:
                self.try_to_save()
            took = time.monotonic() - started

    def try_to_save(self) -> bool:
        """What could not be written stays marked as changed and is tried again. The parent gets a message when the disk is full and when it has room."""
        trouble = None
        try:
            self.save()
        except RuntimeError as error:  # a dictionary that changed while it was walked
            self.changed = True
            print(error, file=sys.stderr)
            return False
        except OSError as error:
            self.changed = True
            trouble = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        if trouble != self.trouble:
            print(json.dumps({"unkept": trouble}), flush=True)
        self.trouble = trouble
        return trouble is None

    def save(self) -> None:
        with self.saving:
            self.changed = False
            # Messages before what their consumers write: between two looks a message may come twice, and is never lost.
            state = {section: self.orphans.get(section, {}) | read(self) for section, (read, _) in SECTIONS.items()}
            target = self.folder / "state.json"
            with target.with_suffix(".new").open("w", encoding="utf-8") as file:
                json.dump(state, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            target.with_suffix(".new").replace(target)
            named = {kept["file"] for objects in state["objects"].values() for kept in objects.values()}
            for path in self.objects.iterdir():
                if path.name not in named:
                    path.unlink()

    def restore(self) -> int:
        source = self.folder / "state.json"
        if not source.exists():
            return 0
        state, count = json.loads(source.read_text(encoding="utf-8")), 0
        for section, (_, write) in SECTIONS.items():
            for name, kept in state.get(section, {}).items():
                if write(self, name, kept):
                    count += len(kept)
                else:
                    self.orphans.setdefault(section, {})[name] = kept
        return count


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
    return {bucket.name: {key.name: kept for key in _standing(bucket) if (kept := _object(state, key))} for bucket in buckets.values()}


def _standing(bucket):
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


SECTIONS = {
    "messages": (read_messages, write_messages),
    "items": (read_items, write_items),
    "partitions": (read_partitions, write_partitions),
    "subscriptions": (read_subscriptions, write_subscriptions),
    "objects": (read_objects, write_objects),
}
