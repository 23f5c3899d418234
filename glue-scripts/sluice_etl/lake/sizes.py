"""Sizes of what is stored."""

MB = 1024 * 1024

# How much larger rows are than their gzip or Parquet file, roughly.
PACKED = 6
