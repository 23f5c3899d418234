"""The Spark that a bench measures in."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession


def iceberg_settings(jars: str) -> dict[str, str]:
    """For tables in folders, with moto's Glue as their catalog. `jars`: the folder of Iceberg's."""
    return {
        "spark.jars": ",".join(sorted(map(str, Path(jars).glob("*.jar")))),
        "spark.sql.catalog.sluice.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
        "spark.sql.catalog.sluice.http-client.type": "urlconnection",
    }


def start_spark(name: str, memory: str, settings: dict[str, str], master: str = "local[2]", log: str = "ERROR") -> SparkSession:
    """`memory`: heap of the JVM, such as 4g; `settings`: what this bench has beside those of all."""
    of_all = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = SparkSession.builder.master(master).appName(name)
    for setting, value in {**of_all, **settings}.items():
        builder = builder.config(setting, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel(log)
    return spark
