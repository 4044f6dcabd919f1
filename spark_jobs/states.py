"""What a stateful step keeps between two micro-batches: an Arrow file a partition and offset, beside its table.

The state at an offset follows from the deliveries before it, so that a batch which is run again, whole or cut in
another way, finds the state at its start, or finds it at an earlier offset with no delivery between.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa
from pyarrow import ipc
from pyarrow.fs import FileSelector, FileSystem

ENDING = ".arrow"


@dataclass(frozen=True)
class States:
    """The states of a step in a stream, in a folder of theirs."""

    folder: str

    def load(self, partition: int, offset: int) -> pa.Table | None:
        """The state of a partition before the delivery at `offset`; None where nothing was kept."""
        before = [kept for kept in self._offsets(partition) if kept <= offset]
        if not before:
            return None
        system, folder = FileSystem.from_uri(self.folder)
        with system.open_input_file(f"{folder}/{_name(partition, max(before))}") as file:
            return ipc.open_file(file).read_all()

    def save(self, partition: int, start: int, end: int, state: pa.Table) -> None:
        """Keep the state that deliveries from `start` up to `end` leave; what is before `start` is given up."""
        system, folder = FileSystem.from_uri(self.folder)
        system.create_dir(folder, recursive=True)
        path = f"{folder}/{_name(partition, end)}"
        options = ipc.IpcWriteOptions(compression="zstd")
        with system.open_output_stream(f"{path}.new") as file, ipc.new_file(file, state.schema, options=options) as new:
            new.write_table(state)
        system.move(f"{path}.new", path)
        for old in sorted(kept for kept in self._offsets(partition) if kept <= start)[:-1]:
            system.delete_file(f"{folder}/{_name(partition, old)}")

    def clear(self) -> None:
        """Keep nothing."""
        system, folder = FileSystem.from_uri(self.folder)
        system.delete_dir_contents(folder, missing_dir_ok=True)

    def _offsets(self, partition: int) -> list[int]:
        system, folder = FileSystem.from_uri(self.folder)
        names = [PurePosixPath(f.path) for f in system.get_file_info(FileSelector(folder, allow_not_found=True))]
        found = [name.stem.rpartition("-") for name in names if name.suffix == ENDING]
        return [int(offset) for number, _, offset in found if int(number) == partition]


def _name(partition: int, offset: int) -> str:
    return f"{partition}-{offset}{ENDING}"
