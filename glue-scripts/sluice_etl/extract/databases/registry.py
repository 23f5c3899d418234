"""The kinds of databases that can be extracted. As functions/domain/contract/connections/databases.ts has them."""

from __future__ import annotations

from ..errors import ExtractError
from .database_kind import DatabaseKind
from .mysql import MySql
from .postgres import Postgres

KINDS: tuple[DatabaseKind, ...] = (Postgres(), MySql())


def database_of(connection: str, url: str) -> DatabaseKind:
    for kind in KINDS:
        if url.startswith(kind.url_begins):
            return kind
    raise ExtractError(f"connection {connection}: its url must begin with {' or '.join(kind.url_begins for kind in KINDS)}")
