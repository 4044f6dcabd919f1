"""The participants of an instance: they trade on its exchange until the time is up."""

from collections.abc import Callable

from pipelines.source.participants.config import TradingConfig
from pipelines.source.participants.run import Session, Tally, trade
from pipelines.source.publish import ensure_topics
from schemas.topics import TOPICS
from spark_jobs.settings import Settings


def run_participants(
    settings: Settings,
    config: TradingConfig,
    session: Session,
    advance: Callable[[int, float | None], object],
    say: Callable[[str], object],
) -> None:
    """Trade for the session, and say how many orders were sent, whatever ended it.

    Raises InstanceError when the broker fails, or when no exchange has answered.
    """
    ensure_topics(settings.bootstrap, TOPICS, settings.partitions)
    tally = Tally()

    def watch(sentence: str | None) -> None:
        advance(tally.total, session.rate * session.duration_s)
        if sentence:
            say(sentence)

    try:
        trade(config, settings.bootstrap, session, tally, watch)
    finally:
        say(f"Sent {tally.total:,} orders.")
