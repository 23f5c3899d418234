"""A gold dataset: its SQL over other tables, for the partitions that a change of them reaches."""
