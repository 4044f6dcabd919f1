"""How long to wait before a venue is tried again."""

from dataclasses import dataclass, field
from random import Random

MOST_DOUBLINGS = 32


@dataclass
class Backoff:
    """Delays that double from `first_s` up to `most_s`, each cut at random by up to a half.

    The cut keeps clients that lost a venue together from coming back together.
    """

    random: Random
    first_s: float = 1.0
    most_s: float = 60.0
    _tries: int = field(default=0, init=False)

    def next_s(self) -> float:
        """Seconds to wait now."""
        longest = min(self.most_s, self.first_s * 2.0 ** min(self._tries, MOST_DOUBLINGS))
        self._tries += 1
        return longest * (0.5 + 0.5 * self.random.random())

    def reset(self) -> None:
        """Begin at `first_s` again."""
        self._tries = 0
