"""Data Docs: what suites said, as pages of Great Expectations that are read without network.

A run is a folder with a page a suite and an index; the folder above has an index of the runs.
"""

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView

from spark_jobs.quality import Outcome, QualityResult

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1200px; padding: 1em; color: #222 }
table { border-collapse: collapse; width: 100%; margin: .5em 0 1em }
td, th { border-bottom: 1px solid #ddd; padding: .3em .6em; text-align: left; vertical-align: top }
h1, h2, h4, h5, h6 { margin: 1em 0 .3em }
pre { background: #f6f6f6; margin: 0; padding: .5em; overflow-x: auto }
.badge { background: #eee; border-radius: 4px; padding: 0 .4em }
.text-success::before { content: "✓"; color: #1a7f37; font-style: normal }
.text-danger.fas::before { content: "✗"; color: #c62828; font-style: normal }
.text-warning.fas::before { content: "⚠"; color: #b26a00; font-style: normal }
.failed { color: #c62828 }
.cooltip .top { display: none }
"""
# What a page of Great Expectations fetches, the scripts and controls that need it, and links to its makers.
_OUTWARD = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<link\b[^>]*>|<img\b[^>]*>|<footer>.*?</footer>|<title></title>|"
    r'<nav class="navbar.*?</nav>\s*</div>\s*</nav>|<div class="sticky">.*?</nav>\s*</div>\s*</div>\s*</div>',
    re.DOTALL,
)
_LINK_UP = re.compile(r'<a href="\.\./[^>]*>(.*?)</a>')  # to pages of a site that there is not


def write_docs(folder: Path, results: Sequence[QualityResult], run_id: str, check_ts: datetime) -> Path:
    """Write the pages of a run and both indexes below `folder`; gives the index of the runs."""
    run = folder / f"{check_ts:%Y%m%dT%H%M%SZ}-{run_id}"
    run.mkdir(parents=True)
    for result in results:
        (run / _page_name(result)).write_text(render_page(result, run_id, check_ts))
    (run / "index.html").write_text(_render_run(results, check_ts))
    index = folder / "index.html"
    index.write_text(_render_runs(sorted((path.name for path in folder.iterdir() if path.is_dir()), reverse=True)))
    return index


def render_page(result: QualityResult, run_id: str, check_ts: datetime) -> str:
    """The page of a suite as Great Expectations renders it, without what it would fetch from elsewhere."""
    document = deepcopy(result.document)
    document.meta["run_id"] = RunIdentifier(run_id, check_ts)
    view: Any = DefaultJinjaPageView()
    page = make_offline(view.render(ValidationResultsPageRenderer(run_info_at_end=True).render(document)))
    return page.replace("unknown % not null", "--")  # of a column that was only asked whether the expectation holds


def make_offline(page: str) -> str:
    """A page without scripts, fonts, pictures and styles from elsewhere, with a style of its own and a way back."""
    bare = _LINK_UP.sub(r"\1", _OUTWARD.sub("", page)).replace("</head>", f"<style>{STYLE}</style></head>", 1)
    return bare.replace("<body>", '<body><p><a href="index.html">All tables of the run</a></p>', 1)


def _page_name(result: QualityResult) -> str:
    return f"{result.table_name}{f'.{result.day}' if result.day else ''}.html"


def _render_run(results: Sequence[QualityResult], check_ts: datetime) -> str:
    rows = "".join(map(_render_result, results))
    head = "<tr><th>table</th><th>day</th><th>holds</th><th>does not hold</th></tr>"
    return _document(f"Data quality, {check_ts:%Y-%m-%d %H:%M:%S} UTC", f"<table>{head}{rows}</table>")


def _render_result(result: QualityResult) -> str:
    link = f'<a href="{escape(_page_name(result))}">{escape(result.table_name)}</a>'
    holds = f"{len(result.outcomes) - len(result.failures)} of {len(result.outcomes)}"
    failures = "".join(map(_render_failure, result.failures))
    return f"<tr><td>{link}</td><td>{result.day or 'all'}</td><td>{holds}</td><td>{failures}</td></tr>"


def _render_failure(outcome: Outcome) -> str:
    sample = "\n".join(outcome.sample)
    sentence = f'<span class="failed">{outcome.check.severity}</span>: {escape(outcome.check.sentence)}'
    return f"<div>{sentence}</div>" + (f"<pre>{escape(sample)}</pre>" if sample else "")


def _render_runs(names: Iterable[str]) -> str:
    lines = "".join(f'<li><a href="{escape(name)}/index.html">{escape(name)}</a></li>' for name in names)
    return _document("Data quality: runs, the latest first", f"<ul>{lines}</ul>")


def _document(title: str, body: str) -> str:
    head = f'<meta charset="UTF-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f"<!DOCTYPE html><html><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
