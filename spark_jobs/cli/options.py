"""Options that commands share, and commands with more of them than a function takes parameters."""

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from schemas.errors import SettingsError

Options = TypeVar("Options")


def taking(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Makes a function of a dataclass the command whose parameters are the fields of the dataclass."""

    def decorate(function: Callable[[Options], None]) -> Callable[..., None]:
        @wraps(function)
        def command(**values: Any) -> None:
            function(options(**values))

        command.__dict__["__signature__"] = inspect.signature(options)
        command.__annotations__ = get_type_hints(options, include_extras=True)
        return command

    return decorate


class Beside(StrEnum):
    """What starts only when it is asked for."""

    SUPERSET = "superset"


def require_folder(out: Path) -> None:
    """Raise SettingsError where the folder of the file or folder that `--out` names is not there."""
    if not out.parent.is_dir():
        raise SettingsError(f"--out {out}: there is no folder {out.parent}.")
