"""The tables by the day, in the order in which they build on each other."""

from pipelines.gold.daily import book_integrity_1m
from pipelines.gold.daily.declare import Daily

DAILY: tuple[Daily, ...] = (book_integrity_1m.DAILY,)
