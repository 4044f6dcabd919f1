"""docker-compose.yml as Compose reads it: variables filled in, fragments merged."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import yaml

from tests.house_rules import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")


def read_compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """The file's model. Raises KeyError with the file's own sentence for a variable that must be set and is not."""
    model: dict[str, Any] = yaml.safe_load(VARIABLE.sub(partial(_value, environment), FILE.read_text()))
    return model


def _value(environment: Mapping[str, str], found: re.Match[str]) -> str:
    value = environment.get(found["name"], "")
    if not value and found["kind"] == "?":
        raise KeyError(f"{found['name']}: {found['word']}")
    return value or found["word"] or ""
