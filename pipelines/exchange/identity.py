"""Names at the border: order and account ids are strings outside and integers inside."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]


class Identities:
    """Numbers for names: 0 for the empty name, then 1, 2, 3, ...; a number whose name was forgotten is given again."""

    def __init__(self, names: Iterable[str | None] = ("",)) -> None:
        """Names by their numbers; None where a number waits for a name."""
        self._names = list(names)
        self._numbers = {name: number for number, name in enumerate(self._names) if name is not None}
        self._free = [number for number, name in enumerate(self._names) if name is None]

    def __len__(self) -> int:
        """Numbers that were ever given, 0 among them: arrays of so many rows have one for each."""
        return len(self._names)

    @property
    def names(self) -> list[str | None]:
        """Every name by its number, to make the same identities of."""
        return self._names

    def number(self, names: pa.StringArray) -> Ints:
        """The numbers (n,) of n names; null counts as the empty name."""
        encoded = names.fill_null("").dictionary_encode()
        known = np.array([self._number_of(name) for name in encoded.dictionary.to_pylist()] or [0], np.int64)
        numbers: Ints = known[encoded.indices.to_numpy()]
        return numbers

    def _number_of(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._free.pop() if self._free else len(self._names)
            self._names[number : number + 1] = [name]
            self._numbers[name] = number
        return number

    def name(self, numbers: Ints) -> pa.StringArray:
        """The names of n numbers; null for a number that has none, such as -1, no order."""
        unique, places = np.unique(numbers, return_inverse=True)
        names = [self._names[number] if number >= 0 else None for number in unique.tolist()]
        return pa.array(names, pa.string()).take(pa.array(places))

    def forget(self, numbers: Ints) -> None:
        """Drop names that nobody asks for again: ids of orders that have ended."""
        for number in numbers.tolist():
            name = self._names[number]
            if name:
                self._names[number] = None
                del self._numbers[name]
                self._free.append(number)
