"""Commands on a server elsewhere, run as a user runs them; and what of the API only they use."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.end_to_end.harness import TOKEN, MakeToken, Muster, clean_environment, running
from tests.end_to_end.rest import SEGMENTS, check_error, get, push
from tests.program import run_forked

READS = ("projects list", "segments show rudderstack-vip", "segments members rudderstack-vip")
LOG = "/api/v2/auditlog"


def run(url: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `muster` in a folder without data, with a server's address and token as variables."""
    variables = clean_environment({"MUSTER_URL": url, "MUSTER_TOKEN": TOKEN})
    return run_forked(*arguments, variables=variables, folder=cwd)


def without_microseconds(text: str) -> Any:
    """Return what JSON says, its times cut to milliseconds."""
    return json.loads(re.sub(r"(:\d\d\.\d{3})\d{3}Z", r"\1Z", text).replace("000Z", "Z"))


@pytest.fixture(scope="module")
def vip(server: Muster, environment: str) -> None:
    """A cohort that was synced."""
    push(server, environment, "vip", "anna", "bob", "ann", "zoë/ä b")


@pytest.mark.usefixtures("vip")
def test_scripts_read_the_same_there_and_here(server: Muster, tmp_path: Path) -> None:
    for command in READS:
        there = run(server.url, *command.split(), "--json", cwd=tmp_path)
        here = server.cli(*command.split(), "--json")
        assert (there.returncode, there.stderr) == (0, "") == (here.returncode, here.stderr)
        assert without_microseconds(there.stdout) == without_microseconds(here.stdout)
    assert not list(tmp_path.iterdir())


def test_a_change_made_elsewhere_is_seen_here(server: Muster, tmp_path: Path) -> None:
    made = run(server.url, "projects", "create", "shop", "--tag", "eu", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "Created the project shop.\n")
    shown = json.loads(server.cli("projects", "show", "shop", "--json").stdout)
    assert (shown["tags"], [one["key"] for one in shown["environments"]]) == (
        ["eu"],
        ["production", "test"],
    )
    deleted = run(server.url, "projects", "delete", "shop", "--yes", cwd=tmp_path)
    assert (deleted.returncode, deleted.stderr) == (0, "Deleted the project shop.\n")
    assert server.cli("projects", "show", "shop").returncode == 1


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def asked_for_a_token(url: str, *flags: str, answer: str | None) -> tuple[str, int | None]:
    """List projects on a terminal that is asked for the token; return what it shows then, and the exit code.

    Args:
        answer: what is typed; None for Ctrl-C.
    """
    arguments = ["-m", "muster", "projects", "list", "--url", url, *flags]
    terminal = pexpect.spawn(
        sys.executable,
        arguments,
        env=clean_environment(),
        timeout=60,
        encoding="utf-8",
        # Tests that run in the background may be deaf to it, and their children with them.
        preexec_fn=_hear_interrupts,
    )
    terminal.expect("Access token: ")
    if answer is None:
        terminal.sendintr()
    else:
        terminal.sendline(answer)
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.before or "", terminal.exitstatus


@pytest.mark.parametrize("flags", [[], ["--token", "-"]], ids=["nothing given", "--token -"])
def test_on_a_terminal_the_token_is_asked_for_and_not_shown(
    server: Muster, flags: list[str]
) -> None:
    shown, code = asked_for_a_token(server.url, *flags, answer=TOKEN)
    assert (code, "production, test" in shown, TOKEN in shown) == (0, True, False)


def test_who_interrupts_the_question_ends_the_command(server: Muster) -> None:
    shown, code = asked_for_a_token(server.url, answer=None)
    assert (code, "Traceback" in shown) == (130, False)


def test_a_server_that_has_stopped_is_told_in_a_line(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        assert run(server.url, "roles", "list", cwd=tmp_path).returncode == 0
    gone = run(server.url, "roles", "list", cwd=tmp_path)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert gone.stderr.startswith(f"Error: There was no answer from {server.url}/api/v2/roles: no ")
    assert len(gone.stderr.splitlines()) == 1


@pytest.mark.usefixtures("vip")
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["ann", "anna", "bob", "zoë/ä b"]),
        ("?limit=2", ["ann", "anna"]),
        ("?after=anna", ["bob", "zoë/ä b"]),
        ("?prefix=ann", ["ann", "anna"]),
        ("?prefix=ann&after=ann", ["anna"]),
        ("?list=excluded", []),
    ],
)
def test_the_members_of_a_segment_over_the_api(server: Muster, query: str, keys: list[str]) -> None:
    found = get(server, f"{SEGMENTS}/rudderstack-vip/members{query}")
    assert found["items"] == keys
    assert found["_links"]["parent"]["href"] == f"{SEGMENTS}/rudderstack-vip"


@pytest.mark.usefixtures("vip")
def test_members_that_are_not_there_or_not_one_s_to_see(
    server: Muster, make_token: MakeToken
) -> None:
    place = f"{SEGMENTS}/rudderstack-vip/members"
    for query in ("limit=0", "limit=10001", "list=all"):
        check_error(server.client.get(f"{place}?{query}"), 400, "invalid_request")
    check_error(server.client.get(f"{SEGMENTS}/nowhere/members"), 404, "not_found")
    nobody = server.client.get(place, headers={"Authorization": ""})
    check_error(nobody, 401, "unauthorized")
    partner = {"Authorization": make_token("--integration", "rudderstack")}
    check_error(server.client.get(place, headers=partner), 404, "not_found")


def test_entries_of_one_token_with_what_was_before_and_after(
    server: Muster, make_token: MakeToken, tmp_path: Path
) -> None:
    mine = get(server, "/api/v2/caller-identity")["tokenId"]
    run(server.url, "projects", "create", "theirs", cwd=tmp_path)
    make_token("--role", "writer")
    [entry, *_] = get(server, f"{LOG}?token={mine}&expand=versions")["items"]
    assert (entry["name"], entry["previousVersion"]) == ("theirs", None)
    assert entry["currentVersion"]["key"] == "theirs"
    assert {one["token"]["_id"] for one in get(server, f"{LOG}?token={mine}")["items"]} == {mine}
    [plain, *_] = get(server, f"{LOG}?token={mine}")["items"]
    assert "currentVersion" not in plain
    assert server.client.post(f"{LOG}?member=nobody").json()["items"] == []
