"""What a machine must have: each check gives what it found, or raises with what to do."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

import psutil
from packaging.requirements import Requirement

from schemas.errors import DepthlakeError, SetupError
from spark_jobs.instance.broker import HEAP_MB
from spark_jobs.instance.java import java_version
from spark_jobs.instance.lifecycle import NAMES, pid, ports
from spark_jobs.instance.ports import check_ports
from spark_jobs.jars import kafka_jars, spark_jars
from spark_jobs.settings import Settings

BESIDE_HEAPS_MB = 1024  # Python workers, off-heap memory
DISK_GB = 5


@dataclass(frozen=True)
class Finding:
    """The outcome of a check: what was found, or the sentence that says what is wrong and what to do."""

    name: str
    is_ok: bool
    text: str


def diagnose(settings: Settings) -> list[Finding]:
    """Run every check."""
    return [_find(name, check, settings) for name, check in CHECKS.items()]


def _find(name: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, True, check(settings))
    except DepthlakeError as error:
        return Finding(name, False, str(error))


def _java(_: Settings) -> str:
    return f"Java {java_version()}"


def _memory(settings: Settings) -> str:
    needed = settings.memory_mb + HEAP_MB + BESIDE_HEAPS_MB
    memory = psutil.virtual_memory()
    there = (memory.total if _runs(settings) else memory.available) // 2**20
    if there < needed:
        raise SetupError(
            f"{there:,} MB of memory are free and {needed:,} MB are needed: close programs or set DEPTHLAKE_MEMORY_MB."
        )
    return f"{there:,} MB, {needed:,} MB needed"


def _ports(settings: Settings) -> str:
    every = [port for of_process in ports(settings).values() for port in of_process]
    down = [name for name in NAMES if pid(settings, name) is None]
    check_ports(settings.host, [port for name in down for port in ports(settings)[name]])
    return ", ".join(f"{port.number} {port.label}" for port in every)


def _jars(_: Settings) -> str:
    return f"{len(spark_jars())} for Spark, {len(kafka_jars())} for Kafka"


def _disk(settings: Settings) -> str:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    if free < DISK_GB:
        raise SetupError(
            f"{free:.1f} GB are free at {folder} and {DISK_GB} GB are needed: make room or set DEPTHLAKE_HOME."
        )
    return f"{free:.0f} GB free at {folder}"


def _packages(_: Settings) -> str:
    wanted = [Requirement(line) for line in _requirements() if "extra ==" not in line]
    for requirement in wanted:
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            raise SetupError(f"The package {requirement.name} is not installed: run make setup.") from None
        if not requirement.specifier.contains(found, prereleases=True):
            raise SetupError(f"The package {requirement.name} {found} does not fit {requirement}: run make setup.")
    return f"{len(wanted)} as required"


def _requirements() -> list[str]:
    try:
        return requires("depthlake") or []
    except PackageNotFoundError:
        raise SetupError("Depthlake itself is not installed in this environment: run make setup.") from None


def _runs(settings: Settings) -> bool:
    return any(pid(settings, name) for name in NAMES)


CHECKS: dict[str, Callable[[Settings], str]] = {
    "Java": _java,
    "memory": _memory,
    "ports": _ports,
    "JARs": _jars,
    "disk": _disk,
    "Python packages": _packages,
}
