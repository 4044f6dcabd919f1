"""The Thrift door: a session of its own on the lake's catalog, which only reads."""

from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.java import compile_class

DELTA = "io.delta.sql.DeltaSparkSessionExtension"


def open_thrift(spark: SparkSession) -> Any:
    """Start the Thrift server; gives the check, ReadOnly.java, that refuses what does more than read.

    Its sessions share the catalog.
    """
    jvm: Any = spark.sparkContext._jvm
    server, check = jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2, compile_check(spark)
    server.startWithContext(read_only_session(spark, check).sqlContext())
    return check


def read_only_session(spark: SparkSession, check: Any) -> Any:
    """A session of the JVM beside `spark`: same tables and views, but statements that do more than read are refused.

    Checks are extensions, which a session has from its making: so it is not made by `newSession`.
    """
    jvm: Any = spark.sparkContext._jvm
    extensions = jvm.org.apache.spark.sql.SparkSessionExtensions()
    jvm.java.lang.Class.forName(DELTA).getConstructor(None).newInstance(None).apply(extensions)
    extensions.injectCheckRule(check)
    nothing, empty = jvm.scala.Option.empty(), jvm.scala.collection.immutable.HashMap()
    shared = jvm.scala.Option.apply(spark._jsparkSession.sharedState())
    return jvm.org.apache.spark.sql.classic.SparkSession(
        spark.sparkContext._jsc.sc(), shared, nothing, extensions, empty, empty
    )


def compile_check(spark: SparkSession) -> Any:
    """An object of the class ReadOnly."""
    return compile_class(spark, "ReadOnly").getConstructor(None).newInstance(None)
