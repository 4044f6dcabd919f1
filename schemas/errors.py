"""Every error a user can meet: one sentence that says what, where, and what to do."""


class DepthlakeError(Exception):
    """The root: the command line prints it without a traceback."""


class SettingsError(DepthlakeError):
    """A setting has a value that cannot be used."""


class SetupError(DepthlakeError):
    """Something the machine must have is missing."""


class InstanceError(DepthlakeError):
    """A process of the instance cannot be started, reached or stopped."""


class SourceError(DepthlakeError):
    """A file or feed is not what it should be; names the file, the line and the field."""


class FeedRefused(SourceError):
    """A venue refuses a live feed: to try again would change nothing."""


class FeedLost(SourceError):
    """A live feed has lost its venue: the next connection may bring it back."""


class WireError(DepthlakeError):
    """A message cannot be encoded or decoded."""


class LakeError(DepthlakeError):
    """A table of the lake is not what the registry declares."""


class ExchangeError(DepthlakeError):
    """The exchange is given what is no batch of its messages, or no snapshot of its state."""


class MeasureError(DepthlakeError):
    """A measure is asked for with arguments that it is not defined for."""


class ResearchError(DepthlakeError):
    """A backtest or its statistics are asked for with what they cannot use."""


class QualityError(DepthlakeError):
    """A suite of expectations is asked for that there is not, cannot be run, or says that a table must not go on."""


def first_line(text: str, otherwise: str = "") -> str:
    """The first line of a text that is not blank, or what is to be said where there is none."""
    return next((line.strip() for line in text.splitlines() if line.strip()), otherwise)
