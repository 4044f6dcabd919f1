"""The feed of Interactive Brokers against a gateway on loopback, with a certificate that it signed itself."""

import json
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.source.feeds.events import Clock, Link
from pipelines.source.feeds.ibkr import IbkrFeed
from pipelines.source.feeds.journal import Journal
from schemas.errors import FeedRefused
from schemas.topics import QUOTES, TRADES
from spark_jobs.cli.feed import _unverified
from tests.pipelines.source.feeds.following import Followed, run_until
from tests.pipelines.source.feeds.venue import Answer, Script, ServerConnection, Venue, hold, running_venue

TIME = 1593524408296
SUBSCRIPTION = 'smd+265598+{"fields": ["31", "84", "86", "88", "85", "7059"]}'


def gateway(is_in: bool = True, contracts: str = '{"secdef":[{"conid":265598,"ticker":"AAPL"}]}') -> Answer:
    """The REST side: a session, whether it is logged in, and the contracts that it has."""
    tickle = {"session": "s1", "iserver": {"authStatus": {"authenticated": is_in}}}
    answers = {
        "/v1/api/tickle": json.dumps(tickle).encode(),
        "/v1/api/iserver/accounts": b"{}",
        "/v1/api/trsrv/secdef?conids=265598": contracts.encode(),
    }
    return lambda path: (200, answers[path]) if answers[path] else (404, b"")


def smd(**fields: object) -> str:
    """Market data of AAPL; names of fields begin with f, as in f31."""
    named = {name.removeprefix("f"): value for name, value in fields.items()}
    return json.dumps({"server_id": "q6", "conid": 265598, "_updated": TIME, "topic": "smd+265598", **named})


def speaking(*texts: str, after: Script = hold) -> Script:
    """Wait for the session and the subscription, then send texts."""

    def script(connection: ServerConnection) -> None:
        connection.send('{"message":"waiting for session"}')
        assert json.loads(connection.recv()) == {"session": "s1"}
        connection.send('{"topic":"system","success":"user"}')
        connection.send('{"topic":"sts","args":{"authenticated":true}}')
        assert connection.recv() == SUBSCRIPTION
        for text in texts:
            connection.send(text.encode())
        after(connection)

    return script


def making(
    venue: Venue, tls: ssl.SSLContext | None = None, heartbeat_s: float = 60
) -> Callable[[Journal, Clock], IbkrFeed]:
    """The gateway's stream has a port of its own here."""

    def make(journal: Journal, clock: Clock) -> IbkrFeed:
        feed = IbkrFeed(Link(venue.rest_url, tls), {"265598": "AAPL"}, journal, clock, heartbeat_s)
        assert feed.link.url == f"{venue.rest_url.replace('http', 'ws')}/v1/api/ws"
        feed.link = Link(f"{venue.stream_url}/v1/api/ws", tls)
        return feed

    return make


def follow_all(texts: list[str], trades: int, quotes: int) -> Followed:
    followed = Followed()
    with running_venue([speaking(*texts)], gateway()) as venue:
        run_until(
            followed, making(venue), lambda: (len(followed.of(TRADES)), len(followed.of(QUOTES))) == (trades, quotes)
        )
    assert venue.requests == [
        "POST /v1/api/tickle",
        "GET /v1/api/iserver/accounts",
        "GET /v1/api/trsrv/secdef?conids=265598",
    ]
    return followed


FIRST = smd(f31="382.89", f84="382.88", f86="1,382.90", f88="1,200", f85="300", f7059="100")


def test_what_changes_makes_quotes_and_trades_of_all_that_is_known() -> None:
    texts = [FIRST, smd(f84="382.5"), smd(f31="383.00", _updated=TIME + 1), smd(f85=5, f7059="7", _updated=TIME + 2)]
    followed = follow_all(texts, 2, 3)
    touches = [
        (row["bid_prices"], row["bid_quantities"], row["ask_prices"], row["ask_quantities"])
        for row in followed.of(QUOTES)
    ]
    assert touches == [
        ([382_880000000], [1200_000000000], [1382_900000000], [300_000000000]),
        ([382_500000000], [1200_000000000], [1382_900000000], [300_000000000]),
        ([382_500000000], [1200_000000000], [1382_900000000], [5_000000000]),
    ]
    trades = [(row["price"], row["quantity"], row["trade_id"], row["venue_ts_ns"]) for row in followed.of(TRADES)]
    assert trades == [
        (383_000000000, 100_000000000, f"265598-{TIME + 1}", (TIME + 1) * 10**6),
        (383_000000000, 7_000000000, f"265598-{TIME + 2}", (TIME + 2) * 10**6),
    ]
    for topic in (TRADES, QUOTES):
        assert {(row["symbol"], row["venue"]) for row in followed.of(topic)} == {("AAPL", "IBKR")}


def test_close_of_the_day_before_is_no_trade_and_a_side_can_go() -> None:
    followed = follow_all([FIRST, smd(f31="C380.00"), smd(f86="", f85="0"), smd(f31="381", _updated=TIME + 9)], 1, 2)
    assert followed.of(TRADES)[0]["price"] == 381 * 10**9
    assert followed.of(QUOTES)[1]["ask_prices"] == []
    assert followed.of(QUOTES)[1]["bid_prices"] == [382_880000000]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("[1]", "ibkr: a message is no object; "),
        ("{", "ibkr: a message is no JSON ("),
        (smd(f84="abc"), "ibkr AAPL@smd: field 84 is 'abc' and no amount; "),
        (smd(f84="1", _updated="x"), "ibkr AAPL@smd: field _updated is no whole number; "),
        (smd(topic="smd+1"), "ibkr 1@smd: contract 1 was not asked for; "),
        (smd(f84="0.0000000001", f85="200"), "ibkr AAPL@smd: field 84 is '0.0000000001' and not a decimal string"),
    ],
)
def test_bad_message_leaves_what_is_known_as_it_was(bad: str, sentence: str) -> None:
    followed = follow_all([FIRST, bad, smd(f84="382.5")], 0, 2)
    assert followed.journal.tally.malformed == 1
    assert followed.said[1].startswith(sentence)
    assert [row["bid_prices"] for row in followed.of(QUOTES)] == [[382_880000000], [382_500000000]]


def test_heartbeat_keeps_the_session_alive() -> None:
    heard: list[str | bytes] = []

    def listen(connection: ServerConnection) -> None:
        heard.append(connection.recv())
        heard.append(connection.recv())
        connection.send(smd(f84="1", f88="1"))
        hold(connection)

    followed = Followed()
    with running_venue([speaking(after=listen)], gateway()) as venue:
        run_until(followed, making(venue, heartbeat_s=0.1), lambda: len(followed.of(QUOTES)) == 1)
    assert heard == ["tic", "tic"]


def test_gateway_that_is_not_logged_in_ends_the_feed() -> None:
    with (
        running_venue([hold], gateway(is_in=False)) as venue,
        pytest.raises(FeedRefused, match="is not logged in: open"),
    ):
        run_until(Followed(), making(venue), lambda: False)


def test_gateway_that_refuses_its_session_ends_the_feed() -> None:
    with (
        running_venue([hold], lambda _: (401, b"")) as venue,
        pytest.raises(FeedRefused, match="is not logged in: open"),
    ):
        run_until(Followed(), making(venue), lambda: False)


@pytest.mark.parametrize("contracts", ["", '{"secdef":[]}', '{"secdef":[{"conid":1}]}'])
def test_unknown_contract_ends_the_feed(contracts: str) -> None:
    with (
        running_venue([hold], gateway(contracts=contracts)) as venue,
        pytest.raises(FeedRefused, match=r"^The gateway has no contract AAPL=265598: change --symbols\.$"),
    ):
        run_until(Followed(), making(venue), lambda: False)


def test_session_that_ends_later_ends_the_feed() -> None:
    out = '{"topic":"sts","args":{"authenticated":false}}'
    with running_venue([speaking(out)], gateway()) as venue, pytest.raises(FeedRefused, match="is not logged in: open"):
        run_until(Followed(), making(venue), lambda: False)


def self_signed(folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    asked = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=localhost", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*asked, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_certificate_that_nobody_signed_is_refused_unless_it_is_not_verified(tmp_path: Path) -> None:
    followed = Followed()
    with running_venue([speaking(FIRST)], gateway(), self_signed(tmp_path)) as venue:
        with pytest.raises(FeedRefused, match=r"certificate of wss://.* is not trusted \(self.signed certificate\)"):
            run_until(Followed(), making(venue), lambda: False)
        run_until(followed, making(venue, _unverified(venue.rest_url)), lambda: len(followed.of(QUOTES)) == 1)
