"""Requests to the REST API that can't be read: the answer says where, what was found, what was expected."""

import gzip
import json
import time
from typing import Any

import pytest

from tests.end_to_end.harness import Muster
from tests.end_to_end.rest import ENVIRONMENTS, SEGMENTS, check_error, get, push

JSON = {"Content-Type": "application/json"}
PROJECTS = "/api/v2/projects"
TOKENS = "/api/v2/tokens"
MEMBERS = "/api/v2/members"
BLUE = "0000ff"


def members(instruction: Any) -> Any:
    """Return a patch of many members."""
    return {"instructions": [instruction]}


MISFITS: list[tuple[str, str, Any, str]] = [
    ("POST", PROJECTS, [], "The body: found an empty array, expected an object."),
    ("POST", PROJECTS, {"name": "x"}, "/key: found nothing, and it is needed."),
    ("POST", PROJECTS, {"key": 1, "name": "x"}, "/key: found a number, expected a string."),
    ("POST", PROJECTS, {"key": None, "name": "x"}, "/key: found null, expected a string."),
    (
        "POST",
        PROJECTS,
        {"key": "k", "name": "x", "environments": [{"key": "e", "name": "E"}]},
        "/environments/0/color: found nothing, and it is needed.",
    ),
    (
        "POST",
        PROJECTS,
        {"key": "k", "name": "x", "environments": [{"key": "e", "name": "E", "color": "#0000ff"}]},
        "/environments/0/color: '#0000ff' is no colour",
    ),
    (
        "POST",
        PROJECTS,
        {
            "key": "k",
            "name": "x",
            "environments": [
                {"key": "e", "name": "E", "color": BLUE},
                {"key": "f", "name": "F", "color": BLUE, "source": {"key": "e"}},
            ],
        },
        "/environments/1/source: Muster can't copy an environment",
    ),
    (
        "POST",
        ENVIRONMENTS,
        {"key": "e", "name": "E", "color": BLUE, "defaultTtl": "5"},
        "/defaultTtl: found a string, expected an integer.",
    ),
    (
        "POST",
        SEGMENTS,
        {"key": "s", "name": "S", "unbounded": "true"},
        "/unbounded: found a string, expected true or false.",
    ),
    (
        "POST",
        SEGMENTS,
        {"key": "s", "name": "S", "unbounded": 1},
        "/unbounded: found a number, expected true or false.",
    ),
    (
        "POST",
        TOKENS,
        {"name": "t", "role": "owner"},
        "/role: found 'owner', expected one of 'reader', 'writer' or 'admin'.",
    ),
    (
        "POST",
        TOKENS,
        {"name": "t", "role": "reader", "serviceToken": "yes"},
        "/serviceToken: found a string, expected true or false.",
    ),
    (
        "POST",
        TOKENS,
        {"name": "t", "role": "reader", "expiry": "2027"},
        "/expiry: found a string, expected an integer.",
    ),
    (
        "POST",
        TOKENS,
        {"name": "t", "role": "reader", "expiry": 10**15},
        "/expiry: found 1,000,000,000,000,000, expected at most 253,402,300,799,999.",
    ),
    ("POST", MEMBERS, {}, "The body: found an empty object, expected an array."),
    ("POST", MEMBERS, [{"role": "reader"}], "/0/email: found nothing, and it is needed."),
    (
        "POST",
        "/api/v2/roles",
        {"key": "r", "name": "R", "policy": [], "basePermissions": "writer"},
        "/basePermissions: found 'writer', expected one of 'reader' or 'no_access'.",
    ),
    (
        "PATCH",
        MEMBERS,
        members({"kind": "promote"}),
        "/instructions/0/kind: found 'promote', expected one of 'replaceMembersRoles'",
    ),
    (
        "PATCH",
        MEMBERS,
        members({"kind": "replaceMembersRoles", "value": "king", "memberIDs": ["a"]}),
        "/instructions/0/value: found 'king', expected one of 'reader', 'writer', 'admin' or 'no_access'.",
    ),
    (
        "PATCH",
        MEMBERS,
        members({"kind": "replaceMembersRoles", "value": "reader"}),
        "/instructions/0/memberIDs: found nothing, and it is needed.",
    ),
    (
        "PATCH",
        MEMBERS,
        {"instructions": []},
        "/instructions: found 0, expected at least 1 of them.",
    ),
    (
        "PATCH",
        f"{PROJECTS}/default",
        [{"op": "replace", "path": "/name", "value": 5}],
        "/name: found a number, expected a string.",
    ),
    (
        "PATCH",
        f"{SEGMENTS}/standing",
        [{"op": "replace", "path": "/included", "value": "a"}],
        "/included: found a string, expected an array.",
    ),
    (
        "POST",
        f"{SEGMENTS}/standing/contexts",
        {"included": ["a"]},
        "/included: found an array, expected an object.",
    ),
    (
        "POST",
        f"{SEGMENTS}/standing/contexts",
        {"included": {"add": [5]}},
        "/included/add/0: found a number, expected a string.",
    ),
]
RULES = [
    ({"clauses": "x"}, "/rules/0/clauses: found a string, expected a list of clauses."),
    ({"clauses": [5]}, "/rules/0/clauses/0: found a number, expected a clause: an object."),
    (
        {"clauses": [{"op": "is"}]},
        "/rules/0/clauses/0/op: found 'is', expected an operator: one of after",
    ),
    ({"clauses": [{}]}, "/rules/0/clauses/0/op: found nothing, expected an operator: one of after"),
    (
        {"clauses": [{"op": "in", "values": ["x"]}]},
        "/rules/0/clauses/0/attribute: found nothing, expected the name of an attribute",
    ),
    (
        {"clauses": [{"attribute": "a", "op": "in", "values": ["x"], "negate": "no"}]},
        "/rules/0/clauses/0/negate: found a string, expected true or false.",
    ),
    (
        {"clauses": [{"attribute": "a", "op": "matches", "values": ["(("]}]},
        "/rules/0/clauses/0/values/0: expected a regular expression that RE2 takes, which says: missing ):",
    ),
    (
        {"clauses": [{"attribute": "a", "op": "in", "values": ["x"]}], "weight": 100_001},
        "/rules/0/weight: found 100,001, expected an integer from 0 to 100,000",
    ),
    (
        {"clauses": [{"attribute": "", "op": "segmentMatch", "values": ["standing"]}]},
        "/rules/0: a clause asks for the members of standing, the segment that it is of.",
    ),
]
INSTRUCTIONS = [
    (5, "/instructions/0: found a number, expected an instruction: an object with a kind."),
    ({}, "/instructions/0/kind: found nothing, expected an instruction: one of addTags"),
    (
        {"kind": "addTag"},
        "/instructions/0/kind: found 'addTag', expected an instruction: one of addTags",
    ),
    (
        {"kind": "addIncludedTargets", "values": "ada"},
        "/instructions/0/values: found a string, expected a list of contexts' keys.",
    ),
    (
        {"kind": "addIncludedTargets", "values": [7]},
        "/instructions/0/values/0: found a number, expected a context's key: a string of 1 to 256",
    ),
    (
        {"kind": "addIncludedTargets", "values": ["ada"], "contextKind": "multi"},
        "/instructions/0/contextKind: found 'multi', expected a kind of contexts",
    ),
    (
        {"kind": "addTags", "values": [1]},
        "/instructions/0/values: found an array, expected a list of texts.",
    ),
    ({"kind": "updateName"}, "/instructions/0/value: found nothing, expected a text."),
]
EXPIRING = [
    *(f"{verb}ExpiringTarget" for verb in ("add", "update", "remove")),
    *(f"{verb}ExpireUserTargetDate" for verb in ("add", "update", "remove")),
]
QUERIES = [
    ("limit=abc", "limit: found 'abc', expected an integer."),
    ("limit=0", "limit: found '0', expected at least 1."),
    ("offset=1000000001", "offset: found '1000000001', expected at most 1,000,000,000."),
]
BODIES = [
    "POST " + PROJECTS,
    f"PATCH {PROJECTS}/default",
    f"POST {ENVIRONMENTS}/production/segments/evaluate",
]


@pytest.fixture(autouse=True, scope="module")
def standing(server: Muster) -> None:
    """A segment to be patched."""
    made = server.client.post(SEGMENTS, json={"key": "standing", "name": "Standing"})
    assert made.status_code == 201


@pytest.mark.parametrize(("method", "path", "body", "said"), MISFITS)
def test_what_does_not_fit_is_named_by_its_pointer(
    server: Muster, method: str, path: str, body: Any, said: str
) -> None:
    before = get(server, PROJECTS), get(server, SEGMENTS), get(server, TOKENS)
    answer = server.client.request(method, path, json=body)
    check_error(answer, 400, "invalid_request", said)
    assert answer.json()["message"].startswith(said)
    after = get(server, PROJECTS), get(server, SEGMENTS), get(server, TOKENS)
    assert [one["totalCount"] for one in after] == [one["totalCount"] for one in before]


@pytest.mark.parametrize(("query", "said"), QUERIES)
def test_what_does_not_fit_in_a_query_is_named(server: Muster, query: str, said: str) -> None:
    answer = server.client.get(f"{PROJECTS}?{query}")
    check_error(answer, 400, "invalid_request")
    assert answer.json()["message"] == said


def test_a_resource_that_can_not_be_read_is_named_by_its_parameter(server: Muster) -> None:
    answer = server.client.get("/api/v2/auditlog?spec=foo")
    check_error(answer, 400, "invalid_request")
    assert answer.json()["message"].startswith("spec: 'foo' is not a resource")


@pytest.mark.parametrize("route", BODIES)
def test_a_body_that_is_not_sent_as_json_is_told_how(server: Muster, route: str) -> None:
    method, path = route.split()
    sent = {"Content-Type": "application/x-www-form-urlencoded"}  # what curl -d says by itself
    answer = server.client.request(method, path, content=b"{}", headers=sent)
    check_error(answer, 415, "unsupported_media_type", "-H 'Content-Type: application/json'")


@pytest.mark.parametrize("route", BODIES)
def test_an_encoding_that_is_not_read_is_named(server: Muster, route: str) -> None:
    method, path = route.split()
    sent = {**JSON, "Content-Encoding": "gzip"}
    answer = server.client.request(method, path, content=gzip.compress(b"{}"), headers=sent)
    check_error(answer, 415, "unsupported_media_type", "Content-Encoding is gzip")


@pytest.mark.parametrize("route", BODIES)
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "The body is empty; it must be JSON."),
        (b'{"key": "k",\n "name" "x"}', "line 2, column 9"),
        (b'{"key": "k"', "line 1, column 12, at its end"),
        (b'"\x80"', "it is not in UTF-8, or is nested too deeply"),
        (b"[" * 100_000, "it is not in UTF-8, or is nested too deeply"),
    ],
)
def test_a_body_that_is_no_json_is_told_where(
    server: Muster, route: str, body: bytes, said: str
) -> None:
    method, path = route.split()
    answer = server.client.request(method, path, content=body, headers=JSON)
    check_error(answer, 400, "invalid_request", said)


def test_a_number_that_json_does_not_have_is_refused(server: Muster) -> None:
    patch = json.dumps({"rules": [{"clauses": [clause(float("nan"))]}]})
    answer = server.client.patch(f"{SEGMENTS}/standing", content=patch, headers=JSON)
    check_error(answer, 400, "invalid_request")
    assert get(server, f"{SEGMENTS}/standing")["rules"] == []


@pytest.mark.parametrize(("rule", "said"), RULES)
def test_what_is_wrong_with_a_rule_is_named(server: Muster, rule: Any, said: str) -> None:
    answer = server.client.patch(f"{SEGMENTS}/standing", json={"rules": [rule]})
    check_error(answer, 400, "invalid_request")
    assert answer.json()["message"].startswith(said)


@pytest.mark.parametrize(("instruction", "said"), INSTRUCTIONS)
def test_what_is_wrong_with_an_instruction_is_named(
    server: Muster, instruction: Any, said: str
) -> None:
    answer = server.client.patch(
        f"{SEGMENTS}/standing",
        json={"instructions": [instruction]},
        headers={"Content-Type": "application/json; domain-model=launchdarkly.semanticpatch"},
    )
    check_error(answer, 400, "invalid_request")
    assert answer.json()["message"].startswith(said)


def test_what_is_wrong_with_an_expiring_target_is_named(server: Muster) -> None:
    wanted = [
        {"kind": "addExpiringTarget", "targetType": "inside", "contextKey": "ada"},
        5,
        {"kind": 1},
    ]
    answer = server.client.patch(
        "/api/v2/segments/default/standing/expiring-targets/production",
        json={"instructions": wanted},
    )
    assert [one["message"] for one in answer.json()["errors"]] == [
        "/instructions/0/targetType: found 'inside', expected included or excluded.",
        "/instructions/1: found a number, expected an instruction: an object.",
        f"/instructions/2/kind: found 1, expected one of {', '.join(EXPIRING)}.",
    ]


@pytest.mark.parametrize(
    ("part", "said"), [("mode", "merge or replace"), ("waitOnApprovals", "true or false")]
)
def test_a_part_of_an_import_that_can_not_be_read_is_named(
    server: Muster, part: str, said: str
) -> None:
    made = server.client.post(
        SEGMENTS, json={"key": f"big-{part}", "name": "Big", "unbounded": True}
    )
    assert made.status_code == 201
    answer = server.client.post(
        f"{SEGMENTS}/big-{part}/imports", data={part: "perhaps"}, files={"file": b"ada\n"}
    )
    check_error(answer, 400, "invalid_request", f"/{part}: found 'perhaps', expected {said}.")
    assert get(server, f"{SEGMENTS}/big-{part}")["_unboundedMetadata"]["includedCount"] == 0


def test_a_moment_long_past_is_no_moment_at_which_a_target_could_leave(server: Muster) -> None:
    put = server.client.patch(f"{SEGMENTS}/standing", json={"included": ["ada"]})
    assert put.status_code == 200
    target = {"targetType": "included", "contextKey": "ada", "contextKind": "user"}
    add = {"kind": "addExpiringTarget", **target, "value": int(time.time()) + 3600}  # in seconds
    path = "/api/v2/segments/default/standing/expiring-targets/production"
    answer = server.client.patch(path, json={"instructions": [add]})
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("/instructions/0/value: the moment 1970-01-")
    assert "in milliseconds since 1970-01-01 UTC" in error["message"]
    assert get(server, path)["items"] == []


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ([], "Found an empty array, expected a context"),
        ({"key": "ada"}, "/kind: found nothing, expected the kind of a context"),
        ({"kind": 5, "key": "ada"}, "/kind: found 5, expected a kind of contexts"),
        ({"kind": "user"}, "/key: found nothing, expected a context's key"),
        ({"kind": "user", "key": ""}, "/key: found an empty string, expected a context's key"),
        ({"kind": "multi", "user": "ada"}, "/user: found a string, expected a context"),
        (
            {"kind": "multi", "user": {"key": 7}},
            "/user/key: found a number, expected a context's key",
        ),
        ({"kind": "multi", "a/b": {"key": "x"}}, "/a~1b: found 'a/b', expected a kind of contexts"),
    ],
)
def test_what_is_wrong_with_a_context_is_named(server: Muster, context: Any, said: str) -> None:
    answer = server.client.post(f"{ENVIRONMENTS}/production/segments/evaluate", json=context)
    check_error(answer, 400, "invalid_request")
    assert answer.json()["message"].startswith(said)


def test_members_are_not_listed_of_a_segment_that_is_not_big(server: Muster) -> None:
    put = server.client.patch(f"{SEGMENTS}/standing", json={"included": ["ada"]})
    assert put.status_code == 200
    answer = server.client.get(f"{SEGMENTS}/standing/members")
    check_error(answer, 400, "invalid_request", "The segment standing is not big")


def test_the_members_of_a_synced_segment_are_told_whose_they_are(
    server: Muster, environment: str
) -> None:
    push(server, environment, "theirs", "ada")
    synced = f"{SEGMENTS}/rudderstack-theirs"
    patches = [{"included": ["brian"]}, [{"op": "add", "path": "/included/-", "value": "brian"}]]
    for patch in patches:
        answer = server.client.patch(synced, json=patch)
        check_error(answer, 400, "invalid_request", "they are synced by rudderstack")
        assert "import a CSV file" not in answer.json()["message"]
    answer = server.client.patch(synced, json={"excluded": ["brian"]})
    check_error(answer, 400, "invalid_request", "/contexts.")


@pytest.mark.parametrize(
    "path", [PROJECTS, TOKENS, SEGMENTS, f"{SEGMENTS}/standing", f"{ENVIRONMENTS}"]
)
def test_a_path_with_a_slash_too_many_is_nowhere(server: Muster, path: str) -> None:
    check_error(server.client.get(f"{path}/"), 404, "not_found")


def clause(value: Any) -> dict[str, Any]:
    """Return a clause that asks for a value."""
    return {"attribute": "age", "op": "in", "values": [value]}
