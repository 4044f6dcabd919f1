"""Stops, self-trade prevention, auctions, halts and collars, a line each."""

import pytest

from tests.pipelines.exchange.shorthand import outcome, told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1B5@mktstop105 N2S9@105 N3B1@105", "1@105 2<3; ^1; 5@105 2<1"),
        ("N1B5@mktstop105 N2S9@104 N3B1@104", "1@104 2<3"),
        ("N1S5@mktstop95 N2B9@95 N3S1@95", "1@95 2<3; ^1; 5@95 2<1"),
        ("N1B5@106stop105 N2S9@105 N3S9@107 N4B9@105 N5S1@106", "9@105 2<4; ^1; 1@106 1<5"),
        ("N1S1@100 N2B1@100 N3B5@mktstop99 N4S5@mktstop101", "1@100 1<2; ^3; -3x5 NO_LIQUIDITY; ^4; -4x5 NO_LIQUIDITY"),
        ("N1S1@100 N2B1@100 N3B5@mktstop101 N4S5@mktstop99", "1@100 1<2"),
        ("N1B5@mktstop105 M1x4@mktstop103 N2S9@103 N3B1@103", "~1x4@0; 1@103 2<3; ^1; 4@103 2<1"),
        ("N1B5@mktstop105 C1 N2S9@105 N3B1@105", "-1x5 USER; 1@105 2<3"),
        ("N1B5@mktstop105fok N2S3@105 N3B1@105", "1@105 2<3; ^1; -1x5 FOK"),
        ("N1B5@105stop105ioc N2S3@105 N3B1@105", "1@105 2<3; ^1; 2@105 2<1; -1x3 IOC_REST"),
    ],
    ids=["buy", "not reached", "sell", "limit", "at entry", "not at entry", "replace", "cancel", "fok", "ioc"],
)
def test_stop_wakes_when_a_trade_reaches_it(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


def test_stops_cascade_nearest_first_to_a_fixed_point() -> None:
    text = "N1B2@mktstop103 N2B2@mktstop102 N3S2@mktstop98 N4S9@102 N5S2@103 N6S9@110 N7B1@97 N8B1@102"
    assert told(text) == outcome("1@102 4<8; ^2; 2@102 4<2")
    text = "N1B2@mktstop103 N2B3@mktstop102 N4S3@102 N5S1@103 N6S9@110 N8B1@102"
    assert told(text) == outcome("1@102 4<8; ^2; 2@102 4<2; 1@103 5<2; ^1; 2@110 6<1")


def test_stop_is_reached_by_any_trade_of_a_sweep() -> None:
    text = "N9S1@104 N8B1@104 N1S1@mktstop101 N2S1@100 N3S1@104 N4B2@104"
    assert told(text) == outcome("1@104 9<8; 1@100 2<4; 1@104 3<4; ^1; -1x1 NO_LIQUIDITY")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1S5@100acc7 N2B5@100acc7", "5@100 1<2"),
        ("N1S5@100 N2B5@100newest", "5@100 1<2"),
        ("N1S5@100acc7 N2S5@100acc8 N3B7@100acc7newest", "-3x7 SELF_TRADE"),
        ("N1S5@100acc8 N2S5@100acc7 N3B7@100acc7newest", "5@100 1<3; -3x2 SELF_TRADE"),
        ("N1S5@100acc7 N2S5@100acc8 N3B7@100acc7oldest", "-1x5 SELF_TRADE; 5@100 2<3"),
        ("N1S5@100acc7 N2S5@100acc8 N3B7@100acc7both N4B1@100", "-1x5 SELF_TRADE; -3x7 SELF_TRADE; 1@100 2<4"),
        ("N1S5@100acc7 N2S5@100acc8 N3B7@100acc7decrement", "-1x5 SELF_TRADE; -3x5 SELF_TRADE; 2@100 2<3"),
        ("N1S9@100acc7ice4 N2B6@100acc7decrement N3B9@100", "-1x4 SELF_TRADE; -2x4 SELF_TRADE; -1x2 SELF_TRADE; "
         "-2x2 SELF_TRADE; 2@100 1<3; 1@100 1<3"),
        ("N1S9@100acc7ice4 N2B6@100acc7oldest N3S6@100", "-1x9 SELF_TRADE; 6@100 2<3"),
        ("N1S5@100acc8 N2S5@101acc7 N3B9@101acc7newestfok", "-3x9 FOK"),
        ("N1S5@100acc8 N2S5@101acc7 N3B5@101acc7newestfok", "5@100 1<3"),
        ("N1S5@100acc7 N2S5@101acc8 N3B5@101acc7oldestfok", "-1x5 SELF_TRADE; 5@101 2<3"),
        ("N1S5@100acc7 N2S5@101acc8 N3B6@101acc7oldestfok", "-3x6 FOK"),
        ("N1S6@100acc8ice3 N2S5@100acc7 N3B4@100acc7bothfok", "-3x4 FOK"),
        ("N1S6@100acc8ice3 N2S5@100acc7 N3B3@100acc7bothfok", "3@100 1<3"),
    ],
)  # fmt: skip
def test_self_trade_prevention(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("orders", "reference", "expected"),
    [
        ("N1B5@102 N2S5@98", 100, "5@100 2=1"),
        ("N1B5@102 N2S5@98", 90, "5@98 2=1"),
        ("N1B5@102 N2S5@98", 200, "5@102 2=1"),
        ("N1B5@102 N2S5@98", 0, "5@98 2=1"),
        ("N1B9@102 N2S5@98 N3S3@100", 1, "5@100 2=1; 3@100 3=1"),
        ("N1B5@102 N2B5@100 N3S7@98", 200, "5@100 3=1; 2@100 3=2"),
        ("N1B5@102 N2B5@100 N3S5@98", 1, "5@101 3=1"),
        ("N1B5@102 N2S5@103", 100, ""),
        ("N1B5@mkt N2S3@98 N3S2@99", 90, "3@99 2=1; 2@99 3=1"),
        ("N1B5@mkt N2S5@mkt", 77, "5@77 2=1"),
        ("N1B5@mkt N2S5@mkt", 0, "-1x5 NO_LIQUIDITY; -2x5 NO_LIQUIDITY"),
        ("N1B5@mkt N2S3@100", 0, "3@100 2=1; -1x2 NO_LIQUIDITY"),
        ("N1B9@100ice2 N2B3@100 N3S10@100", 0, "9@100 3=1; 1@100 3=2"),
        ("N1B5@100acc7newest N2S5@100acc7newest", 0, "5@100 2=1"),
        ("N1B3@100 N2B3@101 N3B3@100 N4S8@100", 0, "3@100 4=2; 3@100 4=1; 2@100 4=3"),
    ],
    ids=[
        *("nearest to reference", "low end", "high end", "no reference", "most volume", "surplus", "least surplus"),
        *("no cross", "market buy", "two markets", "no price", "market rest", "hidden too", "own account", "priority"),
    ],
)
def test_auction_uncrosses_at_one_price(orders: str, reference: int, expected: str) -> None:
    setting = f"R{reference} " if reference else ""
    for phase in ("OPENING_AUCTION", "CLOSING_AUCTION"):
        assert told(f"P:{phase} {setting}{orders}") == []
        assert told(f"P:{phase} {setting}{orders} P:CONTINUOUS") == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P:OPENING_AUCTION N1B5@100ioc N2B5@100fok", "!1 NOT_IN_AUCTION; !2 NOT_IN_AUCTION"),
        ("P:CLOSING_AUCTION N3B5@100post", "!3 NOT_IN_AUCTION"),
        ("P:OPENING_AUCTION N1B5@102 N2S5@98 P:HALT P:CONTINUOUS", "5@98 2=1"),
        ("P:OPENING_AUCTION N1B5@102day N2S3@98day P:CLOSED", "3@98 2=1; -1x2 DAY_END"),
        ("P:OPENING_AUCTION N1B5@102 N2S5@98 C1 M2x4@99 P:CONTINUOUS", "-1x5 USER; ~2x4@99"),
        ("P:OPENING_AUCTION N1B5@102 N2S5@98 N3B1@mktstop98 N4S9@105 P:CONTINUOUS", "5@98 2=1; ^3; 1@105 4<3"),
        ("P:OPENING_AUCTION N1B5@102gtd50 N2S5@98 T50 P:CONTINUOUS", "-1x5 EXPIRED"),
        ("N1S5@100 P:HALT N2B5@100 M1x4@100 C1 P:CONTINUOUS", "!2 HALTED; ??1 HALTED; -1x5 USER"),
        ("N1S5@100 N9S1@101 P:HALT P:CONTINUOUS N2B6@101", "5@100 1<2; 1@101 9<2"),
        ("N1B1@mktstop100 P:HALT N2S5@100 C1", "!2 HALTED; -1x1 USER"),
    ],
)
def test_phases(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R100 K4t N1B1@104 N2B1@105 N3S1@95 N4B1@96", "!2 OUT_OF_COLLAR; !3 OUT_OF_COLLAR"),
        ("K4t N1B1@999 R100 N2B1@105", "!2 OUT_OF_COLLAR"),
        ("R999 K100b N1B1@1008 N2B1@1009 N3S1@990 N4S1@989", "!2 OUT_OF_COLLAR; 1@1008 1<3; !4 OUT_OF_COLLAR"),
        ("R100 K4t K0t N1B1@999", ""),
        ("N1S1@104 N2S1@105 R100 K4t N3B5@mkt", "1@104 1<3; -3x4 COLLAR"),
        ("N1S1@104 R100 K4t N3B5@mkt", "1@104 1<3; -3x4 NO_LIQUIDITY"),
        ("N1B1@95 R100 K4t N3S5@mkt", "-3x5 COLLAR"),
        ("N1B1@104stop104 N2S9@104 R200 K9t N3B1@201 N4S1@mkt R104 N5B1@104",
         "1@104 2<3; ^1; -1x1 COLLAR; -4x1 NO_LIQUIDITY; 1@104 2<5"),
        ("R100 K4t N1B1@100 M1x1@105 N2S1@100", "??1 OUT_OF_COLLAR; 1@100 1<2"),
        ("R0 K-1t N1B1@999", "!0 BAD_PRICE; !0 BAD_QUANTITY"),
    ],
)  # fmt: skip
def test_collars(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)
