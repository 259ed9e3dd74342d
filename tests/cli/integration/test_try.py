"""`muster integration try`: what it reads, prints and exits with."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from muster.api.errors import error_body, status_of
from muster.cli.integration.expected_answer import Destination, expect_answer, read_body
from muster.cli.integration.payload_files import MAX_PAYLOAD_BYTES
from muster.cli.integration.try_payload import try_payload
from muster.payloads.errors import InvalidPayloadError
from muster.storage.files.catalog import bundled_integrations, read_catalog
from muster.sync.catalog import Integration
from tests.cli.integration.workbench import Workbench
from tests.payloads.strategies import json_values

ENVIRONMENT_ID = "5f0c1e2d3b4a596877869504"
CATALOG = read_catalog([bundled_integrations()]).catalog


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The command over the bundled integrations, in an empty folder."""
    for name in ("FORCE_COLOR", "NO_COLOR", "MUSTER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Workbench(**{"try": try_payload})


def save(body: Any, *, name: str = "body.json", indent: int | None = 2) -> str:
    """Write a body into the working directory; return the name of the file."""
    Path(name).write_text(json.dumps(body, indent=indent), encoding="utf-8")
    return name


def hightouch(*keys: Any, **changed: Any) -> dict[str, Any]:
    """Return a body of hightouch's."""
    return {
        "environmentId": ENVIRONMENT_ID,
        "cohortId": "c1",
        "cohortName": "Beta testers",
        "action": "add",
        "members": [{"integration_distinct_id": key} for key in keys],
    } | changed


def amplitude(*members: tuple[Any, bool]) -> dict[str, Any]:
    """Return a body of amplitude's."""
    return {
        "environmentId": ENVIRONMENT_ID,
        "batch": [
            {"userId": key, "value": added, "cohortId": "c1", "cohortName": "Beta testers"}
            for key, added in members
        ],
    }


def heap(**changed: Any) -> dict[str, Any]:
    """Return a body of heap-inbound's."""
    data = {"segment": {"id": "s1", "name": "S"}, "add": [{"id": "ada"}], "remove": [{"id": "bob"}]}
    return {"parameters": {"environment_id": ENVIRONMENT_ID}, "heap": {"data": data | changed}}


def lines_of(result: Result) -> list[str]:
    """Return the lines that a command printed, without what aligns them."""
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


class TestRead:
    """Payloads that are taken."""

    def test_one_action_for_all(self, workbench: Workbench) -> None:
        result = workbench.run("try", "hightouch", save(hightouch("ada", "grace")))
        assert result.exit_code == 0, result.output
        assert lines_of(result) == [
            "body.json is read as hightouch declares",
            f"Environment {ENVIRONMENT_ID} /environmentId",
            "Context kind user by default: there is nothing at /contextKind",
            "Action add /action: ^add$ matches, so members are added",
            "",
            "Cohort c1 /cohortId",
            "Name Beta testers /cohortName",
            "Segment hightouch-c1",
            '+ ada /members/0/integration_distinct_id because /action is "add"',
            '+ grace /members/1/integration_distinct_id because /action is "add"',
            "2 added, 0 removed",
            "",
            "Answer 204",
        ]

    def test_an_action_that_does_not_match_removes(self, workbench: Workbench) -> None:
        body = hightouch("ada", action="ADD", contextKind="device", cohortName=None)
        lines = lines_of(workbench.run("try", "hightouch", save(body)))
        assert "Context kind device /contextKind" in lines
        assert "Action ADD /action: ^add$ does not match, so members are removed" in lines
        assert "Name none /cohortName is null" in lines
        assert '- ada /members/0/integration_distinct_id because /action is "ADD"' in lines

    def test_a_boolean_of_each_member_of_which_the_last_word_wins(
        self, workbench: Workbench
    ) -> None:
        body = amplitude(("ada", True), ("bob", True), ("bob", False), ("ada", True))
        lines = lines_of(workbench.run("try", "amplitude", save(body)))
        assert "Context kind user by default: the manifest does not ask for one" in lines
        assert "URL none there is nothing at /batch/0/cohortUrl" in lines
        assert lines[-7:-2] == [
            "+ ada /batch/3/userId because /batch/3/value is true",
            "- bob /batch/2/userId because /batch/2/value is false",
            "~ ada /batch/0/userId adds, and so does /batch/3/userId",
            "~ bob /batch/1/userId adds, overruled by /batch/2/userId, which removes",
            "1 added, 1 removed; 2 of 4 entries had no say",
        ]

    def test_two_arrays_and_an_answer_of_the_manifests_own(self, workbench: Workbench) -> None:
        result = workbench.run("try", "heap-inbound", save(heap()), "--url", "https://m.example/")
        assert result.exit_code == 0
        lines = lines_of(result)
        assert "+ ada /heap/data/add/0/id because it is in /heap/data/add" in lines
        assert "- bob /heap/data/remove/0/id because it is in /heap/data/remove" in lines
        printed = result.stdout.partition("Answer  200\n")[2]
        segment = "heap-inbound-s1"
        assert json.loads(printed) == {
            "projectId": "default",
            "environmentId": "production",
            "segmentId": segment,
            "segmentUrl": f"https://m.example/default/production/segments/{segment}",
            "status": "success",
        }

    def test_the_answer_names_the_project_and_environment_that_were_given(
        self, workbench: Workbench
    ) -> None:
        read = workbench.run_json(
            *("try", "heap-inbound", save(heap()), "--json"), *("--project", "p", "-e", "test")
        )
        answer = read["payloads"][0]["answer"]["body"]
        assert (answer["projectId"], answer["environmentId"]) == ("p", "test")

    def test_no_more_are_shown_than_asked_for(self, workbench: Workbench) -> None:
        batch = [
            {"userId": f"u{number}", "value": True, "cohortId": f"c{number % 3}"}
            for number in range(90)
        ]
        file = save({"environmentId": ENVIRONMENT_ID, "batch": batch})
        lines = lines_of(workbench.run("try", "amplitude", file, "--limit", "2"))
        assert sum(line.startswith("+ u") for line in lines) == 4
        assert lines.count("+ ... and 28 more") == 2
        assert "... and 1 more cohorts" in lines
        lines = lines_of(workbench.run("try", "amplitude", file, "--limit", "0"))
        assert sum(line.startswith("+ u") for line in lines) == 90
        assert not any("more" in line for line in lines)

    def test_where_no_cohort_is_named_nothing_changes(self, workbench: Workbench) -> None:
        result = workbench.run("try", "amplitude", save(amplitude()))
        assert result.exit_code == 0
        assert "No cohort is named, so nothing changes." in result.stdout


class TestRefused:
    """Payloads that are not taken."""

    def test_a_typo_in_a_name_is_shown_with_the_nearest_that_exists(
        self, workbench: Workbench
    ) -> None:
        body = hightouch("ada")
        body["cohort_id"] = body.pop("cohortId")
        result = workbench.run("try", "hightouch", save(body))
        assert result.exit_code == 1
        first, message, at, brace, mark, *rest = result.stdout.splitlines()
        assert first == "body.json is refused"
        assert message.startswith("/cohortId: found nothing there (the body is an object)")
        assert at == "       at /cohortId"
        assert brace == "        1 | {"
        assert mark == "          | ^ has no cohortId"
        assert '        2 |   "environmentId": "5f0c1e2d3b4a596877869504",' in rest
        assert rest[rest.index("  nearest /cohort_id") + 1] == "          /cohortName"
        assert "Answer  400" in rest
        shown = json.loads("\n".join(rest[rest.index("Answer  400") + 1 :]))
        assert shown == {"code": "invalid_request", "message": message}

    def test_one_long_line_is_printed_prettily(self, workbench: Workbench) -> None:
        batch = [(None if number == 17 else f"u{number}", True) for number in range(40)]
        file = save(amplitude(*batch), indent=None)
        result = workbench.run("try", "amplitude", file)
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        pretty = json.dumps(amplitude(*batch), indent=2).splitlines()
        number = pretty.index('      "userId": null,')
        assert "       at /batch/17/userId, in the body pretty-printed" in lines
        at = lines.index(f'{number + 1:>9} |   "userId": null,')
        assert lines[at - 1] == f"{number:>9} | {{"
        assert lines[at + 1] == "          |   ^^^^^^^^"
        assert lines[at + 2] == f'{number + 2:>9} |   "value": true,'

    def test_a_body_that_cannot_be_reformatted_is_cut(self, workbench: Workbench) -> None:
        deep = "[" * 300 + "]" * 300
        Path("body.json").write_text(f'{{"environmentId": 5, "x": "{"x" * 200}", "y": {deep}}}')
        result = workbench.run("try", "hightouch", "body.json")
        assert '        1 | {"environmentId": 5, "x":' in result.stdout
        assert "          |  ^^^^^^^^^^^^^^^\n" in result.stdout
        assert max(map(len, result.stdout.splitlines())) < 200

    @pytest.mark.parametrize(
        ("body", "mark"),
        [
            (b'{\n  "a": [1, 2,]\n}', '        2 |   "a": [1, 2,]\n          |             ^\n'),
            (b'{\n  "a": [1\n\n', '        2 |   "a": [1\n          |          ^\n'),
            (b'{"a": "\xe4"}', '        1 | {"a": "\ufffd"}\n          |        ^\n'),
            (b"\xef\xbb\xbf{}", "        1 | {}\n          | ^\n"),
        ],
        ids=["comma", "end", "latin-1", "byte order mark"],
    )
    def test_what_is_not_json_is_marked_where_it_is_not(
        self, workbench: Workbench, body: bytes, mark: str
    ) -> None:
        Path("body.json").write_bytes(body)
        result = workbench.run("try", "hightouch", "body.json")
        assert result.exit_code == 1
        assert "The body is not " in result.stdout
        assert mark in result.stdout

    @pytest.mark.parametrize("body", [b"", b"\0\0", b"\n\n", b"[]", b"5", b'""'])
    def test_whatever_is_sent_has_an_answer(self, workbench: Workbench, body: bytes) -> None:
        Path("body.json").write_bytes(body)
        result = workbench.run("try", "hightouch", "body.json")
        assert result.exit_code == 1
        assert "Answer  400" in result.stdout

    def test_an_answer_of_the_manifests_own_says_why(self, workbench: Workbench) -> None:
        read = workbench.run_json(
            "try", "heap-inbound", save(heap(segment=5)), "--json", exit_code=1
        )
        (payload,) = read["payloads"]
        assert payload["answer"]["status"] == 400
        own = payload["answer"]["body"]
        assert own["status"] == "failure"
        assert own["error"] == {"code": 400, "message": payload["error"]["message"]}
        assert (own["environmentId"], own["segmentUrl"]) == ("production", "")


class TestFiles:
    """Where payloads come from."""

    def test_the_standard_input(self) -> None:
        result = run_with_input(json.dumps(hightouch("ada")).encode(), "hightouch", "-")
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("standard input is read")

    def test_a_body_on_each_line(self, workbench: Workbench) -> None:
        lines = [hightouch("ada"), None, hightouch("bob", cohortId=None), hightouch("eve")]
        Path("all.JSONL").write_text(
            "\r\n".join("" if body is None else json.dumps(body) for body in lines)
        )
        result = workbench.run("try", "hightouch", "all.JSONL", save(hightouch("zoe")))
        assert result.exit_code == 1
        titles = [line for line in result.stdout.splitlines() if " is re" in line]
        assert titles == [
            "all.JSONL:1 is read as hightouch declares",
            "all.JSONL:3 is refused",
            "all.JSONL:4 is read as hightouch declares",
            "body.json is read as hightouch declares",
        ]
        assert result.stderr.strip() == "4 payloads, 1 refused."

    @pytest.mark.parametrize("name", ["nothing.json", ".", "empty.jsonl", "a\0b"])
    def test_what_cannot_be_read_is_a_mistake_in_the_command(
        self, workbench: Workbench, name: str
    ) -> None:
        Path("empty.jsonl").write_text("\n")
        result = workbench.run("try", "hightouch", name)
        assert result.exit_code == 2
        assert "PAYLOAD" in result.stderr

    def test_no_more_is_read_than_a_server_takes(self, workbench: Workbench) -> None:
        with Path("huge.json").open("wb") as file:
            file.truncate(MAX_PAYLOAD_BYTES + 1)
        result = workbench.run("try", "hightouch", "huge.json")
        assert result.exit_code == 1
        assert "huge.json has over 16,777,216 bytes (16 MiB)" in result.stderr

    def test_a_manifest_without_synced_segments_reads_nothing(self, workbench: Workbench) -> None:
        manifest = json.loads((bundled_integrations() / "hightouch/manifest.json").read_text())
        manifest["capabilities"] = {"reservedCustomProperties": []}
        Path("acme").mkdir()
        save(manifest, name="acme/manifest.json")
        result = workbench.run("try", "./acme", save({}))
        assert result.exit_code == 1
        assert "has no synced segments" in result.stderr


def run_with_input(content: bytes, *args: str) -> Result:
    """Run the command with something on its standard input."""
    from muster.bootstrap.runtime import ProgramRuntime  # noqa: PLC0415

    app = typer.Typer(context_settings={"obj": ProgramRuntime()}, rich_markup_mode=None)
    app.command("try")(try_payload)
    return CliRunner().invoke(app, args, input=content)


class TestJson:
    """The document for scripts."""

    def test_it_holds_all_that_is_shown_and_every_member(self, workbench: Workbench) -> None:
        body = amplitude(("ada", True), (7, False), ("ada", False))
        read = workbench.run_json("try", "amplitude", save(body), "--json")
        assert (read["integration"], read["refusedCount"]) == ("amplitude", 0)
        (payload,) = read["payloads"]
        assert payload["environment"] == {
            "value": ENVIRONMENT_ID,
            "pointer": "/environmentId",
            "sent": ENVIRONMENT_ID,
        }
        assert payload["contextKind"] == {"value": "user", "pointer": None}
        assert (payload["way"], payload["action"], payload["received"]) == ("boolean", None, 3)
        (cohort,) = payload["cohorts"]
        assert cohort["segmentKey"] == "amplitude-c1"
        assert cohort["url"] == {"value": None, "pointer": "/batch/0/cohortUrl"}
        assert (cohort["added"], cohort["removed"]) == ([], ["ada", "7"])
        assert cohort["entries"][:2] == [
            {
                "key": "ada",
                "added": True,
                "pointer": "/batch/0/userId",
                "because": "/batch/0/value",
                "cohort": "/batch/0/cohortId",
                "overruledBy": "/batch/2/userId",
            },
            {
                "key": "7",
                "added": False,
                "pointer": "/batch/1/userId",
                "because": "/batch/1/value",
                "cohort": "/batch/1/cohortId",
                "overruledBy": None,
            },
        ]
        assert payload["answer"] == {"status": 204, "body": None, "unrendered": None}

    def test_a_refusal_says_where_and_what_is_near(self, workbench: Workbench) -> None:
        body = hightouch("ada")
        body["members"][0] = {"distinct_id": "ada"}
        Path("two.jsonl").write_text(f"{json.dumps(hightouch('bob'))}\n{json.dumps(body)}\n")
        read = workbench.run_json("try", "hightouch", "two.jsonl", "--json", exit_code=1)
        assert read["refusedCount"] == 1
        good, bad = read["payloads"]
        assert (good["payload"], good["payloadLine"], good["read"]) == ("two.jsonl", 1, True)
        assert good["action"] == {
            "value": "add",
            "pointer": "/action",
            "sent": "add",
            "matcher": "^add$",
            "adds": True,
        }
        assert (bad["payloadLine"], bad["read"]) == (2, False)
        error = bad["error"]
        assert error["pointer"] == "/members/0/integration_distinct_id"
        assert error["nearest"] == ["/members/0/distinct_id"]
        assert (error["line"], error["column"]) == (1, json.dumps(body).index('{"distinct') + 1)


HOSTILE = "\x1b[2J\x07\u202e\r\n\x9b31m"


@pytest.mark.parametrize(
    "body",
    [
        hightouch(HOSTILE, HOSTILE, cohortId=HOSTILE, cohortName=HOSTILE, action=HOSTILE),
        hightouch(None, **{HOSTILE: HOSTILE}),
        {HOSTILE: 1, f"cohortId{HOSTILE}": 2, "environmentId": "e"},
    ],
    ids=["read", "refused", "nearest"],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_what_strangers_wrote_steers_no_terminal(
    workbench: Workbench, body: dict[str, Any], escaped: bool
) -> None:
    text = json.dumps(body, ensure_ascii=escaped)
    Path("body.json").write_text(text, encoding="utf-8")
    printed = workbench.run("try", "hightouch", "body.json").output
    assert "PAYLOAD" not in printed
    for character in HOSTILE.replace("\n", ""):
        if not character.isprintable():
            assert character not in printed


def test_on_a_terminal_it_is_in_colour(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = workbench.run("try", "hightouch", save(hightouch("ada")))
    assert "\x1b[32m  + ada\x1b[0m" in result.stdout


DESTINATION = Destination("http://127.0.0.1:8080", "default", "production")
without_a_template = [one for one in CATALOG if one.parser and one.response_template is None]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(without_a_template), json_values)
def test_an_answer_is_what_the_endpoint_makes_of_the_error(
    integration: Integration, document: Any
) -> None:
    assert integration.parser is not None
    reading = read_body(integration.parser, json.dumps(document).encode())
    answer = expect_answer(integration, reading, DESTINATION)
    if isinstance(reading.outcome, InvalidPayloadError):
        assert answer.status == status_of(reading.outcome)
        assert answer.content == error_body(reading.outcome)
    else:
        assert (answer.status, answer.content) == (204, b"")
