"""The files of imports and exports, in one folder: `ID.import.csv`, `ID.export.csv`."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from muster.core.errors import NotFoundError, UnavailableError

_PART_BYTES: Final = 1 << 20
_IMPORT: Final = ".import.csv"
_EXPORT: Final = ".export.csv"
_UNFINISHED: Final = ".part"


class TransferFolder:
    """Implements `TransferFiles`. The folder is made when it is first written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep_import(self, import_id: str, source: BinaryIO) -> int:
        """Keep a copy of a file, durably; return its size in bytes."""
        with self._written(import_id + _IMPORT) as file:
            shutil.copyfileobj(source, file, _PART_BYTES)
            return file.tell()

    @contextmanager
    def open_import(self, import_id: str) -> Iterator[BinaryIO]:
        """Open an import's file.

        Raises:
            NotFoundError: it is gone.
        """
        try:
            file = (self._folder / (import_id + _IMPORT)).open("rb")
        except FileNotFoundError:
            raise NotFoundError("The import's file is gone; send it again.") from None
        with file:
            yield file

    @contextmanager
    def write_export(self, export_id: str) -> Iterator[BinaryIO]:
        """Open an export's file for writing; it is there once it is closed without an exception."""
        with self._written(export_id + _EXPORT) as file:
            yield file

    def read_export(self, export_id: str) -> Iterator[bytes]:
        """Give an export's file, part by part.

        Raises:
            NotFoundError: it is gone.
        """
        try:
            file = (self._folder / (export_id + _EXPORT)).open("rb")
        except FileNotFoundError:
            raise NotFoundError("The export's file is gone; ask for another export.") from None
        return _parts(file)

    def delete_import(self, import_id: str) -> None:
        """Delete an import's file, if it is there."""
        (self._folder / (import_id + _IMPORT)).unlink(missing_ok=True)

    def delete_all_but(self, ids: Collection[str]) -> None:
        """Delete the files of all other imports and exports."""
        for file in self._folder.glob("*.csv"):
            if file.name.partition(".")[0] not in ids:
                file.unlink(missing_ok=True)

    @contextmanager
    def _written(self, name: str) -> Iterator[BinaryIO]:
        unfinished = self._folder / (name + _UNFINISHED)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self._folder / name)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise UnavailableError(f"A file can't be written: {error.strerror}.") from error
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(_PART_BYTES):
            yield part
