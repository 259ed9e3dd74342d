"""The dialogue of `muster integration new`, with scripted lines instead of a terminal."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer

from muster.bootstrap.runtime import ProgramRuntime
from muster.cli.integration.creation.request import CreationRequest
from muster.cli.integration.creation.session import create
from muster.manifests.scaffold.answers import Topic
from muster.payloads.explanation import Way
from muster.payloads.properties import ParserProperty

KNOWN = {
    Topic.NAME: "Acme Cohorts",
    Topic.KEY: "acme",
    Topic.WEBSITE: "https://acme.example",
    Topic.AUTHOR: "Acme",
    Topic.SUPPORT_EMAIL: "help@acme.example",
    Topic.PRIVACY_POLICY: "https://acme.example/privacy",
    Topic.DOCS_URL: "-",
    Topic.OVERVIEW: "Sync the cohorts of Acme.",
    Topic.DESCRIPTION: "Acme finds groups of users by what they do, and keeps them as segments.",
}
MANIFEST = Path("integrations/acme/manifest.json")

Converse = Callable[..., str]


@pytest.fixture
def converse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Converse:
    """Holds the dialogue in an empty folder; gives what was printed, prompts and answers included."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def converse(*lines: str | type[BaseException], body: Any = None, **changes: Any) -> str:
        waiting = list(lines)

        def read_line(prompt: str) -> str:
            line = waiting.pop(0)
            if not isinstance(line, str):
                raise line
            sys.stdout.write(f"{prompt}{line}\n")
            return line

        if body is not None:
            Path("sample.json").write_text(json.dumps(body))
        request: dict[str, Any] = {
            "texts": KNOWN,
            "places": {},
            "way": None,
            "sample": None if body is None else Path("sample.json"),
            "directory": None,
            "is_dry": False,
            "may_ask": True,
            "as_json": False,
        }
        create(ProgramRuntime(), CreationRequest(**{**request, **changes}), read_line)
        assert waiting == []
        return capsys.readouterr().out

    return converse


def parser() -> Any:
    return json.loads(MANIFEST.read_text())["capabilities"]["syncedSegment"]["requestParser"]


def test_all_is_asked_and_defaults_are_proposed(converse: Converse) -> None:
    said = converse(
        "Acme Cohorts", "", "https://www.acme.example", "Acme", "", "", "", "", "",  # the integration
        "2",  # the way
        "", "", "", "", "", "", "", "", "",  # its places
        "",  # write
        texts={},
    )  # fmt: skip
    manifest = json.loads(Path("integrations/acme-cohorts/manifest.json").read_text())
    assert manifest["supportEmail"] == "support@acme.example"
    assert manifest["links"] == {
        "site": "https://www.acme.example",
        "privacyPolicy": "https://www.acme.example/privacy",
    }
    assert manifest["overview"] == "Keep segments in step with the cohorts of Acme."
    assert manifest["capabilities"]["syncedSegment"]["requestParser"] == {
        "environmentIdPath": "/environmentId",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
        "addMemberArrayPath": "/add",
        "removeMemberArrayPath": "/remove",
        "memberArrayParser": {"memberIdPath": "/id"},
    }
    assert "[acme-cohorts] > " in said
    assert '{"add": [{"id": "ada"}], "remove": []}' in said


def test_a_wrong_answer_is_told_and_asked_again(converse: Converse) -> None:
    Path("integrations/acme").mkdir(parents=True)
    texts = {
        topic: text for topic, text in KNOWN.items() if topic not in {Topic.KEY, Topic.WEBSITE}
    }
    said = converse(
        "acme", "No key", "bolt", "acme.example", "https://acme.example", "4", "3",
        "", "", "a..b", "list.id", "", "", "", "", "^(", "enter, join", "", "", "maybe", "y",
        texts=texts,
    )  # fmt: skip
    for told in (
        "integrations/acme is there already",
        "A key has 1 to 64",
        "begin with https://",
        "Enter 1 to 3.",
        "neither names with dots",
        "no RE2 expression",
        "Enter y or n.",
    ):
        assert told in said
    manifest = json.loads(Path("integrations/bolt/manifest.json").read_text())
    spec = manifest["capabilities"]["syncedSegment"]["requestParser"]
    assert spec["cohortIdPath"] == "/list/id"
    assert spec["cohortNamePath"] == "/list/name"  # proposed, for it lies beside the id
    assert spec["arrayInclusion"]["matcher"] == "^(enter|join)$"


def test_places_that_get_in_each_others_way_are_asked_again(converse: Converse) -> None:
    said = converse(
        "", "", "members", *[""] * 5,
        *[""] * 9,
        "y",
        way=Way.BOOLEAN, places={ParserProperty.CONTEXT_KIND: "-"},
    )  # fmt: skip
    assert "Once more:" in said
    assert parser()["cohortNamePath"] == "/cohortName"


def test_what_flags_say_is_not_asked(converse: Converse) -> None:
    said = converse(
        way=Way.BOOLEAN,
        places=dict.fromkeys(
            (one for one in ParserProperty if one.is_optional), "-"
        ) | {
            ParserProperty.ENVIRONMENT_ID: "env",
            ParserProperty.COHORT_ID: "id",
            ParserProperty.COHORT_NAME: "name",
            ParserProperty.MEMBERS: "members",
            ParserProperty.MEMBER_ID: "id",
            ParserProperty.FLAG: "isMember",
        },
    )  # fmt: skip
    assert ">" not in said
    assert parser()["environmentIdPath"] == "/env"


def test_flags_narrow_the_ways(converse: Converse) -> None:
    said = converse(
        "2", *[""] * 9, "", places={ParserProperty.MEMBERS: "people"}
    )  # fmt: skip
    assert "two arrays" not in said
    assert parser()["memberArrayPath"] == "/people"
    assert parser()["arrayInclusion"] == {"path": "/action", "matcher": "^add$"}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, EOFError])
def test_an_interruption_leaves_nothing(
    converse: Converse, interruption: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        converse("1", "", interruption)
    assert ended.value.exit_code == 130
    assert "Nothing was written." in capsys.readouterr().err
    assert list(Path.cwd().iterdir()) == []


def test_one_may_decline_at_the_end(converse: Converse) -> None:
    with pytest.raises(typer.Exit) as ended:
        converse("1", *[""] * 9, "n")
    assert ended.value.exit_code == 1
    assert list(Path.cwd().iterdir()) == []


class TestSample:
    """With a sample body."""

    BODY: ClassVar = {
        "environment_id": "5f0c1e2d3b4a596877869504",
        "env": "production",
        "audience": {"key": "a1", "title": "Beta"},
        "people": [{"email": "ada@example.com", "customer_id": "ada", "in_audience": True}],
    }

    def test_the_proposal_is_taken(self, converse: Converse) -> None:
        said = converse("", "", body=self.BODY)
        assert "a boolean in each member" in said
        assert "So the sample says: a1 (Beta): 1 enter, 0 leave." in said
        assert parser() == {
            "environmentIdPath": "/environment_id",
            "cohortIdPath": "/audience/key",
            "cohortNamePath": "/audience/title",
            "memberArrayPath": "/people",
            "memberArrayParser": {
                "memberIdPath": "/customer_id",
                "booleanMembershipPath": "/in_audience",
            },
        }

    def test_a_narrow_terminal_has_each_reason_on_a_line_of_its_own(
        self, converse: Converse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        said = converse("", "", body=self.BODY)
        assert ' 4  Cohort id        /audience/key             "a1"\n' in said
        assert "\n    the key in an object named after an audience\n" in said
        assert all(len(line) <= 80 for line in said.splitlines() if not line.startswith("A new"))

    def test_each_line_can_be_changed(self, converse: Converse) -> None:
        said = converse("2", "env", "8", "email", "3", "-", "99", "", "", body=self.BODY)
        assert '/env  "production"' in said
        assert "Enter 1 to 11, or y." in said
        assert parser()["environmentIdPath"] == "/env"
        assert parser()["memberArrayParser"]["memberIdPath"] == "/email"

    def test_a_place_that_the_sample_lacks_is_told_with_the_nearest(
        self, converse: Converse
    ) -> None:
        said = converse(
            "4", "audience.keys", "audience.key", "", "", body=self.BODY
        )  # fmt: skip
        assert "The sample holds nothing there. Near it: /audience/key" in said

    def test_a_parser_that_does_not_read_the_sample_has_to_be_wanted(
        self, converse: Converse
    ) -> None:
        said = converse("8", "id", "", "", "n", "8", "id", "", "", "y", "", body=self.BODY)
        assert said.count("The sample can't be read so") == 2
        assert parser()["memberArrayParser"]["memberIdPath"] == "/id"

    def test_what_is_not_there_is_asked_for(self, converse: Converse) -> None:
        body = {"op": "remove", "cohortId": "c", "members": ["ada"], "meta": {"tenant": "t"}}
        said = converse("meta.tenant", "", "", "", "y", body=body)
        assert "Environment was not found. Looked for: a text named after an environment" in said
        assert "[/cohortName] > " in said
        assert "[add] > " in said
        assert parser()["environmentIdPath"] == "/meta/tenant"
        assert parser()["arrayInclusion"] == {"path": "/op", "matcher": "^add$"}

    def test_what_is_hardly_likely_is_shown_where_nothing_better_is(
        self, converse: Converse
    ) -> None:
        body = {**self.BODY, "people": [{"handle\x1b[2J": "ada", "in_audience": True}]}
        said = converse("/handle\x1b[2J", "", "", body=body)
        assert "It could be /handle" in said
        assert "\x1b" not in said.replace("> /handle\x1b[2J", "")

    def test_the_way_is_asked_for_where_it_does_not_show(self, converse: Converse) -> None:
        body = {
            "env": "e", "cohort": {"id": "c", "name": "C"},
            "members": [{"id": "ada", "isMember": "true"}],
        }  # fmt: skip
        said = converse("3", "op", "", "add", "", "y", "", body=body)
        assert "no JSON boolean" in said
        assert "It does not show who enters and who leaves." in said
        assert parser()["arrayInclusion"] == {"path": "/op", "matcher": "^add$"}

    def test_the_way_can_be_changed(self, converse: Converse) -> None:
        body = {**self.BODY, "action": "enter"}
        converse("1", "3", "", "", body=body)
        assert parser()["arrayInclusion"] == {"path": "/action", "matcher": "^enter$"}
