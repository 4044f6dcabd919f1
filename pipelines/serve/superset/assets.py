"""The dashboards as files: what a Superset is given, and what it gives back.

`assets/` has Superset's own export format, with fixed uuids and file names without ids. Its database names an address
that stands for the lake's door, wherever that is.
"""

import re
from operator import itemgetter
from pathlib import Path

import yaml
from superset import db
from superset.commands.export.assets import ExportAssetsCommand
from superset.commands.importers.v1.assets import ImportAssetsCommand
from superset.connectors.sqla.models import SqlaTable
from superset.models.core import Database
from superset.models.dashboard import Dashboard
from superset.models.slice import Slice

from pipelines.serve.superset.files import FOLDER, charts_of

ADDRESS = "depthlake://127.0.0.1:10015/gold"  # in the files
MODELS = {"databases": Database, "datasets": SqlaTable, "charts": Slice, "dashboards": Dashboard}
METADATA = "metadata.yaml"
_OWN_ID = re.compile(r"_\d+(?=\.yaml$)")


class AssetsError(Exception):
    """Superset did not take what it was given."""


def read(folder: Path = FOLDER) -> dict[str, str]:
    """Path below the folder -> text, of each file."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def import_assets(files: dict[str, str], address: str) -> None:
    """Write all into Superset, over what is there with the same uuids; the database leads to `address`.

    Raises AssetsError when something is not there afterwards, Superset's CommandInvalidError, which says why, on a
    file that it cannot read.
    """
    ImportAssetsCommand({path: text.replace(ADDRESS, address) for path, text in files.items()}).run()
    _verify(files)


def export_assets(address: str) -> dict[str, str]:
    """What Superset holds, as `read` gives it."""
    exported = {_OWN_ID.sub("", path): content() for path, content in ExportAssetsCommand().run()}
    exported = {path: _settled(path, text) for path, text in exported.items()}
    exported[METADATA] = yaml.safe_dump({"version": "1.0.0", "type": "assets"}, sort_keys=False)
    return {path: text.replace(address, ADDRESS) for path, text in sorted(exported.items())}


def _settled(path: str, text: str) -> str:
    """A file without what differs from one Superset to the next: numbers of datasets, the order of columns."""
    content = yaml.safe_load(text)
    if path.startswith("charts/"):
        for added in ("datasource", "annotation_layers"):
            content["params"].pop(added, None)
    if path.startswith("datasets/"):
        content["columns"].sort(key=itemgetter("column_name"))
        content["metrics"].sort(key=itemgetter("metric_name"))
    return str(yaml.safe_dump(content, sort_keys=False))


def _verify(files: dict[str, str]) -> None:
    for path, text in files.items():
        model, content = MODELS.get(path.split("/")[0]), yaml.safe_load(text)
        if model is None:
            continue
        found = db.session.query(model).filter_by(uuid=content["uuid"]).one_or_none()
        if found is None:
            raise AssetsError(f"Superset imported {path} without a complaint and does not have it: import it again.")
        if isinstance(found, Dashboard) and {str(chart.uuid) for chart in found.slices} != charts_of(content):
            raise AssetsError(f"Superset has the dashboard of {path} without all its charts: import it again.")
