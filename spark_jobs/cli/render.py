"""Query results as text: every value exact, null never taken for something else."""

import csv
import io
import json
import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Rows = Sequence[Sequence[Any]]


def as_table(names: Sequence[str], rows: Rows) -> str:
    """Columns padded to their widest value, numbers to the right, null as NULL."""
    texts = [["NULL" if value is None else text(value) for value in row] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(names, *texts, strict=True)]
    numeric = [all(_is_number(row[i]) for row in rows if row[i] is not None) for i in range(len(names))]
    lines = [names, ["-" * width for width in widths], *texts]
    return "\n".join("  ".join(map(_pad, line, widths, numeric)).rstrip() for line in lines)


def as_csv(names: Sequence[str], rows: Rows) -> str:
    """RFC 4180 with a header line, null as nothing."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([["" if value is None else text(value) for value in row] for row in rows])
    return target.getvalue().rstrip("\n")


def as_json(names: Sequence[str], rows: Rows) -> str:
    """An array with an object a row, one a line; decimals as numbers with all their digits."""
    lines = [json_text(dict(zip(names, row, strict=True))) for row in rows]
    return "[" + ",\n ".join(lines) + "]"


def text(value: Any) -> str:
    """One value that is not null, outside JSON."""
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return plain(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case bytes():
            return "0x" + value.hex()
        case dict() | list():
            return json_text(value)
        case _:
            return str(value)


def json_text(value: Any) -> str:
    """One value in JSON, which has no NaN and no infinity: those are null."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(str(key))}: {json_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(json_text, value)) + "]"
        case None:
            return "null"
        case float() if not math.isfinite(value):
            return "null"
        case bool() | int() | float() | Decimal():
            return text(value)
        case _:
            return json.dumps(text(value), ensure_ascii=False)


def plain(value: Decimal) -> str:
    """A decimal with no exponent and no zeros that say nothing: 212.03315 for 212.033150000."""
    digits = format(value, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _pad(cell: str, width: int, is_numeric: bool) -> str:
    return cell.rjust(width) if is_numeric else cell.ljust(width)
