"""Credentials of a database, which are in Secrets Manager alone."""

from __future__ import annotations

import json
from dataclasses import dataclass

from botocore.exceptions import ClientError

from .database import Access
from .errors import ExtractError


@dataclass(frozen=True)
class Connection:
    name: str
    url: str
    secret: str
    """Its name, or its ARN."""
    client: object
    """Of Secrets Manager."""

    def access(self) -> Access:
        """
        As the secret is now: it may have been rotated since it was last read.
        :raises ExtractError: when it cannot be read, or is no JSON object with `username` and `password`
        """
        try:
            text = self.client.get_secret_value(SecretId=self.secret).get("SecretString") or ""
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise ExtractError(f"connection {self.name}: secret {self.secret} cannot be read ({code}); correct its name, or the permission to read it") from None
        user, password = _credentials(text)
        if not user or not password:
            raise ExtractError(f"connection {self.name}: secret {self.secret} must be a JSON object with username and password")
        return Access(self.name, self.url, self.secret, user, password)


def _credentials(text: str) -> tuple[str | None, str | None]:
    try:
        content = json.loads(text)
    except ValueError:
        return None, None
    if not isinstance(content, dict):
        return None, None
    return content.get("username"), content.get("password")
