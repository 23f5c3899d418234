"""Where moto's events differ from AWS in what a consumer sees.

- Its S3 events carry one constant `sequencer`, so a second version of an object would look like a redelivery.
- A versioned bucket sends no event for a delete marker, nor for a version or marker that is removed from above another version.
- Its GetBucketNotificationConfiguration leaves out EventBridge, which it does send to.
- It cannot send events to SNS, and one target that it cannot serve silently loses the event for all rules after it.
"""

import itertools
import json
import time
import uuid

from moto.events import models as events
from moto.s3 import notifications as s3
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response
from moto.sns import sns_backends

_REASONS = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "Delete": "DeleteObject", "DeleteMarkerCreated": "DeleteObject"}
_sequence = itertools.count(time.time_ns())


def install() -> None:
    s3._send_event_bridge_message = send_s3_event
    S3Response.get_bucket_notification = with_event_bridge(S3Response.get_bucket_notification)
    S3Backend.delete_object = with_event_of_each_version(S3Backend.delete_object)
    original = events.Rule.send_to_targets

    def send_to_targets(rule, event, transform_input=True):
        if not rule.event_pattern.matches_event(event):
            return
        topics = [target for target in rule.targets if ":sns:" in target["Arn"]]
        for target in topics:
            sns_backends[rule.account_id][rule.region_name].publish(
                message=json.dumps(event), arn=target["Arn"]
            )
        if len(topics) < len(rule.targets):
            original(rule, event, transform_input)

    events.Rule.send_to_targets = send_to_targets


def with_event_bridge(original):
    def get_bucket_notification(response):
        status, headers, body = original(response)
        found = response.backend.get_bucket_notification_configuration(response.bucket_name)
        if found and found.event_bridge is not None:
            # Without another configuration the element is empty.
            opened = body.removesuffix("/>") + ">" if body.endswith("/>") else body.removesuffix("</NotificationConfiguration>")
            body = f"{opened}<EventBridgeConfiguration/></NotificationConfiguration>"
        return status, headers, body

    return get_bucket_notification


def with_event_of_each_version(original):
    """Creating a delete marker and removing any version are events of their own: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""

    def delete_object(backend, bucket_name, key_name, version_id=None, bypass=False):
        bucket = backend.get_bucket(bucket_name)
        versions = {str(key.version_id): key for key in bucket.keys.getlist(key_name)} if bucket.is_versioned else {}
        answer = original(backend, bucket_name, key_name, version_id=version_id, bypass=bypass)
        done, _ = answer
        if versions and done:
            left = bucket.keys.getlist(key_name) if key_name in bucket.keys else []
            if version_id is None:
                s3.send_event(backend.account_id, s3.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT, bucket, left[-1])
            # Of the last version moto itself sends the event.
            elif left and str(version_id) in versions:
                removed = versions[str(version_id)]
                s3.send_event(backend.account_id, s3.S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT, bucket, removed)
        return answer

    return delete_object


def send_s3_event(account_id, bucket, event_name, key) -> None:
    """The event as S3 sends it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    kind, _, action = event_name.removeprefix("s3:").partition(":")
    stored = {
        "key": key.name,
        "sequencer": f"{next(_sequence):016X}",
    }
    if kind == "ObjectCreated":
        stored |= {"size": key.size, "etag": key.etag.replace('"', "")}
    if bucket.is_versioned and key.version_id:
        stored["version-id"] = key.version_id
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": stored,
        "request-id": "N4N7GDK58NMKJ12R",
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": _REASONS.get(action, action),
    }
    if kind == "ObjectRemoved":
        marker = action == "DeleteMarkerCreated"
        detail["deletion-type"] = "Delete Marker Created" if marker else "Permanently Deleted"
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": s3._detail_type(event_name),
        "source": "aws.s3",
        "account": account_id,
        "time": time.time(),
        "region": bucket.region_name,
        "resources": [bucket.arn],
        "detail": detail,
    }
    for bus in events.events_backends[account_id][bucket.region_name].event_buses.values():
        for rule in bus.rules.values():
            rule.send_to_targets(dict(event), transform_input=False)
