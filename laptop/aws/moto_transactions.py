"""Where moto's DynamoDB differs from AWS under load: its threads share tables without a lock, and a transaction copies the whole
table for each of its items and puts the copy back when a condition fails, undoing what others wrote meanwhile.
"""

import threading

from moto.dynamodb import models
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
)
from moto.dynamodb.responses import DynamoHandler

one_request_at_a_time = threading.RLock()


def install() -> None:
    original = DynamoHandler.call_action

    def call_action(handler):
        with one_request_at_a_time:
            return original(handler)

    DynamoHandler.call_action = call_action
    models.DynamoDBBackend.transact_write_items = transact_write_items


def transact_write_items(backend, transact_items) -> None:
    """Judges every condition before anything is written, so that there is nothing to undo."""
    if len(transact_items) > 100:
        raise TooManyTransactionsException()
    operations = [next(iter(item.items())) for item in transact_items]
    keys = [(op["TableName"], str(sorted(_key(backend, kind, op).items()))) for kind, op in operations]
    if len(set(keys)) < len(keys):
        raise MultipleTransactionsException()
    reasons = [_reason(backend, kind, op) for kind, op in operations]
    if any(code for code, _, _ in reasons):
        raise TransactionCanceledException(reasons)
    for kind, op in operations:
        _write(backend, kind, op)


def _key(backend, kind, op):
    if kind != "Put":
        return op["Key"]
    table = backend.get_table(op["TableName"])
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
    return {name: op["Item"][name] for name in names}


def _reason(backend, kind, op):
    condition = op.get("ConditionExpression")
    if condition is None:
        return None, None, None
    existing = backend.get_item(op["TableName"], _key(backend, kind, op))
    names, values = op.get("ExpressionAttributeNames"), op.get("ExpressionAttributeValues")
    if get_filter_expression(condition, names, values).expr(existing):
        return None, None, None
    wanted = existing and op.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    item = existing.to_json()["Attributes"] if wanted else None
    return "ConditionalCheckFailed", "The conditional request failed", item


def _write(backend, kind, op) -> None:
    table = op["TableName"]
    expressions = {
        "expression_attribute_names": op.get("ExpressionAttributeNames"),
        "expression_attribute_values": op.get("ExpressionAttributeValues"),
    }
    if kind == "Put":
        backend.put_item(table, op["Item"], **expressions)
    elif kind == "Delete":
        backend.delete_item(table, op["Key"], **expressions)
    elif kind == "Update":
        backend.update_item(table, op["Key"], op["UpdateExpression"], **expressions)
