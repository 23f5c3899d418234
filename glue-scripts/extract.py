"""Glue entry point: one extract of one dataset's database, from its plan to its receipt. Knows Glue, as curate.py does."""

import sys

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from sluice_etl.extract.recipe import Places, run
from sluice_etl.extract.secret import Connection
from sluice_etl.lake.store import CLIENT, S3Store

ARGUMENTS = ["plan_uri", "contract_uri", "raw_bucket", "lake_bucket", "connection", "connection_url", "connection_secret"]


def main() -> None:
    arguments = getResolvedOptions(sys.argv, ["JOB_NAME", *ARGUMENTS])
    glue_context = GlueContext(SparkContext.getOrCreate())
    job = Job(glue_context)
    job.init(arguments["JOB_NAME"], arguments)
    connection = Connection(arguments["connection"], arguments["connection_url"], arguments["connection_secret"], boto3.client("secretsmanager"))
    places = Places(arguments["plan_uri"], arguments["contract_uri"], f"s3://{arguments['raw_bucket']}", f"s3://{arguments['lake_bucket']}")
    receipt = run(glue_context.spark_session, S3Store(boto3.client("s3", config=CLIENT)), connection, places)
    print(f"extracted {receipt['rows']} rows up to {receipt['upper']}")
    job.commit()


main()
