"""Where moto's Kinesis differs from AWS in what a consumer sees.

- Its sequence numbers are 1, 2, 3 in each shard: a shard that was made by a split begins again at 1.
- A record that is put after a split goes to the closed parent, and the split loses what the parent held.
- The last iterator of a closed shard is never null, so a reader would wait for its end forever.
- Two puts at a time may get one sequence number, and a put during a read fails the read.
- A read looks at every record that the shard ever had.
"""

import bisect
import threading
import time
from hashlib import md5

from moto.kinesis import models as kinesis

# As many digits as those of AWS: 56.
_BASE = 49 * 10**54
# One put, or one change of shards, at a time: a record is in the shard that its reader still reads.
_lock = threading.RLock()
_last = [0]


def install() -> None:
    kinesis.Shard.put_record = put_record
    kinesis.Stream.put_record = locked(kinesis.Stream.put_record)
    kinesis.Shard.get_records = get_records
    kinesis.Stream.get_shard_for_key = get_shard_for_key
    kinesis.Stream.split_shard = keeping_records(kinesis.Stream.split_shard)
    kinesis.Stream.merge_shards = keeping_records(kinesis.Stream.merge_shards)
    kinesis.KinesisBackend.get_records = ending(kinesis.KinesisBackend.get_records)


def locked(original):
    def call(*arguments):
        with _lock:
            return original(*arguments)

    return call


@locked
def put_record(shard, partition_key, data, explicit_hash_key):
    # By the clock: what a later start of the stream holds comes after what this one did.
    _last[0] = max(_last[0] + 1, time.time_ns())
    sequence_number = _BASE + _last[0]
    shard.records[sequence_number] = kinesis.Record(partition_key, data, sequence_number, explicit_hash_key)
    return str(sequence_number)


def get_records(shard, last_sequence_id, limit):
    with _lock:
        numbers = list(shard.records)
    start = bisect.bisect_right(numbers, int(last_sequence_id))
    found = [shard.records[number] for number in numbers[start : start + limit if limit else None]]
    if not found:
        return [], int(last_sequence_id), 0
    behind = shard.records[numbers[-1]].created_at - found[-1].created_at
    return found, found[-1].sequence_number, int(behind * 1000)


_original_shard_for_key = kinesis.Stream.get_shard_for_key


def get_shard_for_key(stream, partition_key, explicit_hash_key):
    # It refuses what is no key.
    _original_shard_for_key(stream, partition_key, explicit_hash_key)
    key = int(explicit_hash_key) if explicit_hash_key else int(md5(partition_key.encode()).hexdigest(), 16)
    # Its own ranges leave out their last key, and closed shards are among them.
    return next(shard for shard in list(stream.shards.values()) if shard.is_open and shard.starting_hash <= key <= shard.ending_hash)


def keeping_records(original):
    @locked
    def change_shards(stream, *shard_names):
        held = {name: dict(stream.shards[name].records) for name in shard_names if name in stream.shards}
        for name in held:
            stream.shards[name].records.clear()
        try:
            original(stream, *shard_names)
        finally:
            for name, records in held.items():
                stream.shards[name].records.update(records)

    return change_shards


def ending(original):
    def get_records(backend, stream_arn, shard_iterator, limit):
        following, records, behind = original(backend, stream_arn, shard_iterator, limit)
        name, shard_id, last = kinesis.decompose_shard_iterator(following)
        shard = backend.describe_stream(stream_arn=stream_arn, stream_name=name).get_shard(shard_id)
        with _lock:
            is_read = not shard.is_open and int(last) >= shard.get_max_sequence_number()
        return (None if is_read else following), records, behind

    return get_records
