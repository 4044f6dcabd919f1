"""Order types, times in force, cancels and replaces, a line each."""

import pytest

from pipelines.exchange.codes import SENTENCES, Reason
from tests.pipelines.exchange.shorthand import outcome, told

TOP = 2**62


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1B10@100 N2B10@100 N3B10@100 C2 N4S20@100ioc", "-2x10 USER; 10@100 1<4; 10@100 3<4"),
        ("N1S5@100 N2S10@105 N3B12@102 N4S7@102ioc", "5@100 1<3; 7@102 3<4"),
        ("N1B5@100 N2B5@101 N3S10@99", "5@101 2<3; 5@100 1<3"),
        ("N1S5@100 N2B5@99", ""),
        ("N1S5@1 N2B5@9", "5@1 1<2"),
    ],
    ids=["time priority", "rest then trade", "price priority", "no cross", "maker's price"],
)
def test_limit_orders_match_by_price_then_time(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1S5@100 N2B8@mkt", "5@100 1<2; -2x3 NO_LIQUIDITY"),
        ("N1B8@mkt", "-1x8 NO_LIQUIDITY"),
        ("N1S5@100 N2S5@900 N3B10@mkt", "5@100 1<3; 5@900 2<3"),
        ("N1B5@100 N2S8@mktfok", "-2x8 FOK"),
        ("N1S5@100 N2B8@100ioc", "5@100 1<2; -2x3 IOC_REST"),
        ("N1S5@101 N2B8@100ioc N3S1@100", "-2x8 IOC_REST"),
        ("N1S5@100 N2S5@101 N3B10@101fok", "5@100 1<3; 5@101 2<3"),
        ("N1S5@100 N2S5@101 N3B11@101fok", "-3x11 FOK"),
        ("N1S5@100 N2S5@101 N3B10@100fok N4B5@100", "-3x10 FOK; 5@100 1<4"),
        ("N1S20@100ice3 N2B20@100fok", "3@100 1<2; " * 6 + "2@100 1<2"),
    ],
)
def test_orders_that_do_not_rest(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1S5@100 N2B5@100post N3B5@99post N4S5@99", "!2 WOULD_TAKE; 5@99 3<4"),
        ("N1S5@100 N2B5@99post M2x5@100 N3S1@99", "??2 WOULD_TAKE; 1@99 2<3"),
        ("N1B5@99postioc", "!1 BAD_TERMS"),
        ("N1B5@99postfok", "!1 BAD_TERMS"),
        ("N1B5@mktpost", "!1 BAD_TERMS"),
        ("N1B5@99poststop100", "!1 BAD_TERMS"),
    ],
)
def test_post_only_never_takes(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1S9@100ice3 N2S2@100 N3B12@100", "3@100 1<3; 2@100 2<3; 3@100 1<3; 3@100 1<3"),
        ("N1S9@100ice3 N2S2@100 N3B4@100 N4B2@100", "3@100 1<3; 1@100 2<3; 1@100 2<4; 1@100 1<4"),
        ("N1S4@100 N2B9@100ice2 N3S5@100", "4@100 1<2; 2@100 2<3; 2@100 2<3; 1@100 2<3"),
        ("N1S3@100ice5 N2B3@100", "3@100 1<2"),
        ("N1S5000@100ice5", ""),
        ("N1S5001@100ice5", "!1 BAD_DISPLAY"),
        ("N1S5@100ice2ioc", "!1 BAD_TERMS"),
    ],
    ids=["refills go last", "refill after a partial fill", "takes as a whole", "shows all", "many", "too many", "ioc"],
)
def test_iceberg_shows_a_part_and_loses_priority_with_each_refill(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1B5@100 N2B5@100 M1x3@100 N3S8@100", "~1x3@100; 3@100 1<3; 5@100 2<3"),
        ("N1B5@100 N2B5@100 M1x6@100 N3S8@100", "~1x6@100; 5@100 2<3; 3@100 1<3"),
        ("N1B5@100 N2B5@100 M1x5@100 N3S8@100", "~1x5@100; 5@100 2<3; 3@100 1<3"),
        ("N1B5@100 N2B5@99 M1x3@99 N3S8@99", "~1x3@99; 5@99 2<3; 3@99 1<3"),
        ("N1B5@99 N2S5@100 M1x7@100 N3S2@100", "~1x7@100; 5@100 2<1; 2@100 1<3"),
        ("N1B5@100 N2S2@100 M1x4@100", "2@100 1<2; ~1x4@100"),
        ("N1B5@100 M1x0@100 M1x5@0 N2S5@100", "??1 BAD_QUANTITY; ??1 BAD_PRICE; 5@100 1<2"),
        ("N1S9@100ice3 N2S9@100 M1x7@100ice3 N3B3@100", "~1x7@100; 3@100 1<3"),
        ("N1S9@100ice3 N2S9@100 M1x2@100ice3 N3B3@100", "~1x2@100; 2@100 1<3; 1@100 2<3"),
        ("N1S9@100ice3 N2S9@100 M1x9@100ice4 N3B3@100", "~1x9@100; 3@100 2<3"),
    ],
    ids=[
        "decrease",
        "growth",
        "nothing new",
        "price",
        "takes",
        "open quantity",
        "refused",
        "ice",
        "ice shown",
        "display",
    ],
)
def test_replace_keeps_priority_for_a_pure_decrease_alone(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C7 M7x5@100", "?7 UNKNOWN_ORDER; ??7 UNKNOWN_ORDER"),
        ("N1S5@100 N2B5@100 C1 M1x5@100", "5@100 1<2; ?1 UNKNOWN_ORDER; ??1 UNKNOWN_ORDER"),
        ("N1S5@100 N1S5@101 N2B5@101", "!1 DUPLICATE_ID; 5@100 1<2"),
        ("N1S5@100 C1 N1S6@101 N2B6@101", "-1x5 USER; 6@101 1<2"),
        ("N1S5@100acc7 C1 C1acc8 M1x1@100acc8 C1acc7", "?1 NOT_OWNER; ?1 NOT_OWNER; ??1 NOT_OWNER; -1x5 USER"),
        ("N1S5@0 N1S5@-3 N1S0@100 N1S-1@100", "!1 BAD_PRICE; !1 BAD_PRICE; !1 BAD_QUANTITY; !1 BAD_QUANTITY"),
        (f"N1S1@{TOP} N1S1@{TOP - 1}", "!1 BAD_PRICE"),
        (f"N1S{TOP}@1 N1S{TOP - 1}@1", "!1 BAD_QUANTITY"),
        (f"N1S3@{TOP - 1} N1S2@{TOP - 1}", "!1 OVERFLOW"),
        (f"N1S{TOP - 1}@2 N2S1@3 C1 N2S1@3", f"!2 BOOK_FULL; -1x{TOP - 1} USER"),
        (f"N1S{TOP - 2}@1 M1x{TOP - 1}@1 N2B1@mkt", f"~1x{TOP - 1}@1; !2 BOOK_FULL"),
        ("N1B5@mktstop0 N1B5@90stop0", "!1 BAD_STOP; !1 BAD_STOP"),
        ("T50 N1B5@100gtd50 N1B5@100gtd51", "!1 BAD_EXPIRY"),
    ],
)
def test_refusals_have_their_reason(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N1B5@100gtd50 T49 N2S1@100 T50 N3S1@100", "1@100 1<2; -1x4 EXPIRED"),
        ("N1B5@100gtd60 N2B5@101gtd50 N3B5@90gtd50 T99", "-2x5 EXPIRED; -3x5 EXPIRED; -1x5 EXPIRED"),
        ("N1B5@mktstop105gtd50 N2B5@99gtd50 C2 T50", "-2x5 USER; -1x5 EXPIRED"),
        ("T50 T40 N1B5@100gtd45", "!1 BAD_EXPIRY"),
        ("N1B5@100gtd50 M1x9@101 T50", "~1x9@101; -1x9 EXPIRED"),
        ("N1B5@100day N2B5@100 N3S5@mktstop90day P:CLOSED", "-1x5 DAY_END; -3x5 DAY_END"),
        ("N1B5@100day N2B5@99 P:CLOSED N3S1@99 C2 P:CONTINUOUS", "-1x5 DAY_END; !3 CLOSED; -2x5 USER"),
    ],
)
def test_orders_expire(text: str, expected: str) -> None:
    assert told(text) == outcome(expected)


def test_every_reason_is_one_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert [r for r in Reason if not r.sentence.endswith(".") or ". " in r.sentence or "\n" in r.sentence] == []
    assert len(set(SENTENCES.values())) == len(Reason)
