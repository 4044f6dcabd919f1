"""A recording to gold without Kafka, by commands alone; a crash in the middle included."""

import os
import subprocess
import time

import psutil
import pytest

from tests.e2e.commands import DEPTHLAKE, Instance
from tests.house_rules import ROOT
from tests.test_docs import commands

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]  # a dozen starts of Java

CAPTURE = ROOT.parent / "shared" / "data" / "binance" / "spot_btcusdt_20240808.gz"
IMPORT = ("import", "--source", "binance", str(CAPTURE))
COUNTS = """
    select (select count(*) from bronze.trades), (select count(*) from silver.trades), (select sum(quantity) from
    silver.trades), (select count(*) from silver.quotes), (select count(*) from silver.depth), (select count(*) from
    silver.books), (select sum(trade_count) from gold.trades_1m_partials), (select count(*) from gold.obi_100ms)
"""


@pytest.fixture(scope="module", autouse=True)
def cut_off(instance: Instance) -> None:
    """An import that is killed, with all its children, once a first topic is written."""
    log = instance.settings.logs / "import.log"
    environment = {**os.environ, **instance.settings.as_environment()}
    with subprocess.Popen([DEPTHLAKE, *IMPORT], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (log.exists() and "market.depth.v1: 3452 rows" in log.read_text()):
            time.sleep(0.05)
        for member in instance.members():
            member.kill()
    psutil.wait_procs(instance.members(), 10)
    assert process.returncode != 0
    assert list(instance.settings.imports.glob("*/*.parquet"))


def test_import_that_was_cut_off_is_finished_by_up(instance: Instance) -> None:
    assert "Finished an import that was cut off." in instance.run("up", "--no-dagster")
    assert list(instance.settings.imports.glob("*/*.parquet")) == []
    (row,) = instance.sql(COUNTS)
    assert row[:2] == ["9757", "9757"]
    assert float(row[2]) == 212.03315
    assert row[3:5] == ["28040", "3452"]
    assert row[6] == "9757"
    assert int(row[5]) > 2_800
    assert int(row[7]) > 1_000


def test_import_again_and_replay_change_nothing(instance: Instance) -> None:
    (before,) = instance.sql(COUNTS)
    refused = instance.call(*IMPORT)
    assert refused.returncode == 1
    assert "runs, and it alone writes its tables: run depthlake down first" in refused.stderr
    instance.run("replay", str(CAPTURE))
    (after,) = instance.sql(COUNTS)
    assert after[1:] == before[1:]
    assert int(after[0]) == 2 * int(before[0])


def test_import_as_the_page_shows_it(instance: Instance) -> None:
    page = commands((ROOT / "docs" / "sources.md").read_text())
    shown = [words[1:] for words in page if words[:2] in (["depthlake", "down"], ["depthlake", "import"])]
    down, imported = (instance.run(*words) for words in shown)
    assert "Stopped." in down
    assert "Imported 8 messages: depthlake up opens the tables." in imported
    assert f"{CAPTURE.name} was imported before, as {CAPTURE.name}: it changes" in instance.run(*IMPORT)
