"""`depthlake feed` as a user meets it: a process, a venue on loopback, a real broker."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest
from click.testing import Result
from confluent_kafka import Consumer, Message, TopicPartition
from typer.testing import CliRunner

from pipelines.source.publish import Publisher, ensure_topics
from pipelines.wire import decode
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TOPICS, TRADES
from spark_jobs.cli.app import app
from tests.conftest import Broker
from tests.e2e.commands import DEPTHLAKE
from tests.house_rules import ROOT
from tests.pipelines.source.feeds import test_alpaca_feed as alpaca
from tests.pipelines.source.feeds import test_ibkr_feed as ibkr
from tests.pipelines.source.feeds.binance_replay import bare, recording
from tests.pipelines.source.feeds.relay import one_address
from tests.pipelines.source.feeds.venue import replaying, running_venue

MARKET_TOPICS = (TRADES, QUOTES, DEPTH)
KEYS = {"APCA_API_KEY_ID": alpaca.KEY, "APCA_API_SECRET_KEY": alpaca.SECRET}


class Reader:
    """What comes into the market topics from when it is made."""

    def __init__(self, broker: Broker) -> None:
        """The topics as they are."""
        ensure_topics(broker.bootstrap, TOPICS, 2)
        self._consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "feeds"})
        with Publisher(broker.bootstrap) as publisher:
            ends = {topic.name: publisher.end_offsets(topic) for topic in MARKET_TOPICS}
        self._consumer.assign([TopicPartition(name, *place) for name in ends for place in ends[name].items()])

    def rows(self, count: int) -> dict[Topic, list[dict[str, Any]]]:
        """So many messages, and all that comes within half a second more, by topic; keys are symbols."""
        read: list[Message] = []
        deadline = time.monotonic() + 30
        while len(read) < count and time.monotonic() < deadline:
            read += self._consumer.consume(count - len(read), 0.1)
        read += self._consumer.consume(1, 0.5)
        self._consumer.close()
        return {topic: rows_of(topic, [each for each in read if each.topic() == topic.name]) for topic in MARKET_TOPICS}


def rows_of(topic: Topic, messages: list[Message]) -> list[dict[str, Any]]:
    decoded, errors = decode(topic, pa.array([message.value() for message in messages], pa.binary()))
    rows: list[dict[str, Any]] = decoded.to_pylist()
    assert not errors
    assert [message.key().decode() for message in messages] == [row["symbol"] for row in rows]
    return rows


@dataclass
class Running:
    """A feed that runs, and what it has said so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep what it says, until it ends."""
        assert self.process.stderr
        self.said.extend(iter(self.process.stderr.readline, ""))

    def stop(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        code = self.process.wait(20)
        assert not psutil.wait_procs(children, 5)[1]
        return code


@contextmanager
def feeding(broker: Broker, home: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    variables = {"DEPTHLAKE_HOME": str(home), "DEPTHLAKE_KAFKA_PORT": str(broker.settings.kafka_port), **environment}
    process = subprocess.Popen(
        [DEPTHLAKE, "feed", *arguments],
        env={**os.environ, **variables, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Running(process)
    listening = threading.Thread(target=running.listen)
    listening.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait(10)
        listening.join(10)


@pytest.mark.kafka
def test_binance_publishes_what_the_importer_would_and_stops_cleanly(broker: Broker, tmp_path: Path) -> None:
    whole, reader = recording(), Reader(broker)
    body, total = json.dumps(whole.snapshot).encode(), sum(map(len, whole.imported.values()))
    with running_venue([replaying(whole.messages)], lambda _: (200, body)) as venue:
        urls = ("--stream-url", venue.stream_url, "--rest-url", venue.rest_url)
        with feeding(broker, tmp_path, "binance", "--symbols", "btcusdt", *urls) as running:
            published = reader.rows(total)
            assert running.stop(signal.SIGTERM) == 0
    for topic, rows in published.items():
        assert bare(rows, topic) == bare(whole.imported[topic], topic)
    connected, counted = running.said
    assert connected == f"Connected to {venue.stream_url}{venue.streams[0]}.\n"
    counts = {topic: len(rows) for topic, rows in whole.imported.items()}
    topics = r", ".join(rf"[\d,]+ to {re.escape(topic.name)}" for topic in counts)
    assert re.fullmatch(rf"Published {total:,} messages \({topics}\)\.\n", sort_topics(counted, list(counts)))


def sort_topics(sentence: str, topics: list[Topic]) -> str:
    """The sentence with its topics in this order."""
    parts = re.findall(r"[\d,]+ to [\w.]+\d", sentence)
    order = {topic.name: at for at, topic in enumerate(topics)}
    return re.sub(r"\(.*\)", f"({', '.join(sorted(parts, key=lambda part: order[part.split()[-1]]))})", sentence)


@pytest.mark.kafka
def test_alpaca_publishes_and_never_shows_the_keys(broker: Broker, tmp_path: Path) -> None:
    reader = Reader(broker)
    with running_venue([alpaca.speaking(f"[{alpaca.TRADE},{alpaca.QUOTE}]")]) as venue:
        arguments = ("alpaca", "--symbols", "AAPL,AMD", "--stream-url", venue.stream_url)
        with feeding(broker, tmp_path, *arguments, **KEYS) as running:
            rows = reader.rows(2)
            assert running.stop(signal.SIGINT) == 0
    assert [(row["symbol"], row["price"]) for row in rows[TRADES]] == [("AAPL", 126_550000000)]
    assert [(row["symbol"], row["bid_prices"]) for row in rows[QUOTES]] == [("AMD", [87_660000000])]
    assert running.said[-1].startswith("Published 2 messages (1 to market.trades.v1, 1 to market.quotes.v1)")
    assert not any(secret in line for line in running.said for secret in KEYS.values())


@pytest.mark.kafka
def test_alpaca_with_refused_keys_says_so_and_ends(broker: Broker, tmp_path: Path) -> None:
    with running_venue([alpaca.speaking()]) as venue:
        arguments = ("alpaca", "--symbols", "AAPL", "--stream-url", venue.stream_url)
        wrong = KEYS | {"APCA_API_SECRET_KEY": "wrong-secret"}
        with feeding(broker, tmp_path, *arguments, **wrong) as running:
            assert running.process.wait(30) == 1
    assert len(venue.streams) == 1
    assert running.said[1:] == [
        "Published 0 messages.\n",
        "Alpaca refuses the keys in APCA_API_KEY_ID and APCA_API_SECRET_KEY (auth failed): check both, and start "
        "again.\n",
    ]
    assert not any(secret in line for line in running.said for secret in wrong.values())


@pytest.mark.kafka
def test_ibkr_publishes_and_stops_cleanly(broker: Broker, tmp_path: Path) -> None:
    reader = Reader(broker)
    later = ibkr.smd(f31="383.00", _updated=ibkr.TIME + 1)
    with running_venue([ibkr.speaking(ibkr.FIRST, later)], ibkr.gateway()) as venue, one_address(venue) as url:
        arguments = ("ibkr", "--symbols", "AAPL=265598", "--gateway", url)
        with feeding(broker, tmp_path, *arguments) as running:
            rows = reader.rows(2)
            assert running.stop(signal.SIGTERM) == 0
    assert [(row["venue"], row["price"]) for row in rows[TRADES]] == [("IBKR", 383 * 10**9)]
    assert [row["ask_prices"] for row in rows[QUOTES]] == [[1382_900000000]]


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["feed", *arguments], env={"APCA_API_KEY_ID": "", **environment})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("binance", "--symbols", " , "), "--symbols names no symbol"),
        (("binance", "--symbols", ",".join(map(str, range(342)))), "--symbols names 342 symbols: give 1 to 341."),
        (("binance", "--symbols", "X", "--stream-url", "ws://venue.example"), "--stream-url ws://venue.example is not"),
        (("binance", "--symbols", "X", "--rest-url", "ftp://x"), "--rest-url ftp://x is no URL of a venue"),
        (("alpaca", "--symbols", "X"), "APCA_API_KEY_ID is not set"),
        (("ibkr", "--symbols", ""), "--symbols names no symbol"),
        (("ibkr", "--symbols", "AAPL"), "--symbols AAPL has no conid"),
        (("ibkr", "--symbols", "AAPL=x"), "--symbols AAPL=x has no conid"),
        (
            ("ibkr", "--symbols", "A=1", "--gateway", "https://far.example", "--no-verify"),
            "--no-verify is for a gateway",
        ),
    ],
)
def test_what_cannot_be_used_is_named_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert str(done.exception).startswith(sentence)


def test_secret_that_is_missing_is_named() -> None:
    done = run("alpaca", "--symbols", "X", APCA_API_KEY_ID="PK0123", APCA_API_SECRET_KEY="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert str(done.exception).startswith("APCA_API_SECRET_KEY is not set: export ")


def test_help_lists_the_feeds() -> None:
    done = run("--help")
    assert done.exit_code == 0
    for name in ("binance", "alpaca", "ibkr"):
        assert re.search(rf"^\W*{name} ", done.output, re.MULTILINE)


@pytest.mark.parametrize(
    ("feed", "options"),
    [
        ("binance", ("--symbols", "--market", "--stream-url", "--rest-url", "--silence")),
        ("alpaca", ("--symbols", "--source", "--stream-url", "--silence")),
        ("ibkr", ("--symbols", "--gateway", "--no-verify", "--silence")),
    ],
)
def test_help_of_a_feed_shows_its_options_and_an_example(feed: str, options: tuple[str, ...]) -> None:
    done = run(feed, "--help", COLUMNS="120")
    assert done.exit_code == 0
    assert all(option in done.output for option in options)
    assert f"Example: depthlake feed {feed} " in done.output
    assert not re.search("--(key|secret)", done.output)
