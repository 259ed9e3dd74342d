"""Resource specifiers: which resources a statement of a policy is about.

The syntax is that of LaunchDarkly's roles: parts `type/name` joined by `:`, where `*` in a name stands
for any characters, and `;` adds selectors, all of which must hold: tags (again with `*`), or a property
such as `{critical:true}`. So `proj/*:env/*;{critical:true}:segment/*` is every segment of every critical
environment. Types do not inherit: `proj/shop` says nothing about `proj/shop:env/test`.

One thing is Muster's own: a lone `*` is every resource of every type.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from muster.access.globs import Glob
from muster.access.resources import Resource, ResourcePart
from muster.core.errors import InvalidRequestError

EVERYTHING: Final = "*"
_MAX_LENGTH: Final = 1024

_TYPE: Final = r"[a-z][a-z-]*"
_NAME: Final = r"[^\s:/;,${}\x00-\x1f\x7f\ud800-\udfff]+"
_SELECTOR: Final = rf"(?:\{{[A-Za-z]+:(?:true|false)\}}|{_NAME})"
_PART: Final = re.compile(
    rf"(?P<type>{_TYPE})/(?P<name>{_NAME})(?:;(?P<selectors>{_SELECTOR}(?:,{_SELECTOR})*))?"
)
_PROPERTY: Final = re.compile(r"\{([A-Za-z]+):(true|false)\}")

_PARENTS: Final = {
    "env": "proj",
    "metric": "proj",
    "context-kind": "proj",
    "flag": "env",
    "segment": "env",
    "sdk-key": "env",
    "destination": "env",
    "user": "env",
    "token": "member",
}
"""The type that each of these stands in; types that are not here are taken as they come."""
_OUTERMOST: Final = frozenset(
    {
        "proj",
        "member",
        "service-token",
        "role",
        "team",
        "webhook",
        "integration",
        "relay-proxy-config",
    }
)
_MEANT: Final = {
    "project": "proj",
    "environment": "env",
    "account": "acct",
    "access-token": "member/*:token",
    "segments": "segment",
    "flags": "flag",
}
_EVERYWHERE: Final = ":env/*:"
"""The place of what is done to a flag in all environments of its project at once."""
_EXAMPLE: Final = (
    "Write it like 'proj/KEY:env/KEY:segment/KEY'; in a policy, '*' stands for any characters."
)


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    value: bool

    def holds(self, part: ResourcePart) -> bool:
        return (self.name in part.properties) is self.value


@dataclass(frozen=True, slots=True)
class _Tag:
    glob: Glob

    def holds(self, part: ResourcePart) -> bool:
        return any(self.glob.matches(tag) for tag in part.tags)


@dataclass(frozen=True, slots=True)
class _PartPattern:
    type: str
    name: Glob
    selectors: tuple[_Property | _Tag, ...]

    def matches(self, part: ResourcePart) -> bool:
        return (
            self.type == part.type
            and self.name.matches(part.key)
            and (not self.selectors or all(selector.holds(part) for selector in self.selectors))
        )


@dataclass(frozen=True, slots=True)
class Specifier:
    """A parsed specifier. Make one with `parse_specifier`."""

    text: str
    _parts: tuple[_PartPattern, ...] | None

    def matches(self, resource: Resource) -> bool:
        """Tell whether the specifier names this resource; never for what stands in it."""
        if self._parts is None:
            return True
        parts = resource.parts
        if len(parts) != len(self._parts):
            return False
        for pattern, part in zip(self._parts, parts, strict=True):  # noqa: SIM110 - twice as quick
            if not pattern.matches(part):
                return False
        return True

    @property
    def parts(self) -> tuple[_PartPattern, ...]:
        """The patterns of its parts, outermost first; none of a lone `*`."""
        return self._parts or ()

    def __str__(self) -> str:
        return self.text


@lru_cache(4096)
def parse_specifier(text: str) -> Specifier:
    """Return the specifier that a text spells.

    Raises:
        InvalidRequestError: the text is no specifier; it has no pointer, the caller knows where it is.
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidRequestError(
            f"A resource has at most {_MAX_LENGTH} characters; {len(text)} found."
        )
    return _parse(text)


def _parse(text: str) -> Specifier:
    if text == EVERYTHING:
        return Specifier(text, None)
    if text == "acct":
        return Specifier(text, (_PartPattern("acct", Glob(""), ()),))
    parts: list[_PartPattern] = []
    position = 0
    while True:
        found = _PART.match(text, position)
        if found is None:
            raise InvalidRequestError(_complaint(text, position))
        parent = parts[-1].type if parts else None
        _check_place(text, found["type"], parent)
        parts.append(
            _PartPattern(found["type"], Glob(found["name"]), _parse_selectors(found["selectors"]))
        )
        position = found.end()
        if position == len(text):
            return Specifier(text, tuple(parts))
        if text[position] != ":":
            raise InvalidRequestError(_complaint(text, position))
        position += 1


def parse_resource(text: str) -> Resource:
    """Return the one resource that a text names, such as `proj/shop:env/test;{critical:true}`.

    `proj/shop:env/*:flag/checkout` names one, too: the flag in all environments at once. Selectors are
    taken for what is so: tags that it has, and properties that are true. There may be more of them than a
    policy's specifier has room for.

    Raises:
        InvalidRequestError: the text is no specifier, or names more than one resource.
    """
    specifier = _parse(text)
    if "*" in (text.replace(_EVERYWHERE, "", 1) if ":flag/" in text else text):
        raise InvalidRequestError(
            f"{text!r} names many resources. Name one: write a key in the place of each '*'."
        )
    return Resource(tuple(map(_part_of, specifier.parts)))


def _part_of(pattern: _PartPattern) -> ResourcePart:
    tags = [one.glob.pattern for one in pattern.selectors if isinstance(one, _Tag)]
    properties = [one.name for one in pattern.selectors if isinstance(one, _Property) and one.value]
    return ResourcePart(pattern.type, pattern.name.pattern, frozenset(tags), frozenset(properties))


def _parse_selectors(text: str | None) -> tuple[_Property | _Tag, ...]:
    selectors: list[_Property | _Tag] = []
    for selector in text.split(",") if text else ():
        found = _PROPERTY.fullmatch(selector)
        if found is not None:
            selectors.append(_Property(found[1], found[2] == "true"))
        else:
            selectors.append(_Tag(Glob(selector)))
    return tuple(selectors)


def _check_place(text: str, type_: str, parent: str | None) -> None:
    """Refuse a part that could never match where it stands."""
    if type_ in _MEANT:
        raise InvalidRequestError(
            f"{text!r} is not a resource: the type {type_!r} is written {_MEANT[type_]!r}. {_EXAMPLE}"
        )
    wanted = _PARENTS.get(type_)
    if wanted is not None and parent != wanted:
        raise InvalidRequestError(
            f"{text!r} is not a resource: '{type_}/...' must follow '{wanted}/...'. {_EXAMPLE}"
        )
    if type_ in _OUTERMOST and parent is not None:
        raise InvalidRequestError(
            f"{text!r} is not a resource: '{type_}/...' can only come first. {_EXAMPLE}"
        )


def _complaint(text: str, position: int) -> str:
    rest = text[position:]
    if "${" in text:
        return f"{text!r} is not a resource: Muster has no role attributes ('${{...}}') yet."
    if ";view:" in text or ",view:" in text:
        return f"{text!r} is not a resource: Muster has no views to select by."
    return f"{text!r} is not a resource: it can't be read from {rest!r} on. {_EXAMPLE}"
