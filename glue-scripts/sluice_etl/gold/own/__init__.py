"""A gold dataset's own table, of which a batch replaces what its sources have changed."""
