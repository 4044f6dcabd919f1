"""The entry points: compiled once a machine, kept in numba's cache until a kernel changes.

numba keeps a compiled function while the function's own file stays as it is, whatever happens to the kernels in it. So
the entry points take in a fingerprint of all sources of this package: another fingerprint is another function.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit

from pipelines.exchange.arena import Rows, Words
from pipelines.exchange.checked import run_checked
from pipelines.exchange.checks import Desk
from pipelines.exchange.run import Messages, run_messages
from pipelines.exchange.text import write_texts
from pipelines.exchange.views import walk_levels


def _fingerprint() -> int:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return int.from_bytes(sha256(b"".join(source.read_bytes() for source in sources)).digest()[:7])


def _entry_points(fingerprint: int) -> tuple[Callable[..., Any], ...]:
    entry = njit(cache=True, nogil=True, error_model="numpy")

    def run(m: Words, r: Rows, q: Messages, row: int) -> int:
        assert fingerprint
        return run_messages(m, r, q, row)

    def run_with_ledger(m: Words, r: Rows, q: Messages, row: int, d: Desk) -> int:
        assert fingerprint
        return run_checked(m, r, q, row, d)

    def walk(m: Words, ladder: int, keys: Words, shown: Words) -> int:
        assert fingerprint
        return walk_levels(m, ladder, keys, shown)

    def write(rows: Rows, text: Words, is_first: bool) -> int:
        assert fingerprint
        return write_texts(rows, text, is_first)

    return entry(run), entry(run_with_ledger), entry(walk), entry(write)


run, run_with_ledger, walk, write = _entry_points(_fingerprint())
