"""Apache Iceberg tables: a batch is committed to a branch of its own, and published by moving `main` to it (docs/adr/0011)."""
