"""Capture files: gzip or plain text, one line = `<receive time ns> <JSON object>`."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from pipelines.source.importers.files import digest_file
from schemas.errors import SourceError

GZIP_MAGIC = b"\x1f\x8b"
# 19 digits of nanoseconds: 2001-09-09 to 2255, all within int64.
LINE = re.compile(rb"([1-8][0-9]{18}) (\{.*\})\s*")
_decode_json = json.JSONDecoder().raw_decode


class Line(NamedTuple):
    """A line of a capture: its number from 1, the receiver's clock in nanoseconds since 1970, the JSON object."""

    number: int
    receive_ns: int
    message: dict[str, Any]


def line_error(path: Path, number: int, what: str) -> SourceError:
    """What is wrong with a line of a capture, and what to do about it."""
    return SourceError(f"{path}, line {number}: {what}; correct or remove this line, then run the command again.")


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a capture, in order, read as they are asked for.

    Raises SourceError where the file cannot be read or unpacked, or a line is not `<receive time ns> <JSON>`.
    """
    number = 0
    try:
        with _open(path) as file:
            for number, text in enumerate(file, 1):
                yield _parse_line(path, number, text)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(
            f"{path} cannot be unpacked after line {number} ({error}); fetch or compress the file again."
        ) from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check the path and its permissions.") from error


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP_MAGIC
    if path.suffix == ".gz" and not is_gzip:
        raise SourceError(
            f"{path} is named .gz but is not a gzip file; fetch it again, or rename it if it is plain text."
        )
    return io.BufferedReader(gzip.open(path)) if is_gzip else path.open("rb")


def _parse_line(path: Path, number: int, text: bytes) -> Line:
    match = LINE.fullmatch(text)
    if match is None:
        raise line_error(path, number, "it is not a receive time of 19 digits, a space and a JSON object")
    try:
        body = match[2].decode()
        message, end = _decode_json(body)
    except (ValueError, RecursionError) as error:
        raise line_error(path, number, f"its JSON is broken ({error})") from error
    if end != len(body):
        raise line_error(path, number, f"its JSON is followed by {body[end : end + 20]!r}")
    return Line(number, int(match[1]), message)


def name_producer(source: str, path: Path, *beside: Path) -> str:
    """`<source>/<file name without endings>-<12 hex digits>`: the digits begin the SHA-256 of the file's bytes.

    Where what a file says depends on others, `beside`, they begin the SHA-256 of all these. The same
    file gives the same name whatever folder it lies in. Raises SourceError when one cannot be read.
    """
    digests = [digest_file(each) for each in (path, *beside)]
    digest = sha256("".join(digests).encode()).hexdigest() if beside else digests[0]
    return f"{source}/{path.name.partition('.')[0]}-{digest[:12]}"
