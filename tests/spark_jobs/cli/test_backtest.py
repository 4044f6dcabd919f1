"""What `backtest` and `analytics` refuse, and the sentence that says so."""

from decimal import Decimal
from pathlib import Path

import pytest

from schemas.errors import DepthlakeError, SettingsError
from spark_jobs.cli.backtest_words import read_exact, read_latencies, read_numbers, read_pairs
from spark_jobs.settings import Settings
from tests.spark_jobs.cli.test_refusals import call

MARKET = ("obi_threshold", "--symbol", "BTCUSDT", "--venue", "BINANCE", "--from", "2024-08-08")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", *MARKET], "run depthlake up."),
        (["run", "tea", *MARKET[1:]], "There is no strategy tea; there are obi_threshold,"),
        (["run", *MARKET, "--to", "2024-08-01"], "from 2024-08-08 to 2024-08-01: give the earlier one first."),
        (["run", *MARKET, "--market", "silver.depth"], "silver.depth is no market: give silver.quotes or"),
        (["run", *MARKET, "--set", "tea=1"], "Strategy obi_threshold has no parameter tea"),
        (["run", *MARKET, "--set", "threshold=2"], "Parameter threshold of strategy obi_threshold is 2; it must lie"),
        (["run", *MARKET, "--set", "threshold"], "--set threshold is no name with numbers: give it as threshold=0.8."),
        (["run", *MARKET, "--set", "exit=0", "--set", "exit=0.1"], "--set names exit twice: give it once."),
        (["run", *MARKET, "--quantity", "much"], "--quantity much is no number: give one as 0.01."),
        (["run", *MARKET, "--quantity", "0"], "Setting order_quantity is 0; it must be above 0."),
        (["run", *MARKET, "--queue", "NONE"], "Setting queue_model is NONE; it must be one of TOUCH,"),
        (["run", *MARKET, "--order-latency", "soon"], "--order-latency soon is neither a number of ms nor a file"),
        (["run", *MARKET, "--order-latency", "recorded"], "Setting order_latency is recorded; it must be a constant"),
        (["run", *MARKET, "--version", "silver.depth=1"], "--version silver.depth: the tape is made of silver.quotes"),
        (["refine", *MARKET], "A search is a --grid or --between bounds: give the parameters of one of them."),
        (["refine", *MARKET, "--grid", "exit=0", "--between", "exit=0:1"], "A search is a --grid or --between bounds"),
        (["refine", *MARKET, "--between", "exit=0:1:2"], "--between exit has 3 bounds: give two, as exit=0.2:0.9."),
        (["refine", *MARKET, "--between", "exit=1:0"], "exit is to lie between 1 and 0: give the lower bound first."),
        (["surface", "r", "--fees", "1,1"], "A surface needs a fee, and each once: 1.0, 1.0."),
        (["surface", "r", "--latencies", "x"], "--latencies latencies=x is no name with numbers"),
        (["report", "r", "--out", "/no/such/x.html"], "--out /no/such/x.html: there is no folder /no/such."),
        (["compare", "r", "s", "--out", "/no/such/x.html"], "--out /no/such/x.html: there is no folder /no/such."),
    ],
)
def test_backtest_refuses_with_a_sentence(instance_settings: Settings, arguments: list[str], expected: str) -> None:
    error = call(instance_settings, "backtest", *arguments).exception
    assert isinstance(error, DepthlakeError)
    assert expected in str(error)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["report", "2024-08-08", "--out", "/no/such/x"], "--out /no/such/x: there is no folder /no/such."),
        (["report", "2024-08-08", "--out", "/tmp"], "run depthlake up."),
        (["export", "gold.tea", "/tmp/tea.csv"], "gold.tea is neither a table nor a view: there are "),
        (["export", "gold.venues", "/tmp/tea.xml"], "rows cannot be written as xml, but as parquet or csv."),
        (["export", "gold.spread_1m", "/tmp/tea.csv"], "run depthlake up."),
    ],
)
def test_analytics_refuses_with_a_sentence(instance_settings: Settings, arguments: list[str], expected: str) -> None:
    error = call(instance_settings, "analytics", *arguments).exception
    assert isinstance(error, DepthlakeError)
    assert expected in str(error)


def test_words_as_numbers() -> None:
    assert read_exact("quantity", "0.010") == Decimal("0.010")
    assert read_pairs("set", ["threshold=0.8", "exit=-1"]) == {"threshold": 0.8, "exit": -1.0}
    assert read_numbers("grid", ["threshold=0.5,0.6"], ",") == {"threshold": [0.5, 0.6]}
    assert read_latencies("feed-latency", "0.25") == 250_000


@pytest.mark.parametrize("text", ["nan", "inf", ""])
def test_words_that_are_no_number(text: str) -> None:
    with pytest.raises(SettingsError, match="is no number"):
        read_exact("quantity", text)
    with pytest.raises(SettingsError, match="is no name with numbers"):
        read_pairs("set", [f"exit={text}"])


def test_latencies_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "measured.txt"
    file.write_text("0.5\n\n2\n")
    assert read_latencies("order-latency", str(file)) == (500_000, 2_000_000)
    file.write_text("0.5\nslow\n")
    with pytest.raises(SettingsError, match=r"line 2 is 'slow'; give a number of ms on each line."):
        read_latencies("order-latency", str(file))
    file.write_text("")
    with pytest.raises(SettingsError, match="it is empty; give a number of ms on each line"):
        read_latencies("order-latency", str(file))
