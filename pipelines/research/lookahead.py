"""The look-ahead detector for strategies: on a tape that ends earlier, nothing before its end may be otherwise."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.microstructure.series import Ladders
from pipelines.research.run import run
from pipelines.research.settings import Settings
from pipelines.research.strategy import Strategy
from pipelines.research.tape import Tape


def find_leaks(tape: Tape, strategy: Strategy, settings: Settings, counts: Iterable[int]) -> list[str]:
    """A sentence for each tape of the first `counts` events whose fills before its end are not those of the whole.

    The strategy has its own parameters. Raises ResearchError when the settings do not fit the tape.
    """
    whole = run(tape, strategy, {}, settings).fills
    found = []
    for count in counts:
        end = int(tape.ns[count - 1])
        seen = _before(run(cut_off(tape, count), strategy, {}, settings).fills, end)
        if not seen.equals(_before(whole, end)):
            at = f"{np.datetime64(end, 'ns')}"
            found.append(f"{strategy.name} trades otherwise before {at} when the tape ends there: it knows what comes.")
    return found


def draw_counts(tape: Tape, count: int, seed: int) -> list[int]:
    """Numbers of events to cut a tape off at, drawn with a seed, in order."""
    return sorted(np.random.default_rng(seed).integers(1, len(tape), count, endpoint=True).tolist())


def cut_off(tape: Tape, count: int) -> Tape:
    """The first events of a tape."""
    rows, levels = int(tape.row[count - 1]) + 1, tape.ladders
    ladders = Ladders(
        *(levels.bid_prices[:rows], levels.bid_quantities[:rows]),
        *(levels.ask_prices[:rows], levels.ask_quantities[:rows]),
    )
    names = ("ns", "receive_ns", "sign", "price", "quantity", "row")
    return replace(tape, ladders=ladders, **{name: getattr(tape, name)[:count] for name in names})


def _before(fills: pa.Table, ns: int) -> pa.Table:
    return fills.filter(pc.less(fills.column("event_ns"), ns))
