"""Every refusal of the sync endpoint: its status, its words, and that nothing of it was applied."""

import gzip
import json
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.harness import TOKEN, Muster, running

INTEGRATIONS = Path(__file__).parents[2] / "integrations"
CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
MEMBER = "secret-member"
"""How every member's key here begins: no message and no log may hold it."""
JSON = {"Content-Type": "application/json"}
SYNC_ACTIONS = ("createSegment", "updateIncluded")
LIMIT = 4096
"""The strict server's limit of a body, in bytes."""

Body = dict[str, Any]
MakeToken = Callable[..., str]


class Missing:
    """Stands in a table for a value that is left out."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server with three added integrations, and with standing cohorts.

    Of the members that bodies here add, these lack some; of those that bodies remove, they hold
    some: so whatever of a refused body were applied would show.
    """
    folder = tmp_path_factory.mktemp("muster")
    for name in ("a", "a-b", "no-segments"):
        shutil.copytree(INTEGRATIONS / "hightouch", folder / "added" / name)
    manifest = folder / "added" / "no-segments" / "manifest.json"
    bare = json.loads(manifest.read_text())
    del bare["capabilities"]
    manifest.write_text(json.dumps(bare))
    with running(folder / "data", "--catalog", str(folder / "added")) as started:
        environment = started.environment_id()
        one = [{"integration_distinct_id": f"{MEMBER}-1"}]
        leaving = {"add": rudderstack(environment)["listData"]["remove"]}
        pushed = [
            started.push("hightouch", hightouch(environment, members=one)),
            started.push("hightouch", hightouch(environment, "kept", members=one)),
            started.push("rudderstack", rudderstack(environment) | {"listData": leaving}),
            started.push("amplitude", batch(environment, size=1)),
            started.push("segment-audiences", batch(environment, size=1)),
        ]
        assert {answer.status_code for answer in pushed} == {204}
        yield started


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server that takes bodies of at most `LIMIT` bytes that arrive within a second."""
    limits = {"MUSTER_MAX_BODY_BYTES": str(LIMIT), "MUSTER_BODY_TIMEOUT_SECONDS": "1"}
    with running(tmp_path_factory.mktemp("strict") / "data", variables=limits) as started:
        yield started


@pytest.fixture(scope="module")
def environment(server: Muster) -> str:
    """The client-side ID of `production`."""
    return server.environment_id()


@pytest.fixture(scope="module")
def make_token(server: Muster) -> MakeToken:
    """Makes a token as an operator does, with the flags of `muster token create`; one for each set."""
    made: dict[tuple[str, ...], str] = {}

    def make(*flags: str) -> str:
        if flags not in made:
            done = server.cli("token", "create", "--name", f"Token {len(made)}", *flags)
            assert done.returncode == 0, done.stderr
            made[flags] = done.stdout.strip()
        return made[flags]

    return make


def hightouch(environment: str, cohort: str = "standing", **more: Any) -> Body:
    """Return a body of one cohort, its members added."""
    members = [{"integration_distinct_id": f"{MEMBER}-{n}"} for n in range(3)]
    about = {"environmentId": environment, "cohortId": cohort, "cohortName": "Standing"}
    return {**about, "action": "add", "members": members, **more}


def rudderstack(environment: str) -> Body:
    """Return a body of two arrays."""
    return {
        "environmentId": environment,
        "contextKind": "user",
        "cohortId": "standing",
        "cohortUrl": "https://cohorts.example.com/standing",
        "listData": {
            "add": [{"id": f"{MEMBER}-{n}"} for n in range(3)],
            "remove": [{"id": f"{MEMBER}-{n}"} for n in range(3, 6)],
        },
    }


def batch(environment: str, *cohorts: str, size: int = 10, **more: Any) -> Body:
    """Return a body of Amplitude's and of Segment's shape, with as many members in each cohort."""
    members = [
        {"userId": f"{MEMBER}-{n}", "cohortId": cohort, "cohortName": "Standing", "value": True}
        for cohort in cohorts or ["standing"]
        for n in range(size)
    ]
    return {"environmentId": environment, "batch": members, **more}


BODIES: dict[str, Callable[..., Body]] = {
    "hightouch": hightouch,
    "rudderstack": rudderstack,
    "amplitude": batch,
    "segment-audiences": batch,
}


@contextmanager
def nothing_applied(server: Muster) -> Iterator[None]:
    """Check that a block leaves every segment of every environment as it was, counts and all."""
    before = [server.segments(key) for key in ("production", "test")]
    yield
    assert [server.segments(key) for key in ("production", "test")] == before


def check_refusal(answer: httpx.Response, status: int, *said: str) -> str:
    """Check a refusal's status, shape and words, and that it gives nothing away; return its message."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    content = answer.json()
    assert content.keys() == {"code", "message"}
    assert content["code"] == CODES[status]
    message: str = content["message"]
    for words in said:
        assert words in message
    assert MEMBER not in message
    assert "api-0" not in message
    assert message.endswith((".", "'"))
    return message


def check_misplaced(answer: httpx.Response, pointer: str, found: str) -> None:
    """Check that a message says where, what was found, what was expected, and how to mend it."""
    message = check_refusal(answer, 400)
    sentences = rf"{re.escape(f'{pointer}: found {found}')}.*, expected .+\. \S.+\."
    assert re.fullmatch(sentences, message), message


def put(body: Body, pointer: str, value: Any) -> Body:
    """Return a body with another value at a pointer, or with none."""
    changed = deepcopy(body)
    place: Any = changed
    *above, last = (int(part) if part.isdecimal() else part for part in pointer.split("/")[1:])
    for part in above:
        place = place[part]
    if value is Missing:
        del place[last]
    else:
        place[last] = value
    return changed


def post(
    server: Muster, content: Any, headers: dict[str, str], integration: str = "hightouch"
) -> httpx.Response:
    """Send bytes (or an iterator of bytes, chunked) to the endpoint."""
    return server.client.post(
        f"/api/v2/segment-targets/{integration}", content=content, headers=headers
    )


class TestUnknownCallers:
    """401: no token, none that is one, none that is known."""

    @pytest.mark.parametrize("integration", ["hightouch", "unheard-of"])
    @pytest.mark.parametrize(
        ("credential", "said"),
        [
            (None, "no access token"),
            ("", "no access token"),
            (f"Bearer {TOKEN}", "scheme Bearer"),
            (f"{TOKEN} {TOKEN}", "spaces"),
            (TOKEN.upper(), "Nobody is known"),
            (TOKEN[:-1], "Nobody is known"),
            ("api-00000000-0000-4000-8000-000000000000", "Nobody is known"),
            ("sdk-00000000-0000-4000-8000-000000000000", "an SDK key"),
            ("mob-00000000-0000-4000-8000-000000000000", "a mobile key"),
            ("0123456789abcdef01234567", "a client-side ID"),
            ("api-" + "0" * 600, "604 characters"),
            ("api-caf\u00e9".encode(), "characters that no token has"),
            (b"api-\xff\xfe", "characters that no token has"),
        ],
    )
    def test_are_refused(
        self,
        server: Muster,
        environment: str,
        credential: str | bytes | None,
        said: str,
        integration: str,
    ) -> None:
        raw = credential if isinstance(credential, bytes) else (credential or "").encode()
        headers = {} if credential is None else {b"Authorization": raw}
        with nothing_applied(server), httpx.Client(base_url=server.url) as anyone:
            answer = anyone.post(
                f"/api/v2/segment-targets/{integration}",
                json=hightouch(environment, "stranger"),
                headers=headers,
            )
        check_refusal(answer, 401, said, "token")

    def test_a_token_that_was_deleted(self, server: Muster, environment: str) -> None:
        done = server.cli("token", "create", "--name", "Short life", "--role", "writer", "--json")
        created = json.loads(done.stdout)
        headers = {"Authorization": created["secret"]}
        body = hightouch(environment, "deleted-token")
        assert server.push("hightouch", body, headers=headers).status_code == 204
        assert server.cli("token", "delete", created["id"], "--yes").returncode == 0
        time.sleep(1.1)
        with nothing_applied(server):
            answer = server.push("hightouch", body | {"action": "remove"}, headers=headers)
        check_refusal(answer, 401, "may have been deleted", "muster token create")

    def test_a_token_that_has_expired(
        self, server: Muster, environment: str, make_token: MakeToken
    ) -> None:
        moment = datetime.now(UTC) + timedelta(seconds=5)
        token = make_token("--role", "writer", "--expires", moment.isoformat())
        body = hightouch(environment, "expired-token")
        headers = {"Authorization": token}
        assert server.push("hightouch", body, headers=headers).status_code == 204
        time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()) + 0.05)
        with nothing_applied(server):
            answer = server.push("hightouch", body | {"action": "remove"}, headers=headers)
        check_refusal(answer, 401, f"expired at {moment:%Y-%m-%d %H:%M:%S} UTC")


def policy(*statements: tuple[str, Sequence[str], str]) -> tuple[str, str]:
    """Return the flag of an inline policy: effect, actions and resource of each statement."""
    spelled = [
        {"effect": effect, "actions": list(actions), "resources": [resource]}
        for effect, actions, resource in statements
    ]
    return ("--policy", json.dumps(spelled))


ANY_SEGMENT = "proj/*:env/*:segment/*"
ELSEWHERE = policy(("allow", ["*"], "proj/default:env/test:segment/*"))
OTHER_PROJECT = policy(("allow", ["*"], "proj/shop:env/*:segment/*"))
OTHER_SEGMENT = policy(("allow", ["*"], "proj/*:env/*:segment/hightouch-other"))
CREATES_ONLY = policy(("allow", ["createSegment"], ANY_SEGMENT))
UPDATES_ONLY = policy(("allow", ["updateIncluded"], ANY_SEGMENT))
DENIED = policy(
    ("allow", ["*"], ANY_SEGMENT), ("deny", ["updateIncluded"], "proj/*:env/*:segment/hightouch-s*")
)
READER = ("--role", "reader")
WRITER = ("--role", "writer")
SYNCS = policy(("allow", SYNC_ACTIONS, ANY_SEGMENT))


class TestCallersWhoMayNot:
    """403: a token that may not create a segment, or not change its members."""

    @pytest.mark.parametrize(
        ("flags", "cohort", "action"),
        [
            (READER, "new", "createSegment"),
            (READER, "standing", "updateIncluded"),
            (ELSEWHERE, "new", "createSegment"),
            (ELSEWHERE, "standing", "updateIncluded"),
            (OTHER_PROJECT, "standing", "updateIncluded"),
            (OTHER_SEGMENT, "new", "createSegment"),
            (OTHER_SEGMENT, "standing", "updateIncluded"),
            (CREATES_ONLY, "new", "updateIncluded"),
            (CREATES_ONLY, "standing", "updateIncluded"),
            (UPDATES_ONLY, "new", "createSegment"),
            (DENIED, "standing", "updateIncluded"),
        ],
    )
    @pytest.mark.parametrize("word", ["add", "remove"])
    @pytest.mark.parametrize("name", ["Standing", "Renamed"])
    def test_are_refused(
        self,
        server: Muster,
        environment: str,
        make_token: MakeToken,
        flags: tuple[str, ...],
        cohort: str,
        action: str,
        word: str,
        name: str,
    ) -> None:
        headers = {"Authorization": make_token(*flags)}
        body = hightouch(environment, cohort, action=word, cohortName=name)
        with nothing_applied(server):
            answer = server.push("hightouch", body, headers=headers)
        resource = f"proj/default:env/production:segment/hightouch-{cohort}"
        check_refusal(answer, 403, f"may not {action} on {resource}", "role or policy")

    def test_one_forbidden_cohort_refuses_the_whole_body(
        self, server: Muster, environment: str, make_token: MakeToken
    ) -> None:
        mine = policy(("allow", ["*"], "proj/*:env/*:segment/amplitude-mine*"))
        headers = {"Authorization": make_token(*mine)}
        for cohorts in (["mine-1", "yours"], ["yours", "mine-1"], ["mine-1", "standing"]):
            with nothing_applied(server):
                body = batch(environment, *cohorts)
                answer = server.push("amplitude", body, headers=headers)
            check_refusal(answer, 403, "segment/amplitude-")
        answer = server.push("amplitude", batch(environment, "mine-1", "mine-2"), headers=headers)
        assert answer.status_code == 204
        assert server.count("amplitude-mine-2") == 10

    @pytest.mark.parametrize(
        ("flags", "body", "count"),
        [
            (WRITER, {"cohortId": "by-writer"}, 3),
            (SYNCS, {"cohortId": "by-policy"}, 3),
            (UPDATES_ONLY, {"cohortId": "kept"}, 3),
            (CREATES_ONLY, {"cohortId": "by-creator", "members": []}, 0),
        ],
    )
    def test_those_who_may_are_served(
        self,
        server: Muster,
        environment: str,
        make_token: MakeToken,
        flags: tuple[str, ...],
        body: Body,
        count: int,
    ) -> None:
        headers = {"Authorization": make_token(*flags)}
        answer = server.push("hightouch", hightouch(environment) | body, headers=headers)
        assert answer.status_code == 204
        assert server.count(f"hightouch-{body['cohortId']}") == count


@pytest.mark.parametrize(
    ("integration", "said"),
    [
        ("unheard-of", "no integration 'unheard-of'"),
        ("hightouch2", "no integration 'hightouch2'"),
        ("no-segments", "no-segments has no synced segments"),
        ("NO-SEGMENTS", "no-segments has no synced segments"),
        ("%20", "no integration ' '"),
        ("..%5C..", "no integration"),
        ("%E2%84%AAey", "no integration"),
        ("%00", "no integration"),
        ("i" * 5000, "no integration"),
    ],
)
def test_an_integration_that_does_not_sync(
    server: Muster, environment: str, integration: str, said: str
) -> None:
    with nothing_applied(server):
        answer = server.push(integration, hightouch(environment, "nowhere"))
    assert len(check_refusal(answer, 404, said)) < 400


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


class TestTypesAndEncodings:
    """415: not JSON, or in an encoding that is not read; and 400 for gzip that is broken."""

    @pytest.mark.parametrize(
        ("content_type", "said"),
        [
            (None, "Content-Type is nothing"),
            ("text/plain", "Content-Type is text/plain"),
            ("text/json", "Content-Type is text/json"),
            ("application/x-www-form-urlencoded", "form-urlencoded"),
            ("multipart/form-data; boundary=x", "multipart/form-data"),
            ("application/jsonp", "application/jsonp"),
            ("application/json; charset=utf-16", "charset is utf-16"),
        ],
    )
    def test_types_that_are_not_read(
        self, server: Muster, environment: str, content_type: str | None, said: str
    ) -> None:
        content = json.dumps(hightouch(environment, "refused")).encode()
        with nothing_applied(server):
            answer = post(server, content, {"Content-Type": content_type} if content_type else {})
        check_refusal(answer, 415, said, "JSON" if "charset" in said else "application/json")

    @pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x"])
    def test_encodings_that_are_not_read(
        self, server: Muster, environment: str, encoding: str
    ) -> None:
        content = json.dumps(hightouch(environment, "refused")).encode()
        with nothing_applied(server):
            answer = post(server, content, JSON | {"Content-Encoding": encoding})
        check_refusal(answer, 415, f"Content-Encoding is {encoding}", "send gzip")

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json; charset=utf-8",
            'Application/JSON;Charset="UTF-8"',
            "application/vnd.api+json",
        ],
    )
    def test_ways_to_say_json(self, server: Muster, environment: str, content_type: str) -> None:
        content = json.dumps(hightouch(environment, "typed")).encode()
        assert post(server, content, {"Content-Type": content_type}).status_code == 204

    def test_broken_gzip(self, server: Muster, environment: str) -> None:
        plain = json.dumps(hightouch(environment, "refused")).encode()
        whole = gzip.compress(plain)
        wrong_sum = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
        for content in (plain, b"", whole[:-1], whole[:20], wrong_sum, whole + b"tail", whole[1:]):
            with nothing_applied(server):
                answer = post(server, content, JSON | {"Content-Encoding": "gzip"})
            check_refusal(answer, 400, "gzip", "Send it again")


def padded(environment: str, size: int, cohort: str = "refused") -> bytes:
    """Return a good body of an exact size in bytes."""
    return json.dumps(hightouch(environment, cohort)).encode().ljust(size)


def in_parts(content: bytes, size: int = 1000) -> Iterator[bytes]:
    """Yield bytes in parts: a client sends them chunked, and tells no length before."""
    yield from (content[start : start + size] for start in range(0, len(content), size))


class TestSizes:
    """413: over the limit, however it arrives."""

    SENDERS: tuple[Callable[[bytes], tuple[Any, dict[str, str]]], ...] = (
        lambda content: (content, JSON),
        lambda content: (in_parts(content), JSON),
        lambda content: (gzip.compress(content), JSON | {"Content-Encoding": "gzip"}),
        lambda content: (in_parts(gzip.compress(content), 50), JSON | {"Content-Encoding": "gzip"}),
    )

    @pytest.mark.parametrize("sender", SENDERS, ids=["length", "chunked", "gzip", "gzip chunked"])
    @pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT, 8_000_000])
    def test_over_the_limit(
        self, strict: Muster, sender: Callable[[bytes], tuple[Any, dict[str, str]]], size: int
    ) -> None:
        environment = strict.environment_id()
        with nothing_applied(strict):
            answer = post(strict, *sender(padded(environment, size)))
        check_refusal(answer, 413, "limit of 4,096 bytes", "fewer members")

    @pytest.mark.parametrize("sender", SENDERS, ids=["length", "chunked", "gzip", "gzip chunked"])
    def test_at_the_limit(
        self, strict: Muster, sender: Callable[[bytes], tuple[Any, dict[str, str]]]
    ) -> None:
        content, headers = sender(padded(strict.environment_id(), LIMIT, "sized"))
        assert post(strict, content, headers).status_code == 204
        assert strict.count("hightouch-sized") == 3

    def test_gzip_bombs(self, server: Muster, strict: Muster) -> None:
        bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
        assert len(bomb) < 100_000
        for target in (server, strict):
            with nothing_applied(target):
                started = time.monotonic()
                answer = post(target, bomb, JSON | {"Content-Encoding": "gzip"})
                assert time.monotonic() - started < 5
            check_refusal(answer, 413, "decompressed")

    def test_a_length_over_the_limit_is_answered_before_the_body(self, strict: Muster) -> None:
        started = time.monotonic()
        answer = converse(strict, b"Content-Length: 999999999999999\r\n\r\n", [])
        assert time.monotonic() - started < 0.9
        check_refusal(answer, 413, "limit of 4,096 bytes")


def converse(server: Muster, headers: bytes, parts: Sequence[bytes]) -> httpx.Response:
    """Send a request's head, then parts of its body, half a second apart; read to the server's end."""
    url = httpx.URL(server.url)
    assert url.port is not None
    with socket.create_connection((url.host, url.port), timeout=10) as connection:
        connection.sendall(
            b"POST /api/v2/segment-targets/hightouch HTTP/1.1\r\nHost: muster\r\n"
            b"Authorization: "
            + TOKEN.encode()
            + b"\r\nContent-Type: application/json\r\n"
            + headers
        )
        for part in parts:
            connection.sendall(part)
            time.sleep(0.4)
        text = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = text.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    pairs = [(line.partition(": ")[0], line.partition(": ")[2]) for line in lines]
    return httpx.Response(int(status.split()[1]), headers=pairs, content=content)


class TestBodiesThatDoNotArrive:
    """408: the body stops, or trickles; the connection is closed then."""

    @pytest.mark.parametrize(
        ("headers", "parts"),
        [
            (b"Content-Length: 100\r\n\r\n", []),
            (b"Content-Length: 100\r\n\r\n", [b'{"environmentId": "']),
            (b"Content-Length: 100\r\n\r\n", [b"{", b'"', b"e"]),
            (b"Transfer-Encoding: chunked\r\n\r\n", [b"5\r\n{    \r\n"]),
            (b"Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n", [b"\x1f\x8b"]),
        ],
        ids=["nothing", "a beginning", "a trickle", "a chunk", "gzip"],
    )
    def test_are_not_waited_for(
        self, strict: Muster, headers: bytes, parts: Sequence[bytes]
    ) -> None:
        started = time.monotonic()
        with nothing_applied(strict):
            answer = converse(strict, headers, parts)
        assert 0.9 < time.monotonic() - started < 5
        check_refusal(answer, 408, "within 1 seconds", "fewer members")
        assert answer.headers["connection"] == "close"

    def test_a_client_that_goes_away_leaves_nothing(self, strict: Muster) -> None:
        body = padded(strict.environment_id(), 1000)
        url = httpx.URL(strict.url)
        assert url.port is not None
        with nothing_applied(strict):
            with socket.create_connection((url.host, url.port)) as connection:
                connection.sendall(
                    b"POST /api/v2/segment-targets/hightouch HTTP/1.1\r\nHost: muster\r\n"
                    b"Authorization: " + TOKEN.encode() + b"\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 1001\r\n\r\n" + body
                )
            time.sleep(0.2)


class TestOtherRequests:
    """404 and 405: elsewhere than at the endpoint, an error has an id as well."""

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize("path", ["segment-targets/hightouch", "segment-target/unheard-of"])
    def test_wrong_methods(self, server: Muster, environment: str, method: str, path: str) -> None:
        with nothing_applied(server):
            answer = server.client.request(method, f"/api/v2/{path}", json=hightouch(environment))
        check_refusal(answer, 405, "takes POST")
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    @pytest.mark.parametrize("path", ["/api/v2/versions", "/sdk/goals/x", "/healthz"])
    def test_wrong_methods_elsewhere(self, server: Muster, method: str, path: str) -> None:
        answer = server.client.request(method, path)
        self.check_standard(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["allow"]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize(
        "path",
        [
            "/api/v2/segment-targets",
            "/api/v2/segment-targets/",
            "/api/v2/segment-targets/hightouch/more",
            "/api/v2/segment-targets/a%2Fb",
            "/api/v2/nothing",
            "/api/v3/versions",
            "/nothing",
        ],
    )
    def test_unknown_paths(self, server: Muster, method: str, path: str) -> None:
        answer = server.client.request(method, path, json={} if method == "POST" else None)
        self.check_standard(answer, 404, "not_found")

    def check_standard(self, answer: httpx.Response, status: int, code: str) -> None:
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
        content = answer.json()
        assert content.keys() == {"code", "message", "id"}
        assert content["code"] == code
        assert content["message"].endswith(".")
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", content["id"])


def test_no_log_holds_a_members_key_or_a_token(
    server: Muster, environment: str, make_token: MakeToken
) -> None:
    """The last test: it reads the logs of all that came before, and of some more."""
    reader = {"Authorization": make_token(*READER)}
    body = hightouch(environment)
    statuses = {
        server.push("hightouch", body).status_code,
        server.push("hightouch", body, headers=reader).status_code,
        server.push("hightouch", body, headers={"Authorization": f"{TOKEN}x"}).status_code,
        server.push("hightouch", body | {"contextKind": "device"}).status_code,
        server.push("hightouch", put(body, "/members/1", {"id": MEMBER})).status_code,
        server.push(f"{MEMBER}-as-a-path", body).status_code,
        post(server, json.dumps(body).encode()[:-1], JSON).status_code,
        server.client.get(f"/api/v2/{MEMBER}?key={MEMBER}").status_code,
    }
    assert statuses == {204, 400, 401, 403, 404, 409}
    assert server.includes("hightouch-standing", f"{MEMBER}-1")
    time.sleep(1.0)
    logged = server.cli("requests", "list", "--limit", "1000", "--json").stdout
    assert json.loads(logged)["totalCount"] >= 6
    served = server.log.read_text()
    for text in (served, logged):
        assert MEMBER not in text
        assert TOKEN not in text
        assert not re.search(r"api-[0-9a-f]{8}-", text)
    assert MEMBER not in server.output.read_text()
    assert '"level":"error"' not in served
    assert "Traceback" not in served
