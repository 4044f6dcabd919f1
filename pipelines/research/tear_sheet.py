"""One page for one run, and one for several: what was earned, how, and whether to believe it."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from pipelines.research import figures, formats, page
from pipelines.research.record import Evidence, Origin, Run
from pipelines.research.surface import Surface, find_break_even_fee, find_break_even_latency, find_rising_fees
from pipelines.research.verdict import Verdict
from schemas.errors import ResearchError

ALL_TRIALS = "each counts, also those of other days"


def tear_sheet(run: Run, evidence: Evidence | None = None) -> str:
    """The page of a run as HTML that needs nothing but itself; of the evidence, what is there is shown."""
    known, origin = evidence or Evidence(), run.origin
    decision = known.verdict.decision if known.verdict else None
    parts = [
        page.write_header(origin.strategy, f"{origin.symbol} at {origin.venue}, {_span(run)}", decision),
        page.write_tiles(describe_origin(origin), "facts"),
        page.write_tiles(describe_metrics(run)),
        _write_honesty(known.verdict),
        _write_figure("Equity and drawdown", "Net of fees; the dotted line is the start.", run, "equity"),
        _write_figure("Trades", "Fills on the price; of very many, an even sample.", run, "trades"),
        *_write_evidence(known, run.currency),
    ]
    return page.write_page(f"{origin.strategy} on {origin.symbol}", parts)


def compare(runs: Mapping[str, Run]) -> str:
    """The page of two or more named runs: equities, metrics, and what differs. Raises ResearchError for fewer."""
    if len(runs) < 2:
        raise ResearchError(f"{len(runs)} runs cannot be compared: give at least two.")
    named = list(runs.items())
    drawn = page.write_figure(figures.draw_equities(named), "equities")
    metrics = _transpose([describe_metrics(run) for run in runs.values()])
    origins = _transpose([describe_origin(run.origin) for run in runs.values()])
    differing = [at for at, (_, *values) in enumerate(origins) if len(set(values)) > 1]
    heads = ["", *runs]
    parts = [
        page.write_header("Comparison", " · ".join(runs)),
        page.write_section("Profit and loss", "Since the start of each run, net of fees.", drawn),
        page.write_section("Metrics", "Ratios are a year's.", page.write_table(heads, metrics)),
        page.write_section("What differs", _say_differing(differing), page.write_table(heads, origins, differing)),
    ]
    return page.write_page("Comparison", parts)


def describe_metrics(run: Run) -> list[tuple[str, str]]:
    """The metrics of a run, each as name and text with its unit."""
    found = run.metrics
    return [
        ("Total PnL", formats.money(found.total_pnl, run.currency)),
        ("Return", formats.percent(found.total_return)),
        ("Sharpe, a year", formats.ratio(found.sharpe)),
        ("Sortino, a year", formats.ratio(found.sortino)),
        ("Calmar", formats.ratio(found.calmar)),
        ("Max drawdown", formats.percent(found.max_drawdown)),
        ("Win rate", formats.percent(found.win_rate, 1)),
        ("Round trips", formats.count(found.round_trip_count)),
        ("Fills", formats.count(found.trade_count)),
        ("Turnover", formats.UNDEFINED if found.turnover is None else f"{formats.ratio(found.turnover)} × equity"),
        ("Fees", formats.money(-found.fees if found.fees else 0.0, run.currency)),
        ("Signals an event", formats.ratio(found.signal_density, 4)),
    ]


def describe_origin(origin: Origin) -> list[tuple[str, str]]:
    """What a run is made of, each as name and text with its unit."""
    parameters = [(f"Parameter {name}", str(value)) for name, value in origin.parameters.items()]
    versions = [(f"Version of {name}", str(version)) for name, version in origin.data_versions.items()]
    return [
        ("Strategy", origin.strategy),
        ("Symbol and venue", f"{origin.symbol} at {origin.venue}"),
        *parameters,
        ("Queue model", origin.queue_model),
        ("Fee tier", origin.fee_tier),
        ("Order latency", formats.duration(origin.order_latency_ns)),
        ("Feed latency", formats.duration(origin.feed_latency_ns)),
        ("Seed", str(origin.seed)),
        *versions,
        ("Code", origin.code_version),
    ]


def describe_verdict(verdict: Verdict) -> list[tuple[str, str, str]]:
    """What the verdict was made of: name, number, and what it is held against."""
    rules, show = verdict.criteria, formats.ratio
    ahead = f"{formats.percent(verdict.walk_forward_return)}, PSR {show(verdict.walk_forward_psr, 3)}"
    worth = f"worth {show(verdict.independent_period_count, 0)} independent ones, at least {rules.least_periods:.0f}"
    alike = f"at most {rules.most_pbo:.2f}, or a loss in at most {rules.most_loss:.0%} of the tests"
    loss = formats.percent(verdict.loss_probability, 0)
    return [
        (
            "Trials over the lifetime",
            formats.count(verdict.lifetime_trial_count),
            f"{ALL_TRIALS}; here {verdict.trial_count}",
        ),
        ("Periods", formats.count(verdict.period_count), worth),
        (
            "Sharpe of the best trial, a period",
            show(verdict.sharpe, 4),
            f"luck alone gives {show(verdict.sr0, 4)} (SR0)",
        ),
        ("DSR", show(verdict.dsr, 3), f"at least {rules.least_dsr:.2f}"),
        ("PBO", show(verdict.pbo, 2), alike),
        ("Loss where it was not chosen", loss, "part of the tests of PBO"),
        ("Walk-forward out of sample", ahead, f"PSR at least {rules.least_psr:.2f}"),
    ]


def _write_honesty(verdict: Verdict | None) -> str:
    if verdict is None:
        caption = "No verdict: this is one run, and nobody has counted the trials before it."
        return page.write_section("Is it more than luck?", caption, "")
    sentence = f'<p class="sentence {verdict.decision}">{escape(verdict.sentence)}</p>'
    table = page.write_table(("", "found", "held against"), describe_verdict(verdict))
    return page.write_section(
        "Is it more than luck?", "Over all trials of this strategy on this data.", sentence + table
    )


def _write_figure(title: str, caption: str, run: Run, name: str) -> str:
    draw = {"equity": figures.draw_equity, "trades": figures.draw_trades}[name]
    return page.write_section(title, caption, page.write_figure(draw(run), name))


def _write_evidence(known: Evidence, currency: str) -> list[str]:
    sections = []
    if known.trials is not None:
        drawn = page.write_figure(figures.draw_trials(known.trials), "trials")
        caption = "Sharpe ratio a period; the median over parameters that are not shown."
        sections.append(page.write_section("Parameters", caption, drawn))
    if known.surface is not None:
        drawn = page.write_figure(figures.draw_surface(known.surface, currency), "surface")
        sections.append(page.write_section("Latency, queue and fee", _say_surface(known.surface), drawn))
    return sections


def _say_surface(surface: Surface) -> str:
    latencies = [ns for row in find_break_even_latency(surface) for ns in row if ns is not None]
    fees = [fee for row in find_break_even_fee(surface) for fee in row if fee is not None]
    late = f"from {formats.duration(min(latencies))} of latency on" if latencies else "at no latency of the grid"
    dear = f"from a fee of {formats.basis_points(min(fees))}" if fees else "at no fee of the grid"
    rising = " It earns more at a higher fee somewhere: its fills differ." if find_rising_fees(surface) else ""
    return f"Profit turns to loss {late}, {dear}, where it does so first.{rising}"


def _transpose(columns: Sequence[list[tuple[str, str]]]) -> list[list[str]]:
    """A row for each name, in the order in which they first come; an empty text where one has it not."""
    names = dict.fromkeys(name for column in columns for name, _ in column)
    tables = [dict(column) for column in columns]
    return [[name, *(table.get(name, "") for table in tables)] for name in names]


def _say_differing(rows: list[int]) -> str:
    return "Marked rows differ." if rows else "Nothing: the runs have one origin."


def _span(run: Run) -> str:
    first, last = (np.datetime64(int(ns), "ns").astype("datetime64[s]") for ns in (run.ns[0], run.ns[-1]))
    return f"{str(first).replace('T', ' ')} to {str(last).replace('T', ' ')} UTC"
