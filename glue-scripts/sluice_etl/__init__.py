"""DataFrame to DataFrame steps of the curate job. Nothing here imports boto3 or awsglue: see curate.py."""
