"""The Alpaca feed against a venue on loopback that speaks the protocol of the market data stream."""

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pipelines.source.feeds.alpaca import AlpacaFeed, Keys
from pipelines.source.feeds.events import Clock
from pipelines.source.feeds.journal import Journal
from schemas.errors import FeedRefused
from schemas.topics import QUOTES, TRADES
from tests.pipelines.source.feeds.following import Followed, run_until
from tests.pipelines.source.feeds.venue import Script, ServerConnection, Venue, cut_off, hold, running_venue

KEY, SECRET = "PK0123", "s3cr3t-of-the-customer"
TRADE = '{"T":"t","i":96921,"S":"AAPL","x":"D","p":126.55,"s":1,"t":"2021-02-22T15:51:44.208Z","c":["@","I"],"z":"C"}'
QUOTE = (
    '{"T":"q","S":"AMD","bx":"U","bp":87.66,"bs":1,"ax":"Q","ap":87.68,"as":4,"t":"2021-02-22T15:51:45.335689322Z",'
    '"c":["R"],"z":"C"}'
)


def speaking(*texts: str, after: Script = hold) -> Script:
    """Check keys and subscription, then send texts."""

    def script(connection: ServerConnection) -> None:
        connection.send('[{"T":"success","msg":"connected"}]')
        if json.loads(connection.recv()) != {"action": "auth", "key": KEY, "secret": SECRET}:
            connection.send('[{"T":"error","code":402,"msg":"auth failed"}]')
            return
        connection.send('[{"T":"success","msg":"authenticated"}]')
        asked = json.loads(connection.recv())
        assert asked == {"action": "subscribe", "trades": ["AAPL", "AMD"], "quotes": ["AAPL", "AMD"]}
        connection.send('[{"T":"subscription","trades":["AAPL","AMD"],"quotes":["AAPL","AMD"],"bars":[]}]')
        for text in texts:
            connection.send(text)
        after(connection)

    return script


def making(venue: Venue, source: str = "iex", secret: str = SECRET) -> Callable[[Journal, Clock], AlpacaFeed]:
    keys = Keys(KEY, secret)
    return lambda journal, _: AlpacaFeed(venue.stream_url, source, ["AAPL", "AMD"], keys, journal)


def follow_all(scripts: Sequence[Script | int], trades: int, quotes: int, source: str = "iex") -> Followed:
    followed = Followed()
    with running_venue(scripts) as venue:
        run_until(
            followed,
            making(venue, source),
            lambda: len(followed.of(TRADES)) >= trades and len(followed.of(QUOTES)) >= quotes,
        )
    assert all(path == f"/v2/{source}" for path in venue.streams)
    return followed


WANTED_TRADE: dict[str, Any] = {
    "symbol": "AAPL",
    "venue": "FINR",
    "seq": 1,
    "venue_ts_ns": 1614009104208000000,
    "venue_seq": 0,
    "trade_id": "96921",
    "aggressor_side": 0,
    "price": 126_550000000,
    "quantity": 1_000000000,
}
WANTED_QUOTE: dict[str, Any] = {
    "symbol": "AMD",
    "venue": "IEXG",
    "seq": 1,
    "venue_ts_ns": 1614009105335689322,
    "bid_prices": [87_660000000],
    "bid_quantities": [1_000000000],
    "ask_prices": [87_680000000],
    "ask_quantities": [4_000000000],
}


def test_trade_and_quote_keep_every_digit() -> None:
    followed = follow_all([speaking(f"[{TRADE},{QUOTE}]")], 1, 1)
    for (row,), wanted in ((followed.of(TRADES), WANTED_TRADE), (followed.of(QUOTES), WANTED_QUOTE)):
        assert {name: row[name] for name in wanted} == wanted
        assert row["producer_id"].startswith("alpaca-")


def changed(message: str, **fields: object) -> str:
    return json.dumps(json.loads(message) | fields)


def test_venues_of_the_consolidated_tape() -> None:
    trades = [changed(TRADE, x=code, i=at) for at, code in enumerate(["N", "Q", "V", "?"])]
    followed = follow_all([speaking(f"[{','.join([*trades, QUOTE])}]")], 4, 1, "sip")
    assert [row["venue"] for row in followed.of(TRADES)] == ["XNYS", "XNAS", "IEXG", "?"]
    assert [row["venue"] for row in followed.of(QUOTES)] == ["SIP"]


def test_side_without_quantity_has_no_level() -> None:
    (row,) = follow_all([speaking(f"[{changed(QUOTE, bp=0, bs=0, bx=' ')}]")], 0, 1).of(QUOTES)
    assert (row["bid_prices"], row["bid_quantities"], row["ask_prices"]) == ([], [], [87_680000000])


def test_repeated_trade_is_left_out_and_one_of_another_exchange_is_not() -> None:
    texts = [f"[{TRADE},{TRADE}]", f"[{changed(TRADE, x='N')}]", f"[{TRADE}]", f"[{QUOTE}]"]
    followed = follow_all([speaking(*texts)], 2, 1)
    assert [row["venue"] for row in followed.of(TRADES)] == ["FINR", "XNYS"]
    assert followed.journal.tally.repeats == 2


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("7", "alpaca: field T is missing or no text; "),
        ('{"T":null}', "alpaca: field T is missing or no text; "),
        (changed(TRADE, S=None), "alpaca None@trades: field S, the symbol, is missing or no text; "),
        (changed(TRADE, p="x"), "alpaca AAPL@trades: field p is 'x' and not a decimal string"),
        (changed(TRADE, x=None), "alpaca AAPL@trades: field x is None and not a text; "),
        (changed(TRADE, t="today"), "alpaca AAPL@trades: field t is 'today' and not a time as 2024-"),
        (changed(QUOTE, ap=None), "alpaca AMD@quotes: field ap is None and not a decimal string"),
    ],
)
def test_bad_message_in_a_list_is_left_out_alone(bad: str, sentence: str) -> None:
    followed = follow_all([speaking(f"[{changed(TRADE, i=1)},{bad},{changed(TRADE, i=2)},{QUOTE}]")], 2, 1)
    assert [row["trade_id"] for row in followed.of(TRADES)] == ["1", "2"]
    assert followed.journal.tally.malformed == 1
    assert followed.said[1].startswith(sentence)


def test_text_that_is_no_json_is_left_out_alone() -> None:
    followed = follow_all([speaking("garbage", f"[{TRADE},{QUOTE}]")], 1, 1)
    assert followed.said[1].startswith("alpaca: a message is no JSON (")


def test_refused_keys_are_one_sentence_without_them_and_no_second_try() -> None:
    followed = Followed()
    with running_venue([speaking()]) as venue, pytest.raises(FeedRefused) as caught:
        run_until(followed, making(venue, secret="wrong-secret"), lambda: False)
    assert str(caught.value) == (
        "Alpaca refuses the keys in APCA_API_KEY_ID and APCA_API_SECRET_KEY (auth failed): check both, and start again."
    )
    assert len(venue.streams) == 1
    assert followed.said == [f"Connected to {venue.stream_url}/v2/iex."]


def test_keys_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Neither with what is printed of them, nor by a logger at its most talkative (the venue's aside)."""
    caplog.set_level(logging.DEBUG)
    follow_all([speaking(f"[{TRADE},{QUOTE}]")], 1, 1)
    ours = [record.getMessage() for record in caplog.records if record.name != "websockets.server"]
    assert not any(secret in line for line in ours for secret in (KEY, SECRET))
    assert repr(Keys(KEY, SECRET)) == "Keys()"


def test_symbol_that_is_not_among_the_subscribed_ends_the_feed() -> None:
    without = '[{"T":"subscription","trades":["AAPL"],"quotes":["AAPL","AMD"]}]'
    with running_venue([speaking(without)]) as venue, pytest.raises(FeedRefused, match=r"^Alpaca does not give AMD: "):
        run_until(Followed(), making(venue), lambda: False)


def test_refused_subscription_ends_the_feed() -> None:
    error = '[{"T":"error","code":409,"msg":"insufficient subscription"}]'
    with running_venue([speaking(error)]) as venue, pytest.raises(FeedRefused, match=r"409: insufficient subscription"):
        run_until(Followed(), making(venue), lambda: False)


def test_other_error_of_the_venue_and_a_lost_connection_are_tried_again() -> None:
    slow = '[{"T":"error","code":407,"msg":"slow client"}]'
    first, second = f"[{changed(TRADE, i=1)},{QUOTE}]", f"[{changed(TRADE, i=1)},{changed(TRADE, i=2)}]"
    scripts = [speaking(first, slow), speaking(second, after=cut_off), speaking(f"[{changed(TRADE, i=3)}]")]
    followed = follow_all(scripts, 3, 1)
    assert [row["trade_id"] for row in followed.of(TRADES)] == ["1", "2", "3"]
    assert len({row["producer_id"] for row in followed.of(TRADES)}) == 3
    assert [row["seq"] for row in followed.of(TRADES)] == [1, 1, 1]
    assert any("Alpaca says 407: slow client" in said for said in followed.said)
