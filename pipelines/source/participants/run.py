"""Desks in real time: a thread each, one more that reads what the exchange says, and one that watches over them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event

from pipelines.source.participants.config import TradingConfig
from pipelines.source.participants.desk import Desk
from pipelines.source.participants.funding import opening
from pipelines.source.participants.reader import Reader, Said
from pipelines.source.publish import Publisher
from pipelines.source.simulator.run import Clock, Publish
from schemas.errors import InstanceError
from schemas.topics import ORDER_EVENTS, ORDERS

STEP_S = 0.05
WATCH_S = 0.2
SILENT_NS = 5_000_000_000
WAITING_S = 2.0  # a desk sends no more while so many seconds of its rate are unanswered
LEAST_WAITING = 600  # but this many may be: as many as a desk that opens its quotes sends at once

Inbox = SimpleQueue[Said]


@dataclass(frozen=True)
class Session:
    """How long to trade, and how fast: `rate` messages a second in all.

    Whoever sets `stop` ends it; open orders are cancelled at the end where `is_cancelling`.
    """

    rate: float
    duration_s: float
    is_cancelling: bool
    clock: Clock
    stop: Event = field(default_factory=Event)


@dataclass
class Tally:
    """What has happened so far: messages sent by each kind, order events heard, and when the last one was."""

    sent: dict[str, int] = field(default_factory=dict)
    heard: int = 0
    heard_ns: int = 0

    @property
    def total(self) -> int:
        """Messages sent by all kinds together."""
        return sum(self.sent.values())


def work(desk: Desk, inbox: Inbox, publish: Publish, session: Session) -> Iterator[int]:
    """Trade until the session ends; yields the number of messages sent so far, a step each.

    While the exchange leaves too many messages unanswered, nothing is sent. Errors of `publish` pass through.
    """
    rate, clock = session.rate * desk.kind.share, session.clock
    end_ns, sent = clock.now_ns() + int(session.duration_s * 1e9), 0
    while not session.stop.is_set() and clock.now_ns() < end_ns:
        _hear_all(desk, inbox)
        if desk.waiting < max(WAITING_S * rate, LEAST_WAITING):
            sent += publish(ORDERS, desk.step(clock.now_ns(), rate))
        yield sent
        clock.sleep(STEP_S)
    _hear_all(desk, inbox)
    if session.is_cancelling:
        sent += publish(ORDERS, desk.leave(clock.now_ns()))
    yield sent


def _hear_all(desk: Desk, inbox: Inbox) -> None:
    while not inbox.empty():
        for topic, batch in inbox.get().items():
            desk.hear(topic, batch)


def trade(
    config: TradingConfig, bootstrap: str, session: Session, tally: Tally, watch: Callable[[str | None], object]
) -> None:
    """Fund all accounts, open the books, and trade in real time; `tally` counts along.

    `watch` is called some times a second, with a sentence when the exchange falls silent. Raises InstanceError when
    the broker fails, or when no exchange has answered at all.
    """
    desks = [Desk(config, kind) for kind in config.kinds]
    inboxes: list[Inbox] = [SimpleQueue() for _ in desks]
    with Reader(bootstrap) as reader, ThreadPoolExecutor(len(desks) + 1) as pool:
        _open_market(config, bootstrap)
        tally.heard_ns = session.clock.now_ns()
        listening = pool.submit(_listen, reader, inboxes, session, tally)
        tasks = [
            pool.submit(_work_all, desk, inbox, bootstrap, session, tally)
            for desk, inbox in zip(desks, inboxes, strict=True)
        ]
        try:
            _watch_over([listening, *tasks], desks, session, tally, watch)
        finally:
            session.stop.set()
    for task in (listening, *tasks):
        task.result()
    if not tally.heard:
        raise InstanceError(f"No exchange has answered at {bootstrap}: start it with `depthlake exchange run`.")


def _open_market(config: TradingConfig, bootstrap: str) -> None:
    with Publisher(bootstrap) as publisher:
        publisher.publish(ORDERS, opening(config))


def _work_all(desk: Desk, inbox: Inbox, bootstrap: str, session: Session, tally: Tally) -> None:
    with Publisher(bootstrap) as publisher:
        for sent in work(desk, inbox, publisher.publish, session):
            tally.sent[desk.kind.name] = sent


def _listen(reader: Reader, inboxes: Sequence[Inbox], session: Session, tally: Tally) -> None:
    """Hand what is read to every desk, until the session ends."""
    while not session.stop.is_set():
        said = reader.poll()
        if ORDER_EVENTS in said:
            tally.heard += len(said[ORDER_EVENTS])
            tally.heard_ns = session.clock.now_ns()
        for inbox in inboxes if said else ():
            inbox.put(said)


def _watch_over(
    tasks: Sequence[Future[None]],
    desks: Sequence[Desk],
    session: Session,
    tally: Tally,
    watch: Callable[[str | None], object],
) -> None:
    """Return when all desks are done or one thread has failed."""
    listening, *working = tasks
    is_silent = False
    while not listening.done() and not all(task.done() for task in working):
        wait(tasks, WATCH_S, FIRST_EXCEPTION)
        if any(task.done() and task.exception() for task in working):
            return
        was_silent = is_silent
        unanswered = sum(desk.waiting for desk in desks)
        is_silent = unanswered > 0 and session.clock.now_ns() - tally.heard_ns > SILENT_NS
        watch(_silence(unanswered) if is_silent and not was_silent else None)


def _silence(unanswered: int) -> str:
    return (
        f"No exchange has answered for {SILENT_NS // 10**9} s, {unanswered:,} orders wait for one: "
        "start it with `depthlake exchange run`."
    )
