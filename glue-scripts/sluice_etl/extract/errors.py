"""Why an extract fails. Each message is one sentence that names connection, table and column, and never a credential."""


class ExtractError(Exception):
    """The extract cannot be made as it is; the message has what to change."""


class CredentialsError(ExtractError):
    """The database does not take the user or the password."""


class UnreachableDatabaseError(Exception):
    """The database did not answer, or is busy; trying again may help."""
