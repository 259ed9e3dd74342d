"""Reading one value of a body. Each reader takes what a pointer led to, `MISSING` included.

A reader returns what Muster keeps, or raises `Misfit`. A value that is present and false, 0 or "" is
present; each reader says whether it is valid.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import orjson

from muster.core.pointers import MISSING, Json, Tokens, resolve
from muster.payloads.errors import Misfit, misplaced
from muster.payloads.model import (
    DEFAULT_CONTEXT_KIND,
    MAX_KEY_LENGTH,
    MAX_NAME_LENGTH,
    MAX_URL_LENGTH,
)

T = TypeVar("T")

_TOO_MANY_DIGITS: Final = 10**MAX_KEY_LENGTH
_EXACT_FLOAT: Final = 2**53
"""Below this, and nowhere above, every integer has a float of its own."""
_KIND: Final = re.compile(r"[A-Za-z0-9._-]+")
AN_ID: Final = f"a string of 1 to {MAX_KEY_LENGTH} characters"
"""What an id is, to a person."""
_A_NAME: Final = f"a string of at most {MAX_NAME_LENGTH:,} characters"
_A_URL: Final = f"a string of at most {MAX_URL_LENGTH:,} characters"
_RESERVED_KINDS: Final = frozenset({"kind", "multi"})


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A value that a manifest says where to find.

    Attributes:
        tokens: where, from the document that `read` is given.
        noun: what it is to a person, as "the member's id".
        reader: makes of the value there (or `MISSING`) what is kept of it, or raises `Misfit`.
    """

    tokens: Tokens
    noun: str
    reader: Callable[[Json], T]

    def read(self, body: Json) -> T:
        """Return the value in a body.

        Raises:
            InvalidPayloadError: it is missing or does not fit.
        """
        try:
            # Most pointers name a member of the body itself.
            if len(self.tokens) == 1 and type(body) is dict:
                return self.reader(body.get(self.tokens[0], MISSING))
            return self.reader(resolve(body, self.tokens))
        except Misfit as misfit:
            raise misplaced(misfit, self.noun, body, self.tokens) from None

    def find(self, document: Json) -> T | None:
        """Return the value in a document, or None when it is missing or does not fit."""
        try:
            return self.reader(resolve(document, self.tokens))
        except Misfit:
            return None


def read_id(value: Json) -> str:
    """Return an id (a context key or a cohort's id); of a number, its decimal string."""
    text = value if type(value) is str else _number_text(value, AN_ID)
    if not text:
        raise Misfit(AN_ID, "An empty string names nothing: send the id, or leave the entry out.")
    if len(text) > MAX_KEY_LENGTH:
        raise Misfit(AN_ID, "Send a shorter id.", f"a string of {len(text):,} characters")
    if "\0" in text:
        raise Misfit(
            AN_ID, "Leave the NUL character out.", "a string with a NUL character (U+0000)"
        )
    return text


def read_environment_id(value: Json) -> str:
    """Return a client-side ID, which is always sent as a string."""
    if type(value) is not str:
        raise Misfit(AN_ID, "Send the 24 hexadecimal digits that Muster shows, in quotes.")
    return read_id(value)


def are_plain_ids(texts: Collection[str]) -> bool:
    """Tell whether `read_id` takes each of these strings as it is."""
    return all(texts) and max(map(len, texts)) <= MAX_KEY_LENGTH and "\0" not in "".join(texts)


def read_optional_id(value: Json) -> str | None:
    """Return an id, or None where there is none; null is no id, and an error."""
    return None if value is MISSING else read_id(value)


def read_name(value: Json) -> str | None:
    """Return a cohort's name (of a number, its decimal string); None where it is missing, null or empty."""
    if value is MISSING or value is None:
        return None
    text = value if type(value) is str else _number_text(value, _A_NAME)
    return _read_text(text, _A_NAME, MAX_NAME_LENGTH)


def are_plain_names(texts: Collection[str]) -> bool:
    """Tell whether `read_name` takes each of these strings as it is."""
    return all(texts) and max(map(len, texts)) <= MAX_NAME_LENGTH and "\0" not in "".join(texts)


def read_url(value: Json) -> str | None:
    """Return a cohort's URL; None where it is missing, null or empty."""
    if value is MISSING or value is None:
        return None
    if type(value) is not str:
        raise Misfit(_A_URL, "Send the URL as a string, or leave it out.")
    return _read_text(value, _A_URL, MAX_URL_LENGTH)


def read_kind(value: Json) -> str:
    """Return a context kind; `user` where it is missing, null or empty."""
    if value is MISSING or value is None or value == "":
        return DEFAULT_CONTEXT_KIND
    is_kind = (
        type(value) is str
        and len(value) <= MAX_KEY_LENGTH
        and _KIND.fullmatch(value) is not None
        and value not in _RESERVED_KINDS
    )
    if not is_kind:
        raise Misfit(
            "a string of letters, digits, '.', '_' and '-', neither 'kind' nor 'multi'",
            f"Leave it out for '{DEFAULT_CONTEXT_KIND}', or send a kind such as 'organization'.",
            "a string that is no context kind" if type(value) is str and value else None,
        )
    return str(value)


def read_flag(value: Json) -> bool:
    """Return a membership: true for a member that enters, false for one that leaves."""
    if type(value) is not bool:
        raise Misfit(
            "true (to add) or false (to remove)",
            "Send a JSON boolean: not in quotes, not 0 or 1.",
        )
    return value


def read_action(value: Json) -> str:
    """Return what a matcher is tried on: a string, or the JSON text of a number or a boolean."""
    if type(value) is str:
        return value
    if isinstance(value, bool | int | float):
        return orjson.dumps(value).decode()
    raise Misfit("a string", "Send the word that says whether members are added or removed.")


def read_members(value: Json) -> list[Json]:
    """Return an array of members."""
    if type(value) is not list:
        raise Misfit("an array", "Send the members as an array; it may be empty.")
    return value


def read_optional_members(value: Json) -> list[Json]:
    """Return an array of members, an empty one where it is missing or null."""
    return [] if value is MISSING or value is None else read_members(value)


def _read_text(text: str, expected: str, max_length: int) -> str | None:
    if len(text) > max_length:
        raise Misfit(expected, "Send a shorter one.", f"a string of {len(text):,} characters")
    if "\0" in text:
        raise Misfit(
            expected, "Leave the NUL character out.", "a string with a NUL character (U+0000)"
        )
    return text or None


def _number_text(value: Json, expected: str) -> str:
    """Return the decimal string of a number, which must not have lost a digit on its way.

    12 and 12.0 give "12", and 0.5 gives "0.5". Past 64 bits an integer reaches Muster as a float, which
    has lost digits: two ids could become one, so that is an error; so is what needs an exponent.
    """
    send_string = "Send it as a string, in quotes."
    if type(value) is int:
        if abs(value) >= _TOO_MANY_DIGITS:
            raise Misfit(expected, send_string, "a number of too many digits")
        return str(value)
    if type(value) is not float:
        raise Misfit(expected, "Send one, as a string." if value is MISSING else send_string)
    text = str(int(value)) if value.is_integer() else repr(value)
    if abs(value) >= _EXACT_FLOAT or "e" in text:
        raise Misfit(expected, send_string, "a number too large or too fine to be kept exactly")
    return text
