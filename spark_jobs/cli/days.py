"""The options that say which days a command is about."""

from datetime import date, datetime
from typing import Annotated

import typer

First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First UTC day.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last UTC day.")]


def day_of(moment: datetime | None) -> date | None:
    """The day that was given, if any."""
    return moment.date() if moment else None
