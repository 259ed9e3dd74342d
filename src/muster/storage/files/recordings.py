"""Recordings as files: one for each request, in a folder of the data directory, readable by its owner."""

import re
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from muster.core.errors import InvalidRequestError, UnavailableError
from muster.core.ids import RequestId
from muster.sync.recording import MAX_RECORDING_BYTES, Recording

_NAME: Final = re.compile(r"[0-9a-f]{24}\.json")
_OPTIONS: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


class FileRecordingStore:
    """Implements `RecordingStore`. One thread of one process adds to a folder."""

    def __init__(self, folder: Path, *, capacity: int) -> None:
        """Keep recordings in a folder, made when the first is kept.

        Args:
            capacity: how many are kept at most.
        """
        self._folder = folder
        self._capacity = capacity
        self._kept: deque[RequestId] | None = None

    def add(self, recording: Recording) -> None:
        """Keep a recording, whole or not at all; the oldest go where there are too many.

        Raises:
            UnavailableError: it can't be written.
        """
        try:
            if self._kept is None:
                self._kept = deque(self.list_ids())
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".tmp", delete=False) as file:
                file.write(orjson.dumps(recording.to_document(), option=_OPTIONS))
            Path(file.name).replace(self._path(recording.id))
            self._kept.append(recording.id)
            while len(self._kept) > self._capacity:
                self._path(self._kept.popleft()).unlink(missing_ok=True)
        except OSError as error:
            raise UnavailableError(
                f"The recording can't be written to {self._folder}: {error.strerror}."
            ) from error

    def find(self, request_id: str) -> Recording | None:
        """Return the recording of one request.

        Raises:
            InvalidRequestError: its file is damaged.
        """
        if not _NAME.fullmatch(f"{request_id}.json"):
            return None
        path = self._path(RequestId(request_id))
        try:
            with path.open("rb") as file:
                return Recording.of_document(orjson.loads(file.read(MAX_RECORDING_BYTES)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise InvalidRequestError(f"{path} can't be read: {error}.") from error

    def list_ids(self) -> Sequence[RequestId]:
        """Return which requests are kept, the oldest first."""
        try:
            files = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
            files.sort(key=lambda path: path.stat().st_mtime_ns)
        except FileNotFoundError:
            return []
        return [RequestId(path.stem) for path in files]

    def _path(self, request_id: RequestId) -> Path:
        return self._folder / f"{request_id}.json"
