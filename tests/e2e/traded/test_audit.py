"""Refused rows and the audit log as a user works with them."""

import json
from pathlib import Path

import pytest

from schemas.topics import TRADES
from tests.e2e.commands import Instance, wait_for_all
from tests.pipelines.silver.deliveries import ONE, payloads_of
from tests.spark_jobs.streams import send, to

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def filled(instance: Instance) -> None:
    """One good trade, one without quantity, and bytes that are no message."""
    send(instance.settings, TRADES, to(0, [*payloads_of(TRADES, {}, {"quantity": -ONE}), b"\xff"]))
    wait_for_all(instance)


def mended(instance: Instance, folder: Path, quantity: int) -> Path:
    """The refused trade with another quantity, in a file."""
    (entry,) = json.loads(instance.run("rejected", "show", TRADES.name, "0", "1", "--json"))
    entry["message"]["quantity"] = quantity
    path = folder / f"fixed-{quantity}.json"
    path.write_text(json.dumps([entry]))
    return path


def test_rejected_is_listed_shown_mended_and_replayed_once(instance: Instance, tmp_path: Path) -> None:
    listed = instance.run("rejected", "list", "silver.trades_rejected", "--reason", "quantity")
    assert "quantity # is not positive" in listed
    assert "quantity -1.000000000 is not positive" in listed
    assert "No such row was refused." in instance.run("rejected", "list", "--day", "2024-08-08")
    assert '"0xff"' in instance.run("rejected", "show", TRADES.name, "0", "2")
    assert "[0] offset 0 was not refused" in instance.call("rejected", "show", TRADES.name, "0", "0").stderr

    refused = instance.call("rejected", "replay", str(mended(instance, tmp_path, -2 * ONE)))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "entry 1: quantity -2.000000000 is not positive. Nothing was published." in refused.stderr

    fixed = str(mended(instance, tmp_path, ONE))
    assert "Published: 1. Replayed before: 0." in instance.run("rejected", "replay", fixed)
    wait_for_all(instance)
    assert "Published: 0. Replayed before: 1." in instance.run("rejected", "replay", fixed)
    assert "replayed as p/replayed 2" in instance.run("rejected", "show", TRADES.name, "0", "1")
    again = instance.run("rejected", "replay", "--table", "silver.trades_rejected")
    assert "Published: 0. Replayed before: 1. Do not pass: 1, the first market.trades.v1[0] offset 2: payload" in again
    silver = "select producer_id, seq, quantity from silver.trades order by producer_id"
    assert instance.sql(silver) == [["p", "1", "1"], ["p/replayed", "2", "1"]]


def test_audit_log_has_what_was_done_and_shows_when_it_is_changed(instance: Instance) -> None:
    instance.run("refresh", "gold.bars")
    query = "select number, action, subject, outcome from gold.audit_log where action = 'REFRESH'"
    ((number, *deed),) = instance.sql(query)
    assert deed == ["REFRESH", "gold.bars, 2024-08-08", "DONE"]
    assert deed[1] in instance.run("audit", "list", "--limit", "1")

    said = instance.run("audit", "verify")
    head = said.split()[-1]
    assert f"{number} entries hold together" in said
    assert instance.run("audit", "verify", "--head", head.upper()) == said
    unknown = instance.call("audit", "verify", "--head", "0" * 64)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "no entry has the hash 000" in unknown.stderr

    assert "only allow appends" in instance.call("sql", "delete from gold.audit_log").stderr
    instance.run("sql", "alter table gold.audit_log unset tblproperties ('delta.appendOnly')")
    instance.run("sql", "update gold.audit_log set outcome = 'FAILED' where action = 'REFRESH'")
    changed = instance.call("audit", "verify")
    assert (changed.returncode, changed.stdout) == (1, "")
    assert changed.stderr == (f"gold.audit_log: Number {number} was changed: its hash is not that of its columns.\n")
