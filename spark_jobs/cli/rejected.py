"""`rejected`: what silver refused, and what can be done about it."""

import hashlib
import json
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import SettingsError
from spark_jobs.cli.context import Caller, caller

if TYPE_CHECKING:
    from spark_jobs.rejected import Choice, Refused
    from spark_jobs.republish import Replay

SHOWN = ("kafka_topic", "kafka_partition", "kafka_offset", "ingest_ts", "producer_id", "seq", "symbol")

app = typer.Typer(help="Rows that silver refused: look at them, mend them, replay them.", no_args_is_help=True)
Reason = Annotated[str | None, typer.Option(help="Only rows with this text in a sentence that says why.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Only rows of this UTC day.")]


@app.command("list")
def list_(
    context: typer.Context,
    table: Annotated[str | None, typer.Argument(help="One rejected table; else all.")] = None,
    reason: Reason = None,
    day: Day = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows to show at most.")] = 20,
) -> None:
    """Count refused rows by table and reason, then show the newest of them. Needs `up`.

    Example: `depthlake rejected list silver.trades_rejected --reason "is not positive"`
    """
    from spark_jobs.cli import render
    from spark_jobs.cli.query import open_door
    from spark_jobs.rejected import count_reasons, find_refused

    who, choice = caller(context), _choice(table, reason, day)
    with open_door(who.settings) as session:
        reasons = count_reasons(session, choice)
        rows = find_refused(session, choice, limit)
    if not rows:
        who.say("No such row was refused.")
        return
    typer.echo(render.as_table(("table", "reason", "rows"), reasons) + "\n")
    names = (*SHOWN, "is_replayed", "violations")
    cells = [[*(getattr(row, name) for name in names[:-1]), "; ".join(row.violations)] for row in rows]
    typer.echo(render.as_table(names, cells))


@app.command(context_settings={"ignore_unknown_options": True})  # partition -1 is no option
def show(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="As market.trades.v1.")],
    partition: Annotated[int, typer.Argument(help="-1: imported from a file.")],
    offset: Annotated[int, typer.Argument(help="Of the delivery in the partition.")],
    as_json: Annotated[bool, typer.Option("--json", help="As `rejected replay` takes it.")] = False,
) -> None:
    """Show a refused delivery: why it was refused, and its message, or its bytes where it is none. Needs `up`.

    Example: `depthlake rejected show market.trades.v1 0 17 --json`
    """
    from schemas.topics import topic_named
    from spark_jobs.cli.query import open_door
    from spark_jobs.rejected import find_deliveries

    who, of = caller(context), topic_named(topic)
    with open_door(who.settings) as session:
        rows = find_deliveries(session, of, [(partition, offset)])
    if not rows:
        raise SettingsError(f"{topic}[{partition}] offset {offset} was not refused: see depthlake rejected list.")
    entries = [as_entry(row) for row in rows]
    if as_json:
        typer.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    for row, entry in zip(rows, entries, strict=True):
        again = f", replayed as {row.new_producer_id} {row.new_seq}" if row.is_replayed else ""
        typer.echo(f"{row.label} of {entry['kafka_ts']}{again}")
        typer.echo("\n".join(f"  {sentence}" for sentence in row.violations))
        typer.echo(json.dumps(entry["message"] or entry["raw_value"], indent=2, ensure_ascii=False))


@app.command()
def replay(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="What `rejected show --json` wrote, edited.")] = None,
    table: Annotated[str | None, typer.Option(help="Without a file: rows of this table, as they are.")] = None,
    reason: Reason = None,
    day: Day = None,
) -> None:
    """Send refused messages to their topics again: edited ones of a file, or, with --table, those that pass now.

    Of a file all messages must pass the rules of silver, or none is published. A message goes out under a name of its
    own, `<producer>/replayed`, which follows from the refused one: to replay a row a second time changes nothing.
    Needs `up`.

    Example: `depthlake rejected replay --table silver.trades_rejected --reason "ahead of kafka_ts"`
    """
    who = caller(context)
    if (file is None) == (table is None):
        raise typer.BadParameter("give either FILE or --table")
    if file is not None and (reason or day):
        raise typer.BadParameter("--reason and --day go with --table")
    if file is not None:
        _replay_file(who, file)
    else:
        _replay_table(who, _choice(table, reason, day))


def as_entry(row: "Refused") -> dict[str, Any]:
    """A refused delivery as JSON that can be edited: its place, why it was refused, and its message or its bytes."""
    from pipelines.source.edited import message_as_json
    from schemas.topics import topic_named

    is_message = row.is_decodable and row.raw_value is not None
    raw = None if row.raw_value is None else "0x" + row.raw_value.hex()
    return {
        "topic": row.kafka_topic,
        "partition": row.kafka_partition,
        "offset": row.kafka_offset,
        "kafka_ts": f"{row.kafka_ts:%Y-%m-%dT%H:%M:%S.%fZ}",
        "violations": row.violations,
        "message": message_as_json(topic_named(row.kafka_topic), row.raw_value or b"") if is_message else None,
        **({} if is_message else {"raw_value": raw}),
    }


def _replay_file(who: Caller, file: Path) -> None:
    from pipelines.source.edited import read_edits
    from spark_jobs.cli.query import open_door
    from spark_jobs.republish import finder, now, prepare_edits

    edits = read_edits(file)
    places = [f"{edit.topic.name}[{edit.place[0]}] offset {edit.place[1]}" for edit in edits]
    inputs = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "deliveries": places}
    with open_door(who.settings) as session, _audited(session, who, str(file), inputs) as said:
        said.append(_publish(who, prepare_edits(edits, finder(session), now())))


def _replay_table(who: Caller, choice: "Choice") -> None:
    from spark_jobs.cli.query import open_door
    from spark_jobs.rejected import find_refused
    from spark_jobs.republish import now, prepare_again

    (table,) = choice.tables
    inputs = {"reason": choice.reason, "day": None if choice.day is None else str(choice.day)}
    with open_door(who.settings) as session, _audited(session, who, table.name, inputs) as said:
        said.append(_publish(who, prepare_again(find_refused(session, choice), now())))


def _audited(session: Any, who: Caller, subject: str, inputs: dict[str, Any]) -> AbstractContextManager[list[str]]:
    from spark_jobs.audit import Deed, audited

    return audited(session, who.settings, Deed("REPLAY_REJECTED", subject, inputs))


def _publish(who: Caller, replay: "Replay") -> str:
    from spark_jobs.republish import publish_replay

    publish_replay(who.settings.bootstrap, replay)
    said = f"Published: {replay.rows:,}. Replayed before: {replay.replayed:,}. Do not pass: {replay.failing:,}"
    said += f", the first {replay.example}." if replay.example else "."
    who.say(said)
    return said


def _choice(table: str | None, reason: str | None, day: datetime | None) -> "Choice":
    from schemas.silver import REJECTED_TABLES
    from spark_jobs.rejected import Choice, rejected_named

    tables = REJECTED_TABLES if table is None else (rejected_named(table),)
    return Choice(tables, reason, day.date() if day else None)
