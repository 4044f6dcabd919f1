"""The tape and the price that everybody has in mind."""

from typing import Any

import numpy as np
import pytest

from pipelines.source.participants.config import trading_config
from pipelines.source.participants.reference import SPAN_NS, Reference
from pipelines.source.participants.tape import SECONDS, Tape
from pipelines.source.simulator.book import TICK
from pipelines.wire import batch_of
from schemas.topics import QUOTES, TRADES

START = 1_700_000_000_000_000_000
SECOND = 10**9


def _tape() -> Tape:
    return Tape(["A", "B"], np.array([100.0, 200.0]), START)


def _trade(**row: Any) -> Any:
    full = {"symbol": "A", "venue": "DLXA", "price": 101 * TICK, **row}
    return batch_of(TRADES, {name: [value] for name, value in full.items()})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, [101, 200]),
        ({"symbol": "B", "venue": "DLXD", "price": 199 * TICK + TICK // 2}, [100, 199.5]),
        ({"symbol": "C"}, [100, 200]),
        ({"venue": "XNAS"}, [100, 200]),
    ],
)
def test_hear_trades_of_the_exchange(row: dict[str, Any], expected: list[float]) -> None:
    tape = _tape()
    tape.hear_trades(_trade(**row))
    assert tape.history[-1].tolist() == expected
    assert np.all(tape.history[:-1] == [100, 200])


@pytest.mark.parametrize("steps", [[5], [1, 3, 5], [0.5, 1.5, 2.5, 3.5, 4.5, 5]])
def test_roll_begins_a_row_each_second(steps: list[float]) -> None:
    tape = _tape()
    tape.hear_trades(_trade())
    for seconds in steps:
        tape.roll(START + int(seconds * SECOND))
    assert tape.history.shape == (SECONDS, 2)
    assert tape.history[-7:, 0].tolist() == [100, 101, 101, 101, 101, 101, 101]


def test_roll_over_a_long_pause_repeats_the_last_price() -> None:
    tape = _tape()
    tape.hear_trades(_trade())
    tape.roll(START + 1_000 * SECOND)
    assert np.all(tape.history == [101, 200])


def test_hear_quotes_keeps_the_best_of_each_book() -> None:
    tape, tick = _tape(), TICK
    rows = {
        "symbol": ["A", "B", "A", "C", "A"],
        "venue": ["DLXA", "DLXB", "DLXA", "DLXA", "XNAS"],
        "bid_prices": [[99 * tick], [], [98 * tick, 97 * tick], [1], [1]],
        "ask_prices": [[101 * tick], [201 * tick], [], [1], [1]],
    }
    tape.hear_quotes(batch_of(QUOTES, rows).slice(0, 5))
    assert tape.bid.tolist() == [[98, 0, 0], [0, 0, 0]]
    assert tape.ask.tolist() == [[0, 0, 0], [0, 201, 0]]


def test_reference_does_not_depend_on_when_it_is_asked() -> None:
    config = trading_config(1, START).market
    often, seldom = Reference(config), Reference(config)
    for step in range(400):
        often.at(START + step * SPAN_NS // 40)
    end = START + 10 * SPAN_NS
    (prices, stress), (others, other) = often.at(end), seldom.at(end)
    assert (prices.tolist(), stress) == (others.tolist(), other)
