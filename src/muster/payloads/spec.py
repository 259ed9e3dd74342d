"""A manifest's requestParser, checked, with its pointers parsed."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from muster.core.json_values import describe
from muster.core.pointers import (
    MISSING,
    Json,
    PointerSyntaxError,
    Tokens,
    format_pointer,
    parse_pointer,
)
from muster.payloads.errors import ParserSpecError
from muster.payloads.matcher import Matcher, MatcherSyntaxError

MAX_POINTER_TOKENS: Final = 64
"""The most parts of a pointer. Bodies nest a few levels deep, and what handles them may recurse."""

_PROPERTIES: Final = (
    "environmentIdPath",
    "contextKindPath",
    "cohortIdPath",
    "cohortNamePath",
    "cohortUrlPath",
    "memberArrayPath",
    "addMemberArrayPath",
    "removeMemberArrayPath",
    "arrayInclusion",
    "memberArrayParser",
)
_INCLUSION_PROPERTIES: Final = ("path", "matcher")
_MEMBER_PROPERTIES: Final = (
    "memberIdPath",
    "booleanMembershipPath",
    "cohortIdPath",
    "cohortNamePath",
)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a body says what happens to its members, and what tells adding from removing there."""

    path: Tokens
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """Where a member holds what is said of it; tokens start at the member. None: not declared."""

    member_id: Tokens
    flag: Tokens | None
    cohort_id: Tokens | None
    cohort_name: Tokens | None


@dataclass(frozen=True, slots=True)
class ParserSpec:
    """Where a body holds what, as a manifest declares it. None: not declared.

    Either `adds` and `removes` are declared, or `members` is. In the latter case `inclusion` decides
    for all members at once, or, where it is None, `member.flag` for each.
    """

    environment_id: Tokens
    context_kind: Tokens | None
    cohort_id: Tokens
    cohort_name: Tokens
    cohort_url: Tokens | None
    members: Tokens | None
    adds: Tokens | None
    removes: Tokens | None
    inclusion: Inclusion | None
    member: MemberSpec

    @property
    def arrays(self) -> tuple[Tokens, ...]:
        """The arrays of members, in the order in which they are applied."""
        return tuple(a for a in (self.members, self.adds, self.removes) if a is not None)

    @property
    def heading_array(self) -> Tokens | None:
        """The array whose member names the body's cohort, as /batch does for /batch/0/cohortId."""
        for array in self.arrays:
            if len(self.cohort_id) > len(array) and self.cohort_id[: len(array)] == array:
                return array
        return None

    @property
    def requires_heading(self) -> bool:
        """Whether every body must name a cohort at cohortIdPath, with or without members."""
        return self.member.cohort_id is None and self.heading_array is None

    @classmethod
    def of(cls, source: Json) -> "ParserSpec":
        """Check the JSON object of a manifest's requestParser.

        Rules are those of the integration framework: addMemberArrayPath and removeMemberArrayPath come
        as a pair, and exclude memberArrayPath, which arrayInclusion and booleanMembershipPath need.
        Where both of those are declared, arrayInclusion decides.

        Raises:
            ParserSpecError: it can't be used; `pointer` says which part.
        """
        whole = _Object.of(source, (), _PROPERTIES)
        member = whole.child("memberArrayParser", _MEMBER_PROPERTIES)
        inclusion = None
        if "arrayInclusion" in whole.properties:
            inclusion = _read_inclusion(whole.child("arrayInclusion", _INCLUSION_PROPERTIES))
        spec = cls(
            environment_id=whole.require_path("environmentIdPath"),
            context_kind=whole.find_path("contextKindPath"),
            cohort_id=whole.require_path("cohortIdPath"),
            cohort_name=whole.require_path("cohortNamePath"),
            cohort_url=whole.find_path("cohortUrlPath"),
            members=whole.find_path("memberArrayPath"),
            adds=whole.find_path("addMemberArrayPath"),
            removes=whole.find_path("removeMemberArrayPath"),
            inclusion=inclusion,
            member=MemberSpec(
                member_id=member.require_path("memberIdPath"),
                flag=member.find_path("booleanMembershipPath"),
                cohort_id=member.find_path("cohortIdPath"),
                cohort_name=member.find_path("cohortNamePath"),
            ),
        )
        spec._check_arrays()
        return spec

    def _check_arrays(self) -> None:
        if self.adds is None and self.removes is None:
            self._check_one_array()
        elif self.adds is None:
            raise _unfit(
                "/addMemberArrayPath", "missing, and removeMemberArrayPath is there", "Add it"
            )
        elif self.removes is None:
            raise _unfit(
                "/removeMemberArrayPath", "missing, and addMemberArrayPath is there", "Add it"
            )
        else:
            self._check_pair()

    def _check_one_array(self) -> None:
        if self.members is None:
            raise _unfit(
                "/memberArrayPath",
                "missing: nothing says where the members are",
                "Add it, or add addMemberArrayPath and removeMemberArrayPath",
            )
        if self.inclusion is None and self.member.flag is None:
            raise _unfit(
                "/memberArrayParser/booleanMembershipPath",
                "missing: nothing says whether a member is added or removed",
                "Add it, or add arrayInclusion",
            )

    def _check_pair(self) -> None:
        excluded = (
            ("/memberArrayPath", self.members),
            ("/arrayInclusion", self.inclusion),
            ("/memberArrayParser/booleanMembershipPath", self.member.flag),
        )
        for pointer, declared in excluded:
            if declared is not None:
                raise _unfit(
                    pointer,
                    "there beside addMemberArrayPath and removeMemberArrayPath, which already say "
                    "who is added and who is removed",
                    "Leave one or the other out",
                )
        if self.adds == self.removes:
            raise _unfit(
                "/removeMemberArrayPath", "the same as addMemberArrayPath", "Name two arrays"
            )


def _read_inclusion(source: "_Object") -> Inclusion:
    path = source.require_path("path")
    pattern = source.require_text("matcher")
    try:
        return Inclusion(path, Matcher(pattern))
    except MatcherSyntaxError as error:
        raise _unfit(
            source.pointer("matcher"),
            f"not an RE2 expression: {error}",
            "Look-around and back-references are not part of it"
            "; see https://github.com/google/re2/wiki/Syntax",
        ) from None


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of the manifest, and where it is."""

    properties: Mapping[str, Json]
    at: Tokens

    @classmethod
    def of(cls, source: Json, at: Tokens, known: tuple[str, ...]) -> "_Object":
        pointer = format_pointer(*at)
        if type(source) is not dict:
            raise _unfit(pointer, f"{describe(source)}, not an object", "Send an object")
        for name in source:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                advice = f"Did you mean {close[0]}" if close else f"Known are {', '.join(known)}"
                raise _unfit(format_pointer(*at, name), "not a property of this object", advice)
        return cls(source, at)

    def pointer(self, name: str) -> str:
        return format_pointer(*self.at, name)

    def child(self, name: str, known: tuple[str, ...]) -> "_Object":
        return _Object.of(self.properties.get(name, MISSING), (*self.at, name), known)

    def require_text(self, name: str) -> str:
        value = self.properties.get(name, MISSING)
        if type(value) is not str:
            raise _unfit(self.pointer(name), f"{describe(value)}, not a string", "Send a string")
        return value

    def require_path(self, name: str) -> Tokens:
        text = self.require_text(name)
        try:
            tokens = parse_pointer(text)
        except PointerSyntaxError as error:
            raise _unfit(self.pointer(name), "not a JSON pointer", str(error)) from None
        if len(tokens) > MAX_POINTER_TOKENS:
            found = f"a pointer of {len(tokens):,} parts, more than {MAX_POINTER_TOKENS}"
            raise _unfit(self.pointer(name), found, "Name a place that bodies have")
        return tokens

    def find_path(self, name: str) -> Tokens | None:
        return self.require_path(name) if name in self.properties else None


def _unfit(pointer: str, found: str, advice: str) -> ParserSpecError:
    return ParserSpecError(
        f"requestParser{pointer} is {found}. {advice.rstrip('.')}.", pointer=pointer
    )
