"""Classes in Java beside this module, which Janino compiles in the JVM."""

from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession


def compile_class(spark: SparkSession, name: str) -> Any:
    """A class that nobody has to know by its name."""
    return _compiler(spark, name).getClassLoader().loadClass(name)


def write_class(spark: SparkSession, name: str, folder: Path) -> None:
    """Put a class in a folder of the JVM's class path, where Spark finds it by its name."""
    (folder / f"{name}.class").write_bytes(_compiler(spark, name).getBytecodes()[name])


def _compiler(spark: SparkSession, name: str) -> Any:
    jvm: Any = spark.sparkContext._jvm
    compiler = jvm.org.codehaus.janino.SimpleCompiler()
    compiler.setParentClassLoader(jvm.Thread.currentThread().getContextClassLoader())
    compiler.cook(Path(__file__).with_name(f"{name}.java").read_text())
    return compiler
