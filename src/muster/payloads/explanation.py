"""Why a body is read as it is: each value with the place it comes from, each member with a reason.

`RequestParser.parse` says what a body means, in bulk. This says why, entry by entry, for people who try
their payloads; both say the same, and a property test holds them to that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from muster.core.pointers import MISSING, Json, Tokens, format_pointer, resolve
from muster.payloads.matcher import Matcher
from muster.payloads.model import DEFAULT_CONTEXT_KIND, CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.spec import ParserSpec
from muster.payloads.values import (
    read_action,
    read_environment_id,
    read_flag,
    read_id,
    read_kind,
    read_name,
    read_optional_id,
    read_optional_members,
    read_url,
)


class Way(StrEnum):
    """What tells those who are added from those who are removed."""

    BOOLEAN = "boolean"
    """A boolean of each member."""
    ARRAY = "array"
    """The array that a member is in."""
    ACTION = "action"
    """One word for all members, and a matcher."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a manifest asks a body for.

    Attributes:
        value: what is kept of it; None for nothing.
        pointer: the JSON pointer where it is looked for; None where nothing says where it would be.
        sent: what stands there, as it was sent; `MISSING` where nothing does.
    """

    value: str | None
    pointer: str | None = None
    sent: Json = MISSING


_NOTHING: Final = Fact(None)


@dataclass(frozen=True, slots=True)
class Action:
    """The word that says what happens to all members.

    Attributes:
        word: what the matcher is tried on.
        adds: whether the matcher takes it.
    """

    word: Fact
    matcher: Matcher
    adds: bool


class Entry(NamedTuple):
    """One mention of a member.

    Attributes:
        key: the member's context key.
        added: whether the mention adds the member, or removes it.
        pointer: JSON pointer of the member's id.
        reason: JSON pointer of what says so: of the boolean, of the array, or of the action.
        cohort_pointer: JSON pointer of the id of the cohort that is meant.
    """

    key: str
    added: bool
    pointer: str
    reason: str
    cohort_pointer: str


@dataclass(frozen=True, slots=True)
class CohortExplanation:
    """A cohort, and every mention of a member of it.

    Attributes:
        entries: in the order in which they apply.
        last_words: the entry that decides on each key. Keys stand in the order of their first mention.
    """

    id: Fact
    name: Fact
    url: Fact
    entries: Sequence[Entry]
    last_words: Mapping[str, Entry]

    @property
    def cohort_id(self) -> str:
        """The cohort's id, which a cohort that is explained always has."""
        return self.id.value or ""

    def list_decided(self, *, added: bool) -> list[Entry]:
        """Return the entries that add, or that remove, a member in the end."""
        return [entry for entry in self.last_words.values() if entry.added is added]

    def list_overruled(self) -> list[tuple[Entry, Entry]]:
        """Return the entries that do not decide, each with the later one that does."""
        pairs = ((entry, self.last_words[entry.key]) for entry in self.entries)
        return [(entry, last) for entry, last in pairs if entry is not last]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a body is read as it is.

    Attributes:
        environment: its client-side ID.
        way: what tells those who are added from those who are removed.
        action: the word for all members; None where that is not the way.
        cohorts: in the order of `SyncChanges.cohorts`.
    """

    environment: Fact
    context_kind: Fact
    way: Way
    action: Action | None
    cohorts: tuple[CohortExplanation, ...]

    @property
    def received(self) -> int:
        """How many mentions of members the body holds."""
        return sum(len(cohort.entries) for cohort in self.cohorts)

    def to_changes(self) -> SyncChanges:
        """Return what the explanation comes to: the same as the parser reads."""
        cohorts = (
            CohortChanges(
                cohort.cohort_id,
                cohort.name.value,
                cohort.url.value,
                [entry.key for entry in cohort.list_decided(added=True)],
                [entry.key for entry in cohort.list_decided(added=False)],
            )
            for cohort in self.cohorts
        )
        return SyncChanges(
            self.environment.value or "",
            self.context_kind.value or DEFAULT_CONTEXT_KIND,
            tuple(cohorts),
            self.received,
        )


def explain(parser: RequestParser, body: Json) -> Explanation:
    """Return why a parser reads a body as it does.

    Raises:
        InvalidPayloadError: the parser refuses the body, in its own words.
    """
    parser.parse(body)  # from here on every value is known to be there and to fit
    return _Explainer(parser.spec, body).explain()


@dataclass(slots=True)
class _Cohort:
    """A cohort in the making."""

    id: Fact
    name: Fact = _NOTHING
    url: Fact = _NOTHING
    entries: list[Entry] = field(default_factory=list)

    def finish(self) -> CohortExplanation:
        last_words = {entry.key: entry for entry in self.entries}
        return CohortExplanation(self.id, self.name, self.url, self.entries, last_words)


class _Explainer:
    """Explains a body that the parser has taken."""

    def __init__(self, spec: ParserSpec, body: Json) -> None:
        self._spec = spec
        self._body = body
        self._cohorts: dict[str, _Cohort] = {}

    def explain(self) -> Explanation:
        spec, body = self._spec, self._body
        kind = _read_fact(body, spec.context_kind, read_kind)
        action = self._read_action()
        heading = self._note_heading()
        for tokens in spec.arrays:
            members = read_optional_members(resolve(body, tokens))
            if members:
                self._note_members(_Array(tokens, members), action, heading)
        return Explanation(
            environment=_read_fact(body, spec.environment_id, read_environment_id),
            context_kind=kind if kind.value else Fact(DEFAULT_CONTEXT_KIND),
            way=self._way,
            action=action,
            cohorts=tuple(cohort.finish() for cohort in self._cohorts.values()),
        )

    @property
    def _way(self) -> Way:
        if self._spec.members is None:
            return Way.ARRAY
        return Way.BOOLEAN if self._spec.inclusion is None else Way.ACTION

    def _read_action(self) -> Action | None:
        inclusion = self._spec.inclusion
        if inclusion is None:
            return None
        word = _read_fact(self._body, inclusion.path, read_action)
        return Action(word, inclusion.matcher, inclusion.matcher.matches(word.value or ""))

    def _note_heading(self) -> Fact | None:
        """Note the cohort that the body names outside of its members; return its id, if there is one."""
        spec, body = self._spec, self._body
        cohort_id = _read_fact(body, spec.cohort_id, read_optional_id)
        if cohort_id.value is None:
            return None
        self._cohorts[cohort_id.value] = _Cohort(
            cohort_id,
            _read_fact(body, spec.cohort_name, read_name),
            _read_fact(body, spec.cohort_url, read_url),
        )
        return cohort_id

    def _note_members(self, array: "_Array", action: Action | None, heading: Fact | None) -> None:
        """Note each entry of an array with its cohort, and what it calls that."""
        member_spec = self._spec.member
        id_suffix = format_pointer(*member_spec.member_id)
        for index, member in enumerate(array.members):
            place = f"{array.pointer}/{index}"
            own_id = _read_fact(member, member_spec.cohort_id, read_optional_id, place)
            cohort_id = own_id if own_id.value is not None or heading is None else heading
            name = _read_fact(member, member_spec.cohort_name, read_name, place)
            cohort = self._cohorts.setdefault(cohort_id.value or "", _Cohort(cohort_id, name))
            if name.value is not None:
                cohort.name = name
            is_added, reason = self._judge(array, action, member, place)
            cohort.entries.append(
                Entry(
                    key=read_id(resolve(member, member_spec.member_id)),
                    added=is_added,
                    pointer=f"{place}{id_suffix}",
                    reason=reason,
                    cohort_pointer=cohort_id.pointer or "",
                )
            )

    def _judge(
        self, array: "_Array", action: Action | None, member: Json, place: str
    ) -> tuple[bool, str]:
        """Return whether the member at a place is added, and the pointer of what says so."""
        if action is not None:
            return action.adds, action.word.pointer or ""
        flag = self._spec.member.flag
        if flag is None:
            return array.tokens == self._spec.adds, array.pointer
        return read_flag(resolve(member, flag)), f"{place}{format_pointer(*flag)}"


class _Array:
    """An array of members, and where it is."""

    def __init__(self, tokens: Tokens, members: list[Json]) -> None:
        self.tokens = tokens
        self.members = members
        self.pointer = format_pointer(*tokens)


def _read_fact(
    document: Json, tokens: Tokens | None, reader: Callable[[Json], str | None], at: str = ""
) -> Fact:
    """Return what a document says at a place.

    Args:
        tokens: where, from the document on; None where the manifest does not ask.
        at: JSON pointer of the document in the body.
    """
    if tokens is None:
        return _NOTHING
    sent = resolve(document, tokens)
    return Fact(reader(sent), f"{at}{format_pointer(*tokens)}", sent)
