"""Numbers as people read them."""

import pytest

from pipelines.research import formats


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (formats.money(1234.5, "USDT"), "+1,234.50 USDT"),
        (formats.money(-0.5, "USD"), "−0.50 USD"),
        (formats.percent(0.12345), "12.35 %"),
        (formats.percent(-0.1, 1), "−10.0 %"),
        (formats.ratio(-1.5), "−1.50"),
        (formats.count(12345), "12,345"),
        (formats.duration(0), "0 ns"),
        (formats.duration(250_000), "250 µs"),
        (formats.duration(5_000_000), "5 ms"),
        (formats.duration(2.5e9), "2.5 s"),
        (formats.basis_points(-0.5), "−0.5 bps"),
        (formats.money(None, "USD"), "undefined"),
        (formats.percent(None), "undefined"),
        (formats.ratio(None), "undefined"),
        (formats.count(None), "undefined"),
        (formats.duration(None), "undefined"),
        (formats.basis_points(None), "undefined"),
    ],
)
def test_formats(said: str, expected: str) -> None:
    assert said == expected
