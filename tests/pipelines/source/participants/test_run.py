"""Desks in real time: on a clock that the test moves, and on a real broker and a real exchange."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import pyarrow as pa
import pytest

from pipelines.exchange.rules import Rules
from pipelines.exchange.service import Place, ShardService
from pipelines.source.participants.config import MAKERS, NOISE, trading_config
from pipelines.source.participants.desk import Desk
from pipelines.source.participants.funding import opening
from pipelines.source.participants.reader import POLL_S, Reader
from pipelines.source.participants.rehearsal import Exchange
from pipelines.source.participants.run import LEAST_WAITING, STEP_S, Session, Tally, trade, work
from pipelines.source.publish import ensure_topics
from pipelines.source.simulator.config import INSTRUMENTS
from pipelines.source.simulator.run import Clock
from schemas.errors import InstanceError
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import ORDER_EVENTS, ORDERS, TOPICS
from spark_jobs.exchange import warm_up
from spark_jobs.instance.broker import broker as kafka
from spark_jobs.instance.lifecycle import NAMES, down, up
from spark_jobs.settings import Settings
from tests.pipelines.source.participants.shard_exchange import shard_exchange

UNTOLD = (
    *(pb.ORDER_EVENT_KIND_CANCEL_REFUSED, pb.ORDER_EVENT_KIND_REPLACE_REFUSED),
    *(pb.ORDER_EVENT_KIND_SET, pb.ORDER_EVENT_KIND_FUNDED),
)

START = 1_700_000_000_000_000_000
FEW = tuple(instrument for instrument in INSTRUMENTS if instrument.symbol in ("AAPL", "GME"))


@dataclass
class Scene:
    """A clock that moves while it sleeps, and all that was published, which an exchange may answer."""

    exchange: Exchange | None
    inbox: SimpleQueue = field(default_factory=SimpleQueue)
    now: int = START
    batches: list[pa.RecordBatch] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += round(seconds * 1e9)

    def publish(self, topic: Topic, batch: pa.RecordBatch) -> int:
        """The batch is kept, and answered."""
        assert topic == ORDERS
        self.batches.append(batch)
        if self.exchange is not None:
            self.inbox.put(self.exchange(batch))
        return len(batch)

    def run(self, desk: Desk, rate: float, seconds: float, is_cancelling: bool = True) -> list[int]:
        """The counts that a session on this clock yields."""
        session = Session(rate, seconds, is_cancelling, Clock(lambda: self.now, self.sleep))
        return list(work(desk, self.inbox, self.publish, session))


CONFIG = trading_config(1, START, FEW)


def _opened() -> Exchange:
    """An exchange on which all accounts are funded."""
    exchange = shard_exchange()
    exchange(opening(CONFIG))
    return exchange


def test_work_keeps_its_rate_and_cancels_what_is_open_at_the_end() -> None:
    scene, desk = Scene(_opened()), Desk(CONFIG, NOISE)
    counts = scene.run(desk, 2_000, 10.0)
    assert counts[-2] == pytest.approx(2_000 * NOISE.share * 10, rel=0.3)
    assert counts[-1] == sum(map(len, scene.batches))
    assert set(scene.batches[-1].column("action").to_pylist()) == {pb.ORDER_ACTION_CANCEL}
    seq = [number for batch in scene.batches for number in batch.column("seq").to_pylist()]
    assert seq == list(range(1, counts[-1] + 1))
    times = [number for batch in scene.batches for number in batch.column("receive_ts_ns").to_pylist()]
    assert times == sorted(times)
    assert times[-1] <= scene.now


def test_work_leaves_orders_open_when_told() -> None:
    scene, desk = Scene(_opened()), Desk(CONFIG, MAKERS)
    scene.run(desk, 2_000, 1.0, is_cancelling=False)
    assert desk.open > 0
    assert pb.ORDER_ACTION_NEW in scene.batches[1].column("action").to_pylist()


def test_work_sends_no_more_while_nothing_is_answered() -> None:
    scene, desk = Scene(None), Desk(CONFIG, NOISE)
    counts = scene.run(desk, 2_000, 20.0, is_cancelling=False)
    most = max(2 * 2_000 * NOISE.share, LEAST_WAITING)
    assert most <= desk.waiting == counts[-1] <= most + 3 * 2_000 * NOISE.share * STEP_S * 3


@contextmanager
def exchange(settings: Settings, folder: Path) -> Iterator[None]:
    """An exchange over all partitions of a broker."""
    stop = Event()
    warm_up(Rules())
    places = [Place(settings.bootstrap, number, folder / str(number)) for number in range(settings.partitions)]
    threads = [Thread(target=ShardService(place, Rules(), time.monotonic).run, args=(stop,)) for place in places]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


@pytest.fixture
def running(instance_settings: Settings) -> Iterator[Settings]:
    up(instance_settings, [kafka(instance_settings)])
    ensure_topics(instance_settings.bootstrap, TOPICS, instance_settings.partitions)
    yield instance_settings
    down(instance_settings, NAMES)


def _session(seconds: float, rate: float = 400) -> Session:
    return Session(rate, seconds, True, Clock(time.time_ns, time.sleep))


@pytest.mark.kafka
def test_trade_with_an_exchange_and_without(running: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    config, tally = trading_config(1, time.time_ns(), FEW), Tally()
    with pytest.raises(InstanceError, match=r"No exchange has answered at .*: start it with `depthlake exchange run`"):
        trade(config, running.bootstrap, _session(7.0), tally, lambda sentence: said.append(sentence or ""))
    assert [sentence for sentence in said if sentence] == [
        next(s for s in said if s.startswith("No exchange has answered for 5 s, "))
    ]
    assert 0 < tally.total < 5 * (LEAST_WAITING + 400) * 2
    with exchange(running, tmp_path):
        config, tally = trading_config(2, time.time_ns(), FEW), Tally()
        trade(config, running.bootstrap, _session(4.0), tally, lambda _: None)
    assert 100 < tally.total < 3_000
    assert set(tally.sent) == {kind.name for kind in config.kinds}
    assert tally.heard > tally.total


@pytest.mark.kafka
def test_trade_cancels_its_orders_when_it_is_stopped(running: Settings, tmp_path: Path) -> None:
    session, tally = _session(60.0), Tally()

    def interrupt(_: str | None) -> None:
        if tally.total > 500:
            raise KeyboardInterrupt

    config = trading_config(1, time.time_ns(), FEW)
    with Reader(running.bootstrap) as reader, exchange(running, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            trade(config, running.bootstrap, session, tally, interrupt)
        left = _left_open(reader)
    assert len(left) > 100
    assert {order_id: shares for order_id, shares in left.items() if shares} == {}


def _left_open(reader: Reader) -> dict[str, int]:
    """What is open of each order once nothing has been said for two seconds."""
    left: dict[str, int] = {}
    quiet = 0
    while quiet < 2 / POLL_S:
        said = reader.poll().get(ORDER_EVENTS)
        quiet = 0 if said else quiet + 1
        for row in said.to_pylist() if said else []:
            if row["kind"] not in UNTOLD:
                left[row["order_id"]] = row["open_quantity"] if row["kind"] != pb.ORDER_EVENT_KIND_REFUSED else 0
    return left
