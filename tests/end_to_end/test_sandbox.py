"""The sandbox as a partner's developer meets it: a process, a pasted command, edits, faults, its end."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.harness import INTEGRATIONS, clean_environment
from tests.program import ForkedProgram, run_forked, start_forked

_PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class RunningSandbox:
    """A sandbox that runs with --json: its process, what it has printed, and a client of its own."""

    process: ForkedProgram
    output: Path
    log: Path
    manifest: Path
    temporary: Path

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one kind so far."""
        lines = self.output.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in found if event["event"] == kind]

    def wait_for(self, kind: str, count: int = 1, seconds: float = _PATIENCE_SECONDS) -> Any:
        """Return the event of a kind that comes as the given one of its kind; wait for it."""
        deadline = time.monotonic() + seconds
        while len(self.events(kind)) < count:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"no {kind}:\n{self.output.read_text()}"
            time.sleep(0.02)
        return self.events(kind)[count - 1]

    @property
    def started(self) -> Any:
        """What it printed first."""
        return self.wait_for("started")

    def send(self, body: Any = None, **headers: str) -> httpx.Response:
        """Send a body, or the sample, as a partner would."""
        return httpx.post(
            self.started["endpoint"],
            json=self.started["sampleBody"] if body is None else body,
            headers={"Authorization": self.started["token"], **headers},
            timeout=10,
        )

    def look(self, path: str) -> httpx.Response:
        """Read from the REST API with the admin token."""
        token = self.started["adminToken"]
        return httpx.get(self.started["url"] + path, headers={"Authorization": token}, timeout=10)

    def segments(self) -> list[str]:
        """Return the keys of all segments."""
        found = self.look("/api/v2/segments/default/production").raise_for_status().json()
        return [one["key"] for one in found["items"]]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def sandbox(folder: Path, *flags: str) -> Iterator[RunningSandbox]:
    """Run a sandbox of the integration in `folder`/acme, made of hightouch's where it is not there."""
    place = folder / "acme"
    if not place.exists():
        shutil.copytree(INTEGRATIONS / "hightouch", place)
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    output, log = folder / "out.ndjson", folder / "log"
    with output.open("w") as out, log.open("w") as err:
        process = start_forked(
            *("integration", "serve", str(place), "--port", "0", "--json", *flags),
            variables=variables(temporary),
            stdout=out,
            stderr=err,
        )
    running = RunningSandbox(process, output, log, place / "manifest.json", temporary)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


PROGRAM = (sys.executable, "-m", "muster", "integration")


def variables(temporary: Path) -> dict[str, str]:
    """Return variables that would mislead a server; a sandbox takes none but where to put things."""
    misleading = {"MUSTER_DATABASE_URL": "postgresql://nowhere/x", "MUSTER_PORT": "1"}
    return clean_environment({"TMPDIR": str(temporary), **misleading})


def change_parser(manifest: Path, **changes: Any) -> None:
    """Edit the requestParser of a manifest."""
    document = json.loads(manifest.read_text())
    document["capabilities"]["syncedSegment"]["requestParser"] |= changes
    manifest.write_text(json.dumps(document, indent=2))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox that nothing was asked of."""
    with sandbox(tmp_path_factory.mktemp("plain")) as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox where nothing befalls a request by chance."""
    chances = [flag for one in ("409", "429", "500", "503") for flag in (f"--chance-{one}", "0")]
    folder = tmp_path_factory.mktemp("strict")
    with sandbox(folder, "--strict", "--latency", "0", "--rate-limit", "0", *chances) as running:
        yield running


class TestFirstCohort:
    """From nothing to a synced cohort."""

    def test_the_printed_command_is_pasted_and_the_segment_is_there(self, tmp_path: Path) -> None:
        shutil.copytree(INTEGRATIONS / "hightouch", tmp_path / "integrations" / "acme")
        (tmp_path / "tmp").mkdir()
        process = subprocess.Popen(
            [*PROGRAM, "serve", "acme", "--port", "0"],
            stdout=subprocess.PIPE,
            cwd=tmp_path,
            env=variables(tmp_path / "tmp"),
            text=True,
        )
        lines: list[str] = []
        output = process.stdout
        assert output is not None
        reading = threading.Thread(target=lambda: lines.extend(iter(output.readline, "")))
        reading.start()
        try:
            commands = until(lambda: re.findall(r"(?ms)^curl .*?[^\\]$", "".join(lines)), 2)
            answer = paste(commands[0])
            assert answer.startswith("HTTP/1.1 204")
            segments = json.loads(paste(commands[1]))["items"]
            assert [one["key"] for one in segments] == ["acme-first-cohort"]
            assert segments[0]["_unboundedMetadata"]["includedCount"] == 2
            until(lambda: [line for line in lines if "(user): +2 -0" in line], 1)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0
            reading.join()
            output.close()
        assert list((tmp_path / "tmp").iterdir()) == []

    def test_the_token_does_no_more_than_it_must(self, strict: RunningSandbox) -> None:
        narrow = {"Authorization": strict.started["token"]}
        url = strict.started["url"]
        for path in (
            "/api/v2/segments/default/production",
            "/api/v2/projects/default/environments",
        ):
            assert httpx.get(url + path, headers=narrow).status_code in {403, 404}
        environments = strict.look("/api/v2/projects/default/environments").json()["items"]
        other = next(one["_id"] for one in environments if one["key"] == "test")
        body = strict.started["sampleBody"] | {"environmentId": other}
        assert strict.send(body).status_code == 403

    @pytest.mark.parametrize("key", ["amplitude", "rudderstack"])
    def test_the_other_ways_of_sending_members(self, tmp_path: Path, key: str) -> None:
        shutil.copytree(INTEGRATIONS / key, tmp_path / "acme")
        with sandbox(tmp_path) as running:
            assert running.send().status_code == 204
            assert running.wait_for("request")["added"] == 2


class TestWhatIsPrinted:
    """Each request is told, refused ones too."""

    def test_each_refusal_is_told_with_its_code(self, plain: RunningSandbox) -> None:
        started = plain.started
        sample, url = started["sampleBody"], started["endpoint"]
        before = len(plain.events("request"))
        assert plain.send({**sample, "cohortId": None}).status_code == 400
        assert httpx.post(url, json=sample).status_code == 401
        assert plain.send({**sample, "environmentId": "0" * 24}).status_code == 400
        assert plain.send(sample, **{"Content-Type": "text/plain"}).status_code == 415
        unknown = url.replace("acme", "hightouch")
        token = {"Authorization": started["token"]}
        assert httpx.post(unknown, json=sample, headers=token).status_code == 404
        plain.wait_for("request", before + 5)
        told = [
            (one["status"], one["code"], one["pointer"]) for one in plain.events("request")[before:]
        ]
        assert told == [
            (400, "invalid_request", "/cohortId"),
            (401, "unauthorized", None),
            (400, "invalid_request", "/environmentId"),
            (415, "unsupported_media_type", None),
            (404, "not_found", None),
        ]
        assert httpx.post(url.replace("targets", "tragets"), json=sample).status_code == 404
        assert plain.wait_for("refusedElsewhere")["status"] == 404

    def test_nobody_left_to_tell_ends_it(self, tmp_path: Path) -> None:
        (tmp_path / "tmp").mkdir()
        shutil.copytree(INTEGRATIONS / "hightouch", tmp_path / "acme")
        process = subprocess.Popen(
            [*PROGRAM, "serve", str(tmp_path / "acme"), "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=variables(tmp_path / "tmp"),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        started = json.loads(process.stdout.readline())
        process.stdout.close()
        httpx.post(started["endpoint"], json={})
        assert process.wait(timeout=30) == 1
        assert b"Traceback" not in process.stderr.read()
        process.stderr.close()
        assert list((tmp_path / "tmp").iterdir()) == []


class TestWatch:
    """The manifest is in force as it is edited."""

    def test_an_edit_is_in_force_within_two_seconds_and_a_broken_one_is_not(
        self, tmp_path: Path
    ) -> None:
        with sandbox(tmp_path, "--watch") as running:
            sample = running.started["sampleBody"]
            assert running.send().status_code == 204
            moved = {**sample, "cohort": {"id": "second"}}
            del moved["cohortId"]
            assert running.send(moved).status_code == 400

            edited = time.monotonic()
            change_parser(running.manifest, cohortIdPath="/cohort/id")
            until(lambda: [1] if running.send(moved).status_code == 204 else [], 1)
            assert time.monotonic() - edited < 2
            pointer = "/capabilities/syncedSegment/requestParser/cohortIdPath"
            assert running.wait_for("manifestRead")["changes"] == [
                {"pointer": pointer, "before": "/cohortId", "after": "/cohort/id"}
            ]
            assert set(running.segments()) == {"acme-first-cohort", "acme-second"}

            change_parser(running.manifest, cohortIdPath="cohort.id")
            refused = running.wait_for("manifestRefused")
            assert refused["olderInForce"] is True
            (problem,) = refused["problems"]
            assert (problem["file"], problem["pointer"]) == (str(running.manifest), pointer)
            assert running.manifest.read_text().splitlines()[problem["line"] - 1].strip() == (
                '"cohortIdPath": "cohort.id",'
            )
            assert running.send(moved).status_code == 204

            running.manifest.write_text("{")
            assert running.wait_for("manifestRefused", 2)["problems"][0]["line"] == 1
            assert running.send(moved).status_code == 204
            assert running.end() == 0

    def test_it_waits_for_a_broken_manifest_to_be_mended(self, tmp_path: Path) -> None:
        shutil.copytree(INTEGRATIONS / "hightouch", tmp_path / "acme")
        manifest = tmp_path / "acme" / "manifest.json"
        sound = manifest.read_text()
        manifest.write_text("{")
        with sandbox(tmp_path, "--watch") as running:
            assert running.wait_for("manifestRefused")["olderInForce"] is False
            manifest.write_text(sound)
            assert running.send().status_code == 204

    def test_it_can_be_ended_while_it_waits(self, tmp_path: Path) -> None:
        shutil.copytree(INTEGRATIONS / "hightouch", tmp_path / "acme")
        (tmp_path / "acme" / "manifest.json").write_text("{")
        with sandbox(tmp_path, "--watch") as running:
            running.wait_for("manifestRefused")
            assert running.end(signal.SIGINT) == 0
            assert list(running.temporary.iterdir()) == []

    def test_without_it_a_broken_manifest_is_refused(self, tmp_path: Path) -> None:
        shutil.copytree(INTEGRATIONS / "hightouch", tmp_path / "acme")
        change_parser(tmp_path / "acme" / "manifest.json", cohortIdPath="x", memberArrayPath="y")
        with sandbox(tmp_path) as running:
            assert running.process.wait(timeout=30) == 1
            told = running.log.read_text()
        assert re.search(r"manifest\.json:\d+:\d+: /capabilities/", told)
        assert "Traceback" not in told
        assert running.output.read_text() == ""


class TestStrict:
    """What a hosted service does now and then."""

    @pytest.mark.parametrize("status", [409, 429, 500, 503])
    def test_a_simulated_refusal_applies_nothing(self, strict: RunningSandbox, status: int) -> None:
        before = len(strict.events("request"))
        body = strict.started["sampleBody"] | {"cohortId": f"refused-{status}"}
        answer = strict.send(body, **{"Muster-Simulate": str(status)})
        assert answer.status_code == status
        assert answer.json().keys() == {"code", "message"}
        assert ("Retry-After" in answer.headers) == (status == 429)
        told = strict.wait_for("request", before + 1)
        assert (told["status"], told["code"]) == (status, answer.json()["code"])
        assert told["simulated"] == {
            "fault": str(status),
            "cause": "header",
            "delayMilliseconds": 0.0,
        }
        assert f"acme-refused-{status}" not in strict.segments()
        assert strict.send(body).status_code == 204
        assert f"acme-refused-{status}" in strict.segments()

    def test_a_wait_is_waited(self, strict: RunningSandbox) -> None:
        before = len(strict.events("request"))
        started = time.perf_counter()
        assert strict.send(**{"Muster-Simulate": "latency=300"}).status_code == 204
        assert time.perf_counter() - started >= 0.3
        told = strict.wait_for("request", before + 1)
        assert told["simulated"]["delayMilliseconds"] == 300
        assert told["durationMilliseconds"] < 300
        assert told["status"] == 204

    def test_a_connection_breaks(self, strict: RunningSandbox) -> None:
        before = len(strict.events("request"))
        body = strict.started["sampleBody"] | {"cohortId": "broken"}
        with pytest.raises(httpx.ReadError):  # reset by peer; not an orderly end
            strict.send(body, **{"Muster-Simulate": "reset"})
        told = strict.wait_for("request", before + 1)
        assert (told["status"], told["simulated"]["fault"]) == (None, "reset")
        assert "acme-broken" not in strict.segments()

    def test_a_request_is_never_answered(self, strict: RunningSandbox) -> None:
        before = len(strict.events("request"))
        body = strict.started["sampleBody"] | {"cohortId": "silent"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                strict.started["endpoint"],
                json=body,
                headers={
                    "Authorization": strict.started["token"],
                    "Muster-Simulate": "timeout",
                },
                timeout=0.5,
            )
        told = strict.wait_for("request", before + 1)  # the client has gone, so it is over
        assert (told["status"], told["simulated"]["fault"]) == (None, "timeout")
        assert "acme-silent" not in strict.segments()

    def test_the_rate_is_limited_and_chance_has_its_share(self, tmp_path: Path) -> None:
        flags = ("--rate-limit", "40", "--latency", "0-2", "--chance-500", "0.4", "--seed", "5")
        with sandbox(tmp_path, "--strict", *flags) as running:
            headers = {"Authorization": running.started["token"]}
            with httpx.Client(headers=headers, timeout=10) as client:
                answers = [
                    client.post(running.started["endpoint"], json=running.started["sampleBody"])
                    for _ in range(45)
                ]
            first, over = answers[:40], answers[40:]
            assert first[0].headers["X-Ratelimit-Route-Remaining"] == "39"
            assert {one.status_code for one in over} == {429}
            assert all(1 <= int(one.headers["Retry-After"]) <= 10 for one in over)
            assert 8 <= [one.status_code for one in first].count(500) <= 24
            running.wait_for("request", 45)
            causes = {one["simulated"]["cause"] for one in running.events("request")[40:]}
            assert causes == {"rate-limit"}

    def test_without_it_the_header_means_nothing(self, plain: RunningSandbox) -> None:
        before = len(plain.events("request"))
        assert plain.send(**{"Muster-Simulate": "500"}).status_code == 204
        assert plain.wait_for("request", before + 1)["simulated"] is None


class TestEnd:
    """All is gone in the end."""

    def test_sighup_reads_the_manifest_and_sigterm_leaves_nothing(self, tmp_path: Path) -> None:
        with sandbox(tmp_path) as running:
            data = Path(running.started["dataDirectory"])
            assert running.send().status_code == 204
            assert (data / "muster.db").exists()

            change_parser(running.manifest, cohortIdPath="/cohort")
            running.process.send_signal(signal.SIGHUP)
            moved = running.started["sampleBody"] | {"cohort": "second"}
            until(lambda: [1] if "acme-second" in segments_after(running, moved) else [], 1)

            assert running.end() == 0
            assert list(running.temporary.iterdir()) == []
            assert running.log.read_text() == ""

    def test_it_ends_though_a_request_is_never_answered(self, tmp_path: Path) -> None:
        with sandbox(tmp_path, "--strict") as running:
            headers = {"Authorization": running.started["token"], "Muster-Simulate": "timeout"}

            def send() -> None:
                with pytest.raises(httpx.HTTPError):
                    httpx.post(running.started["endpoint"], json={}, headers=headers, timeout=60)

            waiting = threading.Thread(target=send)
            waiting.start()
            time.sleep(0.3)
            asked = time.monotonic()
            assert running.end() == 0
            assert time.monotonic() - asked < 10
            waiting.join()
            assert list(running.temporary.iterdir()) == []

    def test_what_a_killed_one_left_is_removed_by_the_next(self, tmp_path: Path) -> None:
        with sandbox(tmp_path) as killed:
            data = Path(killed.started["dataDirectory"])
            assert killed.send().status_code == 204
            assert killed.end(signal.SIGKILL) == -signal.SIGKILL
            assert data.exists()
        with sandbox(tmp_path) as running:
            assert running.segments() == []
            assert not data.exists()
            assert len(os.listdir(running.temporary)) == 1  # noqa: PTH208 - only how many

    def test_a_port_in_use_is_named(self, plain: RunningSandbox) -> None:
        port = plain.started["url"].rpartition(":")[2]
        done = run_forked(
            *("integration", "serve", str(plain.manifest.parent), "--port", port),
            variables=variables(plain.temporary),
        )
        assert done.returncode == 1
        assert f"port {port}" in done.stderr
        assert "--port" in done.stderr
        assert "MUSTER_HOST" not in done.stderr


def segments_after(running: RunningSandbox, body: Any) -> list[str]:
    """Send a body; return the keys of all segments then."""
    running.send(body)
    return running.segments()


def until(find: Callable[[], list[Any]], count: int) -> list[Any]:
    """Return what is found once there is that much of it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while len(found := find()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def paste(command: str) -> str:
    """Run a command as a shell does; return what it printed."""
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout
