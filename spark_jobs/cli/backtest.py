"""`backtest`: strategies on what the lake has recorded, late, behind the queue, and judged."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from schemas.errors import LakeError
from spark_jobs.cli.backtest_options import RefineOptions, RunOptions
from spark_jobs.cli.backtest_words import NS_PER_MS
from spark_jobs.cli.context import Caller, caller
from spark_jobs.cli.options import require_folder, taking

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from spark_jobs.backtests.results import Stored

app = typer.Typer(help="Strategies on recorded markets, and what to believe of them.", no_args_is_help=True)

RunId = Annotated[str, typer.Argument(help="Run, as `backtest run` tells it.", metavar="RUN")]
Out = Annotated[Path, typer.Option(help="HTML file to write.", metavar="FILE")]


@app.command()
@taking(RunOptions)
def run(options: RunOptions) -> None:
    """Run a strategy over days of the lake, and keep what became of it. Needs `up`.

    Metrics, trades and equity go to gold.backtest_runs, gold.backtest_trades and gold.backtest_equity. The same run
    again is recognised. Every run counts as a trial.

    Example: `depthlake backtest run obi_threshold --symbol BTCUSDT --venue BINANCE --from 2024-08-08 --quantity 0.01`
    """
    from spark_jobs.backtests.market import versions_at
    from spark_jobs.backtests.run import run_backtest

    who, experiment, asked = caller(options.context), options.experiment(), options.asked_versions()
    with _at_work(who, "BACKTEST", experiment.columns()) as (session, said):
        versions = versions_at(session, experiment.dataset, asked)
        stored, is_new = run_backtest(session, experiment, datetime.now(UTC), versions)
        said.append(f"Run {stored.row['run_id']}.")
    who.out.print(as_table([stored]))
    ending = "." if is_new else ": the lake has it, and it is the same."
    who.out.print(f"Run {stored.row['run_id']}{ending}", markup=False)


@app.command()
@taking(RefineOptions)
def refine(options: RefineOptions) -> None:
    """Search for parameters, and say whether what was found is more than luck. Needs `up`.

    Trials run in parallel on Spark, and each is kept for ever in gold.backtest_trials: the more there were, on these
    days and before, the more the best of them must show. The verdict goes to gold.backtest_verdicts.

    Example: `depthlake backtest refine obi_threshold --symbol BTCUSDT --venue BINANCE --from 2024-08-08 --quantity
    0.01 --grid threshold=0.5,0.7,0.9 --grid window_ms=0,1000`
    """
    from pipelines.research.verdict import Criteria
    from spark_jobs.backtests.refine import refine as search

    who, experiment, space = caller(options.context), options.experiment(), options.space()
    criteria = Criteria(embargo_ns=options.embargo_s * 1000 * NS_PER_MS)
    with _at_work(who, "REFINE", experiment.columns() | asdict(space)) as (session, said):
        found = search(session, experiment, space, datetime.now(UTC), criteria)
        said.append(f"{found.verdict.sentence} Best run {found.best.row['run_id']}.")
    verdict = found.verdict
    who.out.print(as_table([found.best]))
    who.out.print(f"{verdict.trial_count:,} trials, {verdict.lifetime_trial_count:,} over the lifetime.", markup=False)
    who.out.print(f"{verdict.sentence}\nBest run {found.best.row['run_id']}.", markup=False)


@app.command()
def surface(
    context: typer.Context,
    run: RunId,
    latencies: Annotated[str, typer.Option(metavar="MS,…", help="Order latencies in ms.")] = "0,1,5,20,100",
    fees: Annotated[str, typer.Option(metavar="BPS,…", help="Of makers and takers alike.")] = "-0.5,0,0.5,1,2,5",
) -> None:
    """Run a run again over order latencies, queue models and fees: where does its profit end? Needs `up`.

    Example: `depthlake backtest surface 28201946def85fbc --latencies 0,5,50`
    """
    from pipelines.research.surface import describe_break_even
    from spark_jobs.backtests.results import read_run
    from spark_jobs.backtests.surface import Axes, compute_surface
    from spark_jobs.cli.backtest_words import read_numbers

    (late,), (dear,) = (
        read_numbers(name, [f"{name}={text}"], ",").values()
        for name, text in (("latencies", latencies), ("fees", fees))
    )
    axes = Axes(tuple(round(ms * NS_PER_MS) for ms in sorted(late)), fee_bps=tuple(sorted(dear)))
    who = caller(context)
    with _at_work(who, "SURFACE", {"run": run, **asdict(axes)}) as (session, said):
        found = compute_surface(session, read_run(session, run), axes)
        said.append(f"{found.pnl.size} cells.")
    for line in describe_break_even(found):
        who.out.print(line, markup=False)


@app.command()
def report(context: typer.Context, run: RunId, out: Out) -> None:
    """Write the tear sheet of a run: one HTML file that needs nothing but itself. Needs `up`.

    Example: `depthlake backtest report 28201946def85fbc --out sheet.html`
    """
    from spark_jobs.backtests.report import report as write
    from spark_jobs.cli.query import open_door

    who = caller(context)
    require_folder(out)
    with open_door(who.settings) as session:
        out.write_text(write(session, run), encoding="utf-8")
    who.say(f"Wrote {out}.")


@app.command()
def compare(
    context: typer.Context,
    runs: Annotated[list[str], typer.Argument(help="Two runs or more; or one, as known then and now.", metavar="RUN…")],
    out: Out,
) -> None:
    """Write a page that sets runs side by side; of one run, as known then against what silver says now. Needs `up`.

    Example: `depthlake backtest compare 28201946def85fbc 7d3c1f0a55e20b94 --out both.html`
    """
    from spark_jobs.backtests.report import compare_runs, restate, restated_page
    from spark_jobs.cli.query import open_door

    who = caller(context)
    require_folder(out)
    with open_door(who.settings) as session:
        if len(runs) > 1:
            out.write_text(compare_runs(session, runs), encoding="utf-8")
            who.say(f"Wrote {out}.")
            return
        restated = restate(session, runs[0], datetime.now(UTC))
    out.write_text(restated_page(restated), encoding="utf-8")
    for line in restated.lines or ("Nothing was restated: silver says the same of these days as then.",):
        who.out.print(line, markup=False)
    who.say(f"Wrote {out}.")


@app.command()
def lookahead(
    context: typer.Context,
    symbol: Annotated[str, typer.Option(help="Instrument.")],
    venue: Annotated[str, typer.Option(help="Venue code.")],
    day: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], metavar="DAY", help="UTC day.")],
    cuts: Annotated[int, typer.Option(min=1, help="Random ends of the tape.")] = 20,
) -> None:
    """Look for look-ahead: on a tape that ends earlier, no strategy may trade otherwise before. Needs `up`.

    Exit code 1 when one does.

    Example: `depthlake backtest lookahead --symbol BTCUSDT --venue BINANCE --on 2024-08-08`
    """
    from spark_jobs.backtests.experiment import Dataset
    from spark_jobs.backtests.shipped import find_all_leaks
    from spark_jobs.cli.query import open_door
    from spark_jobs.refresh import Days

    who, days = caller(context), Days(day.date(), day.date())
    with open_door(who.settings) as session:
        leaks = find_all_leaks(session, Dataset(symbol, venue, days), cuts)
    for leak in leaks:
        who.out.print(leak, markup=False)
    if leaks:
        raise LakeError(f"Look-ahead in {len(leaks)} of the tapes that end earlier.")
    who.out.print(f"No strategy looks ahead, {cuts} cuts.")


def as_table(runs: "list[Stored]") -> Table:
    """A column a run: its metrics, with their units."""
    from pipelines.research.tear_sheet import describe_metrics
    from spark_jobs.backtests.records import record_of

    table = Table("", *(run.row["run_id"] for run in runs), box=None, pad_edge=False)
    for cells in zip(*(describe_metrics(record_of(run)) for run in runs), strict=True):
        table.add_row(cells[0][0], *(value for _, value in cells))
    return table


@contextmanager
def _at_work(who: Caller, action: str, inputs: "dict[str, object]") -> "Iterator[tuple[SparkSession, list[str]]]":
    """A session in the lakehouse; what is done in it stands in the audit log, with the sentences of the list."""
    from schemas.research import RUNS
    from spark_jobs.audit import Deed, audited
    from spark_jobs.cli.query import open_door

    with (
        open_door(who.settings) as session,
        audited(session, who.settings, Deed(action, RUNS.name, inputs)) as said,
        who.err.status("On the tape"),
    ):
        yield session, said
