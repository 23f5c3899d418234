"""What differs between databases, a file each. registry.py has the table."""
