"""Where moto's Glue differs from AWS for tables that several writers move: it takes an update of any version, and keeps every version."""

import threading

from moto.core.exceptions import JsonRESTError
from moto.core.responses import EmptyResult
from moto.glue.responses import GlueResponse

_one_update_at_a_time = threading.Lock()


def install() -> None:
    GlueResponse.update_table = update_table


def update_table(response):
    given = response.parameters
    with _one_update_at_a_time:
        table = response.glue_backend.get_table(given["DatabaseName"], given["TableInput"]["Name"])
        expected, current = given.get("VersionId"), str(table._current_version)
        if expected not in (None, current):
            raise JsonRESTError("ConcurrentModificationException", f"Update table failed: its version is {current}, not {expected}")
        table.update(given["TableInput"])
        if given.get("SkipArchive"):
            table.delete_version(current)
    return EmptyResult()
