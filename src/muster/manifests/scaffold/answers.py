"""What a new integration is made of, and which answers are taken."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json, parse_pointer
from muster.manifests.check import check
from muster.manifests.keys import MAX_INTEGRATION_KEY_LENGTH, parse_integration_key

_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")
_ENDS_AS_SENTENCE: Final = re.compile(r"[.!?:;,…]$")


class AnswerError(InvalidRequestError):
    """An answer that can't be taken; the message says why and what to give instead."""

    code = "invalid-answer"


class Topic(StrEnum):
    """What is asked of whoever makes an integration, in the order of asking."""

    NAME = "name"
    KEY = "key"
    WEBSITE = "website"
    AUTHOR = "author"
    SUPPORT_EMAIL = "support-email"
    PRIVACY_POLICY = "privacy-policy"
    DOCS_URL = "docs-url"
    OVERVIEW = "overview"
    DESCRIPTION = "description"

    @property
    def is_optional(self) -> bool:
        """Whether an integration may do without it."""
        return self is Topic.DOCS_URL


_PLACES: Final[Mapping[Topic, str]] = {
    Topic.NAME: "/name",
    Topic.WEBSITE: "/links/site",
    Topic.AUTHOR: "/author",
    Topic.SUPPORT_EMAIL: "/supportEmail",
    Topic.PRIVACY_POLICY: "/links/privacyPolicy",
    Topic.DOCS_URL: "/links/supportWebsite",
    Topic.OVERVIEW: "/overview",
    Topic.DESCRIPTION: "/description",
}
"""Where in the manifest an answer stands; the key stands in none."""
_ADDRESSES: Final = frozenset({Topic.WEBSITE, Topic.PRIVACY_POLICY, Topic.DOCS_URL})


@dataclass(frozen=True, slots=True)
class Answers:
    """What an integration's folder is made of.

    Attributes:
        texts: an answer for each topic, but for those that are optional, as `read_answer` gives it.
        request_parser: the `requestParser` object; it compiles.
    """

    texts: Mapping[Topic, str]
    request_parser: Mapping[str, Json]

    @property
    def key(self) -> str:
        """The integration key, which is the name of the folder."""
        return self.texts[Topic.KEY]


def read_answer(topic: Topic, text: str) -> str:
    """Return an answer as it is kept: without white space around it, and a sentence with its period.

    Lengths and forms are those of the manifest's schema.

    Raises:
        AnswerError: it can't be taken.
    """
    text = " ".join(text.split()) if topic not in _ADDRESSES else text.strip()
    if not text.isprintable():
        raise AnswerError("There is a character in it that can't be shown. Leave it out.")
    if topic is Topic.KEY:
        return _read_key(text)
    if topic is Topic.OVERVIEW:
        text = _end_sentence(text)
    if topic in _ADDRESSES:
        _check_address(text)
    pointer = _PLACES[topic]
    for finding in check(_document_with(pointer, text)):
        if finding.pointer == pointer:
            about = "Its length: " if finding.rule == "schema/wrong-length" else ""
            raise AnswerError(f"{about}{finding.message} {finding.hint}".strip())
    return text


def find_default(topic: Topic, known: Mapping[Topic, str]) -> str | None:
    """Return an answer that is right for everybody, made of those that are known; None where none is."""
    name, author = known.get(Topic.NAME), known.get(Topic.AUTHOR)
    proposed = None
    if topic is Topic.KEY and name is not None:
        proposed = propose_key(name)
    elif topic is Topic.OVERVIEW and author is not None:
        proposed = f"Keep segments in step with the cohorts of {author}."
    elif topic is Topic.DESCRIPTION and author is not None:
        proposed = (
            f"Users who enter or leave a cohort in {author} enter or leave the segment of the same name, "
            "so that feature flags can target them."
        )
    return _if_valid(topic, proposed)


def find_guess(topic: Topic, known: Mapping[Topic, str]) -> str | None:
    """Return an answer that may well be right, and that somebody has to look at; None where none is."""
    website = known.get(Topic.WEBSITE)
    if website is None:
        return None
    parts = urlsplit(website)
    if topic is Topic.SUPPORT_EMAIL:
        return _if_valid(topic, f"support@{(parts.hostname or '').removeprefix('www.')}")
    if topic is Topic.PRIVACY_POLICY:
        return _if_valid(topic, f"{parts.scheme}://{parts.netloc}/privacy")
    return None


def propose_key(name: str) -> str | None:
    """Return the key that a name suggests: `Acme Cohorts` gives `acme-cohorts`; None where none is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_KEY.sub("-", plain).strip("-")[:MAX_INTEGRATION_KEY_LENGTH].rstrip("-") or None


def arrange_texts(texts: Mapping[Topic, str]) -> dict[str, Json]:
    """Return what of a manifest the answers make: its texts and links, by name."""
    document: dict[str, Json] = {}
    for topic, pointer in _PLACES.items():
        if topic in texts:
            *above, name = parse_pointer(pointer)
            place = document
            for token in above:
                place = place.setdefault(token, {})
            place[name] = texts[topic]
    return document


def _read_key(text: str) -> str:
    try:
        return parse_integration_key(text)
    except InvalidRequestError:
        raise AnswerError(
            f"A key has 1 to {MAX_INTEGRATION_KEY_LENGTH} of a-z, 0-9, '.', '_' and '-', and begins with "
            "a letter or a digit."
        ) from None


def _end_sentence(text: str) -> str:
    if not text or text.endswith("."):
        return text
    if _ENDS_AS_SENTENCE.search(text):
        raise AnswerError("End it with a period.")
    return f"{text}."


def _check_address(text: str) -> None:
    example = "Write it as in https://acme.example/page."
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AnswerError(f"This is no address. {example}") from None
    if any(char.isspace() for char in text):
        raise AnswerError(f"There is a space in it. {example}")
    if parts.scheme.lower() not in {"http", "https"}:
        raise AnswerError("It has to begin with https://, as https://acme.example does.")
    if not host:
        raise AnswerError(f"It names no host. {example}")


def _document_with(pointer: str, text: str) -> Json:
    document: Json = text
    for token in reversed(parse_pointer(pointer)):
        document = {token: document}
    return document


def _if_valid(topic: Topic, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return read_answer(topic, text)
    except AnswerError:
        return None
