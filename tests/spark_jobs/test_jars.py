"""The JARs beside pyspark's."""

from pathlib import Path

import pytest

from schemas.errors import SetupError
from spark_jobs.jars import SETS, artifact, fetch_jars, kafka_jars, shipped_already, spark_jars


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("zstd-jni-1.5.7-3.jar", "zstd-jni"),
        ("spark-sql-kafka-0-10_2.13-4.2.0.jar", "spark-sql-kafka-0-10_2.13"),
        ("delta-spark_4.2_2.13-4.4.0.jar", "delta-spark_4.2_2.13"),
        ("javax.jdo-3.2.0-m3.jar", "javax.jdo"),
        ("jsr305-3.0.2.jar", "jsr305"),
    ],
)
def test_artifact_is_the_name_without_version(file_name: str, expected: str) -> None:
    assert artifact(file_name) == expected


def test_shipped_already_compares_without_versions() -> None:
    jars = [Path("a/lz4-java-1.11.0.jar"), Path("a/delta-storage-4.4.0.jar")]
    assert shipped_already(jars, [Path("b/lz4-java-1.8.0.jar"), Path("b/delta-1.0.jar")]) == jars[:1]


def test_jars_are_there_and_fetching_them_again_does_nothing() -> None:
    said: list[str] = []
    fetch_jars(said.append)
    assert said == []
    assert any(jar.name.startswith("delta-spark_4.2") for jar in spark_jars())
    assert any(jar.name.startswith("kafka_2.13") for jar in kafka_jars())


def test_jars_that_miss_or_are_of_another_ivy_file_ask_for_setup(tmp_path: Path) -> None:
    for name in SETS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a-1.0.jar").touch()
    (tmp_path / "stamp").write_text("of another ivy.xml")
    for jars in (spark_jars, kafka_jars):
        for root in (tmp_path, tmp_path / "nowhere"):
            with pytest.raises(SetupError, match=r"are missing or out of date: run make setup\.$"):
                jars(root)
