"""The part of AWS Glue's own Python package that a script needs, for a Spark that is already running."""
