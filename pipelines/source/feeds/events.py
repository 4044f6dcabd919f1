"""What feeds and the engine hand each other, from the bytes of a stream to columns of the wire."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Any, Protocol, Self

import pyarrow as pa

from pipelines.source.feeds.journal import Journal
from pipelines.source.importers.columns import Messages
from schemas.errors import SourceError
from schemas.registry import Topic

Columns = dict[str, pa.Array]
Decode = Callable[[str], Any]


@dataclass(frozen=True)
class Clock:
    """Nanoseconds since 1970, and a way to wait for some seconds."""

    now_ns: Callable[[], int]
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


@dataclass(frozen=True)
class Link:
    """Where a stream is: ws:// or wss://, and how its certificate is judged (None: as the system does)."""

    url: str
    tls: SSLContext | None = None


@dataclass(frozen=True)
class Incoming:
    """Bytes that arrived, when by the receiver's clock (ns since 1970), and whose answer to a request they are."""

    receive_ns: int
    text: bytes
    symbol: str = ""


@dataclass(frozen=True)
class Event:
    """A message of a topic.

    stream: what errors call it. fields: what its builder reads. key: names it within topic and venue, so that a repeat
    is known; None where the venue gives nothing that does.
    """

    topic: Topic
    symbol: str
    stream: str
    fields: dict[str, Any]
    key: Hashable | None = None


@dataclass(frozen=True)
class Received(Messages):
    """n messages of one topic as they were received; errors name stream and field."""

    events: Sequence[Event]

    @classmethod
    def of(cls, items: Sequence[tuple[int, Event]]) -> Self:
        """From n receive times (ns) and events."""
        events = [event for _, event in items]
        times, fields = [receive_ns for receive_ns, _ in items], [event.fields for event in events]
        return cls(Path(), list(range(len(items))), times, fields, events)

    def error(self, index: int, what: str) -> SourceError:
        """The error of one message, by its stream."""
        return SourceError(unusable(self.events[index].stream, what))

    def halves(self) -> tuple[Self, Self]:
        """The first and the second half of the messages."""
        items = list(zip(self.receive_ns, self.events, strict=True))
        middle = len(items) // 2
        return self.of(items[:middle]), self.of(items[middle:])

    def texts(self, name: str) -> pa.Array:
        """Strings, n values. Raises SourceError where the field is none."""
        return self._convert(name, to_texts, "a text")

    def moments(self, name: str) -> pa.Array:
        """int64 nanoseconds since 1970, n values. Raises SourceError where the field is no RFC 3339 time with zone."""
        return self._convert(name, to_moments, "a time as 2024-08-08T14:30:00.123456789Z")


Builder = Callable[[Received], Columns]


@dataclass(frozen=True)
class Line:
    """What a feed may do beside its stream: send a text to the venue, and put bytes behind those that have arrived."""

    send: Callable[[str], Awaitable[None]]
    put: Callable[[Incoming], Awaitable[None]]


class Feed(Protocol):
    """A venue's stream. `journal` is told what is counted; `builders` give the columns of each topic.

    Builders leave out producer_id, seq, symbol and receive_ts_ns.
    """

    name: str
    link: Link
    journal: Journal
    builders: dict[Topic, Builder]

    def begin(self) -> None:
        """A new connection is made: forget what belongs to the one before."""

    def read(self, incoming: Incoming) -> Iterator[Event]:
        """The events of what arrived. Raises FeedRefused or FeedLost when the venue says so."""

    def missed(self, event: Event) -> None:
        """An event that `read` gave could not be published."""

    async def attend(self, line: Line) -> None:
        """Ask, answer and keep alive, as long as the connection lasts. Raises FeedRefused and FeedLost."""


def unusable(stream: str, what: str) -> str:
    """The sentence of a message that is left out."""
    return f"{stream}: {what}; such messages are left out."


def parse(text: bytes, stream: str, journal: Journal, decode: Decode = json.loads) -> Any:
    """JSON to its value; None, and a line in the journal, where it is none."""
    try:
        return decode(text.decode())
    except (ValueError, RecursionError) as error:
        journal.malformed(stream, unusable(stream, f"a message is no JSON ({error})"))
        return None


def to_texts(values: list[Any]) -> pa.Array:
    """Strings to strings. Raises TypeError on anything else."""
    if set(map(type, values)) - {str}:
        raise TypeError("not a text")
    return pa.array(values, pa.string())


def to_moments(values: list[Any]) -> pa.Array:
    """RFC 3339 times with zone, up to nine decimals, to ns since 1970. Raises ValueError or TypeError."""
    return to_texts(values).cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
