"""From nothing to a synced cohort, each of the three ways, as a person does it at a terminal."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pexpect
import pytest

from muster.payloads.model import CohortChanges
from muster.payloads.parser import RequestParser
from tests.end_to_end.harness import clean_environment

_PATIENCE_SECONDS = 30
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")

ABOUT_ACME = (
    ("Name", "Acme Cohorts"),
    ("Key", ""),
    ("Website", "https://www.acme.example"),
    ("Author", "Acme"),
    ("Support e-mail", ""),
    ("Privacy policy", ""),
    ("Documentation", "https://docs.acme.example/muster"),
    ("Overview", ""),
    ("Description", ""),
)
"""Questions, and what is entered; nothing where what is proposed will do."""


class Terminal:
    """A command in a terminal, and the person in front of it."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "muster", "integration", *arguments],
            cwd=str(directory),
            env=clean_environment({"TERM": "xterm-256color", "TMPDIR": str(directory)}),
            encoding="utf-8",
            timeout=_PATIENCE_SECONDS,
            dimensions=(50, 120),
        )
        self._child.delaybeforesend = None
        self._screen: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.close(force=True)

    @property
    def screen(self) -> str:
        """What has been printed and read so far, without colours."""
        return "".join(self._screen)

    def read_until(self, text: str) -> str:
        """Read on to a text; return what came before it."""
        self._child.expect_exact(text)
        return self._keep(f"{self._child.before}{text}")

    def answer(self, question: str, line: str) -> None:
        """Wait for a question and its prompt, and enter a line."""
        self.read_until(question)
        self.read_until("> ")
        self._child.sendline(line)

    def press(self, key: str) -> None:
        """Press a key together with Ctrl."""
        self._child.sendcontrol(key)

    def end(self) -> int:
        """Read to the end; return the exit code."""
        self._child.expect(pexpect.EOF)
        self._keep(str(self._child.before))
        self._child.close()
        assert self._child.exitstatus is not None
        return int(self._child.exitstatus)

    def _keep(self, text: str) -> str:
        plain = _ESCAPES.sub("", text).replace("\r\n", "\n")
        self._screen.append(plain)
        return plain


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in; sandboxes leave nothing in it."""
    yield tmp_path
    assert list(tmp_path.glob("muster*")) == []


def test_a_boolean_in_each_member(desk: Path) -> None:
    with Terminal(desk, "new") as terminal:
        for question, line in ABOUT_ACME:
            terminal.answer(question, line)
        terminal.answer("How do your requests tell", "1")
        for question, line in (
            ("Environment", ""),
            ("Context kind", "contextKind"),
            ("Cohort id", "cohort.id"),
            ("Cohort name", ""),
            ("Cohort page", ""),
            ("Members", "users"),
            ("Member id", "user_id"),
            ("Membership", "in_cohort"),
            ("Own cohort id", ""),
            ("Write it?", ""),
        ):
            terminal.answer(question, line)
        assert terminal.end() == 0
    assert "integrations/acme-cohorts is there, and keeps every rule." in terminal.screen
    assert read_parser(desk, "acme-cohorts") == {
        "environmentIdPath": "/environmentId",
        "contextKindPath": "/contextKind",
        "cohortIdPath": "/cohort/id",
        "cohortNamePath": "/cohort/name",
        "memberArrayPath": "/users",
        "memberArrayParser": {"memberIdPath": "/user_id", "booleanMembershipPath": "/in_cohort"},
    }
    check_and_sync(desk, "acme-cohorts")


def test_two_arrays_found_in_a_sample(desk: Path) -> None:
    sample = {
        "env": {"project_id": "5f0c1e2d3b4a596877869504"},
        "audience": {"key": "a-17", "title": "Beta testers"},
        "changes": {"entered": [{"user": {"id": "ada"}}], "exited": [{"user": {"id": "alan"}}]},
    }
    (desk / "body.json").write_text(json.dumps(sample))
    with Terminal(desk, "new", "--from-payload", "body.json") as terminal:
        for question, line in ABOUT_ACME:
            terminal.answer(question, line)
        terminal.read_until("What the sample was taken for")
        terminal.answer("Right?", "5")
        terminal.answer("Cohort name", "audience.name")
        terminal.read_until("The sample holds nothing there. Near it: /audience/")
        terminal.answer("Cohort name", "audience.title")
        terminal.answer("Right?", "")
        terminal.read_until("So the sample says: a-17 (Beta testers): 1 enter, 1 leave.")
        terminal.answer("Write it?", "y")
        assert terminal.end() == 0
    assert read_parser(desk, "acme-cohorts") == {
        "environmentIdPath": "/env/project_id",
        "cohortIdPath": "/audience/key",
        "cohortNamePath": "/audience/title",
        "addMemberArrayPath": "/changes/entered",
        "removeMemberArrayPath": "/changes/exited",
        "memberArrayParser": {"memberIdPath": "/user/id"},
    }
    check_and_sync(desk, "acme-cohorts")


def test_one_action_for_all_members_with_wrong_answers_on_the_way(desk: Path) -> None:
    with Terminal(desk, "new", "--author", "Acme", "--docs-url", "-") as terminal:
        terminal.answer("Name", "A")
        terminal.read_until("expected at least 3 characters.")
        terminal.answer("", "Acme Lists")
        terminal.answer("Key", "lists")
        terminal.answer("Website", "acme.example")
        terminal.read_until("It has to begin with https://")
        terminal.answer("", "https://acme.example")
        terminal.answer("Support e-mail", "help")
        terminal.read_until("expected an e-mail address")
        terminal.answer("", "help@acme.example")
        for question in ("Privacy policy", "Overview", "Description"):
            terminal.answer(question, "")
        terminal.answer("How do your requests tell", "7")
        terminal.read_until("Enter 1 to 3.")
        terminal.answer("", "3")
        for question, line in (
            ("Environment", "meta.environment"),
            ("Context kind", ""),
            ("Cohort id", "/list/id"),
            ("Cohort name", ""),
            ("Cohort page", ""),
            ("Members", "ids"),
            ("Action", "op"),
            ("Adding word", "put, restore"),
            ("Member id", "."),
            ("Write it?", "y"),
        ):
            terminal.answer(question, line)
        assert terminal.end() == 0
    assert read_parser(desk, "lists") == {
        "environmentIdPath": "/meta/environment",
        "cohortIdPath": "/list/id",
        "cohortNamePath": "/list/name",
        "memberArrayPath": "/ids",
        "arrayInclusion": {"path": "/op", "matcher": "^(put|restore)$"},
        "memberArrayParser": {"memberIdPath": ""},
    }
    check_and_sync(desk, "lists")


@pytest.mark.parametrize("key", ["c", "d"])
def test_one_who_leaves_at_a_prompt_leaves_nothing(desk: Path, key: str) -> None:
    with Terminal(desk, "new") as terminal:
        terminal.answer("Name", "Acme Cohorts")
        terminal.read_until("[acme-cohorts] > ")
        terminal.press(key)
        assert terminal.end() == 130
    assert "Nothing was written." in terminal.screen
    assert "Traceback" not in terminal.screen
    assert list(desk.iterdir()) == []


def read_parser(desk: Path, key: str) -> Any:
    """Return the requestParser of the manifest that was written."""
    manifest = json.loads((desk / "integrations" / key / "manifest.json").read_text())
    return manifest["capabilities"]["syncedSegment"]["requestParser"]


def check_and_sync(desk: Path, key: str) -> None:
    """Go on as `new` says at its end: validate, try the sample, and sync a cohort to a sandbox."""
    with (
        Terminal(desk, "validate", key) as validating,
        Terminal(desk, "try", key, f"integrations/{key}/sample-payload.json") as trying,
        Terminal(desk, "serve", key, "--port", "0") as sandbox,
    ):
        assert validating.end() == 0, validating.screen
        assert "1 integration, 0 errors, 0 warnings" in validating.screen
        assert trying.end() == 0, trying.screen
        assert "2 added" in trying.screen

        admin_token = find(r"\(admin, to look\): +(\S+)", sandbox.read_until("Client-side ID"))
        sandbox.read_until("Send it a cohort")
        command = find(r"(?s)(curl -i .*)\n\nThen look", sandbox.read_until("Then look"))
        sandbox.read_until("Authorization")
        assert run(command).startswith("HTTP/1.1 204")
        sandbox.read_until("2 added, 0 removed")
        body = json.loads(shlex.split(command.replace("\\\n", " "))[-1])
        (cohort,) = RequestParser.compile(read_parser(desk, key)).parse(body).cohorts
        look(find(r"curl -i (http://[^/]+)", command), admin_token, key, cohort)
        sandbox.press("c")
        assert sandbox.end() == 0


def look(url: str, token: str, key: str, cohort: CohortChanges) -> None:
    """Make sure, through the REST API, that the cohort is the only segment, and has its two members."""
    with httpx.Client(base_url=f"{url}/api/v2", headers={"Authorization": token}) as client:
        place = "/segments/default/production"
        (segment,) = client.get(place).raise_for_status().json()["items"]
        assert segment["key"] == f"{key}-{cohort.cohort_id}"
        assert segment["name"] == cohort.name
        assert segment["_unboundedMetadata"]["includedCount"] == len(cohort.added) == 2
        for member in (*cohort.added, "somebody-else"):
            answer = client.get(f"{place}/{segment['key']}/contexts/{member}").raise_for_status()
            assert answer.json()["included"] is (member in cohort.added)


def find(pattern: str, text: str) -> str:
    """Return what a pattern's group matches in a text."""
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def run(command: str) -> str:
    """Run a command that was pasted into a shell; return what it printed."""
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout
