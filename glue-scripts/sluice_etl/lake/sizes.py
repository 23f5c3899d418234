"""Units of size."""

MB = 1024 * 1024
