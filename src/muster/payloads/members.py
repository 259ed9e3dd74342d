"""Reading an array of members, column by column."""

from collections.abc import Callable, Collection, Iterator

from muster.core.pointers import Json, Tokens, format_pointer
from muster.payloads.columns import Column
from muster.payloads.errors import InvalidPayloadError, Misfit, misplaced
from muster.payloads.rolls import Heading, Roll
from muster.payloads.spec import ParserSpec
from muster.payloads.values import (
    AN_ID,
    Field,
    are_plain_ids,
    are_plain_names,
    read_flag,
    read_id,
    read_name,
    read_optional_id,
)


class MemberReader:
    """Reads arrays of members as a manifest's memberArrayParser declares them."""

    def __init__(self, spec: ParserSpec) -> None:
        member = spec.member
        self._heading_id = spec.cohort_id
        self._keys = Column(Field(member.member_id, "the member's id", read_id), str, are_plain_ids)
        self._flags: Column[bool] | None = None
        if member.flag is not None:
            self._flags = Column(Field(member.flag, "the member's membership", read_flag), bool)
        self._cohort_ids: Column[str | None] | None = None
        if member.cohort_id is not None:
            own_id = Field(member.cohort_id, "the id of the member's cohort", read_optional_id)
            self._cohort_ids = Column(own_id, str, _repeats(are_plain_ids))
        self._names: Column[str | None] | None = None
        if member.cohort_name is not None:
            own_name = Field(member.cohort_name, "the name of the member's cohort", read_name)
            self._names = Column(own_name, str, _repeats(are_plain_names))

    def read(
        self,
        body: Json,
        at: Tokens,
        members: list[Json],
        added: bool | None,
        heading: Heading | None,
    ) -> Roll:
        """Return what an array says of its members.

        Args:
            body: the whole body.
            at: where the array is in it.
            members: the array, not empty.
            added: whether its members are added; None when each member says so itself.
            heading: the cohort of those who name none.

        Raises:
            InvalidPayloadError: a member's value is missing or does not fit.
        """
        keys = self._keys.read(body, at, members)
        memberships: bool | list[bool] = added is True
        if added is None and self._flags is not None:
            memberships = self._flags.read(body, at, members)
        cohort_ids = self._read_cohort_ids(body, at, members, heading)
        names = self._names.read(body, at, members) if self._names is not None else None
        return Roll(keys, memberships, cohort_ids, names)

    def find_cohort_ids(self, members: list[Json]) -> Iterator[str]:
        """Yield the cohorts that members name and that are ids; what else is wrong does not matter."""
        if self._cohort_ids is not None:
            yield from filter(None, map(self._cohort_ids.field.find, members))

    def _read_cohort_ids(
        self, body: Json, at: Tokens, members: list[Json], heading: Heading | None
    ) -> str | list[str]:
        if self._cohort_ids is None:
            if heading is None:
                raise _missing_cohort_id(body, self._heading_id, "Send it there.")
            return heading.cohort_id
        own = self._cohort_ids.read(body, at, members)
        distinct = set(own)
        if None in distinct and heading is None:
            place = (*at, str(own.index(None)), *self._cohort_ids.field.tokens)
            for_all = format_pointer(*self._heading_id)
            raise _missing_cohort_id(
                body, place, f"Send it there, or for all members at {for_all}."
            )
        fallback = heading.cohort_id if heading is not None else ""
        if len(distinct) == 1:
            return distinct.pop() or fallback
        return [cohort_id or fallback for cohort_id in own]


def _repeats(are_plain: Callable[[Collection[str]], bool]) -> Callable[[list[str]], bool]:
    """Return a check for values that mostly repeat: each is looked at once."""
    return lambda texts: are_plain(set(texts))


def _missing_cohort_id(body: Json, place: Tokens, mend: str) -> InvalidPayloadError:
    misfit = Misfit(AN_ID, mend)
    return misplaced(misfit, "the cohort's id", body, place)
