"""Messages and reports in a few letters, so that a case is a line.

Messages: `N1B10@100` new order 1 buys 10 at 100, `@mkt` at the market; after it `ioc`, `fok`, `day`, `gtd50`, `post`,
`ice3` (shows 3), `stop105`, `acc7`, and the self-trade modes. `C2` cancel, `M2x5@101` replace, `T50` the time is 50,
`R100` reference price, `K4t` collar of 4 ticks, `K50b` of 50 basis points, `P:HALT` phase.

Reports: `+1` accepted, `5@100 1<4` order 4 took 5 from order 1 at 100, `5@100 1=4` in an auction (sell = buy),
`-4x7 USER` cancelled 7 of order 4, `~2x5@101` replaced, `^3` triggered, `!4 BAD_PRICE` refused, `?4` and `??4` cancel
and replace refused, `set` a phase, reference price or collar.
"""

import re
from typing import Any

import pyarrow as pa

from pipelines.exchange.codes import MessageKind, OrderType, Phase, Reason, ReportKind, SelfTrade, TimeInForce
from pipelines.exchange.engine import Engine
from pipelines.exchange.schema import messages_of

ORDER = re.compile(
    r"(?P<kind>[NM])(?P<id>\d+)(?P<side>[BSx])(?P<quantity>-?\d+)@(?P<price>-?\d+|mkt)(?P<words>[a-z\d]*)"
)
TIFS = {name.lower(): value for name, value in TimeInForce.__members__.items()}
MODES = {name.lower(): value for name, value in SelfTrade.__members__.items()}
NUMBERS = {"ice": "display", "stop": "stop_price", "acc": "account_id", "gtd": "expire_ns"}
WORD = re.compile(rf"({'|'.join([*NUMBERS, *TIFS, *MODES, 'post'])})(\d*)")


def parse_words(words: str) -> dict[str, int]:
    """What follows the price."""
    message: dict[str, int] = {}
    for word, number in WORD.findall(words):
        if word in NUMBERS:
            message[NUMBERS[word]] = int(number)
        if word in TIFS:
            message["time_in_force"] = TIFS[word]
        if word in MODES:
            message["self_trade"] = MODES[word]
        if word == "post":
            message["post_only"] = 1
    return message


def parse_order(text: str) -> dict[str, int]:
    """A new order or a replace."""
    found = ORDER.fullmatch(text)
    assert found, text
    message = {"time_in_force": int(TimeInForce.GTC), **parse_words(found["words"])}
    is_market, is_stop = found["price"] == "mkt", "stop_price" in message
    plain = OrderType.MARKET if is_market else OrderType.LIMIT
    message["order_type"] = (OrderType.STOP if is_market else OrderType.STOP_LIMIT) if is_stop else plain
    message |= {"order_id": int(found["id"]), "quantity": int(found["quantity"]), "side": int(found["side"] == "S")}
    message["price"] = 0 if is_market else int(found["price"])
    return message | {"kind": MessageKind.NEW if found["kind"] == "N" else MessageKind.REPLACE}


def parse_message(text: str) -> dict[str, int]:
    """Any message."""
    letter, rest = text[0], text[1:]
    if letter == "C":
        number, words = re.fullmatch(r"(\d+)(.*)", rest).groups()  # type: ignore[union-attr]  # a case that is no case
        return {"kind": MessageKind.CANCEL, "order_id": int(number), **parse_words(words)}
    if letter == "T":
        return {"kind": MessageKind.TIME, "time_ns": int(rest)}
    if letter == "R":
        return {"kind": MessageKind.REFERENCE, "price": int(rest)}
    if letter == "K":
        return {"kind": MessageKind.COLLAR, "quantity": int(rest[:-1]), "setting": int(rest[-1] == "b")}
    if letter == "P":
        return {"kind": MessageKind.PHASE, "setting": Phase[rest[1:]]}
    return parse_order(text)


def messages(text: str) -> pa.RecordBatch:
    """A line of messages."""
    rows = [{"message_seq": seq, **parse_message(word)} for seq, word in enumerate(text.split())]
    names = {name for row in rows for name in row}
    return messages_of({name: [int(row.get(name, 0)) for row in rows] for name in names})


def render_report(row: dict[str, Any]) -> str:
    """A report in a few letters."""
    kind, reason, order, quantity = ReportKind(row["kind"]), Reason(row["reason"]), row["order_id"], row["quantity"]
    if kind == ReportKind.TRADE:
        return f"{quantity}@{row['price']} {row['maker_id']}{'=' if reason else '<'}{order}"
    texts = {
        ReportKind.ACCEPTED: f"+{order}",
        ReportKind.CANCELLED: f"-{order}x{quantity} {reason.name}",
        ReportKind.REPLACED: f"~{order}x{quantity}@{row['price']}",
        ReportKind.CANCEL_REFUSED: f"?{order} {reason.name}",
        ReportKind.REPLACE_REFUSED: f"??{order} {reason.name}",
        ReportKind.REFUSED: f"!{order} {reason.name}",
        ReportKind.TRIGGERED: f"^{order}",
        ReportKind.SET: "set",
    }
    return texts[kind]


def told(text: str) -> list[str]:
    """What an engine says to a line of messages, acceptances and settings left out."""
    reports = [render_report(row) for row in Engine().apply(messages(text)).to_pylist()]
    return [report for report in reports if report[0] != "+" and report != "set"]


def outcome(expected: str) -> list[str]:
    """The reports of a line, separated by semicolons."""
    return [part.strip() for part in expected.split(";") if part.strip()]
