"""Classes in Java: what is listed of a log."""

from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def listed(spark: SparkSession, first: Path) -> list[tuple[str, int]]:
    """Names and sizes of what a log store lists from a file on."""
    jvm, conf = spark.sparkContext._jvm, spark._jsparkSession.sessionState().newHadoopConf()
    store = jvm.org.apache.spark.sql.delta.storage.LogStore.createLogStoreWithClassName(
        "LakeLogStore", spark.sparkContext._jsc.sc().conf(), conf
    )
    found = store.listFrom(jvm.org.apache.hadoop.fs.Path(str(first)), conf)
    names = []
    while found.hasNext():
        file = found.next()
        names.append((file.getPath().getName(), file.getLen()))
    return names


def test_log_store_lists_by_name_from_a_file_on(spark: SparkSession, tmp_path: Path) -> None:
    for version in (12, 2, 1, 11):
        (tmp_path / f"{version:020}.json").write_text("x" * version)
    assert listed(spark, tmp_path / f"{2:020}.json") == [(f"{v:020}.json", v) for v in (2, 11, 12)]
    assert listed(spark, tmp_path / f"{13:020}.json") == []


def test_log_store_says_that_there_is_no_log(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(Py4JJavaError, match="FileNotFoundException: There is no folder"):
        listed(spark, tmp_path / "none" / f"{0:020}.json")
