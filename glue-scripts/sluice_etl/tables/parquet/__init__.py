"""Parquet folders, one for each partition: a batch writes the partitions that it touches anew, and they replace the existing ones whole."""
