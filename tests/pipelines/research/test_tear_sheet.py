"""Reports in a browser: all is drawn, nothing is said on the console, nothing is asked of the network."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from pipelines.research.record import Evidence, Line, Run, Trials
from pipelines.research.tear_sheet import compare, describe_metrics, tear_sheet
from schemas.errors import ResearchError
from tests.pipelines.research.runs import make_evidence, make_run

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium.new_page(viewport={"width": 1440, "height": 900})
        chromium.close()


def open_page(page: Page, html: str, path: Path) -> list[str]:
    """Show a page from a file; what it said on the console and what it asked of others."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url) if request.url.startswith(("http", "ws")) else None)
    path.write_text(html, encoding="utf-8")
    page.goto(path.as_uri())
    page.wait_for_function(
        "[...document.querySelectorAll('.plotly-graph-div')].every(plot => plot.querySelector('.main-svg'))"
    )
    return heard


def plots(page: Page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.plotly-graph-div')].map(plot => plot.id)")


def is_one_screen_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_tear_sheet_in_a_browser(page: Page, tmp_path: Path) -> None:
    run, evidence = make_run(), make_evidence()
    html = tear_sheet(run, evidence)
    assert open_page(page, html, tmp_path / "run.html") == []
    assert plots(page) == ["equity", "trades", "trials", "surface"]
    assert page.locator("#equity .scatterlayer .trace").count() == 2
    assert page.locator("#trades .scatterlayer .trace").count() == 3
    assert page.locator("#trials .heatmaplayer image").count() == 1
    assert page.locator("#surface .heatmaplayer image").count() == 3
    assert is_one_screen_wide(page)
    text = page.inner_text("main")
    assert evidence.verdict is not None and evidence.verdict.sentence in text
    for said in ("Imbalance taker", "VIP 0 <taker>", "PRORATA", "5 ms", "250 µs", "0.1.0 (463d56d)", "840", "NO EDGE"):
        assert said in text
    for name, value in describe_metrics(run):
        assert name in text and value in text


def test_tear_sheet_holds_the_script_of_plotly_once() -> None:
    html = tear_sheet(make_run(), make_evidence())
    assert html.count("plotly.js v") == 1
    assert "<script src" not in html and "<link rel=stylesheet" not in html


def test_tear_sheet_without_evidence() -> None:
    html = tear_sheet(make_run(minutes=120))
    assert "No verdict: this is one run" in html
    assert 'id="trials"' not in html and 'id="surface"' not in html


def test_tear_sheet_of_a_run_that_did_nothing(page: Page, tmp_path: Path) -> None:
    run = make_run(minutes=120)
    none = replace(run.fills, **{name: getattr(run.fills, name)[:0] for name in ("ns", "price", "quantity", "fee")})
    idle = replace(run, fills=none, equity=np.full(121, -1.0))
    trials = Trials({"threshold": [0.1, 0.2, 0.3], "horizon_s": [5, 5, 5]}, np.array([0.1, np.nan, -0.1]))
    assert open_page(page, tear_sheet(idle, Evidence(trials=trials)), tmp_path / "idle.html") == []
    assert page.locator("#trades .scatterlayer .trace").count() == 1
    assert page.locator("#trials .scatterlayer .trace").count() == 1


def test_compare_in_a_browser(page: Page, tmp_path: Path) -> None:
    html = compare({"first": make_run(1), "second <b>": make_run(2)})
    assert open_page(page, html, tmp_path / "compare.html") == []
    assert page.locator("#equities .scatterlayer .trace").count() == 2
    assert page.locator("tr.differs th").all_inner_texts() == ["Parameter seed run", "Seed"]
    assert "second <b>" in page.inner_text("main")
    assert is_one_screen_wide(page)


def test_compare_of_one_run() -> None:
    with pytest.raises(ResearchError, match="1 runs cannot be compared: give at least two"):
        compare({"only": make_run(minutes=120)})


def test_run_of_uneven_curves() -> None:
    run = make_run(minutes=120)
    with pytest.raises(ResearchError, match="A run has 5 values of equity at 121 times: give one each"):
        Run(**{**vars(run), "equity": run.equity[:5]})
    with pytest.raises(ResearchError, match="A run has 5 prices at 121 times: give one each"):
        Run(**{**vars(run), "price": run.price[:5]})
    with pytest.raises(ResearchError, match="Not each of the 2 trials has a value of threshold"):
        Trials({"threshold": [1]}, np.zeros(2))


def test_thinned_line_keeps_its_extremes() -> None:
    values = np.random.default_rng(0).standard_normal(100_000)
    thin = Line(np.arange(100_000), values).thinned(1000)
    assert len(thin.ns) <= 1000
    assert (thin.values.min(), thin.values.max()) == (values.min(), values.max())
    assert (thin.ns[0], thin.ns[-1]) == (0, 99_999)
