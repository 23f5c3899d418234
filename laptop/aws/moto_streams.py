"""Where moto's Kinesis differs from AWS in what a consumer sees.

- Its sequence numbers are 1, 2, 3 in each shard: a shard that was made by a split begins again at 1.
- A record that is put after a split goes to the closed parent, and the split loses what the parent held.
- The last iterator of a closed shard is never null, so a reader would wait for its end forever.
- Two puts at a time may get one sequence number.
"""

import threading
import time

from moto.kinesis import models as kinesis

# As many digits as those of AWS: 56.
_BASE = 49 * 10**54
_lock = threading.Lock()
_last = [0]


def install() -> None:
    kinesis.Shard.put_record = put_record
    kinesis.Stream.get_shard_for_key = get_shard_for_key
    kinesis.Stream.split_shard = keeping_records(kinesis.Stream.split_shard)
    kinesis.Stream.merge_shards = keeping_records(kinesis.Stream.merge_shards)
    kinesis.KinesisBackend.get_records = ending(kinesis.KinesisBackend.get_records)


def put_record(shard, partition_key, data, explicit_hash_key):
    with _lock:
        # By the clock: what a later start of the stream holds comes after what this one did.
        _last[0] = max(_last[0] + 1, time.time_ns())
        sequence_number = _BASE + _last[0]
        shard.records[sequence_number] = kinesis.Record(partition_key, data, sequence_number, explicit_hash_key)
        return str(sequence_number)


_original_shard_for_key = kinesis.Stream.get_shard_for_key


def get_shard_for_key(stream, partition_key, explicit_hash_key):
    every = stream.shards
    # Its ranges leave out their last key.
    stream.shards = {name: shard for name, shard in every.items() if shard.is_open}
    try:
        return _original_shard_for_key(stream, partition_key, explicit_hash_key) or next(reversed(stream.shards.values()))
    finally:
        stream.shards = every


def keeping_records(original):
    def change_shards(stream, *shard_names):
        with _lock:
            held = {name: dict(stream.shards[name].records) for name in shard_names if name in stream.shards}
            for name in held:
                stream.shards[name].records.clear()
        original(stream, *shard_names)
        for name, records in held.items():
            stream.shards[name].records.update(records)

    return change_shards


def ending(original):
    def get_records(backend, stream_arn, shard_iterator, limit):
        following, records, behind = original(backend, stream_arn, shard_iterator, limit)
        name, shard_id, last = kinesis.decompose_shard_iterator(following)
        shard = backend.describe_stream(stream_arn=stream_arn, stream_name=name).get_shard(shard_id)
        is_read = not shard.is_open and int(last) >= shard.get_max_sequence_number()
        return (None if is_read else following), records, behind

    return get_records
