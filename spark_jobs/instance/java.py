"""The Java that everything here runs on: JAVA_HOME's, else the one on PATH, as Spark's own launcher picks it."""

import re
import subprocess

from schemas.errors import SetupError

SUPPORTED = (17, 21)

JAVA = ("sh", "-c", 'exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" "$@"', "java")

_FIX = "install OpenJDK 17 (apt-get install -y openjdk-17-jre-headless) or set JAVA_HOME to a JDK 17 or 21"


def java_version() -> int:
    """The major version of Java. Raises SetupError when there is none or Spark does not run on it."""
    done = subprocess.run([*JAVA, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)
    if found is None:
        raise SetupError(f"Java was not found: {_FIX}.")
    if int(found[1]) not in SUPPORTED:
        raise SetupError(f"Java {found[1]} cannot run Spark 4.2: {_FIX}.")
    return int(found[1])
