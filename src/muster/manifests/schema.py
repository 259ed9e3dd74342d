"""Checking a manifest against Muster's JSON Schema (`schema.json`, draft-07), in words of our own."""

import difflib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from muster.core.pointers import Json, format_pointer
from muster.core.wording import count_of
from muster.manifests.findings import Finding, Severity

if TYPE_CHECKING:  # slow to load, and most commands check nothing
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import ValidationError

MAX_FINDINGS: Final = 100
"""How many findings of the schema are listed for one manifest; it bounds the time of a hostile one."""

_MAX_DEPTH: Final = 32
"""How deep the schema is looked for; it is not as deep itself."""
_SHOWN_LENGTH: Final = 60
_LONGEST_COMPARED: Final = 64

_TYPE_NAMES: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_SCHEMA_TYPE_NAMES: Final[Mapping[str, str]] = {
    "object": "an object",
    "array": "an array",
    "string": "a text",
    "boolean": "true or false",
}


def check_schema(document: Json) -> list[Finding]:
    """Return what in a document breaks the schema, at most `MAX_FINDINGS`, in the schema's order."""
    findings = itertools.chain.from_iterable(
        _DESCRIPTIONS[str(error.validator)](_Failure.of(error))
        for error in _validator().iter_errors(_cut_off(document, _MAX_DEPTH))
    )
    return list(itertools.islice(findings, MAX_FINDINGS))


def _cut_off(value: Json, depth: int) -> Json:
    """Return a value without what nests too deep to matter; the validator would print it, and fail."""
    if isinstance(value, dict):
        return {name: _cut_off(child, depth - 1) for name, child in value.items()} if depth else {}
    if isinstance(value, list):
        return [_cut_off(child, depth - 1) for child in value] if depth else []
    return value


@cache
def schema() -> Mapping[str, Json]:
    """Return the JSON Schema of a manifest (draft-07)."""
    text = resources.files(__package__).joinpath("schema.json").read_text("utf-8")
    document: Mapping[str, Json] = json.loads(text)
    return document


@cache
def _validator() -> "Draft7Validator":
    from jsonschema import Draft7Validator  # noqa: PLC0415

    return Draft7Validator(schema())


@dataclass(frozen=True, slots=True)
class _Failure:
    """One assertion of the schema that a value does not keep to.

    Attributes:
        path: reference tokens of the value.
        found: the value.
        expected: what the schema gives for the keyword that failed, such as the list of an `enum`.
        schema: the part of the schema that holds the keyword.
        text: how the validator puts it.
    """

    path: Sequence[str | int]
    found: Json
    expected: Json
    schema: Mapping[str, Json]
    text: str

    @classmethod
    def of(cls, error: "ValidationError") -> "_Failure":
        part = error.schema
        return cls(
            path=tuple(error.absolute_path),
            found=error.instance,
            expected=error.validator_value,
            schema=part if isinstance(part, Mapping) else {},
            text=error.message,
        )

    def finding(
        self, rule: str, message: str, hint: str = "", *, key: str | None = None
    ) -> Finding:
        """Return a finding at the value, or at a key in it."""
        path = self.path if key is None else (*self.path, key)
        return Finding(f"schema/{rule}", Severity.ERROR, format_pointer(*path), message, hint)


def _missing_key(failure: _Failure) -> Iterator[Finding]:
    # The validator fails once for each missing key and names it only in its text.
    for key in failure.expected:
        if failure.text.startswith(repr(key)):
            yield failure.finding(
                "missing-key", f"The key {_shown(key)} is missing.", f"Add {_shown(key)}."
            )


def _unknown_key(failure: _Failure) -> Iterator[Finding]:
    known = list(failure.schema["properties"])
    for key in failure.found:
        if key not in known:
            yield failure.finding(
                "unknown-key",
                f"There is no key {_shown(key)} here.",
                _nearest(key, known),
                key=key if len(key) <= _LONGEST_COMPARED else None,
            )


def _wrong_type(failure: _Failure) -> Iterator[Finding]:
    wanted = failure.expected if isinstance(failure.expected, list) else [failure.expected]
    names = " or ".join(_SCHEMA_TYPE_NAMES[name] for name in wanted)
    found = _TYPE_NAMES[type(failure.found)]
    yield failure.finding("wrong-type", f"Found {found}, expected {names}.")


def _wrong_choice(failure: _Failure) -> Iterator[Finding]:
    hint = _nearest(failure.found, failure.expected)
    yield failure.finding("wrong-choice", f"{_shown(failure.found)} is not a choice here.", hint)


def _wrong_text(failure: _Failure) -> Iterator[Finding]:
    expected = failure.schema["description"]
    yield failure.finding("wrong-text", f"Found {_shown(failure.found)}, expected {expected}.")


def _wrong_length(bound: str, unit: str) -> Callable[[_Failure], Iterator[Finding]]:
    def describe(failure: _Failure) -> Iterator[Finding]:
        limit, count = failure.expected, len(failure.found)
        message = f"Found {count}, expected {bound} {count_of(limit, unit)}."
        yield failure.finding("wrong-length", message)

    return describe


def _repeated_item(failure: _Failure) -> Iterator[Finding]:
    yield failure.finding("repeated-item", "An item stands here twice.", "Keep one of each.")


_DESCRIPTIONS: Final[Mapping[str, Callable[[_Failure], Iterator[Finding]]]] = {
    "required": _missing_key,
    "additionalProperties": _unknown_key,
    "type": _wrong_type,
    "enum": _wrong_choice,
    "pattern": _wrong_text,
    "minLength": _wrong_length("at least", "character"),
    "maxLength": _wrong_length("at most", "character"),
    "minItems": _wrong_length("at least", "item"),
    "maxItems": _wrong_length("at most", "item"),
    "uniqueItems": _repeated_item,
}
"""How each assertion that `schema.json` makes is put into words."""


def _nearest(found: Json, known: Sequence[str]) -> str:
    """Return a hint that names the known word nearest to what was found, or else all of them."""
    if isinstance(found, str) and len(found) <= _LONGEST_COMPARED:
        lowered = {word.lower(): word for word in known}
        for match in difflib.get_close_matches(found.lower(), lowered, n=1):
            return f"Did you mean {_shown(lowered[match])}?"
    return f"Known here: {', '.join(known)}."


def _shown(value: Json) -> str:
    """Return a value as JSON, cut to a readable length; of an object or array, only that it is one."""
    if isinstance(value, dict | list):
        return _TYPE_NAMES[type(value)]
    if isinstance(value, str):
        value = value[: _SHOWN_LENGTH + 1]
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"
