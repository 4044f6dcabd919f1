"""The detector passes every shipped strategy on a recorded market, and catches one that looks ahead."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from pipelines.microstructure.series import Floats
from pipelines.research.lookahead import cut_off, draw_counts, find_leaks
from pipelines.research.registry import STRATEGIES, find_strategy
from pipelines.research.settings import Latency, Settings
from pipelines.research.strategy import Strategy
from pipelines.research.tape import Tape, build_tape
from tests.pipelines.gold.daily.conftest import read_day

CUTS = 5
SETTINGS = Settings(
    order_quantity=Decimal("0.01"), inventory_limit=Decimal("0.05"), order_latency=Latency(table_ns=(10**6, 5 * 10**6))
)


@pytest.fixture(scope="module")
def tape() -> Tape:
    tables = read_day("spot_btcusdt").tables
    return build_tape(tables["silver.quotes"], tables["silver.trades"])


def test_cut_off_is_the_beginning_of_the_tape(tape: Tape) -> None:
    part = cut_off(tape, 100)
    assert len(part) == 100
    for name in ("ns", "sign", "price", "quantity", "bid", "ask", "bid_quantity", "ask_quantity", "last_mid"):
        assert np.array_equal(getattr(part, name), getattr(tape, name)[:100])


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_shipped_strategy_does_not_look_ahead(tape: Tape, strategy: Strategy) -> None:
    assert find_leaks(tape, strategy, SETTINGS, draw_counts(tape, CUTS, 1)) == []


def test_strategy_that_takes_from_the_end_of_the_tape_is_caught(tape: Tape) -> None:
    honest = find_strategy("obi_threshold")

    def less_its_mean(tape: Tape, parameters: Mapping[str, float]) -> Floats:
        values = honest.signal(tape, parameters)
        return values - np.nanmean(values)

    leaks = find_leaks(tape, replace(honest, signal=less_its_mean), SETTINGS, draw_counts(tape, CUTS, 1))
    assert leaks
    assert leaks[0].startswith("obi_threshold trades otherwise before 2024-08-08T")
