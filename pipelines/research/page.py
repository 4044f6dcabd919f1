"""A report as one HTML file: no server, no network, plotly's script in it once."""

from collections.abc import Iterable
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

CONFIG = {"displaylogo": False, "responsive": True, "displayModeBar": False}
STYLE = """
:root { --ink: #1f2933; --soft: #52606d; --line: #e4e7eb; --paper: #ffffff; --ground: #f5f7fa; --blue: #0072b2;
  --bad: #b34700; --open: #7b5e00; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.5; font-size: 15px;
  font-family: Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 56px; }
header { display: flex; justify-content: space-between; align-items: flex-end; gap: 24px; margin-bottom: 20px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 16px; margin: 0 0 2px; }
p { margin: 0; } .soft { color: var(--soft); } small { color: var(--soft); font-size: 13px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
  margin-bottom: 16px; min-width: 0; overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(6, minmax(150px, 1fr)); gap: 1px; padding: 0;
  background: var(--line); overflow-y: hidden; }
.tile { background: var(--paper); padding: 12px 16px; }
.tile b { display: block; font-size: 19px; font-weight: 600; white-space: nowrap; }
.facts .tile b { font-size: 14px; font-weight: 500; white-space: normal; overflow-wrap: anywhere; }
.facts .tile { padding: 8px 16px; }
.badge { border: 1.5px solid currentColor; border-radius: 999px; padding: 4px 14px; font-weight: 600;
  white-space: nowrap; }
.EDGE { color: var(--blue); } .NO_EDGE { color: var(--bad); } .TOO_LITTLE_DATA { color: var(--open); }
table { border-collapse: collapse; width: 100%; margin-top: 8px; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 500; color: var(--soft); } thead th { font-size: 13px; }
td.number, th.number { text-align: right; } tr.differs td, tr.differs th { background: #fff8e6; }
tr:last-child > * { border-bottom: 0; } td { overflow-wrap: anywhere; }
.sentence { font-size: 17px; margin: 4px 0 6px; }
@media print { body { background: white; } section { break-inside: avoid; } }
"""


def write_page(title: str, parts: Iterable[str]) -> str:
    """The HTML of a page with a title and parts that are HTML."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}</style>\n<script>{get_plotlyjs()}</script>\n</head>\n<body>\n<main>\n"
        f"{_joined(parts)}\n</main>\n</body>\n</html>\n"
    )


def write_header(title: str, line: str, decision: str | None = None) -> str:
    """The head of the page: title, a line below it, and the decision as a badge."""
    badge = f'<span class="badge {escape(decision)}">{escape(decision.replace("_", " "))}</span>' if decision else ""
    return f'<header><div><h1>{escape(title)}</h1><p class="soft">{escape(line)}</p></div>{badge}</header>'


def write_tiles(numbers: Iterable[tuple[str, str]], look: str = "numbers") -> str:
    """Numbers that matter, each with its name; with the look `facts`, smaller."""
    tiles = [f'<div class="tile"><small>{escape(name)}</small><b>{escape(value)}</b></div>' for name, value in numbers]
    filler = '<div class="tile"></div>' * (-len(tiles) % 6)
    return f'<section class="tiles {look}">{"".join(tiles)}{filler}</section>'


def write_section(title: str, caption: str, body: str) -> str:
    """A card with a title, a line that says what is shown, and HTML."""
    return f"<section><h2>{escape(title)}</h2><small>{escape(caption)}</small>{body}</section>"


def write_figure(figure: go.Figure, name: str) -> str:
    """A figure; `name` is its id on the page."""
    return str(figure.to_html(full_html=False, include_plotlyjs=False, config=CONFIG, div_id=name))


def write_table(heads: Iterable[str], rows: Iterable[Iterable[str]], differing: Iterable[int] = ()) -> str:
    """A table: the first column names, the others are numbers or words; `differing` rows are marked."""
    marked = set(differing)
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(_row(list(cells), at in marked) for at, cells in enumerate(rows))
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _row(cells: list[str], is_marked: bool) -> str:
    values = "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
    return f"<tr{' class=differs' if is_marked else ''}><th>{escape(cells[0])}</th>{values}</tr>"


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(parts)
