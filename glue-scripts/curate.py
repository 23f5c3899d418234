"""Glue entry point: one batch of one dataset, from its plan to its manifest. Knows Glue, as extract.py does, and no other file."""

import sys

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from sluice_etl.lake.catalog import GlueCatalog
from sluice_etl.job import run
from sluice_etl.plan import Settings
from sluice_etl.lake.store import CLIENT, S3Store

ARGUMENTS = ["dataset", "batch_id", "plan_uri", "contract_uri", "raw_bucket", "lake_bucket", "database"]


def main() -> None:
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", *ARGUMENTS])
    glue_context = GlueContext(SparkContext.getOrCreate())
    job = Job(glue_context)
    job.init(arguments["JOB_NAME"], arguments)
    settings = Settings(
        dataset=arguments["dataset"],
        batch_id=arguments["batch_id"],
        plan_uri=arguments["plan_uri"],
        contract_uri=arguments["contract_uri"],
        raw_root=f"s3://{arguments['raw_bucket']}",
        lake_root=f"s3://{arguments['lake_bucket']}",
        database=arguments["database"],
        # An execution that an earlier version of the machine started does not give it.
        **{name: getResolvedOptions(sys.argv, [name])[name] for name in ["rebuild_command"] if f"--{name}" in sys.argv},
    )
    catalog = GlueCatalog(boto3.client("glue"), settings.database)
    manifest = run(glue_context.spark_session, settings, catalog, S3Store(boto3.client("s3", config=CLIENT)))
    print(f"batch {settings.batch_id}: {manifest['rows']}")
    job.commit()


main()
