"""What the operator sends before trading."""

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Shard
from pipelines.source.participants.config import KINDS, trading_config
from pipelines.source.participants.funding import COLLAR_BPS, opening
from pipelines.source.simulator.config import INSTRUMENTS
from schemas.proto import market_pb2 as pb
from schemas.topics import ORDER_EVENTS

CONFIG = trading_config(1, 1_700_000_000_000_000_000)


def test_accounts_are_named_after_their_kind() -> None:
    names = [(kind.accounts[0], kind.accounts[-1]) for kind in KINDS]
    assert names == [
        ("MM-01", "MM-03"),
        ("MOM-01", "MOM-06"),
        ("REV-01", "REV-06"),
        ("NOISE-001", "NOISE-100"),
        ("INST-01", "INST-06"),
    ]
    assert sum(kind.share for kind in KINDS) == 1


def test_opening_is_taken_by_a_shard() -> None:
    rows = opening(CONFIG)
    events = Shard(0, Rules()).apply(rows)[ORDER_EVENTS].to_pylist()
    kinds = [pb.OrderEventKind.Name(event["kind"]) for event in events]
    funded, books = sum(kind.count for kind in KINDS) * len(INSTRUMENTS), len(INSTRUMENTS) * 3 * 2
    assert [kinds.count(f"ORDER_EVENT_KIND_{kind}") for kind in ("SET", "FUNDED")] == [books, funded]
    assert len(rows) == books + funded


def test_opening_sets_each_book_and_gives_cash_with_each_symbol() -> None:
    rows = opening(CONFIG).to_pylist()
    gme = {(r["venue"], r["action"]): r for r in rows if r["symbol"] == "GME" and not r["account_id"]}
    assert {venue for venue, _ in gme} == {"DLXA", "DLXB", "DLXD"}
    assert gme["DLXD", pb.ORDER_ACTION_REFERENCE]["price"] == 24_900_000_000
    assert gme["DLXA", pb.ORDER_ACTION_COLLAR]["collar_bps"] == COLLAR_BPS
    (noise,) = (r for r in rows if (r["symbol"], r["account_id"]) == ("GME", "NOISE-100"))
    assert (noise["cash"], noise["quantity"], noise["price"]) == (150_000 * 10**9, 60_000 * 10**9, 24_900_000_000)
    assert (noise["max_order_quantity"], noise["max_short_quantity"]) == (120_000 * 10**9, 0)
    (maker,) = (r for r in rows if (r["symbol"], r["account_id"]) == ("GME", "MM-01"))
    assert (maker["quantity"], maker["max_short_quantity"]) == (0, 240_000 * 10**9)
