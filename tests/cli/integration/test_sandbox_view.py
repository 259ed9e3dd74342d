"""What a sandbox prints, for people and for scripts."""

import json
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from muster.access.principal import Principal
from muster.cli.integration.sandbox_view import JsonLinesView, TextView
from muster.cli.runtime import Sandbox, SandboxOptions
from muster.core.errors import ConflictError, MusterError, UnauthenticatedError
from muster.core.ids import MemberId, SegmentKey, TokenId
from muster.core.pointers import MISSING, Json
from muster.core.secrets import Secret
from muster.manifests.edits import Edit
from muster.payloads.errors import InvalidPayloadError
from muster.storage.files.catalog import CatalogProblem, bundled_integrations, read_catalog
from muster.sync.catalog import Integration
from muster.sync.exchange import Exchange
from muster.sync.service import SyncAttempt
from muster.sync.simulation import Cause, Fault, FaultPlan, Simulation
from tests.clock import START

FAST = timedelta(microseconds=3100)
PRINCIPAL = Principal(TokenId("t"), "acme", "service", MemberId("m"), ())


@pytest.fixture(scope="module")
def integration() -> Integration:
    """The bundled hightouch."""
    return bundled("hightouch")


def bundled(key: str) -> Integration:
    """Return a bundled integration."""
    found = read_catalog([bundled_integrations()]).catalog.find(key)
    assert found is not None
    return found


def sandbox(sample: Json = None, **options: Any) -> Sandbox:
    """Return a sandbox."""
    return Sandbox(
        url="http://127.0.0.1:8080",
        integration_key="acme",
        manifest=Path("integrations/acme/manifest.json"),
        token=Secret("api-narrow"),
        admin_token=Secret("api-admin"),
        project_key="default",
        environment_key="production",
        client_side_id="0123456789abcdef01234567",
        data_directory=Path("/scratch/muster-sandbox-x/data"),
        sample=sample,
        has_template=False,
        options=SandboxOptions("acme", 8080, **options),
    )


def attempt_of(integration: Integration, body: Json, **facts: Any) -> SyncAttempt:
    """Return what is known of a request with this body."""
    attempt = SyncAttempt(integration, PRINCIPAL, START, body=body)
    for name, value in facts.items():
        setattr(attempt, name, value)
    return attempt


def refused(
    error: MusterError,
    status: int,
    attempt: SyncAttempt | None = None,
    content: bytes | None = None,
) -> Exchange:
    """Return a request that was refused."""
    if content is None:
        content = json.dumps({"code": error.code, "message": error.message}).encode()
    return Exchange("acme", attempt, b"{}", status, content, error, FAST)


def mistyped(integration: Integration, **more: Any) -> Exchange:
    """Return a request that was refused for the name of a field."""
    body = {"environmentId": "e", "cohort_id": "c1", "action": "add", "members": []} | more
    assert integration.parser is not None
    with pytest.raises(InvalidPayloadError) as caught:
        integration.parser.parse(body)
    answer = refused(caught.value, 400, attempt_of(integration, body))
    return answer._replace(body=json.dumps(body, indent=2).encode())


def body_of(*members: str, **changes: Any) -> dict[str, Any]:
    """Return a body of hightouch's."""
    return {
        "environmentId": "0123456789abcdef01234567",
        "cohortId": "c1",
        "cohortName": "Testers",
        "action": "add",
        "members": [{"integration_distinct_id": member} for member in members],
    } | changes


def applied(integration: Integration, *members: str, **changes: Any) -> Exchange:
    """Return a request that was applied."""
    attempt = attempt_of(
        integration,
        body_of(*members, **changes),
        segment_keys=(SegmentKey("acme-c1"),),
        received=len(members),
        added=len(members),
    )
    return Exchange("acme", attempt, b"{}", 204, b"", None, FAST)


class TestText:
    """Lines for people."""

    def test_it_begins_with_all_that_a_developer_needs(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        TextView().started(sandbox({"it's": 1}))
        text = capsys.readouterr().out
        for needed in (
            "api-narrow",
            "api-admin",
            "0123456789abcdef01234567",
            "/scratch/muster-sandbox-x",
        ):
            assert needed in text
        assert "Strict" not in text
        assert "Watching" not in text
        command = text[text.index("curl -i") : text.index("\n\nThen look")]
        words = shlex.split(command.replace("\\\n", " "))
        assert words[2] == "http://127.0.0.1:8080/api/v2/segment-targets/acme"
        assert "Authorization: api-narrow" in words
        assert json.loads(words[words.index("-d") + 1]) == {"it's": 1}

    def test_it_says_what_is_simulated_and_how_to_choose(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        TextView().started(sandbox(faults=FaultPlan(), watch=True, seed=99))
        text = capsys.readouterr().out
        assert "at most 50 requests in 10 seconds; each waits 50 to 300 ms" in text
        assert "409 1%, 429 2%, 500 1%, 503 1% (--seed 99)" in text
        assert "Muster-Simulate: 429" in text
        assert "No sample body can be made" in text
        assert "Watching integrations/acme/manifest.json" in text

    def test_a_request_is_shown_as_it_was_read(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        exchange = applied(integration, *(f"user-{number}" for number in range(7)))
        TextView().answered(exchange, None)
        first, cohort, *members, last = capsys.readouterr().out.splitlines()
        assert first.endswith("  204  7 added, 0 removed, 0 unchanged")
        assert cohort.strip() == 'cohort c1 "Testers" -> segment hightouch-c1 (user): +7 -0'
        assert [line.strip() for line in members] == [
            '+ user-0  /members/0/integration_distinct_id  because /action is "add"',
            '+ user-1  /members/1/integration_distinct_id  because /action is "add"',
            '+ user-2  /members/2/integration_distinct_id  because /action is "add"',
            "+ ... and 4 more",
        ]
        assert exchange.attempt is not None
        assert last.strip() == f"3.1 ms, request {exchange.attempt.id}"

    def test_a_removal_is_shown_as_one(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        TextView().answered(applied(integration, "ann", action="remove"), None)
        text = capsys.readouterr().out
        assert ": +0 -1\n" in text
        assert "- ann  /members/0/integration_distinct_id  because" in text

    def test_many_cohorts_are_cut(self, capsys: pytest.CaptureFixture[str]) -> None:
        amplitude = bundled("amplitude")
        batch = [{"userId": "ann", "value": True, "cohortId": f"c{number}"} for number in range(7)]
        body = {"environmentId": "0123456789abcdef01234567", "batch": batch}
        keys = tuple(SegmentKey(f"amplitude-c{number}") for number in range(7))
        attempt = attempt_of(amplitude, body, segment_keys=keys, received=7, added=7)
        TextView().answered(Exchange("amplitude", attempt, b"{}", 204, b"", None, FAST), None)
        text = capsys.readouterr().out
        assert text.count(" -> segment ") == 5
        assert "... and 2 more cohorts" in text

    def test_a_large_body_is_not_read_again(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        exchange = applied(integration, "ann")
        assert exchange.attempt is not None
        exchange.attempt.received = 1_000_000
        TextView().answered(exchange, None)
        assert "segments acme-c1" in capsys.readouterr().out

    def test_a_refusal_says_why_once(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        error = InvalidPayloadError("/cohortId: found null", pointer="/cohortId")
        TextView().answered(refused(error, 400, attempt_of(integration, {})), None)
        text = capsys.readouterr().out
        assert "  400  invalid_request: /cohortId: found null\n" in text
        assert text.count("/cohortId: found null") == 1

    def test_a_refused_body_is_shown_at_its_fault(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        TextView().answered(mistyped(integration), None)
        text = capsys.readouterr().out
        assert "at /cohortId\n" in text
        assert '3 |   "cohort_id": "c1",\n' in text
        assert "| ^ has no cohortId\n" in text
        assert "nearest /cohort_id\n" in text

    def test_of_a_large_refused_body_only_the_message_is_shown(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        TextView().answered(mistyped(integration, note="x" * 300_000), None)
        assert len(capsys.readouterr().out.splitlines()) == 2

    def test_a_refusal_for_another_reason_has_no_place_in_the_body(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        error = ConflictError("It is kept for something else.")
        TextView().answered(refused(error, 409, attempt_of(integration, body_of("ann"))), None)
        assert len(capsys.readouterr().out.splitlines()) == 2

    def test_an_answer_of_the_manifests_own_is_shown(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        error = InvalidPayloadError("/cohortId: found null", pointer="/cohortId")
        own = b'{"status":"failure"}' + b" " * 1000
        TextView().answered(refused(error, 400, attempt_of(integration, {}), own), None)
        text = capsys.readouterr().out
        assert 'answered {"status":"failure"}' in text
        assert "... (1,020 characters)" in text

    def test_who_is_unknown_is_shown_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        TextView().answered(refused(UnauthenticatedError("Who?"), 401), None)
        assert "  401  unauthorized: Who?" in capsys.readouterr().out

    def test_what_is_simulated_is_said_to_be(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        view = TextView()
        view.answered(
            refused(MusterError("Never."), 0), Simulation(fault=Fault.RESET, cause=Cause.CHANCE)
        )
        waited = Simulation(delay=timedelta(milliseconds=230))
        view.answered(applied(integration, "ann"), waited)
        text = capsys.readouterr().out
        assert "  ---  internal_error: Never." in text
        assert "simulated, by chance" in text
        assert "after a simulated wait of 230 ms" in text

    def test_what_strangers_wrote_steers_no_terminal(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        view = TextView()
        view.answered(applied(integration, "a\x1b[2J\nb", cohortName="\x1b]0;x\x07"), None)
        view.refused_elsewhere("GET", "/\x1b[2J", 404)
        view.manifest_read([Edit("/\x1b", "\x1b", MISSING)], sandbox())
        problem = CatalogProblem(Path("m.json"), "\x1b[2J")
        view.manifest_refused([problem], has_older=True)
        assert "\x1b" not in capsys.readouterr().out

    def test_an_edit_is_told_and_another_body_when_the_old_one_is_of_no_use(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        view = TextView()
        view.started(sandbox({"a": 1}))
        capsys.readouterr()
        view.manifest_read([Edit("/name", "Acme", "Acme 2")], sandbox({"a": 1}))
        text = capsys.readouterr().out
        assert '/name: "Acme" -> "Acme 2"' in text
        assert "curl" not in text
        view.manifest_read([Edit("/x", MISSING, "/a"), Edit("/y", 1, MISSING)], sandbox({"b": 1}))
        text = capsys.readouterr().out
        assert '/x: added "/a"' in text
        assert "/y: removed 1" in text
        assert '{"b":1}' in text
        view.manifest_read([], sandbox({"b": 1}))
        assert "says what it said before" in capsys.readouterr().out

    def test_many_edits_are_cut(self, capsys: pytest.CaptureFixture[str]) -> None:
        edits = [Edit(f"/{number}", 0, 1) for number in range(50)]
        TextView().manifest_read(edits, sandbox())
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 22
        assert lines[-1].endswith("... and 30 more changes")


class TestJsonLines:
    """Objects for scripts, one a line."""

    def test_each_event_is_a_line(
        self, integration: Integration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        view = JsonLinesView()
        view.started(sandbox({"a": 1}, faults=FaultPlan(), watch=True, seed=3))
        view.answered(applied(integration, "ann"), None)
        error = InvalidPayloadError("/cohortId: found null", pointer="/cohortId")
        view.answered(
            refused(error, 400, attempt_of(integration, {})),
            Simulation(fault=Fault.CONFLICT, cause=Cause.HEADER, delay=timedelta(milliseconds=5)),
        )
        view.answered(mistyped(integration), None)
        view.refused_elsewhere("GET", "/x", 404)
        view.manifest_read([Edit("/name", MISSING, "b")], sandbox({"b": 1}))
        problem = CatalogProblem(Path("m.json"), "Bad.", "Mend it.", "/name", 3, 5)
        view.manifest_refused([problem], has_older=False)
        started, good, bad, typo, elsewhere, read, broken = map(
            json.loads, capsys.readouterr().out.splitlines()
        )

        assert started["event"] == "started"
        assert started["endpoint"] == "http://127.0.0.1:8080/api/v2/segment-targets/acme"
        assert (started["token"], started["adminToken"]) == ("api-narrow", "api-admin")
        assert started["clientSideId"] == "0123456789abcdef01234567"
        assert started["dataDirectory"] == "/scratch/muster-sandbox-x/data"
        assert started["watching"] == "integrations/acme/manifest.json"
        assert started["strict"]["chances"]["429"] == 0.02
        assert started["strict"]["seed"] == 3

        assert (good["event"], good["status"], good["code"]) == ("request", 204, None)
        assert (good["segmentKeys"], good["added"]) == (["acme-c1"], 1)
        assert good["receivedAt"] == "2026-05-01T12:00:00Z"
        assert good["durationMilliseconds"] == 3.1
        assert good["simulated"] is None

        assert (bad["code"], bad["pointer"]) == ("invalid_request", "/cohortId")
        assert bad["simulated"] == {"fault": "409", "cause": "header", "delayMilliseconds": 5.0}
        assert (typo["pointer"], typo["nearest"]) == ("/cohortId", ["/cohort_id"])
        assert elsewhere == {
            "event": "refusedElsewhere",
            "method": "GET",
            "path": "/x",
            "status": 404,
        }
        assert read["changes"] == [{"pointer": "/name", "after": "b"}]
        assert read["sampleBody"] == {"b": 1}
        assert broken["olderInForce"] is False
        assert broken["problems"] == [
            {
                "file": "m.json",
                "line": 3,
                "column": 5,
                "pointer": "/name",
                "message": "Bad.",
                "hint": "Mend it.",
            }
        ]

    def test_without_strict_and_watch_it_says_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        JsonLinesView().started(sandbox())
        started = json.loads(capsys.readouterr().out)
        assert (started["strict"], started["watching"], started["sampleBody"]) == (None, None, None)
