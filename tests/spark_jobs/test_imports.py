"""Imports over real Delta tables: what a file says is there once, whatever happens."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipelines.source.importers.report import Imported
from pipelines.source.simulator.config import MarketConfig
from pipelines.source.simulator.market import Market
from pipelines.wire import batch_of, decode
from schemas.audit import AUDIT
from schemas.registry import Topic
from schemas.topics import DEPTH, QUOTES, TRADES
from spark_jobs.imports import finish_imports
from spark_jobs.io import Lake
from spark_jobs.jobs import job_of
from spark_jobs.staging import Imports
from tests.conftest import LAYERS, settings_in
from tests.spark_jobs.recordings import record_all
from tests.spark_jobs.streams import Crash, FragileLake, Stand, assert_books_whole, hashed

pytestmark = pytest.mark.spark

START_NS = 1_723_075_200 * 10**9
MOMENT = datetime(2024, 8, 9, tzinfo=UTC)
ROWS = 300
MOST_ROWS = 170


def simulated(topic: Topic, seed: int = 5, lost: int = -1) -> Imported:
    """What an importer would give of ROWS messages; the one at `lost` is missing."""
    batch = Market(MarketConfig(seed, START_NS, mix={topic: 1.0})).step(START_NS, 10**10, ROWS)[topic]
    keep = pa.array([row != lost for row in range(len(batch))])
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns["producer_id"] = pa.repeat(f"tests/{topic.noun}-{seed:012}", len(batch))
    return Imported(Path(f"{topic.noun}.csv"), [(topic, batch_of(topic, columns).filter(keep))], "0" * 64, None, "")


def import_all(stand: Stand, files: Sequence[Imported], most_rows: int = MOST_ROWS) -> int:
    """Stage and write."""
    Imports(stand.lake.settings.imports).stage(files, MOMENT, most_rows)
    return finish_imports(stand.lake, lambda: datetime.now(UTC))


def hashes(stand: Stand) -> dict[str, object]:
    """Rows and a hash of each table: the parts of an import are the same at each try, and so are partial sums."""
    return {table.name: hashed(stand.lake.read(table)) for table in stand.job.tables}


def stand_over(lake: Lake, topic: Topic, *breaks: str) -> Stand:
    """The tables of a topic, in a lake that dies before a commit to the tables that are named."""
    lake.create(AUDIT)
    return Stand(FragileLake(lake.spark, lake.settings, [(name, "") for name in breaks]), job_of(topic.name)).create()


def test_finish_imports_of_every_source_gives_bronze_what_was_read(lake: Lake, tmp_path: Path) -> None:
    files = record_all(tmp_path)
    stands = [stand_over(lake, topic) for topic in (TRADES, QUOTES, DEPTH)]
    assert import_all(stands[0], files, 400_000) == sum(len(rows) for file in files for _, rows in file.batches)
    for stand in stands:
        read = pa.Table.from_batches([b for file in files for topic, b in file.batches if topic == stand.job.topic])
        raw = stand.lake.read(stand.job.bronze).orderBy("kafka_offset").select("raw_value", "kafka_offset").toArrow()
        assert raw["kafka_offset"].to_pylist() == list(range(len(read)))
        decoded, errors = decode(stand.job.topic, raw["raw_value"].combine_chunks().cast(pa.binary()))
        assert not errors
        assert pa.Table.from_batches([decoded]).equals(read)
        assert stand.count(stand.job.silver) + stand.count(stand.job.rejected) == len(read)
        assert stand.count(stand.job.rejected) == 0
    assert stands[0].lake.read(job_of(TRADES.name).steps[0].table).agg(F.sum("trade_count")).first() == (
        stands[0].count(job_of(TRADES.name).silver),
    )
    assert_books_whole(stands[2])
    assert Imports(lake.settings.imports).waiting() == []


@pytest.fixture(scope="module")
def undisturbed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the tables of depth hold of two imports that nothing disturbs."""
    for layer in LAYERS:
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {layer}")
    stand = stand_over(Lake(spark, settings_in(tmp_path_factory.mktemp("undisturbed"))), DEPTH)
    import_all(stand, [simulated(DEPTH, lost=100)])
    import_all(stand, [simulated(DEPTH, seed=6)], ROWS)
    assert_books_whole(stand)
    assert stand.count(stand.job.silver) == 2 * ROWS - 1
    found = hashes(stand)
    for layer in LAYERS:
        spark.sql(f"DROP SCHEMA {layer} CASCADE")
    return found


@pytest.mark.parametrize("table", ["silver.depth", "silver.books", "bronze.depth"])
def test_finish_imports_after_a_crash_gives_what_an_undisturbed_import_gives(
    undisturbed: dict[str, object], lake: Lake, table: str
) -> None:
    stand = stand_over(lake, DEPTH, table)
    with pytest.raises(Crash):
        import_all(stand, [simulated(DEPTH, lost=100)])
    assert len(Imports(lake.settings.imports).waiting()) == 1
    import_all(stand, [simulated(DEPTH, seed=6)], ROWS)
    assert hashes(stand) == undisturbed


def test_finish_imports_of_what_the_tables_have_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    stand = stand_over(lake, TRADES)
    Imports(lake.settings.imports).stage([simulated(TRADES)], MOMENT, MOST_ROWS)
    shutil.copytree(lake.settings.imports, tmp_path / "copy")
    assert finish_imports(lake, lambda: MOMENT) == ROWS
    before = stand.facts()
    shutil.copytree(tmp_path / "copy", lake.settings.imports, dirs_exist_ok=True)
    assert finish_imports(lake, lambda: MOMENT) == ROWS
    assert stand.facts() == before
    assert finish_imports(lake, lambda: MOMENT) == 0


def test_finish_imports_of_messages_that_came_by_another_way_keeps_silver_and_gold(lake: Lake, tmp_path: Path) -> None:
    stand = stand_over(lake, TRADES)
    import_all(stand, [simulated(TRADES)])
    before = stand.facts()
    shutil.rmtree(lake.settings.imports)
    other = replace(stand, lake=Lake(lake.spark, lake.settings))
    Imports(lake.settings.imports).stage([simulated(TRADES)], datetime(2024, 8, 10, tzinfo=UTC), MOST_ROWS)
    finish_imports(other.lake, lambda: MOMENT)
    after = stand.facts()
    assert (before.pop("bronze.trades")[0], after.pop("bronze.trades")[0]) == (ROWS, 2 * ROWS)
    assert after == before
