"""Backfills between whose reading and writing a stream is made anew, or another run is faster."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from schemas.ledger import PARTITION_LEDGER
from schemas.topics import TRADES
from spark_jobs.backfill import backfill
from spark_jobs.io import Lake
from spark_jobs.tables import Session
from tests.conftest import Broker, settings_in
from tests.pipelines.silver.deliveries import payloads_of
from tests.spark_jobs.streams import Stand, renew, to
from tests.spark_jobs.test_backfill_faults import DAY, JOB, NAME, NOW

pytestmark = [pytest.mark.spark, pytest.mark.kafka]


@dataclass
class Interrupted:
    """A session in which something happens once: when a backfill has read, and before it writes."""

    session: Session
    happens: Callable[[], None]
    rounds: list[str] = field(default_factory=list)

    def table(self, name: str) -> Any:
        """The table, after what happens."""
        if not self.rounds:
            self.rounds.append(name)
            self.happens()
        return self.session.table(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


@pytest.fixture
def stand(lake: Lake, broker: Broker) -> Stand:
    """A job over a topic made anew."""
    renew(broker.settings, TRADES)
    lake.create(PARTITION_LEDGER)
    settings = replace(lake.settings, kafka_port=broker.settings.kafka_port)
    return Stand(Lake(lake.spark, settings), JOB).create()


def undisturbed(stand: Stand, home: Path) -> dict[str, tuple[int, int]]:
    """What a stream alone makes of the topic, in a lake of its own."""
    settings = replace(settings_in(home), kafka_port=stand.lake.settings.kafka_port)
    alone = Stand(Lake(stand.lake.spark, settings), JOB).create()
    alone.run()
    return alone.facts()


def test_backfill_while_the_stream_is_made_anew(stand: Stand, tmp_path: Path) -> None:
    rows = to(0, payloads_of(TRADES, *({"seq": seq} for seq in range(1, 1_001))))
    stand.send(rows[:400])
    stand.run()
    for number, table in enumerate((JOB.silver, *(step.table for step in JOB.steps)), 1):
        batch = rows[300 * number : 300 * number + 300]

        def restart(batch: list[tuple[int, bytes | None]] = batch) -> None:
            stand.send(batch)
            stand.run()

        session = Interrupted(stand.lake.spark, restart)
        backfill(session, table.name, DAY, NOW)  # type: ignore[arg-type]  # a session but for its table
        assert session.rounds == [table.name]
    assert stand.facts() == undisturbed(stand, tmp_path / "alone")


def test_backfill_while_a_batch_comes_and_another_run_hides_it(stand: Stand, tmp_path: Path) -> None:
    """Silver has five rows twice; five others come, and another run takes the five out: the count is as before."""
    rows = to(0, payloads_of(TRADES, *({"seq": seq} for seq in range(1, 106))))
    stand.send(rows[:100])
    stand.run()
    stand.lake.spark.sql(f"INSERT INTO {NAME} SELECT * FROM {NAME} WHERE seq <= 5")

    def overtake() -> None:
        stand.send(rows[100:])
        stand.run()
        backfill(stand.lake.spark, NAME, DAY, NOW)

    backfill(Interrupted(stand.lake.spark, overtake), NAME, DAY, NOW)  # type: ignore[arg-type]  # as above
    assert stand.facts() == undisturbed(stand, tmp_path / "alone")
