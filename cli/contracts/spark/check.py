"""What only Spark and Deequ can say of contracts: types, SQL, datetime patterns, DQDL.

One short-lived process: contracts as JSON on stdin, findings as JSON in the file named by the first argument (stdout is
not ours alone: the DQDL parser writes there). Nothing is read or written but that; no row is ever computed.
"""

import json
import sys

from dqdl import judge_dqdl
from expressions import Expressions
from foreign_keys import check_foreign_keys
from gold import check_gold
from pyspark.sql import SparkSession


def main(answer_path: str) -> None:
    request = json.load(sys.stdin)
    spark = start_spark(request["jars"])
    checked = [Expressions(spark, contract) for contract in request["contracts"]]
    by_dataset = {expressions.contract["dataset"]: expressions for expressions in checked}
    answer = []
    for expressions in checked:
        problems, rules = judge_dqdl(spark, expressions, by_dataset)
        problems += check_foreign_keys(expressions, by_dataset)
        problems += check_gold(spark, expressions, by_dataset)
        found = {"derivedTypes": expressions.derived_types, "madeOf": expressions.made_of, "rules": rules}
        answer.append({"problems": expressions.problems + problems, **found})
    with open(answer_path, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    spark.stop()


def start_spark(jars: str) -> SparkSession:
    spark = (
        SparkSession.builder.master("local[1]")
        .appName("sluice validate")
        .config("spark.jars", jars)
        .config("spark.ui.enabled", "false")
        # No row is computed, so nothing gets hot: the JVM's first compiler is done sooner.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.authenticate", "true")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.legacy.timeParserPolicy", "CORRECTED")
        .config("spark.sql.catalogImplementation", "in-memory")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


if __name__ == "__main__":
    main(sys.argv[1])
