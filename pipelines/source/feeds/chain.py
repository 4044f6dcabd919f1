"""Whether the differences of a book follow each other without a gap, and whether a snapshot fits them."""

from dataclasses import dataclass


@dataclass
class Chain:
    """The unbroken chain of differences of one book.

    start: the update id that the chain follows on; a snapshot at or after it and the chain make a book. last: the last
    update id; both are None before anything has come. is_asked: a snapshot was asked for.
    """

    start: int | None = None
    last: int | None = None
    is_asked: bool = False
    _is_from_snapshot: bool = False

    def add(self, before: int, last: int) -> bool:
        """A difference that follows the update `before` and ends with `last` has come; whether a gap is before it.

        One that ends at or before the last update is late or repeated and changes nothing.
        """
        if self.last is None:
            self.start, self.last = before, last
            return False
        if last <= self.last:
            return False
        is_gap = before > self.last if self._is_from_snapshot else before != self.last
        if is_gap:
            self.start = before
        self.last, self._is_from_snapshot = last, False
        return is_gap

    def accept(self, snapshot: int) -> bool:
        """A snapshot as of an update id has come; whether the differences go on from it without a gap."""
        if self.start is not None and snapshot < self.start:
            return False
        if self.last is None:
            self.start = self.last = snapshot
            self._is_from_snapshot = True
        return True
