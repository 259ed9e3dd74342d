"""Rules about how the JSON pointers of a requestParser are written."""

import re
from collections.abc import Iterator
from typing import Final

from muster.core.pointers import array_index, format_pointer
from muster.manifests.findings import Severity
from muster.manifests.rules.request_parser import example
from muster.manifests.rules.request_parser_reading import (
    ARRAYS,
    MEMBER,
    declared_paths,
    declared_tokens,
    is_empty_value,
)
from muster.manifests.rules.rule import Flaw, Rule, Subject
from muster.payloads.spec import MAX_POINTER_TOKENS

_SHOWN_LENGTH: Final = 60
_STRAY_TILDE: Final = re.compile("~(?![01])")
_BRACKETED: Final = re.compile(r"\[(-?[0-9]+|\*|)\]")
_FOREIGN_START: Final = re.compile(r"[#$]\.?")
"""Of a URI fragment, and of JSONPath."""
_QUOTED: Final = re.compile(r"""\[(["'])(.*?)\1\]""")


def _find_bad_syntax(subject: Subject) -> Iterator[Flaw]:
    for path in subject.derive(declared_paths):
        if path.tokens is None:
            yield path.flaw(
                f"{_shown(path.text)} is not a JSON pointer (RFC 6901): {_fault(path.text)}.",
                f"Write {_shown(_mended(path.text))}.",
            )


def _find_brackets(subject: Subject) -> Iterator[Flaw]:
    for path, _ in subject.derive(declared_tokens).values():
        found = _BRACKETED.search(path.text)
        if found is None:
            continue
        if found[1].isdecimal():
            message = f"{_shown(found[0])} is no index in a JSON pointer, but part of a name."
            yield path.flaw(message, f"Write {_shown(_mended(path.text))}.")
        else:
            yield path.flaw(
                f"{_shown(found[0])} is part of a name in a JSON pointer, and does not stand for "
                "elements of an array.",
                f"Name the array of members as it is, as in `/batch`, and let the pointers in {MEMBER} "
                "begin at a member.",
            )


def _find_odd_indexes(subject: Subject) -> Iterator[Flaw]:
    for path, tokens in subject.derive(declared_tokens).values():
        for token in tokens:
            if token in {"*", "-"} or (token.isdecimal() and array_index(token) is None):
                yield path.flaw(
                    f"{_shown(token)} names no element of an array: only a member of an object that "
                    "is called so.",
                    "An index is a number without zeros in front, as in `/batch/0/cohortId`.",
                )
                break


def _find_empty_tokens(subject: Subject) -> Iterator[Flaw]:
    for path, tokens in subject.derive(declared_tokens).values():
        if "" in tokens:
            is_at_end = tokens[-1] == ""
            yield path.flaw(
                f"{_shown(path.text)} {'ends in `/`' if is_at_end else 'has two `/` side by side'}: it "
                "asks for a member whose name is empty.",
                f"Write {_shown(format_pointer(*filter(None, tokens)))}.",
            )


def _find_spaces(subject: Subject) -> Iterator[Flaw]:
    for path, tokens in subject.derive(declared_tokens).values():
        if any(token != token.strip() for token in tokens):
            yield path.flaw(
                f"{_shown(path.text)} has white space at the end of a name, which counts.",
                f"Write {_shown(format_pointer(*(token.strip() for token in tokens)))}.",
            )


def _find_empty_pointers(subject: Subject) -> Iterator[Flaw]:
    for path in subject.derive(declared_paths):
        if is_empty_value(path):
            whole = "member" if path.is_of_member else "body"
            yield path.flaw(
                f"An empty pointer names the whole {whole}, which is no text.",
                f"Name a place in the {whole}; or take {path.label} away if it is not needed.",
            )


def _find_bodies_that_are_arrays(subject: Subject) -> Iterator[Flaw]:
    for path in subject.derive(declared_paths):
        if path.text == "" and path.label in ARRAYS:
            yield path.flaw(
                "An empty pointer says that the body itself is the array of members.",
                "Send an object that holds the array; some programs take an empty pointer for none.",
            )


def _find_too_deep(subject: Subject) -> Iterator[Flaw]:
    for path, tokens in subject.derive(declared_tokens).values():
        if len(tokens) > MAX_POINTER_TOKENS:
            message = f"The pointer has {len(tokens):,} parts, more than {MAX_POINTER_TOKENS}."
            yield path.flaw(message, "Name a place that bodies have.")


def _fault(text: str) -> str:
    return "`~` stands alone" if text.startswith("/") else "it does not begin with `/`"


def _mended(text: str) -> str:
    """Return the pointer that was probably meant: by a path with dots, brackets, `#` or `$`."""
    text = text.strip()[: 2 * _SHOWN_LENGTH]  # no more of it is shown, and it may be hostile
    start = _FOREIGN_START.match(text)
    text = text[start.end() :] if start else text
    if "/" not in text:
        text = text.replace(".", "/")
    text = _BRACKETED.sub(r"/\1", _QUOTED.sub(r"/\2", text))
    return re.sub("/{2,}", "/", f"/{_STRAY_TILDE.sub('~0', text)}")


def _shown(text: str) -> str:
    cut = f"{text[:_SHOWN_LENGTH]}…" if len(text) > _SHOWN_LENGTH else text
    return f"`{cut}`"


_IN_TWO_ARRAYS: Final = {
    "memberArrayPath": None,
    "addMemberArrayPath": "/add",
    "removeMemberArrayPath": "/remove",
}

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="request-parser/pointer-syntax",
        severity=Severity.ERROR,
        title="Every path of the request parser is a JSON pointer.",
        explanation="A JSON pointer (RFC 6901) begins with `/` and names a place step by step: "
        "`/batch/0/cohortId`. In a name, `~` is written `~0` and `/` is written `~1`. Paths with dots, "
        "as in `batch.0.cohortId`, and those of JSONPath (`$.batch[0]`) are something else.",
        failing=example(environmentIdPath="environmentId"),
        passing=example(environmentIdPath="/environmentId"),
        check=_find_bad_syntax,
    ),
    Rule(
        id="request-parser/pointer-brackets",
        severity=Severity.ERROR,
        title="An index in a JSON pointer stands between slashes, not in brackets.",
        explanation="`/batch[0]/cohortId` is a JSON pointer, to `cohortId` in a member that is called "
        "`batch[0]`. No product sends that, so no request could be read. Write `/batch/0/cohortId`; "
        "and leave `[]` and `[*]` out: the pointers in `memberArrayParser` begin at a member.",
        failing=example({"cohortIdPath": "/cohortId"}, cohortIdPath="/members[0]/cohortId"),
        passing=example({"cohortIdPath": "/cohortId"}, cohortIdPath="/members/0/cohortId"),
        check=_find_brackets,
    ),
    Rule(
        id="request-parser/pointer-depth",
        severity=Severity.ERROR,
        title=f"No pointer has more than {MAX_POINTER_TOKENS} parts.",
        explanation="No body of a product nests that deep; the pointer is a slip, or was made to do harm.",
        failing=example(cohortNamePath="/cohort" * (MAX_POINTER_TOKENS + 1)),
        passing=example(cohortNamePath="/cohort/name"),
        check=_find_too_deep,
    ),
    Rule(
        id="request-parser/empty-pointer",
        severity=Severity.ERROR,
        title="No pointer is empty, but for that of a member's id and those of arrays.",
        explanation="The empty pointer names the whole body (in `memberArrayParser`, the whole member), "
        "which is neither a text nor true or false. `memberIdPath` is empty on purpose where members are "
        "plain texts or numbers. To say that something is not sent, leave its key out.",
        failing=example(contextKindPath=""),
        passing=example({"booleanMembershipPath": None, "memberIdPath": ""}, **_IN_TWO_ARRAYS),
        check=_find_empty_pointers,
    ),
    Rule(
        id="request-parser/odd-index",
        severity=Severity.WARNING,
        title="An index in a JSON pointer is a plain number.",
        explanation="`*` and `-` stand for nothing in a JSON pointer that reads, and `00` is no index. "
        "They only fit a member of an object that is called so.",
        failing=example(cohortNamePath="/names/00"),
        passing=example(cohortNamePath="/names/0"),
        check=_find_odd_indexes,
    ),
    Rule(
        id="request-parser/empty-token",
        severity=Severity.WARNING,
        title="No pointer has an empty part.",
        explanation="`/cohort/` and `//cohort` ask for a member whose name is empty, which is legal JSON "
        "and mostly a slip.",
        failing=example(environmentIdPath="/environmentId/"),
        passing=example(environmentIdPath="/environmentId"),
        check=_find_empty_tokens,
    ),
    Rule(
        id="request-parser/pointer-space",
        severity=Severity.WARNING,
        title="No name in a pointer begins or ends with white space.",
        explanation="White space in a pointer counts: `/cohortId ` is not `/cohortId`.",
        failing=example(environmentIdPath="/environmentId "),
        passing=example(environmentIdPath="/environmentId"),
        check=_find_spaces,
    ),
    Rule(
        id="request-parser/body-is-array",
        severity=Severity.WARNING,
        title="The body is an object that holds the array of members.",
        explanation="The empty pointer names the whole body. As the pointer of an array it says that the "
        "body is that array, which Muster reads; but programs in which an empty text is as good as none "
        "take it for no pointer at all, among them the framework's own server.",
        failing=example(
            {"cohortIdPath": "/cohortId"},
            environmentIdPath="/0/environmentId",
            contextKindPath=None,
            cohortIdPath="/0/cohortId",
            cohortNamePath="/0/cohortName",
            memberArrayPath="",
        ),
        passing=example(memberArrayPath="/members"),
        check=_find_bodies_that_are_arrays,
    ),
)
