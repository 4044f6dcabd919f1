"""Whether a .proto still reads what was written: fields and enum values are only ever added.

`schemas/proto/market.lock` holds every field and value that was ever in use, one a line: where, number, name, type.
`python -m schemas.compatibility` (part of `make proto`) adds new ones to it and refuses everything else.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from schemas.proto import market_pb2

LOCK = Path(__file__).parent / "proto" / "market.lock"


@dataclass(frozen=True)
class Entry:
    """A field of a message, or a value of an enum (whose type is `value`)."""

    scope: str
    number: int
    name: str
    type: str

    @property
    def place(self) -> str:
        """`Order.price`: how a sentence names it."""
        return f"{self.scope.rsplit('.', 1)[-1]}.{self.name}"


def current_entries() -> tuple[Entry, ...]:
    """What the generated code of market.proto declares."""
    file = FileDescriptorProto()
    market_pb2.DESCRIPTOR.CopyToProto(file)
    return read_file(file)


def read_file(file: FileDescriptorProto) -> tuple[Entry, ...]:
    """All fields and values of a file, nested ones too, in its order."""
    enums = (entry for enum in file.enum_type for entry in _values(file.package, enum))
    fields = (entry for message in file.message_type for entry in _fields(file.package, message))
    return (*enums, *fields)


def find_breaks(locked: Sequence[Entry], current: Sequence[Entry]) -> list[str]:
    """A sentence for each locked entry that was removed, renumbered, renamed or given another type."""
    sentences = (_judge(entry, current) for entry in locked)
    return [sentence for sentence in sentences if sentence]


def parse_lock(text: str) -> tuple[Entry, ...]:
    """Entries of a lock's lines: scope, number, name, type."""
    lines = (line.split(maxsplit=3) for line in text.splitlines())
    return tuple(Entry(scope, int(number), name, kind) for scope, number, name, kind in lines)


def render_lock(entries: Sequence[Entry]) -> str:
    """The lines of a lock."""
    return "".join(" ".join(map(str, astuple(entry))) + "\n" for entry in entries)


def _judge(entry: Entry, current: Sequence[Entry]) -> str | None:
    there = [other for other in current if other.scope == entry.scope]
    by_name = {other.name: other for other in there}
    by_number = {other.number: other for other in there}
    if entry in there:
        return None
    if entry.name in by_name and by_name[entry.name].number != entry.number:
        return f"{entry.place} was {entry.number} and is {by_name[entry.name].number}: give it its number back."
    if entry.name in by_name:
        return f"{entry.place} was {entry.type} and is {by_name[entry.name].type}: add another field instead."
    if entry.number in by_number:
        return f"{entry.place} ({entry.number}) is now called {by_number[entry.number].name}: give it its name back."
    return f"{entry.place} ({entry.number}) was removed: put it back, and stop writing it if nobody needs it."


def _values(scope: str, enum: EnumDescriptorProto) -> Iterator[Entry]:
    return (Entry(f"{scope}.{enum.name}", value.number, value.name, "value") for value in enum.value)


def _fields(scope: str, message: DescriptorProto) -> Iterator[Entry]:
    inner = f"{scope}.{message.name}"
    for field in message.field:
        yield Entry(inner, field.number, field.name, _type(field))
    for enum in message.enum_type:
        yield from _values(inner, enum)
    for nested in message.nested_type:
        yield from _fields(inner, nested)


def _type(field: FieldDescriptorProto) -> str:
    label = FieldDescriptorProto.Label.Name(field.label).removeprefix("LABEL_").lower()
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    return " ".join(filter(None, (label, kind, field.type_name)))


def update_lock(lock: Path, current: Sequence[Entry]) -> list[str]:
    """Write the lock of what is declared now; give the sentences, and leave the lock alone, when something breaks."""
    breaks = find_breaks(parse_lock(lock.read_text()), current)
    if not breaks:
        lock.write_text(render_lock(current))
    return breaks


if __name__ == "__main__":
    sys.exit("\n".join(update_lock(LOCK, current_entries())) or 0)
