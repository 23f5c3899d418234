"""
Table formats: how a dataset's curated rows are stored, merged with and published. Each is a folder here with a class of the shape in
table.py, and a row in formats.py; job.py and its stages know nothing else of it.
"""
