"""Reading a partner's body as its manifest's requestParser declares it."""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from muster.core.pointers import Json, Tokens, format_pointer
from muster.payloads.members import MemberReader
from muster.payloads.model import DEFAULT_CONTEXT_KIND, SyncChanges
from muster.payloads.rolls import Heading, tally
from muster.payloads.spec import ParserSpec
from muster.payloads.values import (
    Field,
    read_action,
    read_environment_id,
    read_id,
    read_kind,
    read_members,
    read_name,
    read_optional_id,
    read_optional_members,
    read_url,
)

T = TypeVar("T")

_MOST_COHORTS_FOUND: Final = 100
"""How many cohorts `find_cohort_ids` names: enough for a row of the sync log."""


class RequestParser:
    """A compiled requestParser. It never changes, so threads may share it.

    Attributes:
        spec: what the manifest declares.
        environment_id_pointer: the JSON pointer to the environment's client-side ID in a body.
    """

    def __init__(self, spec: ParserSpec) -> None:
        self.spec = spec
        self.environment_id_pointer = format_pointer(*spec.environment_id)
        self._environment_id = Field(
            spec.environment_id, "the environment's client-side ID", read_environment_id
        )
        self._context_kind = _declared(spec.context_kind, "the context kind", read_kind)
        self._cohort_id: Field[str | None] = Field(
            spec.cohort_id,
            "the cohort's id",
            read_id if spec.requires_heading else read_optional_id,
        )
        self._cohort_name = Field(spec.cohort_name, "the cohort's name", read_name)
        self._cohort_url = _declared(spec.cohort_url, "the cohort's URL", read_url)
        self._action = _declared(
            spec.inclusion.path if spec.inclusion else None,
            "what happens to the members",
            read_action,
        )
        array_reader = read_optional_members if spec.members is None else read_members
        self._arrays = [Field(array, "the members", array_reader) for array in spec.arrays]
        self._members = MemberReader(spec)

    @classmethod
    def compile(cls, spec: Json) -> "RequestParser":
        """Return the parser of a manifest's `requestParser` object.

        Raises:
            ParserSpecError: it can't be used; `pointer` says which part of it.
        """
        return cls(ParserSpec.of(spec))

    def parse(self, body: Json) -> SyncChanges:
        """Return what a body says.

        The cohort that the body names outside of its members comes first, with its name and URL; a
        member that names another cohort belongs to that one. Where only a member can name the
        cohort (as at /batch/0/cohortId) and there is no member, no cohort is named and nothing
        changes.

        Args:
            body: a document as `decode_body` returns it. It is not changed.

        Raises:
            InvalidPayloadError: a value is missing or does not fit; `pointer` says which.
        """
        environment_id = self._environment_id.read(body)
        kind = self._context_kind.read(body) if self._context_kind else DEFAULT_CONTEXT_KIND
        heading = self._read_heading(body)
        rolls = []
        received = 0
        for array, added in zip(self._arrays, self._read_verdicts(body), strict=True):
            members = array.read(body)
            if members:
                received += len(members)
                rolls.append(self._members.read(body, array.tokens, members, added, heading))
        return SyncChanges(environment_id, kind, tally(heading, rolls), received)

    def find_environment_id(self, body: Json) -> str | None:
        """Return the client-side ID in a body that may be invalid elsewhere, or None."""
        return self._environment_id.find(body)

    def find_cohort_ids(self, body: Json) -> tuple[str, ...]:
        """Return the cohorts, at most 100, that a body names; it may be invalid elsewhere."""
        distinct = dict.fromkeys(self._mentioned_cohort_ids(body))
        return tuple(distinct)[:_MOST_COHORTS_FOUND]

    def _mentioned_cohort_ids(self, body: Json) -> Iterator[str]:
        if cohort_id := self._cohort_id.find(body):
            yield cohort_id
        for array in self._arrays:
            yield from self._members.find_cohort_ids(array.find(body) or [])

    def _read_heading(self, body: Json) -> Heading | None:
        cohort_id = self._cohort_id.read(body)
        name = self._cohort_name.read(body)
        url = self._cohort_url.read(body) if self._cohort_url else None
        return None if cohort_id is None else Heading(cohort_id, name, url)

    def _read_verdicts(self, body: Json) -> tuple[bool | None, ...]:
        """Return for each array whether its members are added; None: each member says so itself."""
        if self.spec.members is None:
            return (True, False)
        if self.spec.inclusion is None or self._action is None:
            return (None,)
        return (self.spec.inclusion.matcher.matches(self._action.read(body)),)


def _declared(tokens: Tokens | None, noun: str, reader: Callable[[Json], T]) -> Field[T] | None:
    return None if tokens is None else Field(tokens, noun, reader)
