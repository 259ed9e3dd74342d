"""A server's life: first start, next start, signals, commands beside it, backup and restore."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.harness import (
    TOKEN,
    Muster,
    clean_environment,
    log_lines,
    run_cli,
    running,
    start,
)


def push_members(server: Muster, cohort: str, *members: str, action: str = "add") -> httpx.Response:
    """Send a cohort's members as Hightouch does."""
    return server.push(
        "hightouch",
        {
            "environmentId": server.environment_id(),
            "cohortId": cohort,
            "cohortName": f"Cohort {cohort}",
            "action": action,
            "members": [{"integration_distinct_id": key} for key in members],
        },
    )


class TestFirstStart:
    """What a new user sees."""

    def test_the_printed_command_works_as_it_is(self, tmp_path: Path) -> None:
        with running(tmp_path / "data", token=None, fresh=True) as server:
            text = _wait_for_output(server)
            command = re.search(r"^(curl .*?)\n\n", text, re.MULTILINE | re.DOTALL)
            assert command is not None
            done = subprocess.run(
                shlex.split(command[1].replace("\\\n", " ")),
                capture_output=True,
                text=True,
                check=True,
            )
            assert done.stdout.startswith("HTTP/1.1 204")
            key = "hightouch-first-cohort"
            shown = server.cli("segments", "show", key, "--json", fresh=True)
            assert shown.returncode == 0, shown.stderr
            assert "user-1" in server.cli("segments", "members", key, fresh=True).stdout

    def test_keys_have_the_shapes_that_sdks_expect(self, tmp_path: Path) -> None:
        with running(tmp_path / "data", token=None, fresh=True) as server:
            text = _wait_for_output(server)
            token = re.search(r"api-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)
            assert token is not None
            server.client.headers["Authorization"] = token[0]
            found = server.client.get("/api/v2/projects/default/environments").json()["items"]
        assert sorted(one["key"] for one in found) == ["production", "test"]
        for one in found:
            assert re.fullmatch("[0-9a-f]{24}", one["_id"])
            assert one["_id"] in text
            assert re.fullmatch(r"sdk-[0-9a-f-]{36}", one["apiKey"])
            assert re.fullmatch(r"mob-[0-9a-f-]{36}", one["mobileKey"])

    def test_the_token_can_be_preset_and_is_not_logged(self, tmp_path: Path) -> None:
        with running(tmp_path / "data", fresh=True) as server:
            assert server.client.get("/api/v2/versions").status_code == 200
            assert TOKEN not in server.log.read_text()

    def test_a_preset_token_must_be_one(self, tmp_path: Path) -> None:
        done = run_cli_serve(tmp_path / "data", MUSTER_BOOTSTRAP_TOKEN="short")
        assert done.returncode == 1
        assert "MUSTER_BOOTSTRAP_TOKEN" in done.stderr
        assert "Traceback" not in done.stderr


class TestNextStart:
    """A second start finds everything as it was."""

    def test_all_is_as_it_was_and_nothing_is_printed(self, tmp_path: Path) -> None:
        with running(tmp_path / "data", fresh=True) as server:
            assert push_members(server, "c", "ann", "bob").status_code == 204
            before = server.client.get("/api/v2/projects/default/environments").json()
            assert server.stop() == 0
        printed = server.output.read_text()
        with running(tmp_path / "data", fresh=True) as server:
            assert server.client.get("/api/v2/projects/default/environments").json() == before
            assert server.count("hightouch-c") == 2
            assert push_members(server, "c", "bob", "cleo").status_code == 204
            assert server.count("hightouch-c") == 3
        assert server.output.read_text() == printed

    def test_another_server_on_the_same_data_ends_with_a_reason(self, tmp_path: Path) -> None:
        with running(tmp_path / "data", fresh=True):
            done = run_cli_serve(tmp_path / "data")
        assert done.returncode == 1
        assert "in use by another process" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_port_in_use_is_named(self, tmp_path: Path) -> None:
        with running(tmp_path / "data", fresh=True) as server:
            port = server.url.rpartition(":")[2]
            done = run_cli_serve(tmp_path / "other", MUSTER_PORT=port)
        assert done.returncode == 1
        assert f"port {port}" in done.stderr


class TestSignals:
    """SIGTERM drains; SIGHUP reads the catalog again."""

    def test_sigterm_lets_requests_finish(self, tmp_path: Path) -> None:
        server = start(tmp_path / "data", fresh=True)
        environment = server.environment_id()
        statuses: list[int] = []

        def send_slowly() -> None:
            body = json.dumps(
                {
                    "environmentId": environment,
                    "cohortId": "slow",
                    "action": "add",
                    "members": [{"integration_distinct_id": "ann"}],
                }
            ).encode()

            def parts() -> Iterator[bytes]:
                yield body[:20]
                time.sleep(1.0)
                yield body[20:]

            answer = httpx.post(
                f"{server.url}/api/v2/segment-targets/hightouch",
                content=parts(),
                headers={"Authorization": TOKEN, "Content-Type": "application/json"},
                timeout=20,
            )
            statuses.append(answer.status_code)

        client = threading.Thread(target=send_slowly)
        client.start()
        time.sleep(0.4)
        assert server.stop() == 0
        client.join()
        assert statuses == [204]
        with running(tmp_path / "data", fresh=True) as again:
            assert again.count("hightouch-slow") == 1
        assert any('"stopped"' in line for line in log_lines(server))

    @pytest.mark.parametrize("by", ["signal", "command"])
    def test_the_catalog_is_read_again(self, tmp_path: Path, by: str) -> None:
        folder = tmp_path / "integrations"
        folder.mkdir()
        with running(tmp_path / "data", "--catalog", str(folder), fresh=True) as server:
            body = {"environmentId": server.environment_id()}
            assert server.push("acme", body).status_code == 404
            bundled = Path(__file__).parents[2] / "integrations" / "hightouch"
            shutil.copytree(bundled, folder / "acme")
            (folder / "broken").mkdir()
            (folder / "broken" / "manifest.json").write_text("{")
            if by == "signal":
                server.process.send_signal(signal.SIGHUP)
                time.sleep(0.5)
            else:
                done = server.cli("catalog", "reload", fresh=True)
                assert done.returncode == 0, done.stderr
                assert "broken" in done.stderr + done.stdout
            assert server.push("acme", body).status_code == 400
            assert server.push("broken", body).status_code == 404
            assert any("broken" in line for line in log_lines(server))


class TestCommands:
    """Commands work beside the server, and without it, and show the same."""

    def test_segments(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            push_members(server, "c", *(f"user-{n}" for n in range(150)))
            push_members(server, "empty")
            beside = [_segments_as_seen(server.data_dir)]
        without = [_segments_as_seen(tmp_path / "data")]
        assert beside == without
        listed, shown, found = without[0]
        assert {one["key"]: one["includedCount"] for one in listed["items"]} == {
            "hightouch-c": 150,
            "hightouch-empty": 0,
        }
        assert shown["name"] == "Cohort c"
        assert found["members"][:3] == ["user-1", "user-10", "user-100"]

    def test_requests_are_logged_refused_ones_too(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            good = push_members(server, "c", "ann", "bob")
            bad = server.push(
                "hightouch",
                {
                    "environmentId": server.environment_id(),
                    "cohortId": "c",
                    "cohortName": "C",
                    "action": "add",
                    "members": [
                        {"integration_distinct_id": "ok"},
                        {"integration_distinct_id": None},
                    ],
                },
            )
            assert bad.status_code == 400
            time.sleep(1.0)
            rows = json.loads(server.cli("requests", "list", "--json").stdout)["items"]
            shown = server.cli("requests", "show", bad.headers["x-request-id"], "--json")
        assert [row["id"] for row in rows] == [
            bad.headers["x-request-id"],
            good.headers["x-request-id"],
        ]
        row = json.loads(shown.stdout)
        assert row["status"] == 400
        assert "/members/1/integration_distinct_id" in json.dumps(row)

    def test_a_token_made_beside_the_server_works_and_a_deleted_one_does_not(
        self, tmp_path: Path
    ) -> None:
        with running(tmp_path / "data") as server:
            made = server.cli("token", "create", "--name", "t", "--role", "writer", "--json")
            created = json.loads(made.stdout)
            secret, token_id = created["secret"], created["id"]
            headers = {"Authorization": secret}
            assert server.client.get("/api/v2/versions", headers=headers).status_code == 200
            assert server.cli("token", "delete", token_id, "--yes").returncode == 0
            time.sleep(1.2)
            assert server.client.get("/api/v2/versions", headers=headers).status_code == 401

    def test_an_absent_data_directory_is_explained(self, tmp_path: Path) -> None:
        done = run_cli(tmp_path / "none", "segments", "list")
        assert done.returncode == 1
        assert "muster serve" in done.stderr
        assert "Traceback" not in done.stderr


class TestBackup:
    """A backup is consistent, made online or offline, and restores whole."""

    @pytest.mark.parametrize("online", [True, False])
    def test_a_restored_server_is_the_same(self, tmp_path: Path, online: bool) -> None:
        backup, restored = tmp_path / "backup", tmp_path / "restored"
        with running(tmp_path / "data") as server:
            push_members(server, "c", "ann", "bob")
            environments = server.client.get("/api/v2/projects/default/environments").json()
            if online:
                done = server.cli("backup", str(backup), fresh=True)
                assert done.returncode == 0, done.stderr
                push_members(server, "c", "cleo")
        if not online:
            done = run_cli(tmp_path / "data", "backup", str(backup), fresh=True)
            assert done.returncode == 0, done.stderr
        done = run_cli(restored, "restore", str(backup), fresh=True)
        assert done.returncode == 0, done.stderr
        with running(restored) as server:
            assert server.client.get("/api/v2/projects/default/environments").json() == environments
            assert server.count("hightouch-c") == 2
            assert push_members(server, "c", "bob", "dan").status_code == 204
            assert server.count("hightouch-c") == 3

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            assert server.cli("backup", str(tmp_path / "backup")).returncode == 0
            again = server.cli("backup", str(tmp_path / "backup"))
            assert again.returncode == 1
            assert "not empty" in again.stderr
        refused = run_cli(tmp_path / "data", "restore", str(tmp_path / "backup"))
        assert refused.returncode == 1
        assert "not empty" in refused.stderr
        missing = run_cli(tmp_path / "new", "restore", str(tmp_path / "nothing"))
        assert missing.returncode == 1
        assert "no complete backup" in missing.stderr

    def test_a_backup_under_load_holds_whole_requests(self, tmp_path: Path) -> None:
        with running(tmp_path / "data") as server:
            environment = server.environment_id()
            stop = threading.Event()

            def load() -> None:
                with httpx.Client(base_url=server.url, headers={"Authorization": TOKEN}) as client:
                    number = 0
                    while not stop.is_set():
                        number += 1
                        client.post(
                            "/api/v2/segment-targets/rudderstack",
                            json={
                                "environmentId": environment,
                                "cohortId": f"c{number // 3}",
                                "cohortName": "C",
                                "listData": {"add": [{"id": f"{number}-{n}"} for n in range(7)]},
                            },
                        )

            loader = threading.Thread(target=load)
            loader.start()
            time.sleep(0.5)
            done = server.cli("backup", str(tmp_path / "backup"))
            stop.set()
            loader.join()
            assert done.returncode == 0, done.stderr
        assert run_cli(tmp_path / "restored", "restore", str(tmp_path / "backup")).returncode == 0
        with running(tmp_path / "restored") as server:
            counts = [
                one["_unboundedMetadata"]["includedCount"] for one in server.segments().values()
            ]
        assert counts
        assert all(count > 0 and count % 7 == 0 for count in counts)


def test_health_and_metrics(server: Muster) -> None:
    assert push_members(server, "metrics", "ann").status_code == 204
    with httpx.Client(base_url=server.url) as anyone:
        assert anyone.get("/healthz").json() == {"status": "ok"}
        assert anyone.get("/readyz").json() == {"status": "ok"}
        text = anyone.get("/metrics").text
    assert 'muster_sync_members_total{integration="hightouch",outcome="added"} 1.0' in text
    assert 'route="/api/v2/segment-targets/{integration_key}",status="204"' in text


def run_cli_serve(data_dir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `muster serve` where it is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "muster", "serve", "--data-dir", str(data_dir)],
        env=clean_environment({"MUSTER_PORT": "0"} | variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _segments_as_seen(data_dir: Path) -> Any:
    return tuple(
        json.loads(run_cli(data_dir, "segments", *arguments, "--json").stdout)
        for arguments in (
            ["list"],
            ["show", "hightouch-c"],
            ["members", "hightouch-c", "--search", "user-1", "--limit", "20"],
        )
    )


def _wait_for_output(server: Muster) -> str:
    for _ in range(200):
        text = server.output.read_text()
        if "segments list" in text:
            return text
        time.sleep(0.02)
    raise AssertionError("nothing was printed")
