"""docker-compose.yml as Compose reads it: variables filled in, fragments merged."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import yaml

from tests.house_rules import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")


def read_compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """The file's model. Raises KeyError with the file's own sentence for a variable that must be set and is not."""
    model: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), partial(_value, environment))
    return model


def _filled(part: Any, value: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(each, value) for key, each in part.items()}
    if isinstance(part, list):
        return [_filled(each, value) for each in part]
    return VARIABLE.sub(value, part) if isinstance(part, str) else part


def _value(environment: Mapping[str, str], found: re.Match[str]) -> str:
    value = environment.get(found["name"], "")
    if not value and found["kind"] == "?":
        raise KeyError(f"{found['name']}: {found['word']}")
    return value or found["word"] or ""
