"""What is measured of a load, as it goes on."""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from muster.push.client import Answer

LATE_SECONDS: Final = 0.010
"""From when on a request counts as sent late."""


@dataclass(slots=True)
class Failure:
    """Failures of one kind.

    Attributes:
        example: what the first of them said.
    """

    example: str
    count: int = 0


@dataclass(slots=True)
class Measurements:
    """What is known of the requests that were sent. Moments are seconds after the start.

    Attributes:
        sent: how many went out.
        queued: how many of them went out late because no connection was free.
        members_applied: how many member entries were in those that were answered well.
        statuses: how many were answered with which.
        failures: those not answered well, by status or by why there was no answer.
        retry_after: what 429s said in Retry-After, and how often.
        latencies: of each request that ended, from when it was due until it was answered or failed.
        lateness: of each request that was sent, from when it was due until it was sent.
        last_sent_at: when the last request went out.
        last_applied_at: when the last good answer came.
    """

    sent: int = 0
    queued: int = 0
    members_applied: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, Failure] = field(default_factory=dict)
    retry_after: Counter[str] = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    lateness: "array[float]" = field(default_factory=lambda: array("d"))
    last_sent_at: float = 0.0
    last_applied_at: float = 0.0

    def note_sending(self, due_at: float, sent_at: float, *, was_queued: bool) -> None:
        """Note that a request goes out."""
        self.sent += 1
        self.queued += was_queued
        self.lateness.append(sent_at - due_at)
        self.last_sent_at = sent_at

    def note_answer(self, answer: Answer, members: int, due_at: float, answered_at: float) -> None:
        """Note an answer to a request that named so many members."""
        self.latencies.append(answered_at - due_at)
        self.statuses[answer.status] += 1
        if answer.is_success:
            self.members_applied += members
            self.last_applied_at = answered_at
            return
        self._note_failure(str(answer.status), answer.message)
        if answer.status == 429 and answer.retry_after is not None:
            self.retry_after[answer.retry_after] += 1

    def note_silence(self, kind: str, why: str, due_at: float, failed_at: float) -> None:
        """Note a request that got no answer."""
        self.latencies.append(failed_at - due_at)
        self._note_failure(kind, why)

    def _note_failure(self, kind: str, example: str) -> None:
        self.failures.setdefault(kind, Failure(example)).count += 1

    @property
    def ended(self) -> int:
        """How many were answered or failed."""
        return len(self.latencies)

    @property
    def failed(self) -> int:
        """How many were not answered well."""
        return sum(failure.count for failure in self.failures.values())

    @property
    def late(self) -> int:
        """How many were sent late."""
        return sum(one > LATE_SECONDS for one in self.lateness)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent are not above (the nearest rank).

    Args:
        ordered: one value or more, the smallest first.
        percent: above 0, up to 100; 0 for the smallest value.
    """
    rank = math.ceil(len(ordered) * percent / 100)
    return ordered[max(rank, 1) - 1]
