"""Files as they are downloaded: their bytes unpacked, their SHA-256, and the checksum that lies beside them."""

import hashlib
import re
import zipfile
import zlib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from schemas.errors import SourceError

COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
ZIP_MAGIC = b"PK"
CHECKSUMS = (".CHECKSUM", ".sha256")
# A file of a day may be cut by another clock than the one of its column.
SLACK_NS = 60 * 10**9
NS_PER_S = 10**9


class Span(NamedTuple):
    """From `start_ns` to before `end_ns`, nanoseconds since 1970, and how to say it in a sentence."""

    start_ns: int
    end_ns: int
    text: str


PLAUSIBLE = Span(631_152_000 * NS_PER_S, 4_102_444_800 * NS_PER_S, "the years 1990 to 2099")


def span_of_name(path: Path) -> Span:
    """The day (`2024-08-08`) or month (`2024-08`) in a file's name, UTC, a minute of slack on both sides; else any."""
    found = re.search(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)", path.name)
    return span_of_day(path, found[0]) if found else PLAUSIBLE


def span_of_day(path: Path, text: str) -> Span:
    """`2024-08-08` or `2024-08`, UTC, a minute of slack on both sides. Raises SourceError where it is no date."""
    is_day = len(text) == len("2024-08-08")
    try:
        first = date.fromisoformat(text if is_day else f"{text}-01")
    except ValueError as error:
        raise SourceError(f"{path} has no date in its name ({error}); name the file as it was downloaded.") from error
    after = first + timedelta(days=1) if is_day else (first + timedelta(days=31)).replace(day=1)
    return Span(_midnight(first) - SLACK_NS, _midnight(after) + SLACK_NS, f"{text} (UTC)")


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * NS_PER_S


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked where it is gzip, zstd or a zip of one file.

    Raises SourceError where it cannot be read, is damaged or cut off, or is a zip of several files.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
        if magic[:2] == ZIP_MAGIC:
            return _read_zip(path)
        with pa.input_stream(str(path), compression=_compression(path, magic)) as stream:
            content: bytes = stream.read()
            return content
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        what = f"cannot be read ({_reason(error)})"
        raise SourceError(f"{path} {what}; check the path, or fetch the file again.") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]


def _compression(path: Path, magic: bytes) -> str | None:
    """The compression of a file by its first bytes. Raises SourceError where the name says another."""
    found = next((name for start, name in COMPRESSIONS.items() if magic.startswith(start)), None)
    named = {".gz": "gzip", ".zst": "zstd", ".zip": "zip"}.get(path.suffix)
    if named and found != named:
        raise SourceError(f"{path} is named {path.suffix} but is no {named} file; fetch it again, or rename it.")
    return found


def _read_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise SourceError(f"{path} holds {len(names)} files; give a zip of one file, or unpack it.")
        return archive.read(names[0])


@cache
def _digest(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hex digits. Raises SourceError when it cannot be read."""
    try:
        status = path.stat()
        return _digest(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check the path and its permissions.") from error


def verify_checksum(path: Path) -> Path | None:
    """The `.CHECKSUM` or `.sha256` beside a file, which names its SHA-256; None where none lies there.

    Raises SourceError when it names another, or none.
    """
    beside = next((there for end in CHECKSUMS if (there := path.with_name(path.name + end)).is_file()), None)
    if beside is None:
        return None
    words = beside.read_text(errors="replace").split()
    if not words or not re.fullmatch(r"[0-9a-fA-F]{64}", words[0]):
        raise SourceError(f"{beside} does not begin with a SHA-256 of 64 hex digits; fetch it again, or remove it.")
    if words[0].lower() != digest_file(path):
        raise SourceError(f"{path} does not have the SHA-256 that {beside.name} names; fetch both again.")
    return beside
