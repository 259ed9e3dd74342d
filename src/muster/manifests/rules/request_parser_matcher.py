"""Rules about arrayInclusion's matcher: whether it can tell adding from removing."""

from collections.abc import Iterator
from typing import Final

from muster.core.pointers import Json
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import text_at
from muster.manifests.rules.request_parser import example
from muster.manifests.rules.request_parser_reading import PLACE, pointer_to
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject
from muster.payloads.matcher import Matcher, MatcherSyntaxError
from muster.payloads.words import (
    find_longer_word,
    find_taken_opposites,
    find_taken_removal,
    find_words,
    matches_nothing,
)

_KEYS: Final = ("arrayInclusion", "matcher")
_SHOWN_LENGTH: Final = 60


def _matcher(subject: Subject) -> Matcher | MatcherSyntaxError | None:
    pattern = text_at(subject.manifest, *PLACE, *_KEYS)
    if pattern is None:
        return None
    try:
        return Matcher(pattern)
    except MatcherSyntaxError as error:
        return error


def _flaw(message: str, hint: str) -> Flaw:
    return Flaw(message, hint, pointer_to(*_KEYS))


def _find_bad_syntax(subject: Subject) -> Iterator[Flaw]:
    error = subject.derive(_matcher)
    if isinstance(error, MatcherSyntaxError):
        yield _flaw(
            f"The matcher is not an RE2 expression: {str(error)[:200]}.",
            "Look-around and back-references are not part of RE2: "
            "https://github.com/google/re2/wiki/Syntax",
        )


def _find_taking_nothing(subject: Subject) -> Iterator[Flaw]:
    matcher = subject.derive(_matcher)
    if isinstance(matcher, Matcher) and _takes_nothing(matcher):
        pattern = matcher.pattern
        hint = "Look for a sign before `^` or behind `$`."
        if len(pattern) > 1 and pattern[0] == pattern[-1] and pattern[0] in "/\"'":
            hint = f"Take the {pattern[0]} around the expression away."
        elif pattern != pattern.strip():
            hint = "Take the white space around the expression away."
        message = "No text at all is taken by the matcher, so nobody would ever be added."
        yield _flaw(message, hint)


def _find_taking_everything(subject: Subject) -> Iterator[Flaw]:
    matcher = subject.derive(_matcher)
    if isinstance(matcher, Matcher) and _takes_everything(matcher):
        yield _flaw(
            "Every text is taken by the matcher, so nobody would ever be removed.",
            "Name the word that your product sends to add, as in `^add$`.",
        )


def _find_taking_removals(subject: Subject) -> Iterator[Flaw]:
    matcher = subject.derive(_matcher)
    if not isinstance(matcher, Matcher) or _takes_everything(matcher):
        return
    hint = "Name only words that add, as in `^add$`; whatever is not taken removes."
    removal, opposites = find_taken_removal(matcher), find_taken_opposites(matcher)
    if removal is not None:
        yield _flaw(f"{removal[:_SHOWN_LENGTH]!r} is taken by the matcher, so it would add.", hint)
    elif opposites is not None:
        adding, removing = opposites
        yield _flaw(
            f"{removing!r} is taken by the matcher just as {adding!r} is, so both would add.", hint
        )


def _find_unanchored(subject: Subject) -> Iterator[Flaw]:
    matcher = subject.derive(_matcher)
    if not isinstance(matcher, Matcher) or _takes_everything(matcher) or _is_wild(matcher):
        return
    found = find_longer_word(matcher)
    if found is not None:
        word, longer = (text[:_SHOWN_LENGTH] for text in found)
        yield _flaw(
            f"The matcher takes {longer!r} as well as {word!r}: it may match anywhere in a text.",
            f"Write `^{word}$` to match the whole text.",
        )


def _is_wild(matcher: Matcher) -> bool:
    """Tell whether a matcher leaves a part open on purpose."""
    return ".*" in matcher.pattern or ".+" in matcher.pattern


def _find_no_word(subject: Subject) -> Iterator[Flaw]:
    matcher = subject.derive(_matcher)
    if not isinstance(matcher, Matcher) or _takes_nothing(matcher):
        return
    if find_words(matcher).adding is None:
        yield _flaw(
            "No word was found that the matcher takes, so no sample can be made.",
            "List the words that your product sends to add, as in `^(add|create)$`.",
        )


def _takes_nothing(matcher: Matcher) -> bool:
    return find_words(matcher).adding is None and matches_nothing(matcher)


def _takes_everything(matcher: Matcher) -> bool:
    return find_words(matcher).removing is None


def _with(matcher: str) -> Example:
    """Return an integration with an arrayInclusion."""
    inclusion: dict[str, Json] = {"path": "/action", "matcher": matcher}
    return example({"booleanMembershipPath": None}, arrayInclusion=inclusion)


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="request-parser/matcher-syntax",
        severity=Severity.ERROR,
        title="The matcher is an RE2 expression.",
        explanation="Whoever sends a body chooses the text that the matcher is tried on, so matchers are "
        "RE2, whose time is bounded. Look-around, such as `(?!remove)`, and back-references are not part "
        "of it; see https://github.com/google/re2/wiki/Syntax.",
        failing=_with("^(?!remove)"),
        passing=_with("^add$"),
        check=_find_bad_syntax,
    ),
    Rule(
        id="request-parser/matcher-takes-nothing",
        severity=Severity.ERROR,
        title="There is a text that the matcher takes.",
        explanation="What the matcher takes adds members. `/^add$/` and `^add$ ` take nothing: no text "
        "has anything before its beginning or behind its end. Write the expression alone, without "
        "slashes or quotes.",
        failing=_with("/^add$/"),
        passing=_with("^add$"),
        check=_find_taking_nothing,
    ),
    Rule(
        id="request-parser/matcher-takes-everything",
        severity=Severity.ERROR,
        title="There is a text that the matcher does not take.",
        explanation="What the matcher does not take removes members. An empty expression, `.*` and "
        "`add|` match anything, so nobody could ever leave a cohort.",
        failing=_with("add|"),
        passing=_with("^add$"),
        check=_find_taking_everything,
    ),
    Rule(
        id="request-parser/matcher-takes-removals",
        severity=Severity.ERROR,
        title="The matcher takes no word that says to remove.",
        explanation="What the matcher takes adds, and whatever it does not take removes: "
        "`^(add_member|remove_member)$` adds those who should leave. Name only words that add. Words of "
        "the expression itself are tried, and common pairs such as `add` and `remove`, `enter` and "
        "`exit`, `true` and `false`.",
        failing=_with("^(add_member|remove_member)$"),
        passing=_with("^add_member$"),
        check=_find_taking_removals,
    ),
    Rule(
        id="request-parser/matcher-inside-words",
        severity=Severity.WARNING,
        title="The matcher takes whole words.",
        explanation="A matcher is searched for anywhere in the text: `add` is in `address` and in "
        "`readd`. Begin it with `^` and end it with `$`.",
        failing=_with("add"),
        passing=_with("^add$"),
        check=_find_unanchored,
    ),
    Rule(
        id="request-parser/matcher-no-word",
        severity=Severity.WARNING,
        title="The matcher takes a word that can be told.",
        explanation="Samples need a word to add with. Words of the expression itself are tried, common "
        "ones, and what RE2 says of the range of its matches; for `^cohort_.*_[0-9]$` none is found. "
        "Bodies that your product sends are read all the same.",
        failing=_with("^cohort_.*_[0-9]$"),
        passing=_with("^cohort_[0-9]$"),
        check=_find_no_word,
    ),
)
