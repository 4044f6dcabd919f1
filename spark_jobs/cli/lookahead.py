"""`lookahead`."""

import time
from typing import Annotated

import typer

from schemas.errors import LakeError, SettingsError
from spark_jobs.cli.context import caller

SHOWN = 5  # leaks of a table


def lookahead(
    context: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Views and tables by the day; without any all.")] = None,
    cuts: Annotated[int, typer.Option(min=1, help="Random times at which silver is cut off.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed cuts at the same times.")] = 1,
) -> None:
    """Look for look-ahead: gold is computed again from silver cut off at random times; no earlier row may change.

    A table by the day is cut in each of its keys and days; what it reads of others by the day is as `refresh` left it.
    Exit code 1 when something leaks. Needs `up`.

    Example: `depthlake lookahead gold.trade_costs gold.market_prices --cuts 50`
    """
    from pipelines.gold.daily.lookahead import Leak
    from spark_jobs.cli.query import open_door
    from spark_jobs.lookahead import Draw, detect, detectable

    who, names = caller(context), detectable()
    if unknown := [name for name in tables or () if name not in names]:
        raise SettingsError(f"{', '.join(unknown)} cannot be cut off: there are {', '.join(names)}.")
    chosen = [name for name in names if not tables or name in tables]
    found: list[Leak] = []
    with open_door(who.settings) as session:
        for name in chosen:
            started = time.monotonic()
            leaks = detect(session, name, Draw(cuts, seed))
            found += leaks
            who.say(f"{name}: {len(leaks) or 'no'} leaks in {time.monotonic() - started:.1f} s")
            for leak in leaks[:SHOWN]:
                who.out.print(str(leak), markup=False)
    if found:
        columns = dict.fromkeys(f"{leak.table}.{leak.column}" for leak in found)
        raise LakeError(f"Look-ahead in {', '.join(columns)}: rows known before a cut change with what comes after it.")
    who.out.print(f"No leak in {len(chosen)} tables, {cuts} cuts.")
