"""Refused callers: unknown (401), without the right (403), or of no integration (404)."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.end_to_end.harness import TOKEN, MakeToken, Muster
from tests.end_to_end.refusals import (
    JSON,
    MEMBER,
    Body,
    batch,
    check_logs,
    check_refusal,
    hightouch,
    nothing_applied,
    post,
    put,
    standing,
)

SYNC_ACTIONS = ("createSegment", "updateIncluded")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Muster]:
    """A server with standing cohorts; its logs are read at the end."""
    with standing(tmp_path_factory.mktemp("muster")) as started:
        yield started


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
        moment = datetime.now(UTC) + timedelta(seconds=15)
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


def test_no_log_holds_a_members_key_or_a_token(
    server: Muster, environment: str, make_token: MakeToken
) -> None:
    """Of each kind of request there is one; the logs of all the others are read at their end."""
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
    assert check_logs(server) >= 6
