"""What every command is given: the instance's settings, and where to write."""

from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console

from spark_jobs.settings import Settings


@dataclass(frozen=True)
class Caller:
    """The person at the terminal: results go to `out`, everything said about the work to `err`."""

    environment: dict[str, str]
    home: Path | None = None
    out: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False))
    err: Console = field(default_factory=lambda: Console(soft_wrap=True, highlight=False, stderr=True))

    @property
    def settings(self) -> Settings:
        """The instance's settings. Raises SettingsError, naming the variable, when one cannot be used."""
        home = {"DEPTHLAKE_HOME": str(self.home)} if self.home else {}
        return Settings.from_environment({**self.environment, **home})

    def say(self, line: str) -> None:
        """A line about the work."""
        self.err.print(line, markup=False)


def caller(context: typer.Context) -> Caller:
    """The caller of a command."""
    found = context.find_object(Caller)
    assert found is not None, "the app's callback sets it"
    return found
