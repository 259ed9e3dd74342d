"""Bodies without their members: they show how a request was read, and not who was in it."""

import hmac
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from muster.core.pointers import Json, Tokens
from muster.payloads.model import MAX_KEY_LENGTH
from muster.payloads.spec import ParserSpec

_PREFIX: Final = "hashed-"
_DIGITS: Final = 24


class Redactor:
    """Puts hashes in the place of whatever may tell who a member is. It never changes.

    Only what the manifest declares to be of the request or of its cohort is kept: the environment's ID,
    the context kind, the cohort's id, name and URL, and the action. Every other text and number becomes
    a hash, wherever it stands, for partners send names and addresses beside the ids. Booleans, null,
    empty texts and the names of an object's members are kept, so the body is read as it was before, and
    is refused as it was before; one member has one hash.
    """

    def __init__(self, spec: ParserSpec, secret: bytes) -> None:
        """Make a redactor for the bodies of one manifest.

        Args:
            secret: the key of the hashes (HMAC-SHA256), at least 16 bytes that nobody can guess.
        """
        self._kept = frozenset(_headings(spec))
        self._arrays = spec.arrays
        member = spec.member
        self._kept_of_member = frozenset(
            tokens for tokens in (member.cohort_id, member.cohort_name) if tokens is not None
        )
        self._secret = secret

    def redact(self, body: Json) -> Json:
        """Return a copy of a body, without its members' ids and whatever else is not known to be safe."""
        return self._redact(body, ())

    def _redact(self, value: Json, at: Tokens) -> Json:
        if isinstance(value, dict):
            return {name: self._redact(child, (*at, name)) for name, child in value.items()}
        if isinstance(value, list):
            return [self._redact(child, (*at, str(place))) for place, child in enumerate(value)]
        if value is None or isinstance(value, bool) or value == "" or self._is_kept(at):
            return value
        return self._hash(value)

    def _is_kept(self, at: Tokens) -> bool:
        if at in self._kept:
            return True
        for array in self._arrays:
            depth = len(array)
            if at[:depth] == array and at[depth + 1 :] in self._kept_of_member:
                return len(at) > depth
        return False

    def _hash(self, value: str | int | float) -> str:
        text = value if isinstance(value, str) else repr(value)
        digest = hmac.new(self._secret, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()
        hashed = f"{_PREFIX}{digest[:_DIGITS]}"
        # What is wrong with an id has to stay wrong with it.
        if len(text) > MAX_KEY_LENGTH:
            hashed = hashed.ljust(len(text), ".")
        return f"{hashed}\0" if "\0" in text else hashed


def _headings(spec: ParserSpec) -> Iterator[Tokens]:
    """Yield the places of what a body says of itself and of its cohort.

    One that leads into a member, as /batch/0/cohortId does, is among them; one that is where members'
    ids are is not.
    """
    declared = (
        spec.environment_id,
        spec.context_kind,
        spec.cohort_id,
        spec.cohort_name,
        spec.cohort_url,
        spec.inclusion.path if spec.inclusion else None,
    )
    for tokens in declared:
        if tokens is not None and not _names_a_member(spec, tokens):
            yield tokens


def _names_a_member(spec: ParserSpec, tokens: Tokens) -> bool:
    return any(
        tokens[: len(array)] == array and tokens[len(array) + 1 :] == spec.member.member_id
        for array in spec.arrays
    )
