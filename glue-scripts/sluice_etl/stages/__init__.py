"""The steps of job.py, a file each; every one takes what the earlier ones returned."""
