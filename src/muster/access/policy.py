"""Policies: statements that allow or deny actions on resources, and how they decide.

The format and the rules are those of LaunchDarkly's role policies. Nothing is allowed unless a statement
allows it; within one policy any deny beats every allow, whatever their order; and of several policies it
is enough that one allows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from muster.access.globs import Glob
from muster.access.resources import Resource
from muster.access.specifiers import Specifier, parse_specifier
from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json, Tokens, format_pointer

_ACTION: Final = re.compile(r"[A-Za-z0-9*]+")
_FIELDS: Final = ("actions", "notActions", "resources", "notResources")
_T = TypeVar("_T")


class Effect(StrEnum):
    """What a statement does with what it matches."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Statement:
    """Allows or denies actions on resources.

    Exactly one of `actions` and `not_actions` is set, and exactly one of `resources` and
    `not_resources`. Each is a list of patterns; the `not` forms match whatever their list does not.

    Raises:
        InvalidRequestError: both or neither of a pair is set, a list is empty, or an entry can't be read.
    """

    effect: Effect
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    _globs: tuple[Glob, ...] = field(init=False, repr=False, compare=False)
    _specifiers: tuple[Specifier, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        actions = _one_of(("actions", self.actions), ("notActions", self.not_actions))
        resources = _one_of(("resources", self.resources), ("notResources", self.not_resources))
        object.__setattr__(self, "_globs", _parse_each(*actions, _parse_action))
        object.__setattr__(self, "_specifiers", _parse_each(*resources, parse_specifier))

    def matches(self, action: str, resource: Resource) -> bool:
        """Tell whether the statement is about this action on this resource."""
        return self.matches_action(action) and self.matches_resource(resource)

    def matches_action(self, action: str) -> bool:
        """Tell whether the statement is about this action."""
        for glob in self._globs:
            if glob.matches(action):
                return self.actions is not None
        return self.actions is None

    def matches_resource(self, resource: Resource) -> bool:
        """Tell whether the statement is about this resource."""
        for specifier in self._specifiers:
            if specifier.matches(resource):
                return self.resources is not None
        return self.resources is None

    def to_json(self) -> dict[str, Any]:
        """Return the statement as the REST API shows it."""
        lists = (self.actions, self.not_actions, self.resources, self.not_resources)
        shown = {
            name: list(texts)
            for name, texts in zip(_FIELDS, lists, strict=True)
            if texts is not None
        }
        return {"effect": self.effect.value, **shown}


@dataclass(frozen=True, slots=True)
class Policy:
    """A list of statements, which decide together.

    Attributes:
        role_key: the key of the custom role whose policy this is, for explanations; no part of what it
            says.
    """

    statements: tuple[Statement, ...]
    role_key: str | None = field(default=None, compare=False)

    def decide(self, action: str, resource: Resource) -> Effect | None:
        """Return what the policy says, or None when no statement is about this."""
        verdict = None
        for statement in self.statements:
            if statement.matches(action, resource):
                if statement.effect is Effect.DENY:
                    return Effect.DENY
                verdict = Effect.ALLOW
        return verdict

    @classmethod
    def parse(cls, document: Json, *, at: Tokens = ()) -> Self:
        """Return the policy that a JSON list of statements spells.

        Args:
            document: the list, as `json.loads` returns it: `[{"effect", "actions", "resources"}, ...]`.
                Fields that are unknown are ignored.
            at: where the list stands in the request's body, for the pointers of errors.

        Raises:
            InvalidRequestError: the document is no policy; its pointer names the value at fault.
        """
        if not isinstance(document, list) or not document:
            raise InvalidRequestError(
                f"A policy is a list of one or more statements; {_kind(document)} was found.",
                pointer=format_pointer(*at),
            )
        return cls(
            tuple(_parse_statement(one, (*at, str(place))) for place, one in enumerate(document))
        )

    def to_json(self) -> list[dict[str, Any]]:
        """Return the policy as the REST API shows it; `parse` reads it back."""
        return [statement.to_json() for statement in self.statements]


def evaluate(policies: Iterable[Policy], action: str, resource: Resource) -> bool:
    """Tell whether the policies allow an action on a resource: whether one of them does."""
    return any(policy.decide(action, resource) is Effect.ALLOW for policy in policies)


def _parse_statement(document: Json, at: Tokens) -> Statement:
    if not isinstance(document, dict):
        raise InvalidRequestError(
            f"A statement is an object with effect, actions and resources; {_kind(document)} was found.",
            pointer=format_pointer(*at),
        )
    effect = document.get("effect")
    if effect not in ("allow", "deny"):
        raise InvalidRequestError(
            f"A statement's effect is 'allow' or 'deny'; {_kind(effect)} was found.",
            pointer=format_pointer(*at, "effect"),
        )
    lists = [_parse_texts(document.get(name), (*at, name)) for name in _FIELDS]
    try:
        return Statement(Effect(effect), *lists)
    except InvalidRequestError as error:
        pointer = format_pointer(*at) + (error.pointer or "")
        raise InvalidRequestError(error.message, pointer=pointer) from None


def _parse_texts(document: Json, at: Tokens) -> tuple[str, ...] | None:
    if document is None:
        return None
    if not isinstance(document, list):
        raise InvalidRequestError(
            f"A list of texts was expected; {_kind(document)} was found.",
            pointer=format_pointer(*at),
        )
    for place, text in enumerate(document):
        if not isinstance(text, str):
            raise InvalidRequestError(
                f"A text was expected; {_kind(text)} was found.", pointer=format_pointer(*at, place)
            )
    return tuple(document)


def _one_of(
    *pair: tuple[str, tuple[str, ...] | None],
) -> tuple[str, tuple[str, ...]]:
    (name, texts), (other_name, other_texts) = pair
    if (texts is None) == (other_texts is None):
        found = "neither" if texts is None else "both"
        raise InvalidRequestError(
            f"A statement has either {name} or {other_name}; {found} was found."
        )
    return (name, texts) if texts is not None else (other_name, other_texts or ())


def _parse_each(name: str, texts: tuple[str, ...], parse: Callable[[str], _T]) -> tuple[_T, ...]:
    if not texts:
        raise InvalidRequestError(
            f"{name} is empty; it must hold at least one entry.", pointer=format_pointer(name)
        )
    parsed = []
    for place, text in enumerate(texts):
        try:
            parsed.append(parse(text))
        except InvalidRequestError as error:
            raise InvalidRequestError(error.message, pointer=format_pointer(name, place)) from None
    return tuple(parsed)


def _parse_action(text: str) -> Glob:
    if not _ACTION.fullmatch(text):
        raise InvalidRequestError(
            f"{text[:80]!r} is not an action: write its name, such as 'updateIncluded', "
            "with '*' for any characters."
        )
    return Glob(text)


def _kind(value: Json) -> str:
    """Return what a JSON value is, for an error."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, int | float):
        return "a number"
    return "an empty list" if value == [] else "a list" if isinstance(value, list) else "an object"
