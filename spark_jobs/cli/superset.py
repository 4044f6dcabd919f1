"""`superset`: the dashboards as files."""

from pathlib import Path
from typing import Annotated

import typer

from spark_jobs.cli.context import caller

app = typer.Typer(help="Superset's dashboards as files.", no_args_is_help=True)


@app.command()
def export(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Option(help="Where to write; without, into the repository.")] = None,
) -> None:
    """Write the dashboards, charts and data sets that Superset has now as the files from which it is furnished.

    Example: `depthlake superset export --folder /tmp/dashboards`
    """
    from pipelines.serve.superset.files import FOLDER
    from spark_jobs.instance.superset import export_assets

    who, into = caller(context), folder or FOLDER
    export_assets(who.settings, into.resolve())
    who.say(f"Written to {into}.")
