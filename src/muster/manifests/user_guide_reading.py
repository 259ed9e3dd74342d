"""What a request parser does, said to those who will send it requests."""

import re
from collections.abc import Iterator
from typing import Final

from muster.core.pointers import Json, Tokens, array_index, format_pointer
from muster.manifests.markdown import code
from muster.payloads.parser import RequestParser
from muster.payloads.sampling import SampleShape, make_samples
from muster.payloads.spec import Inclusion, ParserSpec
from muster.payloads.words import find_words

_ENVIRONMENT_ID: Final = "0123456789abcdef01234567"
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ONE_WORD: Final = re.compile(r"\^([A-Za-z0-9_-]+)\$")


def place(tokens: Tokens) -> str:
    """Return where in a body a value is, as code: `a.b[0]` where names are plain, else a JSON pointer."""
    if not tokens:
        return "the body itself"
    if not all(array_index(token) is not None or _PLAIN_NAME.fullmatch(token) for token in tokens):
        return code(format_pointer(*tokens))
    steps = (f".{token}" if array_index(token) is None else f"[{token}]" for token in tokens)
    return code("".join(steps).removeprefix("."))


def behaviour(key: str, spec: ParserSpec) -> Iterator[str]:
    """Yield what requests do, in sentences of Markdown."""
    yield (
        f"Each cohort becomes a segment with the key {code(f'{key}-<cohort id>')}. Its name follows the "
        "cohort's."
    )
    yield _movement(spec)
    yield _cohorts(spec)
    yield _context_kind(spec)
    yield "A request is applied whole or not at all. Sending it twice changes nothing the second time."


def example_body(parser: RequestParser) -> Json:
    """Return a body in which members enter a cohort and, where one body can say both, another leaves.

    Raises:
        BuildError: the manifest can't say that.
    """
    leaving = 0 if parser.spec.inclusion is not None else 1
    shape = SampleShape(_ENVIRONMENT_ID, added=2, removed=leaving, cohort_name="Beta testers")
    return make_samples(parser, shape)[0].body


def headline(parser: RequestParser, body: Json) -> str:
    """Return what a body does, in a sentence or two of Markdown.

    Raises:
        InvalidPayloadError: the body can't be read.
    """
    cohorts = parser.parse(body).cohorts
    added = sum(len(cohort.added) for cohort in cohorts)
    removed = sum(len(cohort.removed) for cohort in cohorts)
    where = "the cohort" if len(cohorts) == 1 else f"{len(cohorts)} cohorts"
    if added and removed:
        said = f"{_members(added, 'enter')} {where} and {_count(removed, 'leave')}."
    elif removed:
        said = f"{_members(removed, 'leave')} {where}."
    else:
        said = f"{_members(added, 'enter')} {where}."
    return f"{said}{_opposite(parser.spec.inclusion, added, removed)}"


def _movement(spec: ParserSpec) -> str:
    """Say who enters and who leaves."""
    if spec.inclusion is not None:
        return _movement_of_batch(spec.inclusion)
    if spec.adds is not None and spec.removes is not None:
        return (
            f"The members of {place(spec.adds)} enter the segment, those of {place(spec.removes)} leave "
            "it. Either array may be missing or empty."
        )
    flag = _member_place(spec.member.flag or ())
    return f"A member of which {flag} is `true` enters the segment, one of which it is `false` leaves it."


def _movement_of_batch(inclusion: Inclusion) -> str:
    action = place(inclusion.path)
    words = find_words(inclusion.matcher)
    literal = _ONE_WORD.fullmatch(inclusion.matcher.pattern)
    if literal:
        condition = f"is {code(literal[1])}"
    else:
        condition = f"matches {code(inclusion.matcher.pattern)}"
        if words.adding:
            condition += f", as {code(words.adding)} does"
    otherwise = f", such as {code(words.removing)}," if words.removing else ""
    return (
        f"When {action} {condition}, all members of the request enter the segment; with anything else "
        f"there{otherwise} they leave it."
    )


def _cohorts(spec: ParserSpec) -> str:
    """Say how many cohorts a request may be about, and where it names them."""
    whole = place(spec.cohort_id)
    if spec.member.cohort_id is None:
        return f"A request is about one cohort, which it names at {whole}."
    own = _member_place(spec.member.cohort_id)
    return (
        f"One request may be about several cohorts: the cohort that a member names at {own} goes before "
        f"the one at {whole}."
    )


def _context_kind(spec: ParserSpec) -> str:
    if spec.context_kind is None:
        return "The members are contexts of kind `user`; a request can't name another."
    return (
        f"The members are contexts of the kind that the request names at {place(spec.context_kind)}, and "
        "of kind `user` where it names none."
    )


def _opposite(inclusion: Inclusion | None, added: int, removed: int) -> str:
    """Say how to have the members do the opposite, where one word decides for all of them."""
    if inclusion is None:
        return ""
    words = find_words(inclusion.matcher)
    word, verb = (words.adding, "add") if removed else (words.removing, "remove")
    them = "it" if added + removed == 1 else "them"
    return f" To {verb} {them}, send {code(word)} at {place(inclusion.path)}." if word else ""


def _member_place(tokens: Tokens) -> str:
    return place(tokens) if tokens else "the member itself"


def _members(number: int, verb: str) -> str:
    return f"{number} member {verb}s" if number == 1 else f"{number} members {verb}"


def _count(number: int, verb: str) -> str:
    return f"{number} {verb}s" if number == 1 else f"{number} {verb}"
