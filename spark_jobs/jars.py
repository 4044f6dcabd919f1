"""The JARs that pyspark does not ship, fetched by the Ivy that it does ship, into `.jars/spark` and `.jars/kafka`."""

import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.errors import SetupError
from spark_jobs.instance.java import JAVA

IVY_FILE = Path(__file__).with_name("ivy.xml")
JARS = Path(__file__).parents[1] / ".jars"
SETS = ("spark", "kafka")
ATTEMPTS = 4
PAUSE_S = 5

_VERSIONED = re.compile(r"-\d+\.\d.*\.jar$")
_FETCHED = "[SUCCESSFUL ]"


def spark_jars(root: Path = JARS) -> list[Path]:
    """What the driver's class path needs beside pyspark's own JARs. Raises SetupError when they are not there."""
    return _jars(root, "spark")


def kafka_jars(root: Path = JARS) -> list[Path]:
    """The broker's class path. Raises SetupError when it is not there."""
    return _jars(root, "kafka")


def fetch_jars(say: Callable[[str], None], root: Path = JARS) -> None:
    """Bring `root` up to date with ivy.xml; instant when it is. Raises SetupError, naming Ivy's log."""
    if _is_current(root):
        return
    root.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="part-", dir=root) as part:
        _retrieve_with_retries(Path(part), root / "ivy.log", say)
        for jar in shipped_already((Path(part) / "spark").glob("*.jar"), (pyspark_home() / "jars").glob("*.jar")):
            jar.unlink()
        _replace(root, Path(part))


def shipped_already(jars: Iterable[Path], shipped: Iterable[Path]) -> list[Path]:
    """Those of `jars` whose artifact, whatever its version, is among `shipped`."""
    artifacts = {artifact(jar.name) for jar in shipped}
    return sorted(jar for jar in jars if artifact(jar.name) in artifacts)


def artifact(file_name: str) -> str:
    """`zstd-jni` for `zstd-jni-1.5.7-3.jar`: a JAR's name without version."""
    return _VERSIONED.sub("", file_name)


def _jars(root: Path, name: str) -> list[Path]:
    jars = sorted((root / name).glob("*.jar"))
    if not jars or not _is_current(root):
        raise SetupError(f"The JARs in {root / name} are missing or out of date: run make setup.")
    return jars


def pyspark_home() -> Path:
    """The folder of the installed pyspark, without importing it. Raises SetupError when there is none."""
    spec = find_spec("pyspark")
    if spec is None or not spec.submodule_search_locations:
        raise SetupError("pyspark is not installed: run make setup.")
    return Path(spec.submodule_search_locations[0])


def _wanted() -> str:
    return hashlib.sha256(IVY_FILE.read_bytes() + version("pyspark").encode()).hexdigest()


def _is_current(root: Path) -> bool:
    stamp = root / "stamp"
    return stamp.is_file() and stamp.read_text() == _wanted()


def _retrieve_with_retries(target: Path, log: Path, say: Callable[[str], None]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        if _retrieve(target, log, say):
            return
        if attempt < ATTEMPTS:
            say(f"A download failed; trying again ({attempt} of {ATTEMPTS - 1})")
            time.sleep(PAUSE_S * attempt)
    telling = [line for line in log.read_text().splitlines() if re.search("FAILED|ERROR|not found|Exception", line)]
    raise SetupError(
        f"The JARs could not be fetched ({(telling or ['no reason given'])[-1].strip()}): "
        f"check that this machine reaches Maven Central, read {log} and run make setup again."
    )


def _retrieve(target: Path, log: Path, say: Callable[[str], None]) -> bool:
    ivy = next((pyspark_home() / "jars").glob("ivy-*.jar"))
    pattern = f"{target}/[conf]/[artifact]-[revision].[ext]"
    main = (*JAVA, "-cp", str(ivy), "org.apache.ivy.Main", "-ivy", str(IVY_FILE))
    command = (*main, "-retrieve", pattern, "-types", "jar", "bundle")
    with (
        log.open("w") as file,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as ivy_run,
    ):
        for line in ivy_run.stdout or ():
            file.write(line)
            if _FETCHED in line:
                say(f"Fetched {line.split(_FETCHED)[1].split()[0]}")
    return ivy_run.returncode == 0 and all(any((target / name).glob("*.jar")) for name in SETS)


def _replace(root: Path, part: Path) -> None:
    (root / "stamp").unlink(missing_ok=True)
    for name in SETS:
        shutil.rmtree(root / name, ignore_errors=True)
        (part / name).rename(root / name)
    (root / "stamp").write_text(_wanted())


def main() -> int:
    """Entry point of `python -m spark_jobs.jars`: one line of progress on a terminal, few lines elsewhere."""
    ends = {True: "\r", False: "\n"}[sys.stdout.isatty()]
    try:
        fetch_jars(lambda line: print(f"{line:<78.78}", end=ends, flush=True))
        print(f"JARs: {len(spark_jars())} for Spark, {len(kafka_jars())} for Kafka, in {JARS}")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
