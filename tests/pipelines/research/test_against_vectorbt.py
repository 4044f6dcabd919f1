"""Crossing averages on bars of a recorded market, here and in vectorbt 1.0.0: the same trades."""

from decimal import Decimal

import pytest

from pipelines.research.registry import find_strategy
from pipelines.research.run import run
from pipelines.research.settings import Settings
from pipelines.research.signals import NS_PER_S, bar_closes
from pipelines.research.tape import build_tape
from spark_jobs.bench.research import cross_in_vectorbt
from tests.pipelines.gold.daily.conftest import read_day


@pytest.mark.parametrize("name", ["spot_btcusdt", "spot_ethusdt"])
def test_moving_average_trades_as_vectorbt_does(name: str) -> None:
    tables = read_day(name).tables
    tape = build_tape(tables["silver.quotes"], tables["silver.trades"])
    orders = cross_in_vectorbt(bar_closes(tape, NS_PER_S)[1], 5, 20)
    lot = Decimal(tape.lot) / NS_PER_S
    chosen = Settings(order_quantity=lot, inventory_limit=lot)
    wanted = {"bar_s": 1, "fast": 5, "slow": 20}
    fills = run(tape, find_strategy("moving_average"), wanted, chosen).fills.to_pylist()
    first = int(tape.ns[0]) // NS_PER_S
    bars = [row["event_ns"] // NS_PER_S - first - 1 for row in fills]  # a bar's crossing is traded in the next
    assert len(fills) == len(orders) > 15
    assert [row["side"] for row in fills] == ["SELL" if side else "BUY" for side in orders["side"]]
    assert [row["quantity"] / lot for row in fills] == orders["size"].tolist()
    assert sum(here != there for here, there in zip(bars, orders["idx"].tolist(), strict=True)) <= len(fills) // 10
