"""Orders and trades: what a reader of the flow may rely on."""

from collections import Counter

import numpy as np
import pandas as pd

from pipelines.source.simulator.book import SHARE, TICK
from pipelines.source.simulator.config import INSTRUMENTS, VENUE_PROFILES, MarketConfig
from pipelines.source.simulator.market import Market
from schemas.proto import market_pb2 as pb
from schemas.registry import Topic
from schemas.topics import ORDERS, QUOTES, TRADES

SECOND = 1_000_000_000
DARK = {"UBSA", "SGMT", "CROS", "LQNT"}
STEPS = 10


def _rows(topic: Topic, events: int = 3_000) -> pd.DataFrame:
    market = Market(MarketConfig(seed=3, start_ns=9, mix={topic: 1.0}))
    return pd.concat([market.step(n * SECOND, SECOND, events)[topic].to_pandas() for n in range(STEPS)])


def test_orders_cancel_and_replace_only_what_is_live():
    live: dict[str, dict] = {}
    for order in _rows(ORDERS).to_dict("records"):
        if order["action"] != pb.ORDER_ACTION_NEW:
            named = live.pop(order["original_order_id"])
            for same in ("symbol", "venue", "side", "account_id", "type", "time_in_force"):
                assert order[same] == named[same]
            if order["action"] == pb.ORDER_ACTION_CANCEL:
                assert (order["price"], order["quantity"]) == (named["price"], named["quantity"])
                continue
        if order["time_in_force"] != pb.TIME_IN_FORCE_IOC:
            live[order["order_id"]] = order


def test_orders_have_ids_of_their_own_and_new_ones_name_no_other():
    orders = _rows(ORDERS)
    assert orders.order_id.is_unique
    assert ((orders.action == pb.ORDER_ACTION_NEW) == (orders.original_order_id == "")).all()


def test_orders_have_the_mix_of_actions():
    share = _rows(ORDERS)[3_000:].action.value_counts(normalize=True)
    assert 0.48 < share[pb.ORDER_ACTION_NEW] < 0.55
    assert 0.35 < share[pb.ORDER_ACTION_CANCEL] < 0.42
    assert 0.08 < share[pb.ORDER_ACTION_REPLACE] < 0.12


def test_orders_have_whole_ticks_and_shares_and_market_orders_no_price():
    orders = _rows(ORDERS)
    is_market = orders.type == pb.ORDER_TYPE_MARKET
    assert (orders.price[is_market] == 0).all()
    assert (orders.price[~is_market] > 0).all()
    assert (orders.price % TICK == 0).all()
    assert (orders.quantity >= SHARE).all()
    assert (orders.quantity % SHARE == 0).all()
    assert set(orders.venue) == {profile.code for profile in VENUE_PROFILES[:5]}


def test_trades_of_dark_venues_say_no_side_and_are_larger():
    trades = _rows(TRADES)
    is_dark = trades.venue.isin(DARK)
    assert set(trades.aggressor_side[is_dark]) == {pb.SIDE_UNSPECIFIED}
    assert set(trades.aggressor_side[~is_dark]) == {pb.SIDE_BUY, pb.SIDE_SELL}
    assert trades.quantity[is_dark].median() > 3 * trades.quantity[~is_dark].median()
    assert set(trades.venue[is_dark]) == DARK


def test_trades_of_dark_venues_are_reported_late():
    trades = _rows(TRADES)
    lag_ms = (trades.receive_ts_ns - trades.venue_ts_ns) / 1e6
    is_dark = trades.venue.isin(DARK)
    assert lag_ms[is_dark].min() >= 400
    assert lag_ms[~is_dark].max() < 1


def test_trades_have_the_venues_shares():
    share = _rows(TRADES).venue.value_counts(normalize=True)
    for profile in VENUE_PROFILES:
        assert abs(share[profile.code] - profile.trade_share) < 4 * np.sqrt(0.25 / 30_000)


def test_trades_stand_within_the_quotes_of_their_moment():
    market = Market(MarketConfig(seed=3, start_ns=9, instruments=INSTRUMENTS[-1:], mix={TRADES: 0.5, QUOTES: 0.5}))
    batches = market.step(0, 10_000_000, 4_000)  # one point of the price grid: the mid stands still
    quotes, trades = batches[QUOTES].to_pandas(), batches[TRADES].to_pandas()
    lowest, highest = quotes.bid_prices.str[0].min(), quotes.ask_prices.str[0].max()
    assert trades.price.between(lowest, highest).all()
    buys, sells = (trades.price[trades.aggressor_side == side] for side in (pb.SIDE_BUY, pb.SIDE_SELL))
    assert buys.min() > sells.max()
    dark = trades[trades.aggressor_side == pb.SIDE_UNSPECIFIED]
    mid = np.median((quotes.bid_prices.str[0] + quotes.ask_prices.str[0]) / 2)
    assert (abs(dark.price - mid) <= TICK).mean() > 0.7


def test_trades_have_ids_of_their_own_and_positive_sizes():
    trades = _rows(TRADES)
    assert trades.trade_id.is_unique
    assert trades.trade_id.iloc[0] == "sim-3-9-1"
    assert (trades.quantity >= SHARE).all()
    assert Counter(trades.buy_order_id) == {"": len(trades)}
