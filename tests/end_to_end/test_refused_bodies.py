"""Refused bodies: those that can't be read or do not fit (400), and conflicts (409)."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.end_to_end.harness import Muster
from tests.end_to_end.refusals import (
    JSON,
    MEMBER,
    Body,
    Missing,
    batch,
    check_misplaced,
    check_refusal,
    hightouch,
    nothing_applied,
    post,
    put,
    rudderstack,
    standing,
)

BODIES: dict[str, Callable[..., Body]] = {
    "hightouch": hightouch,
    "rudderstack": rudderstack,
    "amplitude": batch,
    "segment-audiences": batch,
}
IDS: list[tuple[Any, str]] = [
    (Missing, "nothing there"),
    (None, "null"),
    (True, "a boolean"),
    ({}, "an empty object"),
    ([1], "an array"),
    ("", "an empty string"),
    ("i" * 257, "a string of 257 characters"),
    ("\U0001f642" * 257, "a string of 257 characters"),
    ("nul\0", "a string with a NUL character"),
    (1e300, "a number too large"),
]
KINDS: list[tuple[Any, str]] = [
    *((value, found) for value, found in IDS[2:5]),
    (7, "a number"),
    ("kind", "a string that is no context kind"),
    ("multi", "a string that is no context kind"),
    ("two words", "a string that is no context kind"),
    ("k" * 257, "a string that is no context kind"),
]
NAMES: list[tuple[Any, str]] = [
    *IDS[2:5],
    ("n" * 1025, "a string of 1,025 characters"),
    ("nul\0", "a string with a NUL character"),
]
URLS: list[tuple[Any, str]] = [
    *IDS[2:5],
    (7, "a number"),
    ("u" * 2049, "a string of 2,049 characters"),
]
NO_ARRAYS: list[tuple[Any, str]] = [
    ({}, "an empty object"),
    ("x", "a string"),
    (0, "a number"),
    (False, "a boolean"),
]
WRONG: dict[tuple[str, str], list[tuple[Any, str]]] = {
    ("hightouch", "/environmentId"): [*IDS[:-1], (12, "a number")],
    ("hightouch", "/cohortId"): IDS,
    ("hightouch", "/members/2/integration_distinct_id"): IDS,
    ("rudderstack", "/listData/add/0/id"): IDS,
    ("rudderstack", "/listData/remove/1/id"): IDS,
    ("amplitude", "/batch/7/userId"): IDS,
    ("amplitude", "/batch/0/cohortId"): IDS[1:],
    ("amplitude", "/batch/3/cohortId"): IDS[1:],
    ("amplitude", "/batch/3/cohortName"): NAMES,
    ("rudderstack", "/contextKind"): KINDS,
    ("rudderstack", "/cohortName"): NAMES,
    ("rudderstack", "/cohortUrl"): URLS,
    ("rudderstack", "/listData/add"): NO_ARRAYS,
    ("rudderstack", "/listData/remove"): NO_ARRAYS,
    ("hightouch", "/members"): [*NO_ARRAYS, (None, "null"), (Missing, "nothing there")],
    ("amplitude", "/batch"): [*NO_ARRAYS, (None, "null"), (Missing, "nothing there")],
    ("hightouch", "/action"): [IDS[0], IDS[1], ({}, "an empty object"), ([], "an empty array")],
    ("amplitude", "/batch/1/value"): [IDS[0], IDS[1], ("true", "a string"), (1, "a number")],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server with standing cohorts; its logs are read at the end."""
    with standing(tmp_path_factory.mktemp("muster")) as started:
        yield started


class TestBodiesThatDoNotFit:
    """400: JSON that is not what the manifest says; the message names the value's place."""

    @pytest.mark.parametrize(
        ("integration", "pointer", "value", "found"),
        [
            (integration, pointer, value, found)
            for (integration, pointer), values in WRONG.items()
            for value, found in values
        ],
    )
    def test_a_value_that_does_not_fit(
        self,
        server: Muster,
        environment: str,
        integration: str,
        pointer: str,
        value: Any,
        found: str,
    ) -> None:
        good = BODIES[integration](environment)
        with nothing_applied(server):
            answer = server.push(integration, put(good, pointer, value))
        check_misplaced(answer, pointer, found)

    @pytest.mark.parametrize("value", [None, "x", 7, [], True])
    def test_a_member_that_is_no_object(self, server: Muster, environment: str, value: Any) -> None:
        body = put(hightouch(environment, "new"), "/members/1", value)
        with nothing_applied(server):
            answer = server.push("hightouch", body)
        check_misplaced(answer, "/members/1/integration_distinct_id", "nothing there (/members/1")

    @pytest.mark.parametrize("body", [[], "x", 7, None, True, {}, [{}]])
    def test_a_document_that_is_something_else(self, server: Muster, body: Any) -> None:
        with nothing_applied(server):
            answer = post(server, json.dumps(body).encode(), JSON)
        check_misplaced(answer, "/environmentId", "nothing there (the body is")

    @pytest.mark.parametrize("unknown", ["0" * 24, "production", "default", "sdk-0", "UPPER"])
    def test_an_unknown_client_side_id(
        self, server: Muster, environment: str, unknown: Any
    ) -> None:
        body = hightouch(environment.upper() if unknown == "UPPER" else unknown, "new")
        with nothing_applied(server):
            answer = server.push("hightouch", body)
        check_misplaced(answer, "/environmentId", "an ID that no environment has")

    @pytest.mark.parametrize("character", ["i", "\U0001f642"])
    def test_256_characters_are_not_too_many(
        self, server: Muster, environment: str, character: str
    ) -> None:
        longest = character * 256
        before = server.segments().keys()
        body = hightouch(environment, longest, members=[{"integration_distinct_id": longest}])
        assert server.push("hightouch", body).status_code == 204
        (key,) = server.segments().keys() - before
        assert server.includes(key, longest)

    def test_one_bad_member_among_many_good_ones(self, server: Muster, environment: str) -> None:
        members: list[Body] = [{"integration_distinct_id": f"{MEMBER}-{n}"} for n in range(5000)]
        for cohort in ("standing", "new"):
            body = put(
                hightouch(environment, cohort, members=members), "/members/4321", {"id": "x"}
            )
            with nothing_applied(server):
                answer = server.push("hightouch", body)
            check_misplaced(answer, "/members/4321/integration_distinct_id", "nothing there")


def hostile_bodies() -> dict[str, tuple[bytes, str]]:
    """Return bodies that are no JSON that can be read, each with what the message says."""

    def around(member: bytes, more: bytes = b"") -> bytes:
        return (
            b'{"environmentId": "ENVIRONMENT", "cohortId": "standing", "action": "add",'
            b'"members": [{"integration_distinct_id": %s}]%s}' % (member, more)
        )

    deep = 10_000
    return {
        "empty": (b"", "body is empty"),
        "blank": (b" \n\t ", "body is empty"),
        "single quotes": (around(b"'x'"), "is not JSON"),
        "cut short": (around(b'"x"')[:-3], "is not JSON"),
        "trailing comma": (around(b'"x"', b","), "is not JSON"),
        "two documents": (around(b'"x"') * 2, "is not JSON"),
        "a form": (b"environmentId=x&cohortId=y", "is not JSON"),
        "NaN": (around(b"NaN"), "is not JSON"),
        "NaN in what is not read": (around(b'"x"', b', "score": NaN'), "is not JSON"),
        "Infinity": (around(b"-Infinity"), "is not JSON"),
        "a lone high surrogate": (around(rb'"\ud83d"'), "is not JSON"),
        "a lone low surrogate": (around(rb'"\ude42 x"'), "is not JSON"),
        "surrogates reversed": (around(rb'"\ude42\ud83d"'), "is not JSON"),
        "a surrogate in a name": (around(b'"x"', rb', "\ud800": 1'), "is not JSON"),
        "an escaped NUL": (around(rb'"x\u0000"'), "/members/0/integration_distinct_id"),
        "a bare NUL": (around(b'"x\0"'), "is not JSON"),
        "Latin-1": (around(b'"caf\xe9"'), "is not UTF-8"),
        "an overlong form": (around(b'"\xc0\x80"'), "is not UTF-8"),
        "surrogates as UTF-8": (around(b'"\xed\xa0\xbd\xed\xb9\x82"'), "is not UTF-8"),
        "beyond Unicode": (around(b'"\xf4\x90\x80\x80"'), "is not UTF-8"),
        "UTF-16": (around(b'"x"').decode().encode("utf-16"), "is not UTF-8"),
        "deep arrays": (around(b"[" * deep + b"]" * deep), "is not JSON"),
        "deep objects": (around(b'{"x":' * deep + b"1" + b"}" * deep), "is not JSON"),
        "deep, and not read": (around(b'"x"', b',"y":' + b"[" * deep + b"]" * deep), "is not JSON"),
        "deep and open": (b"[" * deep, "is not JSON"),
        "a number past every double": (around(b"1" * 5000), "is not JSON"),
        "a number of 300 digits": (around(b"1" * 300), "/members/0/integration_distinct_id"),
    }


@pytest.mark.parametrize("name", hostile_bodies())
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_hostile_body(server: Muster, environment: str, name: str, encoding: str) -> None:
    content, said = hostile_bodies()[name]
    content = content.replace(b"ENVIRONMENT", environment.encode())
    sent = gzip.compress(content) if encoding == "gzip" else content
    with nothing_applied(server):
        answer = post(server, sent, JSON | {"Content-Encoding": encoding})
    check_refusal(answer, 400, said)


class TestConflicts:
    """409: the segment that a cohort would be kept in holds something else."""

    @pytest.mark.parametrize("cohorts", [["standing"], ["new", "standing"], ["standing", "new"]])
    def test_another_context_kind(
        self, server: Muster, environment: str, cohorts: list[str]
    ) -> None:
        body = batch(environment, *cohorts, contextKind="device")
        with nothing_applied(server):
            answer = server.push("segment-audiences", body)
        said = "segment-audiences-standing", "kind user", "kind device", "delete it"
        check_refusal(answer, 409, *said)

    @pytest.mark.parametrize(
        ("first", "second"), [(("a", "b-c"), ("a-b", "c")), (("a-b", "d"), ("a", "b-d"))]
    )
    def test_a_segment_of_another_integration(
        self, server: Muster, environment: str, first: tuple[str, str], second: tuple[str, str]
    ) -> None:
        integration, cohort = first
        assert server.push(integration, hightouch(environment, cohort)).status_code == 204
        variants: list[Body] = [
            {"members": [{"integration_distinct_id": f"{MEMBER}-other"}]},
            {"members": []},
            {"contextKind": "device"},
            {"action": "remove"},
        ]
        for more in variants:
            with nothing_applied(server):
                answer = server.push(second[0], hightouch(environment, second[1]) | more)
            key = f"{integration}-{cohort}"
            check_refusal(answer, 409, f"segment {key} is synced by {integration}", "another id")
        assert server.push(integration, hightouch(environment, cohort)).status_code == 204
