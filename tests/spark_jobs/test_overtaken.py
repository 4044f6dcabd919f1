"""Messages of a producer that arrive out of their order are no repeats."""

import pytest
from pyspark.sql import functions as F

from schemas.topics import TRADES
from spark_jobs import runner
from spark_jobs.io import Lake
from tests.conftest import Broker
from tests.pipelines.silver.deliveries import payloads_of
from tests.spark_jobs.streams import Stand, stand_on, to

pytestmark = [pytest.mark.spark, pytest.mark.kafka]


@pytest.fixture
def stand(lake: Lake, broker: Broker) -> Stand:
    return stand_on(lake, broker, TRADES)


def test_stream_with_overtaken_messages_has_each_once(stand: Stand) -> None:
    for seq in (1, 2, 5, 3, 4, 5):
        stand.send(to(0, payloads_of(TRADES, {"seq": seq})))
    stand.run(rows=1)
    assert sorted(row.seq for row in stand.lake.read(stand.job.silver).select("seq").collect()) == [1, 2, 3, 4, 5]
    assert stand.lake.read(stand.job.steps[0].table).agg(F.sum("trade_count")).first() == (5,)


@pytest.mark.parametrize("few", [0, 10_000], ids=["many-tasks", "one-task"])
def test_stream_with_messages_of_a_producer_on_two_partitions_has_each(
    stand: Stand, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "FEW", few)
    stand.send([*to(0, payloads_of(TRADES, {"seq": 2})), *to(1, payloads_of(TRADES, {"seq": 1}))])
    stand.run()
    assert sorted(row.seq for row in stand.lake.read(stand.job.silver).select("seq").collect()) == [1, 2]
