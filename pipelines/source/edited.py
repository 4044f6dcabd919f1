"""Messages as JSON that a person edits, and back: the fields of the `.proto`, whole numbers of 1e-9 and nanoseconds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message_factory import GetMessageClass

from schemas.errors import SourceError
from schemas.registry import Topic
from schemas.topics import TOPICS

WHOLE = FieldDescriptor.CPPTYPE_INT64  # which Protobuf's JSON writes as text
PLACE = ("topic", "partition", "offset", "kafka_ts")


@dataclass(frozen=True)
class Edit:
    """A message that shall take the place of a refused delivery, which its place and Kafka time name."""

    label: str
    topic: Topic
    place: tuple[int, int, datetime]
    payload: bytes


def message_as_json(topic: Topic, payload: bytes) -> dict[str, Any]:
    """Every field of a message, absent ones too; enums by name. `payload` is a message of the topic."""
    message = GetMessageClass(topic.message).FromString(payload)
    fields = MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    return {field.name: _as_json(field, fields[field.name]) for field in topic.message.fields}


def read_edits(path: Path) -> list[Edit]:
    """The entries of a file that `rejected show --json` wrote and someone edited.

    Raises SourceError that names file and entry when it is no such file, or two entries are about one delivery.
    """
    try:
        entries = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} is no JSON file ({error}): write it with depthlake rejected show --json.") from None
    rows = entries if isinstance(entries, list) else [entries]
    edits = [_edit(f"{path}, entry {number}", row) for number, row in enumerate(rows, 1)]
    seen: dict[object, str] = {}
    for edit in edits:
        first = seen.setdefault((edit.topic.name, *edit.place), edit.label)
        if first != edit.label:
            raise SourceError(f"{edit.label} is about the same delivery as {first}: leave one of them.")
    return edits


def _as_json(field: FieldDescriptor, value: Any) -> Any:
    if field.cpp_type != WHOLE:
        return value
    return [int(each) for each in value] if isinstance(value, list) else int(value)


def _edit(label: str, row: object) -> Edit:
    if not isinstance(row, Mapping) or not {*PLACE, "message"} <= row.keys():
        raise SourceError(f"{label} lacks {', '.join(PLACE)} or message: depthlake rejected show --json writes them.")
    topic = next((topic for topic in TOPICS if topic.name == row["topic"]), None)
    if topic is None:
        raise SourceError(f"{label}: {row['topic']!r} is no topic: there are {', '.join(t.name for t in TOPICS)}.")
    if row["message"] is None:
        raise SourceError(f"{label} has no message: write one with the fields of {topic.message.name}.")
    return Edit(label, topic, _place(label, row), _payload(label, topic, row["message"]))


def _place(label: str, row: Mapping[str, Any]) -> tuple[int, int, datetime]:
    try:
        return int(row["partition"]), int(row["offset"]), datetime.fromisoformat(row["kafka_ts"]).astimezone(UTC)
    except (ValueError, TypeError) as error:
        raise SourceError(f"{label}: partition, offset or kafka_ts is not as it was shown ({error}).") from None


def _payload(label: str, topic: Topic, message: Any) -> bytes:
    try:
        payload: bytes = ParseDict(message, GetMessageClass(topic.message)()).SerializeToString()
    except (ParseError, TypeError, AttributeError) as error:
        raise SourceError(f"{label} is no {topic.message.name}: {error}") from None
    return payload
