"""Measurements of this machine: `depthlake bench`."""

from spark_jobs.bench.report import run

__all__ = ["run"]
