"""A shard's whole state as bytes, with a checksum."""

import io
import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.exchange.accounts import Accounts
from pipelines.exchange.engine import Engine
from pipelines.exchange.identity import Identities
from pipelines.exchange.intake import Intake
from pipelines.exchange.ledger import Ledger
from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Shard
from pipelines.exchange.snapshot import pack
from schemas.errors import ExchangeError

VERSION = 1
DIGEST = 32  # bytes of the checksum, at the end
COUNTERS = ("clock_ns", "event_seq", "trade_seq", "depth_seq")
ARRAYS = ("last_depth", "touched_ns", "unseen", "unquoted")


@dataclass(frozen=True)
class State:
    """Everything that a shard needs to go on, as it was at a moment."""

    texts: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]
    engine: npt.NDArray[np.int64]


def freeze_shard(shard: Shard) -> State:
    """A copy of a shard's state, to be packed while the shard goes on."""
    names = {name: list(getattr(shard.intake, name).names) for name in ("books", "accounts", "orders")}
    texts = names | {
        "version": VERSION,
        "number": shard.number,
        "rules": asdict(shard.rules),
        "producer_id": shard.producer_id,
        "instruments": list(shard.instruments.names),
        "counters": [getattr(shard, name) for name in COUNTERS],
    }
    arrays = {name: getattr(shard, name) for name in ARRAYS} | shard.accounts.ledger._asdict()
    copies = {name: array.copy() for name, array in arrays.items()} | {"pairs": shard.accounts.pairs}
    return State(texts, copies, shard.engine.copy_words())


def pack_state(state: State) -> bytes:
    """The same as bytes."""
    texts = np.frombuffer(json.dumps(state.texts).encode(), np.uint8)
    sink = io.BytesIO()
    members: dict[str, Any] = {"texts": texts, "engine": np.frombuffer(pack(state.engine), np.uint8), **state.arrays}
    np.savez(sink, **members)
    return sink.getvalue() + sha256(sink.getvalue()).digest()


def unpack_shard(packed: bytes, rules: Rules) -> Shard:
    """The shard as it was.

    Raises ExchangeError when the bytes are damaged, of another version, or of a shard with other rules.
    """
    body, digest = packed[:-DIGEST], packed[-DIGEST:]
    if sha256(body).digest() != digest:
        raise ExchangeError("The snapshot of a shard is damaged: remove it, and the shard starts from its orders.")
    with np.load(io.BytesIO(body)) as arrays:
        values = {name: arrays[name] for name in arrays.files}
    texts = json.loads(values.pop("texts").tobytes())
    if texts["version"] != VERSION:
        raise ExchangeError(f"The snapshot of a shard has version {texts['version']}, not {VERSION}: remove it.")
    if Rules(**texts["rules"]) != rules:
        raise ExchangeError(
            f"The exchange ran with {Rules(**texts['rules'])} and is now asked for {rules}: "
            "start it with the same, or remove its snapshots and the orders' topic."
        )
    return _restored(texts, values, rules)


def _restored(texts: dict[str, list[str | None]], values: dict[str, npt.NDArray[Any]], rules: Rules) -> Shard:
    shard = Shard(int(str(texts["number"])), rules)
    shard.producer_id = str(texts["producer_id"])
    shard.engine = Engine.restore(values["engine"].tobytes())
    ledger = Ledger(*(values[name] for name in Ledger._fields))
    shard.accounts = Accounts(ledger, values["pairs"])
    shard.instruments = Identities(texts["instruments"])
    shard.intake = Intake(rules, *(Identities(texts[name]) for name in ("books", "accounts", "orders")))
    for name, count in zip(COUNTERS, texts["counters"], strict=True):
        setattr(shard, name, count)
    for name in ARRAYS:
        setattr(shard, name, values[name])
    return shard
