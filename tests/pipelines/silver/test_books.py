"""silver.books: the book after each message, gaps and snapshots."""

from pipelines.silver.books import build_books
from tests.pipelines.silver.book_messages import depth, diff, shown, snapshot
from tests.pipelines.silver.deliveries import GOOD


def test_books_follow_a_snapshot_and_its_diffs() -> None:
    rows = build_books(
        depth(
            snapshot(10, {99: 5, 98: 1}, {101: 4}),
            diff(11, 12, {99: 0, 97: 2}, {100: 1}),
            diff(13, 13, {}, {100: 0, 101: 0}),
        )
    )
    assert shown(rows) == [
        (1, "VALID", False, False, [99, 98], [101]),
        (2, "VALID", False, False, [98, 97], [100, 101]),
        (3, "VALID", False, False, [98, 97], []),
    ]
    first = rows.to_pylist()[0]
    assert (first["obi"], first["obi_levels"], first["book_seq"]) == (1 / 9, 0.2, 10)
    assert (first["bid_price"], first["ask_quantity"]) == (99, 4)
    assert (rows.to_pylist()[2]["obi"], rows.to_pylist()[2]["micro_price"]) == (1.0, None)


def test_books_after_a_gap_are_invalid_until_the_next_snapshot() -> None:
    rows = build_books(
        depth(
            snapshot(10, {99: 5}, {101: 4}),
            diff(13, 13, {98: 1}, {}),
            diff(14, 14, {97: 1}, {}),
            snapshot(13, {90: 1}, {110: 1}, receive_ts_ns=GOOD["receive_ts_ns"] + 7),
            diff(15, 15, {91: 1}, {}),
        )
    )
    assert shown(rows) == [
        (1, "VALID", False, False, [99], [101]),
        (2, "GAP", True, False, [], []),
        (3, "GAP", False, False, [], []),
        (4, "VALID", False, False, [90], [110]),
        (2, "COVERED", False, True, [], []),
        (3, "VALID", False, True, [97, 90], [110]),
        (5, "VALID", False, False, [97, 91, 90], [110]),
    ]
    known = rows.column("receive_ns").to_pylist()
    assert known[5] == known[3] == known[1] + 7


def test_books_with_a_gap_among_the_waiting_wait_on() -> None:
    early = [diff(5, 5, {98: 1}, {}), diff(8, 8, {97: 1}, {})]
    rows = build_books(depth(*early, snapshot(5, {90: 1}, {}), snapshot(7, {90: 2}, {})))
    assert [(seq, state, recovered) for seq, state, _, recovered, *_ in shown(rows)] == [
        (1, "WAITING", False),
        (2, "WAITING", False),
        (3, "VALID", False),
        (1, "COVERED", True),
        (2, "GAP", True),
        (4, "VALID", False),
        (2, "VALID", True),
    ]


def test_books_of_perpetuals_go_by_the_previous_id() -> None:
    rows = build_books(
        depth(
            snapshot(10, {99: 5}, {}),
            diff(40, 50, {98: 1}, {}, previous_venue_seq=10),
            diff(60, 61, {97: 1}, {}, previous_venue_seq=50),
            diff(70, 71, {96: 1}, {}, previous_venue_seq=65),
        )
    )
    assert rows.column("state").to_pylist() == ["VALID", "VALID", "VALID", "GAP"]
    assert rows.column("is_gap").to_pylist() == [False, False, False, True]


def test_books_take_no_step_back() -> None:
    late = [diff(9, 10, {99: 7}, {}), snapshot(8, {50: 1}, {})]
    rows = build_books(depth(snapshot(10, {99: 5}, {}), *late))
    assert [row[4] for row in shown(rows)] == [[99]] * 3
    assert rows.column("bid_quantity").to_pylist() == [5, 5, 5]
    assert rows.column("book_seq").to_pylist() == [10, 10, 10]


def test_books_that_begin_with_the_first_update_need_no_snapshot() -> None:
    assert build_books(depth(diff(1, 3, {99: 1}, {}))).column("state").to_pylist() == ["VALID"]
    assert build_books(depth(diff(2, 3, {99: 1}, {}))).column("state").to_pylist() == ["WAITING"]


def test_books_without_numbers_go_by_arrival() -> None:
    rows = build_books(depth(diff(0, 0, {98: 1}, {}), snapshot(0, {99: 1}, {}), diff(0, 0, {97: 1}, {})))
    assert shown(rows) == [
        (1, "WAITING", False, False, [], []),
        (2, "VALID", False, False, [99], []),
        (1, "COVERED", False, True, [], []),
        (3, "VALID", False, False, [99, 97], []),
    ]


def test_books_crossed_and_locked_are_marked() -> None:
    rows = build_books(depth(snapshot(1, {99: 1}, {98: 1}), diff(2, 2, {99: 0, 98: 1}, {}), diff(3, 3, {98: 0}, {})))
    assert rows.column("is_crossed").to_pylist() == [True, False, False]
    assert rows.column("is_locked").to_pylist() == [False, True, False]
