"""Scripts to statements."""

import pytest

from spark_jobs.cli.query import statements


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (" ; ;\n", []),
        ("select 1", ["select 1"]),
        ("select 1;\nselect 2;", ["select 1", "select 2"]),
        ("select ';', \";\", `;`; select 2", ["select ';', \";\", `;`", "select 2"]),
        ("select 'it''s; \\'; fine'; select 2", ["select 'it''s; \\'; fine'", "select 2"]),
        ("select 1 -- one; still one\n, 2", ["select 1  \n, 2"]),
        ("select 1/* a; b\n */+2", ["select 1 +2"]),
        ("select /*+ broadcast(t) */ 1", ["select /*+ broadcast(t) */ 1"]),
        ("select '-- no comment'", ["select '-- no comment'"]),
        ("select 'unclosed; select 2", ["select 'unclosed", "select 2"]),
    ],
)
def test_statements_splits_at_semicolons_outside_quotes_and_comments(script: str, expected: list[str]) -> None:
    assert statements(script) == expected
