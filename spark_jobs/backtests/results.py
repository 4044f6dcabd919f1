"""Results as rows of the lake, and back as reports take them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.exact import units_of
from pipelines.microstructure.series import UNITS_PER_ONE
from pipelines.research.metrics import Activity, Fills, Metrics, measure_run
from pipelines.research.run import Result
from pipelines.research.settings import Latency
from schemas import research
from schemas.errors import SettingsError
from schemas.registry import Table
from spark_jobs.backtests.experiment import Experiment, read_settings
from spark_jobs.tables import Session, is_one_of, literal

YEAR_NS = 365 * 86_400 * 10**9
METRICS = tuple(Metrics.__dataclass_fields__)


@dataclass(frozen=True)
class Source:
    """What a result was computed from, as SOURCE of the tables has it."""

    data_versions: Mapping[str, int]
    tape_hash: str
    code_version: str


@dataclass(frozen=True)
class Stored:
    """A run as the lake has it: its row of gold.backtest_runs, its trades and its equity, each in order."""

    row: Mapping[str, Any]
    trades: pa.Table
    equity: pa.Table


def tell_run(run_id: str, experiment: Experiment, source: Source, result: Result) -> Stored:
    """The rows of a run."""
    trades = _of_run(run_id, result.fills, research.TRADES_OF_RUNS)
    equity = _of_run(run_id, result.equity, research.EQUITY)
    settings = experiment.settings
    counts = {name: getattr(result, name) for name in ("event_count", "signal_count", "order_count", "cancelled_count")}
    row = {
        "run_id": run_id,
        **experiment.columns(),
        **{name: getattr(settings, name) for name in ("queue_model", "maker_fee_bps", "taker_fee_bps", "seed")},
        "feed_latency_ns": mean_latency(settings.feed_latency),
        "order_latency_ns": mean_latency(settings.order_latency),
        **asdict(source),
        "result_hash": hash_rows(trades, equity),
        **counts,
        **asdict(measure(result)),
    }
    return Stored(row, trades, equity)


def measure(result: Result) -> Metrics:
    """The metrics of a result; a year has 365 days of 24 hours."""
    activity = Activity(result.signal_count, result.event_count)
    return measure_run(
        *(curve_of(result.equity), fills_of(result.fills), activity, YEAR_NS / result.settings.sample_ns)
    )


def curve_of(equity: pa.Table) -> np.ndarray:
    """Equity (n,) in units of 1."""
    return units_of(equity.column("equity")) / UNITS_PER_ONE


def returns_of(run: Stored) -> np.ndarray:
    """Changes of the equity from sample to sample over the capital, (n − 1,)."""
    capital = read_settings(run.row["settings"]).capital
    return np.diff(units_of(run.equity.column("equity"))) / (float(capital) * UNITS_PER_ONE)


def fills_of(trades: pa.Table) -> Fills:
    """Fills as metrics take them."""
    sign = np.where(pc.equal(trades.column("side"), "BUY").to_numpy(zero_copy_only=False), 1, -1)
    return Fills(
        ns=trades.column("event_ns").to_numpy(),
        price=units_of(trades.column("price")),
        quantity=sign * units_of(trades.column("quantity")),
        fee=units_of(trades.column("fee")) / UNITS_PER_ONE,
    )


def mean_latency(latency: Latency) -> int | None:
    """A constant, the mean of a table; None of what is recorded with the tape. In ns."""
    if latency.is_recorded:
        return None
    return round(float(np.mean(latency.table_ns))) if latency.table_ns else latency.constant_ns


def hash_rows(*tables: pa.Table) -> str:
    """SHA-256 of the rows of tables, in their order."""
    found = sha256()
    for table in tables:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        found.update(sink.getvalue())
    return found.hexdigest()


def write_runs(session: Session, runs: Sequence[Stored]) -> None:
    """Write runs: their rows last, so that a run that is there is whole; what a crash has left of them is replaced."""
    condition = is_one_of("run_id", (run.row["run_id"] for run in runs))
    replace_rows(session, research.TRADES_OF_RUNS, pa.concat_tables(run.trades for run in runs), condition)
    replace_rows(session, research.EQUITY, pa.concat_tables(run.equity for run in runs), condition)
    replace_rows(session, research.RUNS, as_rows(research.RUNS, [run.row for run in runs]), condition)


def find_rows(session: Session, run_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The rows of runs in gold.backtest_runs, of those that are there, by their ids."""
    found = session.table(research.RUNS.name).where(is_one_of("run_id", run_ids)).collect()
    return {row.run_id: row.asDict() for row in found}


def read_run(session: Session, run_id: str) -> Stored:
    """A run. Raises SettingsError where there is none of that id."""
    row = find_rows(session, [run_id]).get(run_id)
    if row is None:
        raise SettingsError(
            f"There is no run {run_id}: depthlake sql 'select run_id from {research.RUNS.name}' shows those there are."
        )
    at, order = f"run_id = {literal(run_id)}", {research.TRADES_OF_RUNS: "number", research.EQUITY: "event_ns"}
    tables = (session.table(table.name).where(at).orderBy(name).toArrow() for table, name in order.items())
    return Stored(row, *tables)


def replace_rows(session: Session, table: Table, rows: pa.Table, condition: str) -> None:
    """Put rows in the place of those of a table for which a condition holds, in one commit."""
    frame = session.createDataFrame(rows.combine_chunks(), table.schema)
    frame.write.format("delta").mode("overwrite").option("replaceWhere", condition).saveAsTable(table.name)


def as_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of a table, from values by column; null where one is not given."""
    whole = [{name: _listed(row.get(name)) for name in table.column_names} for row in rows]
    return pa.Table.from_pylist(whole, schema=table.arrow_schema)


def _listed(value: Any) -> Any:
    """A map as Arrow takes it: sorted pairs."""
    return sorted(value.items()) if isinstance(value, Mapping) else value


def _of_run(run_id: str, rows: pa.Table, table: Table) -> pa.Table:
    """Rows of a result with the columns that its table has besides."""
    ns = rows.column("event_ns")
    micros = pc.divide(ns, 1000).cast(pa.timestamp("us", "UTC"))
    more = {
        "run_id": pa.array([run_id] * len(rows), pa.string()),
        "event_ts": micros,
        "event_date": micros.cast(pa.timestamp("us")).cast(pa.date32(), safe=False),
    }
    columns = [more.get(name, rows.column(name) if name in rows.column_names else None) for name in table.column_names]
    return pa.table(columns, schema=table.arrow_schema).combine_chunks()
