"""Backfills that are disturbed: two at once, one that is killed, a disk that is full."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest

from schemas.audit import AUDIT
from schemas.errors import LakeError
from schemas.ledger import PARTITION_LEDGER
from schemas.topics import TRADES
from spark_jobs.backfill import backfill
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from spark_jobs.ledger import Run, backfill_recorded, failed_days
from spark_jobs.refresh import Days
from tests.house_rules import ROOT
from tests.pipelines.silver.deliveries import deliver, payloads_of
from tests.spark_jobs.streams import hashed

pytestmark = pytest.mark.spark

NOW = datetime(2024, 9, 1, 12, tzinfo=UTC)
DAY = Days(date(2024, 8, 8), date(2024, 8, 8))
JOB = job_of(TRADES.name)
NAME = JOB.silver.name
TABLES = (*JOB.tables, PARTITION_LEDGER, AUDIT)
ROWS = 20_000
ROUNDS = 2
DISK_MB = 48
DEADLINE_S = 180
# What runs in a process of its own, which is killed.
KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tests.conftest import settings_in
from tests.spark_jobs.test_backfill_faults import DAY, JOB, NAME, NOW, TABLES
from spark_jobs.io import Lake
from spark_jobs.ledger import Run, backfill_recorded
from spark_jobs.session import build_session

settings = settings_in(Path(sys.argv[1]))
lake = Lake(build_session(settings, "killed", {"spark.ui.enabled": "false"}), settings)
for layer in ("bronze", "silver", "gold"):
    lake.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
for table in TABLES:
    lake.create(table)
print("ready", flush=True)
backfill_recorded(lake.spark, settings, NAME, DAY, Run("killed", NOW))
"""


def fill(lake: Lake) -> tuple[int, int]:
    """Bronze has a day of trades, silver what a backfill makes of them; the count and hash of that."""
    for table in TABLES:
        lake.create(table)
    payloads = payloads_of(TRADES, *({"seq": seq, "trade_id": f"t{seq * 7919}"} for seq in range(1, ROWS + 1)))
    bronze = lake.spark.createDataFrame(pa.Table.from_batches([deliver(TRADES, payloads)]))
    for table in JOB.tables:
        added = lake.write(bronze, table, NOW) if table == JOB.bronze else []
        lake.commit(table, added, "stream", {0: ROWS})
    backfill(lake.spark, NAME, DAY, NOW)
    return silver(lake)


def silver(lake: Lake) -> tuple[int, int]:
    """Count and hash of silver's rows."""
    return hashed(lake.read(JOB.silver))


def spoil(lake: Lake) -> tuple[int, int]:
    """Rows of silver are changed and lost; count and hash of what is left."""
    lake.spark.sql(f"UPDATE {NAME} SET symbol = 'SPOILT' WHERE seq % 3 = 0")
    lake.spark.sql(f"DELETE FROM {NAME} WHERE seq % 5 = 0")
    return silver(lake)


def outcomes(lake: Lake) -> dict[str, tuple[str, str | None]]:
    """What the ledger says of each run."""
    return {row.run_id: (row.outcome, row.sentence) for row in lake.read(PARTITION_LEDGER).collect()}


def race(lake: Lake, number: int) -> list[tuple[int, str]]:
    """Two runs of one day at the same time; count and hash of what each says it wrote."""
    start = Barrier(2)

    def run(who: str) -> tuple[int, str]:
        start.wait()
        written = backfill_recorded(lake.spark, lake.settings, NAME, DAY, Run(who, NOW + timedelta(minutes=number)))
        (day,) = written.prints
        return day.row_count, day.hash

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, [f"{number}{twin}" for twin in "ab"]))


def test_backfill_of_one_day_by_two_runs_at_once(lake: Lake) -> None:
    wanted = fill(lake)
    for number in range(ROUNDS):
        assert spoil(lake) != wanted
        first, second = race(lake, number)
        assert silver(lake) == wanted
        assert first == second
    said = outcomes(lake)
    assert len(said) == 2 * ROUNDS
    assert set(said.values()) == {("WRITTEN", None)}
    assert failed_days(lake.spark) == {}


def written_files(lake: Lake) -> set[Path]:
    """Silver's files of the day, those of which no commit says anything too."""
    return set(Path(lake.path(JOB.silver)).glob("event_date=*/*.parquet"))


def kill_when(process: "subprocess.Popen[str]", is_due: Callable[[], bool]) -> None:
    """Kill a process and its JVM when it is time."""
    deadline = time.monotonic() + DEADLINE_S
    while not is_due():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_backfill_that_is_killed_leaves_the_day_whole(lake: Lake) -> None:
    wanted = fill(lake)
    spoilt, before = spoil(lake), written_files(lake)
    command = [sys.executable, "-c", KILLED, str(lake.settings.home)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": sys.executable}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert "ready\n" in iter(process.stdout.readline, "")
        kill_when(process, lambda: bool(written_files(lake) - before))
    assert written_files(lake) - before
    assert silver(lake) in (spoilt, wanted)
    backfill_recorded(lake.spark, lake.settings, NAME, DAY, Run("again", NOW))
    assert silver(lake) == wanted
    assert outcomes(lake)["again"] == ("WRITTEN", None)


@pytest.fixture
def disk(lake: Lake) -> Iterator[Path]:
    """The lake lies on a disk of its own, which is small. Who is not root cannot run this."""
    home = lake.settings.home
    home.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(home)], check=True)
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)


def test_backfill_on_a_full_disk_changes_nothing(lake: Lake, disk: Path) -> None:
    wanted = fill(lake)
    spoilt = spoil(lake)
    ballast = disk / "ballast"
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises(LakeError) as caught:
        backfill_recorded(lake.spark, lake.settings, NAME, DAY, Run("full", NOW))
    assert str(caught.value) == (
        "The disk is full, so silver.trades, 2024-08-08 could not be written: nothing was changed; "
        "make space, then run this again."
    )
    assert "It is not in gold.partition_ledger: " in caught.value.__notes__[0]
    assert silver(lake) == spoilt
    ballast.unlink()
    backfill_recorded(lake.spark, lake.settings, NAME, DAY, Run("again", NOW))
    assert silver(lake) == wanted
    assert outcomes(lake) == {"again": ("WRITTEN", None)}
