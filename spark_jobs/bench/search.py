"""A search over a day of one market, from the tables of a lake to the returns of every trial."""

import time
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipelines.exact import exact_units
from pipelines.research.registry import find_strategy
from pipelines.research.tape import Tape
from schemas.silver import SILVER_QUOTES, SILVER_TRADES
from spark_jobs.backtests.experiment import QUOTES, TRADES, Dataset, Experiment
from spark_jobs.backtests.files import READS
from spark_jobs.backtests.market import versions_now
from spark_jobs.backtests.trials import Trial, run_trials
from spark_jobs.bench.research import SETTINGS, STRATEGY, grid_of
from spark_jobs.refresh import Days

DAY = date(1970, 1, 1)
SYMBOL, VENUE = "S00", "DLXA"
ROWS_A_GROUP = 1 << 20


def measure_search(spark: SparkSession, folder: Path, tape: Tape, trials: int = 500) -> float:
    """Seconds of a grid of obi_threshold on Spark over a tape of quotes that lies in silver.quotes."""
    _write_lake(spark, folder, tape)
    known = find_strategy(STRATEGY)
    dataset = Dataset(SYMBOL, VENUE, Days(DAY, DAY))
    told = [Trial(known.with_defaults(cell), SETTINGS) for cell in grid_of(trials)]
    experiment = Experiment(STRATEGY, {}, dataset, SETTINGS)
    began = time.monotonic()
    found = run_trials(spark, experiment, told, versions_now(spark, dataset))
    assert len(found) == trials, f"of {trials} trials {len(found)} came back"
    return time.monotonic() - began


def _write_lake(spark: SparkSession, folder: Path, tape: Tape) -> None:
    """silver.quotes with the rows of a tape, silver.trades with none."""
    spark.sql("CREATE SCHEMA IF NOT EXISTS silver")
    path = folder / "search_quotes.parquet"
    pq.write_table(rows_of(tape), path, compression="zstd", row_group_size=ROWS_A_GROUP)
    dated = spark.read.parquet(str(path)).selectExpr("*", f"DATE'{DAY}' AS event_date")
    trades = spark.createDataFrame([], SILVER_TRADES.schema).select(*READS[TRADES], "event_date")
    for name, rows in ((QUOTES, dated), (TRADES, trades)):
        rows.write.format("delta").mode("overwrite").partitionBy("event_date").saveAsTable(name)


def rows_of(tape: Tape) -> pa.Table:
    """The rows of silver.quotes that a tape without trades is made of, as far as a backtest reads them."""
    units = {
        "bid_price": tape.bid * tape.tick,
        "bid_quantity": tape.bid_quantity * tape.lot,
        "ask_price": tape.ask * tape.tick,
        "ask_quantity": tape.ask_quantity * tape.lot,
    }
    counted = pa.array(np.arange(len(tape)))
    same = {"symbol": SYMBOL, "venue": VENUE, "producer_id": "bench", "has_venue_ts": True}
    columns = {
        **{name: pa.repeat(value, len(tape)) for name, value in same.items()},
        "event_ns": tape.ns,
        "receive_ns": tape.receive_ns,
        "seq": counted,
        "venue_seq": counted,
        **{name: exact_units(values) for name, values in units.items()},
    }
    names = READS[QUOTES]
    schema = pa.schema([SILVER_QUOTES.arrow_schema.field(name) for name in names])
    return pa.table([columns[name] for name in names], schema=schema)
