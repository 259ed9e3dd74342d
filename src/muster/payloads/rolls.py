"""From arrays of members, once read, to what changes in each cohort."""

from collections.abc import Iterable
from itertools import repeat
from typing import NamedTuple

from muster.payloads.model import CohortChanges


class Heading(NamedTuple):
    """What a body says of its cohort outside of the members."""

    cohort_id: str
    name: str | None
    url: str | None


class Roll(NamedTuple):
    """An array of members, read. What is one value and not a list holds for every member.

    Attributes:
        keys: each member's context key.
        memberships: whether each is added.
        cohort_ids: the cohort of each.
        names: what each calls its cohort, if anything.
    """

    keys: list[str]
    memberships: bool | list[bool]
    cohort_ids: str | list[str]
    names: list[str | None] | None


def tally(heading: Heading | None, rolls: list[Roll]) -> tuple[CohortChanges, ...]:
    """Return what changes in each cohort; the heading's cohort first, then in the order of mention.

    Rolls apply in their order, and so do the members of each; the last word on a member wins, and so
    does the last name of a cohort. The heading's name and URL are those of the heading's cohort only.
    """
    if heading is not None and len(rolls) == 1 and _is_plain(rolls[0], heading):
        keys = list(dict.fromkeys(rolls[0].keys))
        added, removed = (keys, []) if rolls[0].memberships else ([], keys)
        return (CohortChanges(*heading, added, removed),)
    ledgers: dict[str, dict[str, bool]] = {}
    names: dict[str, str | None] = {}
    if heading is not None:
        ledgers[heading.cohort_id] = {}
        names[heading.cohort_id] = heading.name
    for roll in rolls:
        _enter(roll, ledgers)
        _note_names(roll, names)
    return tuple(
        _close(
            cohort_id,
            names.get(cohort_id),
            heading.url if heading is not None and heading.cohort_id == cohort_id else None,
            ledger,
        )
        for cohort_id, ledger in ledgers.items()
    )


def _is_plain(roll: Roll, heading: Heading) -> bool:
    """Tell whether a roll has all its members enter, or all leave, the heading's cohort."""
    return (
        isinstance(roll.memberships, bool)
        and roll.names is None
        and roll.cohort_ids == heading.cohort_id
    )


def _enter(roll: Roll, ledgers: dict[str, dict[str, bool]]) -> None:
    """Note the last word on each member. A key keeps the place of its first mention."""
    keys, memberships, cohort_ids = roll.keys, roll.memberships, roll.cohort_ids
    if isinstance(cohort_ids, str):
        ledger = ledgers.setdefault(cohort_ids, {})
        if isinstance(memberships, bool):
            ledger.update(dict.fromkeys(keys, memberships))
        else:
            ledger.update(zip(keys, memberships, strict=True))
        return
    flags: Iterable[bool] = repeat(memberships) if isinstance(memberships, bool) else memberships
    for key, cohort_id, flag in zip(keys, cohort_ids, flags, strict=False):
        ledger = ledgers.get(cohort_id) or ledgers.setdefault(cohort_id, {})
        ledger[key] = flag


def _note_names(roll: Roll, names: dict[str, str | None]) -> None:
    """Note the last name of each cohort; a member that gives none is no last word."""
    if roll.names is None:
        return
    if isinstance(roll.cohort_ids, str):
        last = next((name for name in reversed(roll.names) if name is not None), None)
        if last is not None:
            names[roll.cohort_ids] = last
        return
    pairs = zip(roll.cohort_ids, roll.names, strict=True)
    names.update((cohort_id, name) for cohort_id, name in pairs if name is not None)


def _close(
    cohort_id: str, name: str | None, url: str | None, ledger: dict[str, bool]
) -> CohortChanges:
    removed = [key for key, added in ledger.items() if not added]
    added = [key for key, added in ledger.items() if added] if removed else list(ledger)
    return CohortChanges(cohort_id, name, url, added, removed)
