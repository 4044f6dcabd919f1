"""The queries of docs/queries.md, by their headings, and the lines that say how to connect."""

import re
import subprocess
import sys
from pathlib import Path

import pyspark

from spark_jobs.instance.java import JAVA
from spark_jobs.settings import Settings
from tests.house_rules import ROOT
from tests.test_docs import fences

PAGE = (ROOT / "docs" / "queries.md").read_text()
QUERIES = {
    heading: statement
    for heading, section in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    for statement in fences(section, "sql")
}
PROGRAMS = fences(PAGE, "python")


def at_the_doors_of(settings: Settings, text: str) -> str:
    """What the page says, with the ports of an instance."""
    defaults = Settings()
    moved = text.replace(str(defaults.connect_port), str(settings.connect_port))
    return moved.replace(str(defaults.thrift_port), str(settings.thrift_port))


def rows_of_frame(program: str) -> int:
    """Rows of the one frame that a program binds to a name, run in a process of its own."""
    count = "\nprint(*(len(value) for value in list(globals().values()) if isinstance(value, pd.DataFrame)))"
    command = [sys.executable, "-c", f"import pandas as pd\n{program}{count}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def beeline(settings: Settings, query: str) -> list[str]:
    """The lines that Hive's JDBC driver gives for a query, at the URL of the page, as CSV with a header."""
    (url,) = re.findall(r"`(jdbc:[^`]+)`", PAGE)
    jars = Path(pyspark.__file__).parent / "jars" / "*"
    options = (
        "-u",
        at_the_doors_of(settings, url),
        "-n",
        "anyone",
        "--outputformat=csv2",
        "--silent=true",
        "-e",
        query,
    )
    command = [*JAVA, "-cp", str(jars), "org.apache.hive.beeline.BeeLine", *options]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
