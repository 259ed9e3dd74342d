"""What `muster integration new` asks: each question's words, its flag and its default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from muster.core.pointers import PointerSyntaxError
from muster.manifests.scaffold.answers import AnswerError, Topic
from muster.payloads.explanation import Way
from muster.payloads.matcher import Matcher, MatcherSyntaxError
from muster.payloads.properties import ITSELF, ParserProperty, matcher_of, read_place

_PLAIN_WORD: Final = re.compile(r"[\w -]+")
NONE: Final = "-"
"""What is entered for nothing, where a question may be left without an answer."""


@dataclass(frozen=True, slots=True)
class TopicQuestion:
    """A question about the integration itself; its flag is named after the topic."""

    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """A question about a property of the request parser.

    Attributes:
        flag: the flag that answers it.
        default: where most partners have it; None where most have none.
    """

    title: str
    hint: str
    flag: str
    default: str | None = None


TOPICS: Final[Mapping[Topic, TopicQuestion]] = {
    Topic.NAME: TopicQuestion("Name", "as users see it in a list: Acme Cohorts"),
    Topic.KEY: TopicQuestion("Key", "names the folder, the address and every segment"),
    Topic.WEBSITE: TopicQuestion("Website", "of the product, with https://"),
    Topic.AUTHOR: TopicQuestion("Author", "the company: Acme"),
    Topic.SUPPORT_EMAIL: TopicQuestion("Support e-mail", "where users get help"),
    Topic.PRIVACY_POLICY: TopicQuestion("Privacy policy", "its address"),
    Topic.DOCS_URL: TopicQuestion("Documentation", "address of your page about this integration"),
    Topic.OVERVIEW: TopicQuestion("Overview", "one sentence, 10 to 100 characters"),
    Topic.DESCRIPTION: TopicQuestion("Description", "one line, 50 to 2,048 characters"),
}
PLACES: Final[Mapping[ParserProperty, PlaceQuestion]] = {
    ParserProperty.ENVIRONMENT_ID: PlaceQuestion(
        "Environment", "its client-side ID, a text", "--environment-id-path", "/environmentId"
    ),
    ParserProperty.CONTEXT_KIND: PlaceQuestion(
        "Context kind", "where a request says it; without, it is user", "--context-kind-path"
    ),
    ParserProperty.COHORT_ID: PlaceQuestion("Cohort id", "", "--cohort-id-path", "/cohortId"),
    ParserProperty.COHORT_NAME: PlaceQuestion(
        "Cohort name", "", "--cohort-name-path", "/cohortName"
    ),
    ParserProperty.COHORT_URL: PlaceQuestion(
        "Cohort page", "a link to the cohort in your product", "--cohort-url-path"
    ),
    ParserProperty.MEMBERS: PlaceQuestion(
        "Members", "the array that holds them", "--member-array-path", "/members"
    ),
    ParserProperty.ADDS: PlaceQuestion(
        "Who enters", "the array that holds them", "--add-member-array-path", "/add"
    ),
    ParserProperty.REMOVES: PlaceQuestion(
        "Who leaves", "the array that holds them", "--remove-member-array-path", "/remove"
    ),
    ParserProperty.ACTION: PlaceQuestion(
        "Action", "the word for all members", "--action-path", "/action"
    ),
    ParserProperty.MATCHER: PlaceQuestion(
        "Adding word",
        "any other word removes; several with commas, or an RE2 expression with ^",
        "--adding-word",
        matcher_of(["add"]),
    ),
    ParserProperty.MEMBER_ID: PlaceQuestion(
        "Member id", "in a member; a dot where members are plain ids", "--member-id-path", "/id"
    ),
    ParserProperty.FLAG: PlaceQuestion(
        "Membership",
        "in a member: true for who enters, false for who leaves",
        "--boolean-membership-path",
        "/isMember",
    ),
    ParserProperty.MEMBER_COHORT_ID: PlaceQuestion(
        "Own cohort id", "in a member, if members may name other cohorts", "--member-cohort-id-path"
    ),
    ParserProperty.MEMBER_COHORT_NAME: PlaceQuestion(
        "Own cohort name", "in a member", "--member-cohort-name-path"
    ),
}
WAYS: Final[Mapping[Way, tuple[str, str]]] = {
    Way.BOOLEAN: (
        "a boolean in each member",
        '{"members": [{"id": "ada", "in": true}]}',
    ),
    Way.ARRAY: (
        "two arrays, by name",
        '{"add": [{"id": "ada"}], "remove": []}',
    ),
    Way.ACTION: (
        "one action for all members",
        '{"action": "add", "members": [{"id": "ada"}]}',
    ),
}
"""How a body tells who enters from who leaves: in words, and an example."""


def read_property(wanted: ParserProperty, text: str) -> str | None:
    """Return the value of a property that a person means by a text; None for nothing.

    Raises:
        AnswerError: the text means none.
    """
    text = text.strip()
    if wanted.is_optional and text in {"", NONE}:
        return None
    if wanted is ParserProperty.MATCHER:
        return _read_matcher(text)
    try:
        pointer = read_place(text)
    except PointerSyntaxError as error:
        raise AnswerError(str(error)) from None
    if not pointer and wanted not in {ParserProperty.MEMBER_ID, ParserProperty.MEMBERS}:
        raise AnswerError("Name a field, such as cohortId, or a path, such as data.segment.id.")
    return pointer


def show_property(wanted: ParserProperty, value: str) -> str:
    """Return the value of a property as it is shown, and may be entered."""
    if wanted is ParserProperty.MATCHER:
        word = value.removeprefix("^").removesuffix("$")
        return word if _PLAIN_WORD.fullmatch(word) and matcher_of([word]) == value else value
    return value or ITSELF


def _read_matcher(text: str) -> str:
    if not text:
        raise AnswerError("Name the word by which members enter, such as add.")
    if not text.startswith("^"):
        return matcher_of([word.strip() for word in text.split(",") if word.strip()] or [text])
    try:
        return Matcher(text).pattern
    except MatcherSyntaxError as error:
        raise AnswerError(f"This is no RE2 expression: {error}.") from None
