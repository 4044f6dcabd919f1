"""Names at the border: order and account ids are strings outside and integers inside."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import ExchangeError

SCHEMA = pa.schema([pa.field("number", pa.int64(), nullable=False), pa.field("name", pa.string(), nullable=False)])

Ints = npt.NDArray[np.int64]


class Identities:
    """Numbers for names: 0 for the empty name, then 1, 2, 3, ... in the order in which names first appear.

    A number is never given twice, so that the same names in the same order have the same numbers, however they are cut.
    """

    def __init__(self) -> None:
        """Only the empty name is known."""
        self._numbers = {"": 0}
        self._names = {0: ""}
        self._last = 0

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, names: pa.StringArray) -> Ints:
        """The numbers (n,) of n names; null counts as the empty name."""
        encoded = names.fill_null("").dictionary_encode()
        known = np.array([self._number_of(name) for name in encoded.dictionary.to_pylist()] or [0], np.int64)
        numbers: Ints = known[encoded.indices.to_numpy()]
        return numbers

    def _number_of(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            self._last = number = self._last + 1
            self._numbers[name] = number
            self._names[number] = name
        return number

    def name(self, numbers: Ints) -> pa.StringArray:
        """The names of n numbers; null for a number that has none, such as -1, no order."""
        unique, places = np.unique(numbers, return_inverse=True)
        return pa.array([self._names.get(int(number)) for number in unique], pa.string()).take(pa.array(places))

    def forget(self, numbers: Ints) -> None:
        """Drop names that nobody asks for again: ids of orders that have ended. Unknown numbers change nothing."""
        for number in np.unique(numbers[numbers > 0]).tolist():
            name = self._names.pop(number, None)
            if name is not None:
                del self._numbers[name]

    def snapshot(self) -> bytes:
        """All names as an Arrow IPC stream; the same after the same calls."""
        schema = SCHEMA.with_metadata({b"last": str(self._last).encode()})
        rows = pa.RecordBatch.from_arrays([pa.array(self._names), pa.array(self._names.values())], schema=schema)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as stream:
            stream.write_batch(rows)
        return bytes(sink.getvalue())

    @classmethod
    def restore(cls, snapshot: bytes) -> "Identities":
        """Names as they were. Raises ExchangeError when the bytes are no snapshot of names."""
        try:
            table = pa.ipc.open_stream(snapshot).read_all()
        except (pa.ArrowInvalid, OSError) as error:
            raise ExchangeError(f"The snapshot of names cannot be read ({error}): take another one.") from error
        if table.schema != SCHEMA or b"last" not in (table.schema.metadata or {}):
            raise ExchangeError("The snapshot of names has other columns than number and name: take another one.")
        identities = cls()
        identities._names = dict(zip(*table.to_pydict().values(), strict=True))
        identities._numbers = {name: number for number, name in identities._names.items()}
        identities._last = int(table.schema.metadata[b"last"])
        return identities
