"""`depthlake exchange project`, `accounts` and `fund` as a user meets them."""

import json
import os
import re
import signal
import subprocess
import uuid
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import Result
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner

from pipelines.serve.accounts.database import connect_to, open_database
from pipelines.source.publish import Publisher, ensure_topics
from pipelines.wire import decode
from schemas.topics import ORDER_EVENTS, ORDERS
from spark_jobs.cli.app import app
from tests.conftest import Broker
from tests.e2e.commands import DEPTHLAKE
from tests.house_rules import ROOT
from tests.pipelines.serve.accounts.shorthand import (
    UNIT,
    Fields,
    batch_of_messages,
    payloads,
    project_all,
    rows_of,
    toy_events,
)
from tests.pipelines.serve.accounts.test_projection import EVENTS
from tests.waiting import wait_for


def run(home: Path, *arguments: str, **environment: str) -> Result:
    variables = {"DEPTHLAKE_HOME": str(home), "DEPTHLAKE_DATABASE_URL": "", "COLUMNS": "160", **environment}
    return CliRunner().invoke(app, ["exchange", *arguments], env=variables)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An instance whose database has the events of a trade."""
    engine = open_database(f"sqlite:///{tmp_path}/exchange/exchange.db")
    project_all(engine, payloads(EVENTS))
    engine.dispose()
    return tmp_path


def test_accounts_as_csv_has_every_digit(home: Path) -> None:
    assert run(home, "accounts", "--format", "csv").stdout.splitlines() == [
        "account,name,type,created,cash,fees,realised_pnl,positions,open_orders",
        "ALICE,ALICE,INDIVIDUAL,2026-09-21T14:13:21Z,36139.5842,0.4158,0,1,0",
        "BOB,BOB,INDIVIDUAL,2026-09-21T14:13:22Z,14860.2772,-0.2772,60,1,0",
    ]


def test_accounts_of_one_as_json_has_three_tables(home: Path) -> None:
    done = run(home, "accounts", "BOB", "--format", "json")
    account, balances, positions = map(json.loads, done.stdout.replace("]\n[", "]\0[").split("\0"))
    assert (account[0]["account"], account[0]["created"]) == ("BOB", "2026-09-21T14:13:22Z")
    assert balances == [{"shard": 0, "cash": 14860.2772, "fees": -0.2772}]
    assert positions == [{"symbol": "AAPL", "quantity": 40, "cost": 9200, "realised_pnl": 60}]


def test_accounts_of_one_as_table_cuts_nothing_in_a_narrow_window(home: Path) -> None:
    output = run(home, "accounts", "ALICE", COLUMNS="30").stdout
    shown = [line.split() for line in output.replace("│", " ").splitlines()]
    assert [line for line in shown if len(line) == 1 and line[0].isalpha()] == [
        ["Account"],
        ["Balances"],
        ["Positions"],
    ]
    assert ["ALICE", "ALICE", "INDIVIDUAL", "2026-09-21T14:13:21Z", "36139.5842", "0.4158", "0", "1", "0"] in shown
    assert ["0", "36139.5842", "0.4158"] in shown
    assert ["AAPL", "60", "13860", "0"] in shown


def test_accounts_of_nobody_says_how_to_find_one(home: Path) -> None:
    done = run(home, "accounts", "EVE")
    assert (done.exit_code, str(done.exception)) == (1, "EVE is no account: depthlake exchange accounts lists them.")


def test_accounts_of_an_empty_database_says_how_to_make_one(tmp_path: Path) -> None:
    done = run(tmp_path, "accounts", "--format", "json")
    assert (done.exit_code, done.stdout) == (0, "[]\n")
    assert "No account yet: depthlake exchange fund makes one." in done.stderr


def test_accounts_of_an_address_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "accounts", DEPTHLAKE_DATABASE_URL="oracle://me:secret@host/x")
    assert str(done.exception).startswith("The address of the database is of no known form: set DEPTHLAKE_DATABASE_URL")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["A", "--cash", "x"], "--cash x is no amount"),
        (["A", "--shares", "AAPL"], "--shares AAPL is no lot"),
        (["A", "--max-short-quantity", "-1"], "--max-short-quantity -1 is no amount"),
        ([" "], "The account has no name"),
    ],
)
def test_fund_names_what_it_cannot_use(tmp_path: Path, arguments: list[str], expected: str) -> None:
    done = run(tmp_path, "fund", *arguments)
    assert done.exit_code == 1
    assert str(done.exception).startswith(expected)
    assert list(tmp_path.iterdir()) == []


def read_orders(broker: Broker, account: str) -> list[dict[str, object]]:
    """The messages of an account in market.orders.v1, each with its partition."""
    with Publisher(broker.bootstrap) as publisher:
        ends = publisher.end_offsets(ORDERS)
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "t", "enable.auto.commit": False})
    consumer.assign([TopicPartition(ORDERS.name, partition, 0) for partition in ends])
    read = [message for _ in range(sum(ends.values())) for message in consumer.consume(1, 10)]
    consumer.close()
    batch, _ = decode(ORDERS, pa.array([message.value() for message in read], pa.binary()))
    rows = [row | {"partition": each.partition()} for row, each in zip(batch.to_pylist(), read, strict=True)]
    return [row for row in rows if row["account_id"] == account]


@pytest.mark.kafka
def test_fund_publishes_the_messages_and_writes_the_profile(broker: Broker, tmp_path: Path) -> None:
    account = f"ALICE-{uuid.uuid4().hex}"
    kafka = {"DEPTHLAKE_KAFKA_PORT": str(broker.settings.kafka_port)}
    options = ("--cash", "1000.5", "--shares", "AAPL=100@230.5", "--shares", "MSFT=2@400", "--max-order-value", "9")
    done = run(tmp_path, "fund", account, *options, "--name", "Alice Doe", "--type", "MARKET_MAKER", **kafka)
    assert (done.exit_code, done.stderr) == (0, f"Published 4 messages to {broker.bootstrap}.\n")
    rows = read_orders(broker, account)
    assert sorted((row["partition"], row["cash"]) for row in rows if not row["symbol"]) == [
        *((0, 500_250_000_000), (1, 500_250_000_000)),
    ]
    assert {row["symbol"]: (row["quantity"], row["price"]) for row in rows if row["symbol"]} == {
        "AAPL": (100 * UNIT, 230_500_000_000),
        "MSFT": (2 * UNIT, 400 * UNIT),
    }
    assert {row["max_order_value"] for row in rows} == {9 * UNIT}
    shown = run(tmp_path, "accounts", "--format", "csv").stdout.splitlines()[1].split(",")
    assert shown[:3] == [account, "Alice Doe", "MARKET_MAKER"]


def start_project(broker: Broker, home: Path, *arguments: str) -> subprocess.Popen[str]:
    variables = {"DEPTHLAKE_HOME": str(home), "DEPTHLAKE_KAFKA_PORT": str(broker.settings.kafka_port)}
    return subprocess.Popen(
        [DEPTHLAKE, "exchange", "project", *arguments],
        env={**os.environ, **variables, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        stderr=subprocess.PIPE,
        text=True,
    )


def publish_toy_events(broker: Broker, producer_id: str, steps: int) -> list[Fields]:
    """Events of a shard that no other test has, all in its partition."""
    ensure_topics(broker.bootstrap, [ORDER_EVENTS], 2)
    messages = [said | {"producer_id": producer_id} for said in toy_events(7, steps).messages]
    with Publisher(broker.bootstrap) as publisher:
        publisher.publish(ORDER_EVENTS, batch_of_messages(messages), 0)
    return messages


@pytest.mark.kafka
def test_project_killed_and_started_again_shows_what_one_run_shows(broker: Broker, tmp_path: Path) -> None:
    messages = publish_toy_events(broker, f"exchange-0-{uuid.uuid4().hex}", 3_000)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = start_project(broker, killed)
    wait_for(lambda: (killed / "exchange" / "exchange.db").exists())
    process.kill()
    process.wait(30)
    for home in (killed, whole):
        again = start_project(broker, home, "--once")
        _, said = again.communicate(timeout=60)
        assert re.fullmatch(r"Projected [\d,]+ events\.\n", said)
    found = [rows_of(connect_to(f"sqlite:///{home}/exchange/exchange.db")) for home in (killed, whole)]
    assert found[0] == found[1]
    assert len(found[0]["trades"]) >= len({said["trade_id"] for said in messages if "trade_id" in said})


@pytest.mark.kafka
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_project_stops_cleanly_when_asked(broker: Broker, tmp_path: Path, number: signal.Signals) -> None:
    producer_id = f"exchange-0-{uuid.uuid4().hex}"
    publish_toy_events(broker, producer_id, 10)
    process = start_project(broker, tmp_path)
    address = f"sqlite:///{tmp_path}/exchange/exchange.db"
    wait_for(lambda: Path(address[10:]).exists() and is_projected(address, producer_id))
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert re.fullmatch(r"Projected [\d,]+ events\.\n", said)


def is_projected(address: str, producer_id: str) -> bool:
    shards = rows_of(open_database(address))["projected_shards"]
    return any(row[1] == producer_id for row in shards)
