"""Laws that hold on any run: what is conserved, what does not depend on cuts, what never crosses."""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.exchange.codes import MessageKind, Phase, ReportKind, Side
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import REPORTS, messages_of
from tests.pipelines.exchange.streams import cut, random_messages, rows_of

COUNT = 6_000


def digest(reports: list[pa.RecordBatch]) -> str:
    table = pa.Table.from_batches(reports, REPORTS).combine_chunks()
    return sha256(b"".join(column.chunk(0).buffers()[1] for column in table.columns if column.num_chunks)).hexdigest()


@dataclass
class Account:
    """What was asked of an order, and what became of it."""

    accepted: dict[str, int]
    ordered: int
    filled: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """What is left."""
        return self.ordered - self.filled - self.cancelled


def settle(reports: list[dict[str, int]]) -> list[Account]:
    """Every order's account at the end; each report's open quantities are checked against it on the way."""
    accounts: list[Account] = []
    current: dict[tuple[int, int], Account] = {}
    for row in reports:
        key, kind, quantity = (row["symbol"], row["order_id"]), row["kind"], row["quantity"]
        if kind == ReportKind.ACCEPTED:
            assert key not in current or current[key].open == 0
            current[key] = Account(row, quantity)
            accounts.append(current[key])
        elif kind == ReportKind.TRADE:
            maker = current[row["symbol"], row["maker_id"]]
            maker.filled += quantity
            current[key].filled += quantity
            assert maker.open == row["maker_open_quantity"] >= 0
        elif kind == ReportKind.CANCELLED:
            current[key].cancelled += quantity
        elif kind == ReportKind.REPLACED:
            current[key].ordered += quantity - current[key].open
        if kind in (ReportKind.ACCEPTED, ReportKind.TRADE, ReportKind.CANCELLED, ReportKind.REPLACED):
            assert current[key].open == row["open_quantity"] >= 0
    return accounts


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_filled_open_and_cancelled_are_what_was_ordered(seed: int) -> None:
    reports = Engine().apply(random_messages(seed, COUNT)).to_pylist()
    accounts = settle(reports)
    filled = {side: sum(a.filled for a in accounts if a.accepted["side"] == side) for side in Side}
    assert filled[Side.BUY] == filled[Side.SELL] == sum(r["quantity"] for r in reports if r["kind"] == ReportKind.TRADE)
    assert filled[Side.BUY] > 500


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cancels_of_all_that_is_open_leave_nothing(seed: int) -> None:
    engine = Engine()
    still = [a for a in settle(engine.apply(random_messages(seed, COUNT)).to_pylist()) if a.open]
    names = ("symbol", "order_id", "account_id")
    cancels = messages_of({"kind": [1] * len(still), **{n: [a.accepted[n] for a in still] for n in names}})
    cancelled = engine.apply(cancels).to_pylist()
    assert [row["kind"] for row in cancelled] == [ReportKind.CANCELLED] * len(still)
    assert [row["quantity"] for row in cancelled] == [a.open for a in still]
    assert book_of(engine) == {}


def test_trades_are_between_a_buy_and_a_sell_at_the_makers_price() -> None:
    prices: dict[tuple[int, int], int] = {}
    sides: dict[tuple[int, int], int] = {}
    for row in Engine().apply(random_messages(4, COUNT)).to_pylist():
        key = (row["symbol"], row["order_id"])
        if row["kind"] in (ReportKind.ACCEPTED, ReportKind.REPLACED):
            prices[key], sides[key] = row["price"], row["side"]
        if row["kind"] == ReportKind.TRADE:
            assert sides[key] == row["side"] != sides[row["symbol"], row["maker_id"]]
            if not row["reason"]:
                assert row["price"] == prices[row["symbol"], row["maker_id"]]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), ends=st.lists(st.integers(0, 1_500), max_size=8))
def test_any_cut_and_any_restart_give_the_same_reports(seed: int, ends: list[int]) -> None:
    messages = random_messages(seed, 1_500, symbols=3)
    whole = Engine()
    expected = digest([whole.apply(messages)])
    cut_up, restarted, reports = Engine(), Engine(), []
    for part in cut(messages, ends):
        reports.append(cut_up.apply(part))
        assert restarted.apply(part) == reports[-1]
        restarted = Engine.restore(restarted.snapshot())
    assert digest(reports) == expected
    assert whole.snapshot() == cut_up.snapshot() == restarted.snapshot()


def test_reports_are_numbered_without_a_gap() -> None:
    engine = Engine()
    parts = [engine.apply(part) for part in cut(random_messages(6, COUNT), [0, 1, 700, 700, 4_000])]
    numbers = np.concatenate([part.column("report_seq").to_numpy() for part in parts])
    assert numbers.tolist() == list(range(1, len(numbers) + 1))


def test_continuous_book_is_never_crossed() -> None:
    engine, phases = Engine(), defaultdict(lambda: int(Phase.CONTINUOUS))
    checked = 0
    for part in cut(random_messages(7, 2_000), list(range(2_000))):
        for row in engine.apply(part).to_pylist():
            if row["kind"] == ReportKind.SET and part.column("kind")[0].as_py() == MessageKind.PHASE:
                phases[row["symbol"]] = row["quantity"]
        for symbol in (0, 1):
            depth = engine.depth(symbol, 1)
            if phases[symbol] == Phase.CONTINUOUS and len(depth.bid_prices) and len(depth.ask_prices):
                assert depth.bid_prices[0] < depth.ask_prices[0]
                checked += 1
    assert checked > 300


def test_symbols_do_not_know_of_each_other() -> None:
    messages = random_messages(9, COUNT, symbols=4)
    together = rows_of(Engine().apply(messages))
    symbols = messages.column("symbol").to_numpy()
    for symbol in range(4):
        alone = messages.filter(pa.array((symbols == symbol) | (symbols == -1)))
        assert rows_of(Engine().apply(alone)) == [row for row in together if row[1] == symbol]


@pytest.mark.parametrize("piece", [1, 7, 500])
def test_changes_keep_a_copy_of_the_book_up_to_date(piece: int) -> None:
    engine, copy = Engine(), {}
    messages = random_messages(10, 3_000 if piece > 1 else 500)
    for part in cut(messages, list(range(0, len(messages), piece))):
        engine.apply(part)
        for symbol, side, price, quantity in zip(*engine.changes().to_pydict().values(), strict=True):
            copy[symbol, side, price] = quantity
        copy = {key: quantity for key, quantity in copy.items() if quantity}
        assert copy == book_of(engine)
    assert copy


def book_of(engine: Engine) -> dict[tuple[int, int, int], int]:
    """All levels of both symbols."""
    book = {}
    for symbol in (0, 1):
        depth = engine.depth(symbol, 100)
        for prices in (depth.bid_prices[::-1], depth.ask_prices):
            assert all(a < b for a, b in pairwise(prices))
        book |= {(symbol, 0, int(p)): int(q) for p, q in zip(depth.bid_prices, depth.bid_quantities, strict=True)}
        book |= {(symbol, 1, int(p)): int(q) for p, q in zip(depth.ask_prices, depth.ask_quantities, strict=True)}
    return book
