"""Between int64 in units of 1e-9 and Arrow's decimals: the same integers in wider words."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

# The largest price or quantity: 18 digits. What lies beyond is clamped here and refused by a rule.
LIMIT_UNITS = 10**18 - 1
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def exact_numbers(values: pa.Array) -> pa.Array:
    """int64 in units of 1e-9 to DECIMAL(18,9), lists of them to lists: the same integers in wider words.

    What 18 digits cannot hold becomes the largest or smallest number that they can.
    """
    if pa.types.is_list(values.type):
        numbers = exact_numbers(values.values)
        kind = pa.list_(pa.field("element", numbers.type))
        return pa.ListArray.from_arrays(values.offsets, numbers, type=kind)
    return exact_units(values.to_numpy())


def exact_units(units: Ints, missing: Flags | None = None) -> pa.Array:
    """Integers of 1e-9 to DECIMAL(18,9), null where `missing`; clamped to what 18 digits hold."""
    return wide_units(np.clip(units, -LIMIT_UNITS, LIMIT_UNITS), 18, missing)


def wide_units(units: Ints, digits: int, missing: Flags | None = None) -> pa.Array:
    """Integers of 1e-9 to DECIMAL(digits,9), null where `missing`."""
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    valid = None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(pa.decimal128(digits, 9), len(units), [valid, pa.py_buffer(words)])


def units_of(values: pa.Array | pa.ChunkedArray) -> Ints:
    """DECIMAL(p,9) of 18 digits at most to integers of 1e-9; 0 for null."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    words = np.frombuffer(values.buffers()[1] or b"", np.int64).reshape(-1, 2)[values.offset :][: len(values), 0]
    return np.ascontiguousarray(words) if not values.null_count else np.where(values.is_valid(), words, 0)
