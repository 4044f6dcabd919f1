"""What `backtest` is told: a market, a strategy, what is assumed, and where to search."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.backtest_words import NS_PER_MS, read_exact, read_latencies, read_numbers, read_pairs

if TYPE_CHECKING:
    from pipelines.research.settings import Latency
    from spark_jobs.backtests.experiment import Experiment
    from spark_jobs.backtests.refine import Space


@dataclass(frozen=True)
class Market:
    """What is traded, with what, and what is assumed."""

    context: typer.Context
    strategy: Annotated[str, typer.Argument(help="Strategy, as obi_threshold.")]
    symbol: Annotated[str, typer.Option(help="Instrument.")]
    venue: Annotated[str, typer.Option(help="Venue code.")]
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First UTC day.")]
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last UTC day; else the first.")
    ] = None
    market: Annotated[str, typer.Option(help="silver.quotes, or silver.books with its ten levels.")] = "silver.quotes"
    parameters: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=NUMBER", help="A parameter; may be given again.")
    ] = None
    quantity: Annotated[str, typer.Option(help="Of an order.")] = "1"
    limit: Annotated[str | None, typer.Option(help="Largest position either way; else an order.")] = None
    capital: Annotated[str, typer.Option(help="What returns are of.")] = "100000"
    queue: Annotated[str, typer.Option(help="TOUCH, RISK_AVERSE or PROBABILISTIC.")] = "RISK_AVERSE"
    maker_fee: Annotated[float, typer.Option(metavar="BPS", help="Of fills that rested; negative: a rebate.")] = 0.0
    taker_fee: Annotated[float, typer.Option(metavar="BPS", help="Of fills that took.")] = 0.0
    feed_latency: Annotated[
        str, typer.Option(metavar="MS", help="A number of ms, recorded, or a file with a number of ms a line.")
    ] = "0"
    order_latency: Annotated[str, typer.Option(metavar="MS", help="A number of ms, or a file of them.")] = "0"
    stop_loss: Annotated[str | None, typer.Option(help="Loss of a day at which it stops.")] = None
    sample_ms: Annotated[int, typer.Option(min=1, help="Time between samples of the equity.")] = 1000
    seed: Annotated[int, typer.Option(help="Of latencies that are drawn, and of a search between bounds.")] = 0

    def experiment(self) -> "Experiment":
        """The experiment. Raises SettingsError or ResearchError, naming the option, where it cannot be."""
        from pipelines.research.settings import Settings
        from spark_jobs.backtests.experiment import Dataset, Experiment
        from spark_jobs.refresh import Days

        days = Days(self.since.date(), (self.until or self.since).date())
        dataset = Dataset(self.symbol, self.venue, days, self.market)
        settings = Settings(
            order_quantity=read_exact("quantity", self.quantity),
            inventory_limit=read_exact("limit", self.limit or self.quantity),
            capital=read_exact("capital", self.capital),
            maker_fee_bps=self.maker_fee,
            taker_fee_bps=self.taker_fee,
            feed_latency=self._latency("feed-latency", self.feed_latency),
            order_latency=self._latency("order-latency", self.order_latency),
            queue_model=self.queue,
            stop_loss=None if self.stop_loss is None else read_exact("stop-loss", self.stop_loss),
            sample_ns=self.sample_ms * NS_PER_MS,
            seed=self.seed,
        )
        return Experiment(self.strategy, read_pairs("set", self.parameters or []), dataset, settings)

    def _latency(self, option: str, text: str) -> "Latency":
        from pipelines.research.settings import Latency

        if text == "recorded":
            return Latency(is_recorded=True)
        found = read_latencies(option, text)
        return Latency(found) if isinstance(found, int) else Latency(table_ns=found)


@dataclass(frozen=True)
class RunOptions(Market):
    """Those of a run."""

    versions: Annotated[
        list[str] | None,
        typer.Option("--version", metavar="TABLE=NUMBER", help="Delta version of a table of silver; else the newest."),
    ] = None

    def asked_versions(self) -> dict[str, int]:
        """Versions by table. Raises SettingsError for a table that the market is not made of."""
        found = {name: int(number) for name, number in read_pairs("version", self.versions or []).items()}
        tables = (self.market, "silver.trades")
        if unknown := [name for name in found if name not in tables]:
            raise SettingsError(f"--version {', '.join(unknown)}: the tape is made of {' and '.join(tables)}.")
        return found


@dataclass(frozen=True)
class RefineOptions(Market):
    """Those of a search."""

    grid: Annotated[
        list[str] | None, typer.Option(metavar="NAME=A,B,C", help="Values of a parameter: all combinations.")
    ] = None
    between: Annotated[
        list[str] | None, typer.Option(metavar="NAME=LOW:HIGH", help="Bounds of a parameter: a Bayesian search.")
    ] = None
    trials: Annotated[int, typer.Option(min=1, help="Of a search between bounds.")] = 50
    embargo_s: Annotated[int, typer.Option(min=0, help="Between training and test of walk-forward.")] = 60

    def space(self) -> "Space":
        """The space. Raises SettingsError for both kinds at once, or neither."""
        from spark_jobs.backtests.refine import Bayes, Grid

        if bool(self.grid) == bool(self.between):
            raise SettingsError("A search is a --grid or --between bounds: give the parameters of one of them.")
        if self.grid:
            return Grid(read_numbers("grid", self.grid, ","))
        bounds = read_numbers("between", self.between or [], ":")
        return Bayes({name: (low, high) for name, (low, high) in bounds.items()}, self.trials, self.seed)
