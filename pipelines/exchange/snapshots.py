"""Snapshots of a shard in a folder, each named after the offset of the next order."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.exchange.rules import Rules
from pipelines.exchange.shard import Shard
from pipelines.exchange.state import State, pack_state, unpack_shard

KEPT = 2
SUFFIX = ".snapshot"


def save_snapshot(folder: Path, state: State, offset: int) -> Path:
    """Write the state before the order at `offset`; older snapshots but one go. A cut write leaves no snapshot."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{offset:020}{SUFFIX}"
    partial = path.with_suffix(".partial")
    partial.write_bytes(pack_state(state))
    partial.replace(path)
    for old in sorted(folder.glob(f"*{SUFFIX}"))[:-KEPT]:
        old.unlink()
    return path


def load_snapshot(folder: Path, number: int, rules: Rules, offset: int) -> tuple[Shard, int]:
    """The latest state at or before `offset` and where it stands; a new shard, and 0, where there is none.

    Raises ExchangeError as `unpack_shard` does.
    """
    for at, path in _snapshots(folder):
        if at <= offset:
            return unpack_shard(path.read_bytes(), rules), at
    return Shard(number, rules), 0


def _snapshots(folder: Path) -> Iterator[tuple[int, Path]]:
    return ((int(path.stem), path) for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True))
