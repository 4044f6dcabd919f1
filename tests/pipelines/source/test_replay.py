"""Replay: order, pace, counts, and when it stops."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.source.importers import SOURCES
from pipelines.source.replay import SLICE_NS, Batch, Pace, parse_speed, replay
from pipelines.wire import batch_of
from schemas.errors import SettingsError, SourceError
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES

START = 1_723_161_254_000_000_000
MS = 1_000_000
CAPTURE = Path(__file__).parents[4] / "shared" / "data" / "binance" / "spot_btcusdt_20240808.gz"


@dataclass
class Stage:
    """A clock that moves only by waiting, and what was published at which of its times."""

    now_ns: int = 0
    stop_after: int | None = None
    published: list[tuple[int, Topic, pa.RecordBatch]] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    def wait(self, seconds: float) -> bool:
        """Advance the clock; say to stop after `stop_after` publications."""
        self.now_ns += round(seconds * 1e9)
        return self.stop_after is not None and len(self.published) >= self.stop_after

    def publish(self, topic: Topic, rows: pa.RecordBatch) -> int:
        """Keep the rows."""
        self.published.append((self.now_ns, topic, rows))
        return len(rows)

    def replay(self, batches: list[Batch] | Iterator[Batch], speed: float | None) -> dict[Topic, int]:
        """Replay with this clock."""
        pace = Pace(speed, lambda: self.now_ns, self.wait)
        return replay(batches, self.publish, pace, lambda done, total: self.progress.append((done, total)))

    def rows(self, *names: str) -> list[tuple[object, ...]]:
        """Columns of all that was published, in order."""
        return [tuple(row[name] for name in names) for _, _, rows in self.published for row in rows.to_pylist()]


def _batch(topic: Topic, *received_ms: int, producer: str = "a", first_seq: int = 1) -> Batch:
    return topic, batch_of(
        topic,
        {
            "producer_id": [producer] * len(received_ms),
            "seq": range(first_seq, first_seq + len(received_ms)),
            "receive_ts_ns": [START + value * MS for value in received_ms],
        },
    )


def test_replay_max_publishes_as_they_come() -> None:
    stage, batches = Stage(), [_batch(TRADES, 900, 950), _batch(QUOTES, 0), _batch(TRADES, 1000)]
    assert stage.replay(batches, None) == {TRADES: 3, QUOTES: 1}
    assert [(topic, rows) for _, topic, rows in stage.published] == batches
    assert stage.progress == [(2, 4), (3, 4), (4, 4)]
    assert stage.now_ns == 0


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        (1, [(50, TRADES, 2), (50, QUOTES, 1), (100, TRADES, 1), (1050, QUOTES, 1)]),
        (10, [(50, TRADES, 3), (50, QUOTES, 1), (150, QUOTES, 1)]),
        (0.5, [(50, TRADES, 1), (50, QUOTES, 1), (100, TRADES, 1), (150, TRADES, 1), (2050, QUOTES, 1)]),
    ],
)
def test_replay_speed_publishes_each_slice_at_its_end(speed: float, expected: list[tuple[int, Topic, int]]) -> None:
    stage = Stage()
    counts = stage.replay([_batch(TRADES, 0, 49, 50), _batch(QUOTES, 10, 1000)], speed)
    assert [(now // MS, topic, len(rows)) for now, topic, rows in stage.published] == expected
    assert counts == {TRADES: 3, QUOTES: 2}
    assert stage.progress[-1] == (5, 5)


def test_replay_speed_merges_producers_by_receive_time() -> None:
    stage = Stage()
    stage.replay([_batch(TRADES, 0, 400, producer="a"), _batch(TRADES, 200, 600, producer="b")], 1)
    assert stage.rows("producer_id", "seq") == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_replay_speed_keeps_a_producers_order_when_its_clock_is_set_back() -> None:
    stage = Stage()
    stage.replay([_batch(TRADES, 0, 300, 100), _batch(TRADES, 150, 350, first_seq=4)], 1)
    assert stage.rows("seq") == [(1,), (2,), (3,), (4,), (5,)]
    assert stage.now_ns == 400 * MS


def test_replay_speed_catches_up_after_a_slow_publication() -> None:
    stage = Stage()

    def publish_slowly(topic: Topic, rows: pa.RecordBatch) -> int:
        stage.publish(topic, rows)
        stage.now_ns += 120 * MS
        return len(rows)

    pace = Pace(1, lambda: stage.now_ns, stage.wait)
    replay([_batch(TRADES, 0, 60, 1000)], publish_slowly, pace, lambda done, total: None)
    assert [now // MS for now, _, _ in stage.published] == [50, 170, 1050]


@pytest.mark.parametrize("speed", [None, 1])
def test_replay_stops_between_publications(speed: float | None) -> None:
    stage = Stage(stop_after=2)
    batches = [_batch(TRADES, 0), _batch(QUOTES, 100), _batch(DEPTH, 200)]
    assert stage.replay(batches, speed) == {TRADES: 1, QUOTES: 1, DEPTH: 0}


@pytest.mark.parametrize("speed", [None, 1])
@pytest.mark.parametrize("batches", [[], [_batch(TRADES)]])
def test_replay_of_nothing(speed: float | None, batches: list[Batch]) -> None:
    assert sum(Stage().replay(batches, speed).values()) == 0


@pytest.mark.parametrize("speed", [None, 1])
def test_replay_publishes_nothing_of_a_file_with_an_error_at_its_end(tmp_path: Path, speed: float | None) -> None:
    path, stage = tmp_path / "capture.gz", Stage()
    path.write_bytes(CAPTURE.read_bytes()[:-100])
    with pytest.raises(SourceError, match="cannot be unpacked"):
        stage.replay(iter(SOURCES["binance"](path)), speed)
    assert stage.published == []


def test_replay_capture_at_a_speed_publishes_what_max_does() -> None:
    read = list(SOURCES["binance"](CAPTURE))
    fast, paced = Stage(), Stage()
    assert fast.replay(read, None) == paced.replay(read, 60) == {DEPTH: 3452, TRADES: 9757, QUOTES: 28040}
    for topic in (DEPTH, TRADES, QUOTES):
        tables = [pa.Table.from_batches([r for _, t, r in stage.published if t == topic]) for stage in (fast, paced)]
        assert tables[0].equals(tables[1])
    received = [value for _, _, rows in paced.published for value in rows.column("receive_ts_ns").to_pylist()]
    took_ns = (max(received) - min(received)) / 60
    assert took_ns <= paced.now_ns <= took_ns + SLICE_NS


@given(
    st.lists(st.lists(st.integers(0, 5_000), max_size=8), min_size=1, max_size=6), st.sampled_from([0.3, 1.0, 7.0, 1e6])
)
def test_replay_speed_is_never_early_and_at_most_a_slice_late(received: list[list[int]], speed: float) -> None:
    stage = Stage()
    stage.replay([_batch(TRADES, *sorted(times), producer=str(n)) for n, times in enumerate(received)], speed)
    first = min((value for times in received for value in times), default=0)
    for now_ns, _, rows in stage.published:
        for value in rows.column("receive_ts_ns").to_pylist():
            assert 0 <= now_ns - (value - START - first * MS) / speed <= SLICE_NS + 1_000


@pytest.mark.parametrize(("text", "speed"), [("max", None), ("1", 1.0), ("0.5", 0.5), ("1e3", 1000.0)])
def test_parse_speed(text: str, speed: float | None) -> None:
    assert parse_speed(text) == speed


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "fast"])
def test_parse_speed_refuses(text: str) -> None:
    with pytest.raises(SettingsError, match=f"--speed {text} is neither max nor a number above 0"):
        parse_speed(text)
