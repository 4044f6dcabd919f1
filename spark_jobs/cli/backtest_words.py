"""Words of the command line as numbers, each refused with a sentence that names its option."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from math import isfinite
from pathlib import Path

from schemas.errors import SettingsError

NS_PER_MS = 1_000_000


def read_exact(option: str, text: str) -> Decimal:
    """A decimal number. Raises SettingsError for what is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise SettingsError(f"--{option} {text} is no number: give one as 0.01.")
    return found


def read_pairs(option: str, words: Iterable[str]) -> dict[str, float]:
    """Numbers by name, from words as threshold=0.8. Raises SettingsError for others, or a name that stands twice."""
    return {name: values[0] for name, values in _read(option, words, "").items()}


def read_numbers(option: str, words: Iterable[str], separator: str) -> dict[str, list[float]]:
    """Several numbers by name, from words as threshold=0.6,0.8; the separator : takes exactly two.

    Raises SettingsError for other words, or a name that stands twice.
    """
    found = _read(option, words, separator)
    for name, values in found.items():
        if separator == ":" and len(values) != 2:
            raise SettingsError(f"--{option} {name} has {len(values)} bounds: give two, as {name}=0.2:0.9.")
    return found


def read_latencies(option: str, text: str) -> int | tuple[int, ...]:
    """A latency in ns from a number of ms, or all from a file with one a line.

    Raises SettingsError for what is neither, or a line that is no number.
    """
    number = _number(text)
    if number is not None:
        return round(number * NS_PER_MS)
    path = Path(text)
    if not path.is_file():
        raise SettingsError(f"--{option} {text} is neither a number of ms nor a file with one a line.")
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    numbers = [_number(line) for line in lines]
    if not numbers or None in numbers:
        at = f"line {numbers.index(None) + 1} is {lines[numbers.index(None)]!r}" if numbers else "it is empty"
        raise SettingsError(f"--{option} {text}: {at}; give a number of ms on each line.")
    return tuple(round(each * NS_PER_MS) for each in numbers if each is not None)


def _read(option: str, words: Iterable[str], separator: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for word in words:
        name, _, text = word.partition("=")
        numbers = [_number(each) for each in (text.split(separator) if separator else [text])]
        if not name or None in numbers:
            raise SettingsError(f"--{option} {word} is no name with numbers: give it as threshold=0.8.")
        if name in found:
            raise SettingsError(f"--{option} names {name} twice: give it once.")
        found[name] = [each for each in numbers if each is not None]
    return found


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if isfinite(found) else None
