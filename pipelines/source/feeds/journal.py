"""What a feed counts, and what it says of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.registry import Topic


@dataclass
class Tally:
    """What has happened since the feed was started.

    Messages published to each topic, connections made, gaps in books, messages left out because they cannot be read,
    and messages left out because they had come before.
    """

    published: dict[Topic, int] = field(default_factory=dict)
    connections: int = 0
    gaps: int = 0
    malformed: int = 0
    repeats: int = 0

    @property
    def total(self) -> int:
        """Messages published to all topics together."""
        return sum(self.published.values())

    def sentence(self) -> str:
        """All of it in one line; what has not happened is left out."""
        topics = ", ".join(f"{count:,} to {topic.name}" for topic, count in self.published.items())
        happened = {
            "connections": self.connections if self.connections > 1 else 0,
            "gaps": self.gaps,
            "malformed": self.malformed,
            "repeated": self.repeats,
        }
        rest = ", ".join(f"{name}: {count:,}" for name, count in happened.items() if count)
        return f"Published {self.total:,} messages{f' ({topics})' if topics else ''}{f'; {rest}' if rest else ''}."


@dataclass
class Journal:
    """Counts to `tally`, sentences to `say`; of each stream's malformed messages the first in a connection is said."""

    say: Callable[[str], object]
    tally: Tally = field(default_factory=Tally)
    _said: set[str] = field(default_factory=set, init=False)

    def connected(self, url: str) -> None:
        """A connection begins."""
        self.tally.connections += 1
        self._said.clear()
        self.say(f"Connected to {url}.")

    def gap(self, stream: str, last: int, before: int) -> None:
        """A book has lost the updates between the ids `last` and `before`."""
        self.tally.gaps += 1
        self.say(f"{stream}: update {before} should follow {last}, a gap; a new snapshot is fetched.")

    def malformed(self, stream: str, sentence: str) -> None:
        """A message of a stream cannot be used and is left out; the sentence names the field."""
        self.tally.malformed += 1
        if stream not in self._said:
            self._said.add(stream)
            self.say(sentence)
