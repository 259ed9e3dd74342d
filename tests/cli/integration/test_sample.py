"""`muster integration sample`: bodies, commands and loads."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from muster.cli.integration.sample import sample
from muster.cli.integration.sizes import parse_size
from muster.cli.integration.try_payload import try_payload
from tests.cli.integration.workbench import Workbench
from tests.push.server import NO_CONTENT, Received, always, answer, serving

WORKBENCH = Workbench(sample=sample, **{"try": try_payload})
ENVIRONMENT_ID = "0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset what would be taken for options."""
    for name in ("MUSTER_URL", "MUSTER_TOKEN", "MUSTER_CLIENT_SIDE_ID"):
        monkeypatch.delenv(name, raising=False)


def sampled(*args: str) -> str:
    """Return what the command prints."""
    result = WORKBENCH.run("sample", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*args: str, exit_code: int = 2) -> str:
    """Return what the command says when it refuses."""
    result = WORKBENCH.run("sample", *args)
    assert result.exit_code == exit_code, result.output
    assert result.stdout == ""
    return " ".join(result.stderr.split())


class TestBodies:
    """What is printed."""

    def test_a_body_is_indented_or_compact(self) -> None:
        text = sampled("hightouch")
        body = json.loads(text)
        assert body["environmentId"] == ENVIRONMENT_ID
        assert [one["integration_distinct_id"] for one in body["members"]] == [
            "user-000001",
            "user-000002",
        ]
        assert text == json.dumps(body, indent=2) + "\n"
        compact = sampled("hightouch", "--compact")
        assert compact == json.dumps(body, separators=(",", ":")) + "\n"
        assert sampled("hightouch") == text

    def test_several_bodies_are_a_line_each(self) -> None:
        result = WORKBENCH.run("sample", "hightouch", "--remove", "1", "--cohorts", "2")
        bodies = [json.loads(line) for line in result.stdout.splitlines()]
        assert [one["action"] for one in bodies] == ["add", "remove", "add", "remove"]
        assert "4 requests, in this order" in result.stderr

    def test_options_say_what_is_in_it(self) -> None:
        options = (
            "--members 1 --remove 2 --cohorts 2 --context-kind device --cohort-id c --cohort-name N"
        )
        more = f"--ids email --seed 2 --environment-id {'a' * 24} --json"
        told = WORKBENCH.run_json("sample", "segment-audiences", *options.split(), *more.split())
        assert told["environmentId"] == "a" * 24
        assert told["contextKind"] == "device"
        (request,) = told["requests"]
        assert request["cohorts"] == [
            {"id": "c", "name": "N", "added": 1, "removed": 2},
            {"id": "c-2", "name": "N 2", "added": 1, "removed": 2},
        ]
        assert request["body"]["batch"][0]["userId"] == "user-2000001@example.com"
        assert request["bytes"] == len(json.dumps(request["body"], separators=(",", ":")))

    def test_the_client_side_id_may_be_a_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MUSTER_CLIENT_SIDE_ID", "b" * 24)
        assert json.loads(sampled("hightouch"))["environmentId"] == "b" * 24

    def test_a_size_is_kept_with_the_end_of_the_line(self) -> None:
        text = sampled("hightouch", "--size", "20KiB")
        assert 20 * 1024 - 50 < len(text) <= 20 * 1024
        assert text.count("\n") == 1

    def test_what_steers_terminals_is_escaped_as_json_does(self) -> None:
        name = "a\x9b31m\u202e é"
        text = sampled("hightouch", "--cohort-name", name)
        assert json.loads(text)["cohortName"] == name
        assert "\x9b" not in text
        assert "\u202e" not in text
        assert "é" in text

    @pytest.mark.parametrize("key", ["hightouch", "amplitude", "rudderstack"])
    def test_try_reads_it(self, key: str, tmp_path: Path) -> None:
        file = tmp_path / "body.json"
        file.write_text(sampled(key, "--members", "5"))
        result = WORKBENCH.run("try", key, str(file))
        assert result.exit_code == 0, result.output
        assert "user-000005" in result.stdout


class TestFiles:
    """Bodies that are written to files."""

    def test_one_body_is_one_file(self, tmp_path: Path) -> None:
        file = tmp_path / "body.json"
        assert sampled("hightouch", "--output", str(file)) == ""
        assert json.loads(file.read_text())["action"] == "add"

    def test_several_are_numbered(self, tmp_path: Path) -> None:
        result = WORKBENCH.run("sample", "hightouch", "--remove", "1", "-o", f"{tmp_path}/body")
        assert result.exit_code == 0
        there = sorted(file.name for file in tmp_path.iterdir())
        assert there == ["body-1.json", "body-2.json"]
        assert json.loads((tmp_path / "body-2.json").read_text())["action"] == "remove"
        assert "body-2.json" in result.stderr

    def test_a_place_that_can_not_be_written(self, tmp_path: Path) -> None:
        nowhere = str(tmp_path / "no" / "body.json")
        assert "can't be written: No such file" in refused("hightouch", "-o", nowhere, exit_code=1)
        assert "can't be written" in refused("hightouch", "-o", str(tmp_path), exit_code=1)


def words_of(command: str) -> list[str]:
    """Return a command's words, as a shell takes it apart."""
    return shlex.split(command.replace("\\\n", " "))


class TestCommands:
    """Commands to paste."""

    def test_curl_sends_the_body_with_the_token_of_the_shell(self) -> None:
        result = WORKBENCH.run("sample", "hightouch", "--curl", "--url", "http://localhost:1/")
        words = words_of(result.stdout)
        assert words[:3] == [
            "curl",
            "-i",
            "http://localhost:1/api/v2/segment-targets/hightouch",
        ]
        assert "Authorization: $MUSTER_TOKEN" in words
        assert "Content-Type: application/json" in words
        assert json.loads(words[words.index("-d") + 1])["action"] == "add"
        assert "made up" in result.stderr

    def test_httpie_sends_the_same(self) -> None:
        options = ("--httpie", "--environment-id", ENVIRONMENT_ID)
        result = WORKBENCH.run("sample", "hightouch", *options)
        words = words_of(result.stdout)
        assert words[:3] == ["http", "--ignore-stdin", "POST"]
        assert "Authorization:$MUSTER_TOKEN" in words
        assert json.loads(words[words.index("--raw") + 1])["action"] == "add"
        assert "made up" not in result.stderr

    def test_a_long_body_is_sent_from_a_file(self, tmp_path: Path) -> None:
        assert "--output" in refused("hightouch", "--size", "100k", "--curl")
        file = tmp_path / "it's.json"
        command = sampled("hightouch", "--size", "100k", "--curl", "-o", str(file))
        assert words_of(command)[-2:] == ["--data-binary", f"@{file}"]
        command = sampled("hightouch", "--httpie", "-o", str(file))
        assert words_of(command)[-2:] == ["<", str(file)]

    def test_scripts_get_commands_too(self) -> None:
        told = WORKBENCH.run_json("sample", "hightouch", "--remove", "1", "--curl", "--json")
        commands = [one["command"] for one in told["requests"]]
        assert len(commands) == 2
        assert all(command.startswith("curl -i ") for command in commands)

    @pytest.mark.parametrize("from_file", [False, True])
    def test_the_shell_runs_what_was_printed(self, tmp_path: Path, from_file: bool) -> None:
        if shutil.which("curl") is None:
            pytest.skip("CURL IS NOT INSTALLED: the printed command was not run")
        name = """it's "Größe" $HOME `id` \\ !"""
        with serving(always(NO_CONTENT)) as server:
            options = ["--curl", "--url", server.url, "--cohort-name", name, "--remove", "1"]
            if from_file:
                options += ["--output", str(tmp_path / "a body's.json")]
            commands = sampled("hightouch", *options)
            ran = subprocess.run(
                ["sh", "-e"],
                input=commands,
                env={"MUSTER_TOKEN": "api-secret", "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=True,
            )
        assert ran.stdout.count("204 No Content") == 2
        assert [one.headers["authorization"] for one in server.received] == ["api-secret"] * 2
        assert [one.headers["content-type"] for one in server.received] == ["application/json"] * 2
        bodies = [json.loads(one.body) for one in server.received]
        assert [one["action"] for one in bodies] == ["add", "remove"]
        assert {one["cohortName"] for one in bodies} == {name}


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ("--curl --httpie", "does not go with --curl"),
        ("--size 1k --members 2", "does not go with --members"),
        ("--load 1 --curl", "does not go with --load"),
        ("--load 1 --output x", "does not go with --load"),
        ("--load 1 --remove 1", "removes whom it added"),
        ("--for 3", "--for: it needs --load"),
        ("--connections 3", "it needs --load"),
        ("--yes-send-to host", "it needs --load"),
        ("--token api-x", "it needs --load"),
        ("--members 2000000", "at most 1,000,000"),
        ("--members 1000 --cohorts 5000", "5,000,000 members"),
        ("--size 1GB", "is no size"),
        ("--size 100MiB", "not between 1 and 67,108,864"),
        ("--load 100000 --for 1000 --token x", "at most 5,000,000"),
        ("--load 1", "set MUSTER_TOKEN"),
        ("--load 1 --token x --url nowhere", "not the address of a server"),
        ("--load 1 --token x --members 0", "needs members"),
        ("--cohort-name \udcff", "not UTF-8"),
    ],
)
def test_options_that_make_no_sense_are_refused(args: str, reason: str) -> None:
    given = [*args.split(), "--environment-id", ENVIRONMENT_ID]
    assert reason in refused("hightouch", *given)


def test_what_a_manifest_can_not_say_is_told() -> None:
    assert "contextKindPath" in refused("amplitude", "--context-kind", "device", exit_code=1)
    assert "only members tell" in refused("amplitude", "--members", "0", exit_code=1)
    assert "with a single member" in refused("hightouch", "--size", "100", exit_code=1)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("700", 700),
        ("64k", 64_000),
        ("64KiB", 65_536),
        ("1MB", 1_000_000),
        ("1.5 mib", 1_572_864),
        ("16MiB", 16_777_216),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text, max_bytes=2**26, option="--size") == size


class TestLoad:
    """Samples, sent many times a second."""

    def send(self, url: str, *args: str, exit_code: int = 0) -> Any:
        """Send a load of ten requests; return the summary."""
        options = ("--url", url, "--token", "api-secret", "--load", "50", "--for", "0.2", "--json")
        return WORKBENCH.run_json("sample", *args, *options, exit_code=exit_code)

    def test_members_enter_and_leave(self) -> None:
        with serving(always(NO_CONTENT)) as server:
            told = self.send(
                server.url, "hightouch", "--members", "3", "--environment-id", ENVIRONMENT_ID
            )
        assert (told["sent"], told["failed"], told["unsent"]) == (10, 0, 0)
        assert told["statuses"] == {"204": 10}
        assert told["membersApplied"] == 30
        assert set(told["latencyMilliseconds"]) == {"min", "p50", "p90", "p99", "max"}
        bodies = [json.loads(one.body) for one in server.received]
        assert {one["environmentId"] for one in bodies} == {ENVIRONMENT_ID}
        assert {one["action"] for one in bodies} == {"add", "remove"}
        assert {one.headers["authorization"] for one in server.received} == {"api-secret"}

    def test_the_server_is_asked_for_the_environment(self) -> None:
        async def respond(request: Received, _number: int) -> bytes:
            if request.line.startswith("GET"):
                return answer(200, '{"items": [{"key": "production", "_id": "' + "c" * 24 + '"}]}')
            return NO_CONTENT

        with serving(respond) as server:
            self.send(server.url, "hightouch")
        asked, *sent = server.received
        assert asked.line.startswith("GET /api/v2/projects/default/environments?")
        assert {json.loads(one.body)["environmentId"] for one in sent} == {"c" * 24}

    def test_failures_are_told_and_counted(self) -> None:
        response = answer(429, '{"message": "Slow\x9b down."}', "Retry-After: 7")
        options = ("--environment-id", ENVIRONMENT_ID)
        with serving(always(response)) as server:
            told = self.send(server.url, "hightouch", *options, exit_code=1)
            assert told["retryAfter"] == {"7": 10}
            assert [(one["kind"], one["count"]) for one in told["failures"]] == [("429", 10)]
            shown = WORKBENCH.run(
                *("sample", "hightouch", "--url", server.url, "--token", "api-secret"),
                *("--load", "50", "--for", "0.2", *options),
            )
        assert shown.exit_code == 1
        assert "429 x 10" in shown.stdout
        assert "Retry-After  7 x 10 (none was sent again)" in shown.stdout
        assert "10 x 429: Slow\\x9b down." in shown.stdout

    def test_bodies_keep_a_size(self) -> None:
        options = ("--size", "3000", "--environment-id", ENVIRONMENT_ID)
        with serving(always(NO_CONTENT)) as server:
            self.send(server.url, "hightouch", *options)
        assert 2900 < max(len(one.body) for one in server.received) < 3000

    def test_another_machine_is_only_hit_when_it_is_named(self) -> None:
        """0.0.0.0 is no loopback address, though it leads here."""
        with serving(always(NO_CONTENT)) as server:
            url = server.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - nothing listens there
            load = ("hightouch", "--load", "5", "--for", "0.2", "--token", "x", "--url", url)
            options = (*load, "--environment-id", ENVIRONMENT_ID)
            assert "say --yes-send-to 0.0.0.0" in refused(*options)
            assert "say --yes-send-to 0.0.0.0" in refused(*options, "--yes-send-to", "localhost")
            assert server.received == []
            assert "204 x 1" in sampled(*options, "--yes-send-to", "0.0.0.0")  # noqa: S104 - likewise
