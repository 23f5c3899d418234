"""Errors named for the reaction to them; messages carry ids and key names, never payloads."""


class ConfigurationError(Exception):
    """The deployment or the contract is wrong; running again does not help."""


class StaleCatalogError(Exception):
    """A claimed object lies in a partition that the catalog does not have; a new crawl helps."""


class DriftError(Exception):
    """The files differ from the contract, and the contract says to fail then."""


class ConservationError(Exception):
    """The rows that came in are not the rows that went out."""
