"""The one thread that writes: works run one after the other, and share their trips to the disk."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, TypeVar

import structlog

from muster.core.errors import MusterError, UnavailableError
from muster.storage.rocksdb.database import Database

T = TypeVar("T")
Done = Callable[[T | Exception], None]
"""Is told in the event loop what a work gave, or why it failed."""

_LINGER_SECONDS: Final = 0.0001
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Task:
    """A work, and whom to tell what came of it (nobody, for a work that no one waits for)."""

    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop | None = None
    done: Done[Any] | None = None
    result: Any = None
    error: Exception | None = None


class GroupCommitWriter:
    """Runs works in the writing thread.

    All works that wait are run, then what they gathered is written and the log is synced, once, then
    all of them are answered: the busier the store, the more works share a write and a sync. After a
    failed write or sync nobody can know what the disk holds, so the writer refuses all further works
    until a restart.
    """

    def __init__(self, database: Database, flush: Callable[[], None]) -> None:
        """Make a writer; `start` starts it.

        Args:
            flush: writes what works have gathered; raises `UnavailableError` when it can't.
        """
        self._database = database
        self._flush = flush
        self._tasks: deque[_Task] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._wake_due = False
        self._failure: UnavailableError | None = None
        self._thread = threading.Thread(target=self._run, name="membership-writer", daemon=True)
        self._closing = False
        self._group_size = 0

    @property
    def failure(self) -> UnavailableError | None:
        """Why the writer has stopped writing, or None while it is well."""
        return self._failure

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """Run a work in the writing thread; return what it gives, once all it wrote is on disk.

        Raises:
            UnavailableError: the writer is closed, or can't write any more.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.submit(work, partial(_settle, future))
        return await future

    def submit(self, work: Callable[[], T], done: Done[T]) -> None:
        """Have a work run in the writing thread, from an event loop; do not wait for it.

        Args:
            done: told once all that the work wrote is on disk, or why it is not.

        Raises:
            UnavailableError: the writer is closed.
        """
        if self._closing:
            raise UnavailableError("Muster is shutting down; send the request again.")
        loop = asyncio.get_running_loop()
        self._tasks.append(_Task(work, loop, done))
        if not self._wake_due:
            # Once a turn of the loop, at its end: a thread that wakes earlier competes for the
            # interpreter with the requests that would have joined its group.
            self._wake_due = True
            loop.call_soon(self._wake_up)

    def post(self, work: Callable[[], None]) -> None:
        """Run a work in the writing thread without waiting for it."""
        if not self._closing:
            self._tasks.append(_Task(work))
            self._wake.put(None)

    def close(self) -> None:
        """Finish all works that were handed in, then stop the thread."""
        self._closing = True
        self._wake.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _wake_up(self) -> None:
        self._wake_due = False
        self._wake.put(None)

    def _run(self) -> None:
        while not (self._closing and not self._tasks):
            self._wake.get()
            while self._tasks:
                tasks = self._take_group()
                for task in tasks:
                    self._perform(task)
                self._sync(tasks)
                self._answer(tasks)

    def _take_group(self) -> list[_Task]:
        """Return all works that wait, in their order.

        Where far fewer wait than the last sync answered, those who were answered are about to send
        again: a moment is waited for them. The size of a group halves at least each time that this is
        in vain, so who writes alone does not wait.
        """
        waiting = self._tasks
        if len(waiting) <= self._group_size // 2:
            time.sleep(_LINGER_SECONDS)
        self._group_size = len(waiting)
        return [waiting.popleft() for _ in range(self._group_size)]

    def _perform(self, task: _Task) -> None:
        if self._failure is not None:
            task.error = self._failure
            return
        try:
            task.result = task.work()
        except UnavailableError as error:
            self._fail(error)
            task.error = error
        except Exception as error:
            task.error = error
            if task.done is None and not isinstance(error, MusterError):
                _log.error("membership work failed", error=type(error).__name__)

    def _sync(self, tasks: list[_Task]) -> None:
        try:
            self._flush()
            self._database.sync()
        except UnavailableError as error:
            self._fail(error)
        if self._failure is not None:
            # The group was to be written as a whole.
            for task in tasks:
                task.error = task.error or self._failure

    def _fail(self, error: UnavailableError) -> None:
        if self._failure is None:
            self._failure = error
            _log.error("membership store stopped", reason=error.message)

    def _answer(self, tasks: list[_Task]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Task]] = {}
        for task in tasks:
            if task.loop is not None:
                by_loop.setdefault(task.loop, []).append(task)
        for loop, answered in by_loop.items():
            try:
                loop.call_soon_threadsafe(_tell, answered)
            except RuntimeError:  # the loop has ended, and with it all who waited
                continue


def _tell(tasks: list[_Task]) -> None:
    for task in tasks:
        if task.done is None:
            continue
        try:
            task.done(task.result if task.error is None else task.error)
        except Exception:  # the others want to know all the same
            _log.exception("what was committed could not be told of")


def _settle(future: asyncio.Future[T], outcome: T | Exception) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
