"""The command `thumbox batch`: Parquet in, Parquet out, one row group after the other, so that it can go on later."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq

import thumbox.arrow
from thumbox._errors import PluginError
from thumbox._terminal import shown
from thumbox.cli.stores import Location, Stored, as_os_errors, whole, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thumbox._plugin import Plugin

__all__ = ["Batch", "Outcome", "Refused"]

_STAMP = "job.json"
_OURS = re.compile(r"[0-9]{6,}\.parquet|job\.json|\.thumbox-[0-9a-f]{16}")
"""Parts, the job that they are of, and drafts of a run that was killed."""


class Refused(Exception):  # noqa: N818 -- it says what happened
    """A job that cannot be begun; the text says why."""


@dataclass
class Outcome:
    """What came of a job."""

    rows: int = 0
    bytes: int = 0
    """Of all thumbnails."""
    failed: Counter[str] = field(default_factory=Counter)
    """Rows that failed, by what is wrong: `code 201`, or `not read`."""
    kept: int = 0
    """Row groups that were made before."""


class Batch:
    """A job: the thumbnails of a column of a Parquet file."""

    def __init__(
        self,
        source: Location,
        to: Location,
        *,
        column: str,
        into: str,
        paths: Location | None,
        look: dict[str, Any],
        rows: int,
    ) -> None:
        """`column` has images, or with `paths` names below that location; `into` is the new column.

        `look` is what `thumbox.arrow.thumbnails` takes, and `rows` how many images are in memory at once.
        """
        self._source, self._to, self._column, self._into = source, to, column, into
        self._look = {**look, "filesystem": None if paths is None else _below(paths)}
        self._rows = rows
        self._parts = to.parent / f"{to.name}.parts"
        self._recipe = {"source": str(source), "column": column, "into": into, "paths": str(paths or ""), **look}

    def run(
        self,
        plugin: Plugin,
        *,
        parallelism: int,
        force: bool,
        check: Callable[[], None],
        told: Callable[[int, int], None],
    ) -> Outcome:
        """Does what is left of the job. Refused for what cannot be begun.

        `check` is called between batches and may raise; what was made by then is kept. `told` gets how many rows are
        done, and how many there are.
        """
        if self._to.exists() and not force:
            raise Refused(f"{shown(self._to)} exists already; --force replaces it")
        with as_os_errors(PluginError, Refused, pa.ArrowException), self._source.open("rb") as raw:
            try:
                # Page by page: a row group's images may be many gigabytes.
                file = pq.ParquetFile(raw, buffer_size=1 << 20)
                self._check_columns(file.schema_arrow)
                self._begin(file, force=force)
                outcome = self._made(file, plugin, parallelism, check, told)
                self._join(file, outcome, force=force)
            except pa.ArrowException as error:
                raise Refused(f"{shown(self._source)} is no Parquet file, or a broken one: {error}") from None
        self._clear()
        return outcome

    def _made(
        self,
        file: pq.ParquetFile,
        plugin: Plugin,
        parallelism: int,
        check: Callable[[], None],
        told: Callable[[int, int], None],
    ) -> Outcome:
        """Makes the parts that are not there."""
        outcome = Outcome(file.metadata.num_rows)
        done = 0
        for group in range(file.num_row_groups):
            part = self._part(group)
            if part.exists():
                outcome.kept += 1
                done += file.metadata.row_group(group).num_rows
                told(done, outcome.rows)
                continue
            made = []
            for batch in file.iter_batches(self._rows, row_groups=[group], columns=[self._column]):
                check()
                images = batch.column(0)
                made.append(thumbox.arrow.thumbnails(images, plugin=plugin, parallelism=parallelism, **self._look))
                done += len(images)
                told(done, outcome.rows)
            self._write(part, file, group, made)
        return outcome

    def _check_columns(self, schema: pa.Schema) -> None:
        if schema.get_field_index(self._column) < 0:
            raise Refused(f"{shown(self._source)} has no column {self._column!r}; it has {', '.join(schema.names)}")
        if self._into in self._others(schema):
            raise Refused(f"{shown(self._source)} has a column {self._into!r} already; --into names another")
        empty = pa.array([], schema.field(self._column).type)
        try:
            thumbox.arrow.columns.pieces(empty, of_paths=self._look["filesystem"] is not None)
        except TypeError as error:
            raise Refused(f"{self._column!r}: {error}".replace("give filesystem", "give --paths")) from None

    def _others(self, schema: pa.Schema) -> list[str]:
        return [name for name in schema.names if name != self._column]

    def _begin(self, file: pq.ParquetFile, *, force: bool) -> None:
        """Looks whether what is there of an earlier run is of the same job."""
        # Where all columns of all row groups lie, how long they are, and between which values.
        footer = hashlib.sha256(repr(file.metadata.to_dict()).encode()).hexdigest()
        recipe = json.dumps({**self._recipe, "footer": footer}, sort_keys=True, default=str).encode()
        stamp = self._parts / _STAMP
        if stamp.exists():
            with stamp.open("rb") as before:
                if before.read() == recipe:
                    return
            if not force:
                raise Refused(f"{shown(self._parts)} has parts of another job; --force begins anew")
            self._clear()
        elif self._there():
            raise Refused(f"{shown(self._parts)} has files that this command did not write; move them away")
        self._parts.mkdir(parents=True, exist_ok=True)
        write(stamp, [recipe], replace=True)

    def _part(self, group: int) -> Location:
        return self._parts / f"{group:06}.parquet"

    def _write(self, part: Location, file: pq.ParquetFile, group: int, made: list[pa.Array]) -> None:
        table = file.read_row_group(group, columns=self._others(file.schema_arrow))
        column = pa.chunked_array(made, thumbox.arrow.thumbnail_type())
        with whole(part, replace=True) as out, self._writer(out, file) as writer:
            writer.write_table(table.append_column(self._into, column), row_group_size=max(1, len(column)))

    @contextmanager
    def _writer(self, out: Any, file: pq.ParquetFile) -> Iterator[pq.ParquetWriter]:
        others = self._others(file.schema_arrow)
        schema = pa.schema([file.schema_arrow.field(name) for name in others])
        schema = schema.append(pa.field(self._into, thumbox.arrow.thumbnail_type()))
        # No thumbnail comes twice.
        with pq.ParquetWriter(out, schema, use_dictionary=others) as writer:
            yield writer

    def _join(self, file: pq.ParquetFile, outcome: Outcome, *, force: bool) -> None:
        with whole(self._to, replace=force) as out, self._writer(out, file) as writer:
            for group in range(file.num_row_groups):
                with self._part(group).open("rb") as part:
                    table = pq.read_table(part)
                _count(table[self._into], outcome)
                writer.write_table(table, row_group_size=max(1, len(table)))

    def _there(self) -> list[Location]:
        """All files in the folder of the parts."""
        if isinstance(self._parts, Stored):
            return list(self._parts.files())
        return list(self._parts.iterdir()) if self._parts.is_dir() else []

    def _clear(self) -> None:
        """Takes away what is ours, and the folder if nothing else is in it."""
        # The job last: without it the parts would be nobody's.
        for file in sorted(self._there(), key=lambda file: file.name):
            if _OURS.fullmatch(file.name):
                file.unlink()
        if isinstance(self._parts, Path):
            with suppress(OSError):
                self._parts.rmdir()


def _below(folder: Location) -> Any:
    """A file system of which nothing is seen but a folder."""
    if isinstance(folder, Path):
        return pyarrow.fs.SubTreeFileSystem(str(folder.absolute()), pyarrow.fs.LocalFileSystem())
    from fsspec.implementations.dirfs import DirFileSystem  # noqa: PLC0415 -- an extra

    return DirFileSystem(str(folder.path), folder.filesystem)


def _count(column: pa.ChunkedArray, outcome: Outcome) -> None:
    for chunk in column.chunks:
        outcome.bytes += pc.sum(pc.binary_length(chunk.field("thumbnail"))).as_py() or 0
        failed = pc.is_valid(chunk.field("message"))
        for code in chunk.field("code").filter(failed).to_pylist():
            outcome.failed["not read" if code is None else f"code {code}"] += 1
