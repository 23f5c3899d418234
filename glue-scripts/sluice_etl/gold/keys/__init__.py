"""What a gold table has seen of its sources, key by key: so a change of a source is the keys that it changed."""
