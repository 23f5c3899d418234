"""The table's columns and partitioning follow the contract (docs/adr/0011)."""
