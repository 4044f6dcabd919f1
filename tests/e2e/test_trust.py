"""Parity and look-ahead as a user runs them."""

import re
import signal
import subprocess
import time

import pytest

from spark_jobs.instance.ports import accepts
from spark_jobs.parity.ledger import PATHS
from tests.e2e.commands import DEPTHLAKE, Instance
from tests.house_rules import ROOT

pytestmark = pytest.mark.e2e

TABLES = ("silver.books", "gold.obi_100ms", "gold.portfolios", "gold.market_prices", "gold.trade_costs")


def left(instance: Instance) -> list[str]:
    """What is left of a parity run: processes of it, and its folder."""
    folder = instance.settings.home / "parity"
    mine = Instance(instance.settings.__class__(home=folder)).members()
    return [str(process) for process in mine] + [str(folder)] * folder.exists()


def test_parity_of_three_paths_is_exact(instance: Instance) -> None:
    done = instance.call("parity")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    rows = {(line[0], line[1]): line for line in lines if len(line) == 6 and "." in line[0]}
    for name in TABLES:
        assert rows[name, "2024-08-08"][2] != "0", name
        assert rows[name, "2024-08-08"][-2:] == ["equal", "equal"], name
    assert re.search(r"Equal by all paths: \d+ tables and days\.", done.stdout)
    assert "gold.parity was not written" in done.stderr
    assert left(instance) == []


def test_parity_that_is_interrupted_leaves_nothing(instance: Instance) -> None:
    process = subprocess.Popen(
        [DEPTHLAKE, "--home", str(instance.settings.home), "parity"],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert "messages in" in process.stderr.readline()
    time.sleep(10)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 128 + signal.SIGINT
    assert left(instance) == []
    assert not accepts(instance.settings.host, instance.settings.connect_port)


def test_ledger_is_appended_where_the_instance_is_up(instance: Instance) -> None:
    instance.run("replay", "--source", "binance", str(ROOT.parent / "shared/data/binance/spot_btcusdt_20240808.gz"))
    instance.run("refresh")
    done = instance.call("lookahead", "gold.trade_costs", "gold.spread_1m", "gold.book_integrity_1m", "--cuts", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No leak in 3 tables, 4 cuts." in done.stdout
    refused = instance.call("lookahead", "gold.venues")
    assert "gold.venues cannot be cut off: there are gold.book_integrity_1m, " in refused.stderr
    capture = str(ROOT.parent / "shared/data/binance/spot_ethusdt_20240808.gz")
    assert "Appended" in instance.run("parity", capture)
    counts = "select path, count(*), sum(row_count), min(is_equal) from gold.parity group by path order by path"
    found = instance.sql(counts)
    assert [row[0] for row in found] == sorted(PATHS)
    assert len({(row[1], row[2]) for row in found}) == 1
    assert {row[3] for row in found} == {"true"}
