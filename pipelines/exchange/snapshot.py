"""An engine's state as bytes: an Arrow IPC stream with a version and a checksum."""

from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import ExchangeError

VERSION = b"1"
SCHEMA = pa.schema([pa.field("words", pa.int64(), nullable=False)])

Ints = npt.NDArray[np.int64]


def pack(words: Ints) -> bytes:
    """State words (n,) to bytes; equal words give equal bytes."""
    metadata = {b"version": VERSION, b"sha256": sha256(words.tobytes()).hexdigest().encode()}
    schema = SCHEMA.with_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_batch(pa.RecordBatch.from_arrays([pa.array(words)], schema=schema))
    return bytes(sink.getvalue())


def unpack(snapshot: bytes) -> Ints:
    """Bytes to state words. Raises ExchangeError when they are cut, changed, or of another version."""
    try:
        table = pa.ipc.open_stream(snapshot).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise ExchangeError(f"The snapshot of the exchange cannot be read ({error}): take another one.") from error
    metadata = table.schema.metadata or {}
    if metadata.get(b"version") != VERSION or table.schema.names != SCHEMA.names:
        raise ExchangeError(f"The snapshot of the exchange is not of version {VERSION.decode()}: take another one.")
    words: Ints = table.column("words").to_numpy()
    if sha256(words.tobytes()).hexdigest().encode() != metadata.get(b"sha256"):
        raise ExchangeError("The snapshot of the exchange is damaged: take another one.")
    return words
