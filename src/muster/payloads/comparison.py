"""What differs between two readings of one body: what it was read as, and what it is read as now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from muster.core.wording import count_of
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.model import CohortChanges, SyncChanges

Outcome = SyncChanges | InvalidPayloadError
"""What comes of reading a body: changes, or why it is refused."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a body was read as, and is no more.

    Attributes:
        what: what differs, as "the context kind" or "the members that cohort c1 gains".
        before: what it was, in words; None where there was none.
        after: what it is; None where there is none.
        gained: for members: those that are there now and were not.
        lost: for members: those that were there and are not.
    """

    what: str
    before: str | None = None
    after: str | None = None
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def compare(before: Outcome, after: Outcome) -> list[Difference]:
    """Return what differs; empty when both readings say the same."""
    if isinstance(before, InvalidPayloadError) or isinstance(after, InvalidPayloadError):
        told = (_tell(before), _tell(after))
        return [] if told[0] == told[1] else [Difference("the outcome", *told)]
    return [*_compare_headings(before, after), *_compare_cohorts(before.cohorts, after.cohorts)]


def _tell(outcome: Outcome) -> str:
    if isinstance(outcome, InvalidPayloadError):
        return f"refused: {outcome.message}"
    entries = count_of(outcome.received, "member entry", "member entries")
    return f"read: {count_of(len(outcome.cohorts), 'cohort')}, {entries}"


def _compare_headings(before: SyncChanges, after: SyncChanges) -> Iterator[Difference]:
    if before.environment_id != after.environment_id:
        yield Difference("the environment's ID", before.environment_id, after.environment_id)
    if before.context_kind != after.context_kind:
        yield Difference("the context kind", before.context_kind, after.context_kind)


def _compare_cohorts(
    before: Sequence[CohortChanges], after: Sequence[CohortChanges]
) -> Iterator[Difference]:
    old = {cohort.cohort_id: cohort for cohort in before}
    new = {cohort.cohort_id: cohort for cohort in after}
    for cohort_id in sorted(old.keys() - new.keys()):
        yield Difference(f"cohort {cohort_id}", "named", None)
    for cohort_id in sorted(new.keys() - old.keys()):
        yield Difference(f"cohort {cohort_id}", None, "named")
    for cohort_id in sorted(old.keys() & new.keys()):
        yield from _compare_cohort(old[cohort_id], new[cohort_id])


def _compare_cohort(before: CohortChanges, after: CohortChanges) -> Iterator[Difference]:
    cohort = f"cohort {before.cohort_id}"
    if before.name != after.name:
        yield Difference(f"the name of {cohort}", before.name, after.name)
    if before.url != after.url:
        yield Difference(f"the URL of {cohort}", before.url, after.url)
    members = (("who is added to", "added"), ("who is removed from", "removed"))
    for what, field in members:
        old, new = set(getattr(before, field)), set(getattr(after, field))
        if old != new:
            yield Difference(
                f"{what} {cohort}",
                f"{len(old):,}",
                f"{len(new):,}",
                tuple(sorted(new - old)),
                tuple(sorted(old - new)),
            )
