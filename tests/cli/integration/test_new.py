"""`muster integration new` where there is nobody to ask."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from muster.cli.integration.new import new
from muster.cli.integration.validate import validate
from muster.payloads.json import decode_body
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from tests.cli.integration.workbench import Workbench

ACME = (
    "--name=Acme Cohorts",
    "--website=https://acme.example",
    "--author=Acme",
    "--support-email=help@acme.example",
    "--privacy-policy=https://acme.example/privacy",
)
FOLDER = Path("integrations/acme-cohorts")
FILES = [
    "README.md",
    "assets/horizontal.svg",
    "assets/square.svg",
    "manifest.json",
    "sample-payload.json",
]


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The commands in an empty folder."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Workbench(new=new, validate=validate)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def parser_in(folder: Path) -> Any:
    manifest = json.loads((folder / "manifest.json").read_text())
    return manifest["capabilities"]["syncedSegment"]["requestParser"]


def write_sample(body: Any) -> str:
    Path("sample.json").write_text(json.dumps(body))
    return "--from-payload=sample.json"


@pytest.mark.parametrize("way", ["boolean", "array", "action"])
def test_each_way_makes_a_folder_that_validates(workbench: Workbench, way: str) -> None:
    result = workbench.run("new", *ACME, "--way", way)
    assert result.exit_code == 0, result.output
    assert files_in(FOLDER) == FILES
    assert "keeps every rule" in result.stdout
    assert f"muster integration try acme-cohorts {FOLDER}/sample-payload.json" in result.stderr
    assert workbench.run("validate", "acme-cohorts", "--warnings-as-errors").exit_code == 0
    body = decode_body((FOLDER / "sample-payload.json").read_bytes())
    (cohort,) = RequestParser.compile(parser_in(FOLDER)).parse(body).cohorts
    assert len(cohort.added) == 2


def test_every_question_has_a_flag(workbench: Workbench) -> None:
    result = workbench.run(
        "new",
        *ACME,
        "--key=acme",
        "--docs-url=https://docs.acme.example",
        "--overview=Sync what Acme finds",
        "--description=Acme finds groups of users by what they do, and keeps them as segments.",
        "--environment-id-path=meta.env",
        "--context-kind-path=meta.kind",
        "--cohort-id-path=/list/id",
        "--cohort-name-path=/list/name",
        "--cohort-url-path=/list/url",
        "--member-array-path=people",
        "--action-path=op",
        "--adding-word=add",
        "--adding-word=re.add",
        "--member-id-path=.",
        "--member-cohort-id-path=-",
    )
    assert result.exit_code == 0, result.output
    manifest = json.loads(Path("integrations/acme/manifest.json").read_text())
    assert manifest["overview"] == "Sync what Acme finds."
    assert manifest["links"]["supportWebsite"] == "https://docs.acme.example"
    assert manifest["capabilities"]["syncedSegment"]["requestParser"] == {
        "environmentIdPath": "/meta/env",
        "contextKindPath": "/meta/kind",
        "cohortIdPath": "/list/id",
        "cohortNamePath": "/list/name",
        "cohortUrlPath": "/list/url",
        "memberArrayPath": "/people",
        "arrayInclusion": {"path": "/op", "matcher": r"^(add|re\.add)$"},
        "memberArrayParser": {"memberIdPath": ""},
    }


def test_a_sample_is_enough_to_find_the_parser(workbench: Workbench) -> None:
    body = {
        "project_id": "5f0c1e2d3b4a596877869504",
        "data": {"segment": {"id": 17, "name": "Beta"}},
        "users": {"added": [{"user_id": "ada"}], "removed": [{"user_id": "alan"}]},
    }
    result = workbench.run("new", *ACME, write_sample(body))
    assert result.exit_code == 0, result.output
    assert re.search(r"^Cohort id +/data/segment/id +17 +the id in an object", result.stdout, re.M)
    assert "So the sample says: 17 (Beta): 1 enter, 1 leave." in result.stdout
    assert RequestParser.compile(parser_in(FOLDER)).parse(body) == SyncChanges(
        "5f0c1e2d3b4a596877869504",
        cohorts=(CohortChanges("17", "Beta", added=["ada"], removed=["alan"]),),
    )
    assert b"ada" not in (FOLDER / "sample-payload.json").read_bytes()


def test_all_that_is_missing_is_named_at_once(workbench: Workbench) -> None:
    result = workbench.run("new", "--author=Acme")
    assert result.exit_code == 2
    for flag in ("--name", "--website", "--support-email", "--privacy-policy", "--way"):
        assert flag in result.stderr
    for flag in ("--key", "--author", "--overview", "--description", "--docs-url"):
        assert flag not in result.stderr
    assert not Path("integrations").exists()


def test_what_a_sample_lacks_is_asked_for_by_flag(workbench: Workbench) -> None:
    sample = write_sample({"action": "exit", "members": [{"id": "ada"}], "cohort_id": "c"})
    result = workbench.run("new", *ACME, sample)
    assert result.exit_code == 2
    missing = ("--environment-id-path", "--cohort-name-path", "--adding-word")
    assert all(f"{flag}: not in the sample" in result.stderr for flag in missing)
    completed = workbench.run(
        "new", *ACME, sample, "--environment-id-path=env", "--cohort-name-path=cohort_name",
        "--adding-word=enter",
    )  # fmt: skip
    assert completed.exit_code == 2  # the environment is still not in the sample
    assert "/env: found nothing there" in completed.stderr
    body = json.loads(Path("sample.json").read_text()) | {"env": "e"}
    completed = workbench.run("new", *ACME, write_sample(body), "--adding-word=enter",
                              "--cohort-name-path=cohort_name")  # fmt: skip
    assert completed.exit_code == 0, completed.output
    assert "every word" in " ".join(completed.stderr.lower().split())


def test_a_sample_that_does_not_say_who_enters(workbench: Workbench) -> None:
    body = {"env": "e", "cohort_id": "c", "cohort_name": "C", "members": [{"id": "ada"}]}
    result = workbench.run("new", *ACME, write_sample(body))
    assert result.exit_code == 2
    assert "--way: not in the sample, where there is no boolean in each member" in result.stderr


def test_a_guess_at_the_way_is_not_taken_unseen(workbench: Workbench) -> None:
    members = [{"id": "ada", "emailVerified": True}]
    body = {"env": "e", "cohort_id": "c", "cohort_name": "C", "members": members}
    result = workbench.run("new", *ACME, write_sample(body))
    assert result.exit_code == 2
    assert "--way: the sample shows no more than a boolean." in result.stderr
    assert workbench.run("new", *ACME, write_sample(body), "--way=boolean").exit_code == 0
    assert parser_in(FOLDER)["memberArrayParser"]["booleanMembershipPath"] == "/emailVerified"


def test_names_of_strangers_do_not_steer_the_terminal(workbench: Workbench) -> None:
    body = {
        "env": "e",
        "cohort_id": "c\x1b[2J",
        "cohort_name": "C\u202e",
        "add": ["\x9b1m"],
        "remove": [],
    }
    result = workbench.run("new", *ACME, write_sample(body))
    assert result.exit_code == 0, result.output
    assert not {"\x1b", "\x9b", "\u202e"} & {*result.output}


@pytest.mark.parametrize(
    ("flags", "flag", "reason"),
    [
        (["--name=A"], "--name", "at least 3"),
        (["--key=a/b"], "--key", "a-z"),
        (["--website=acme.example"], "--website", "https://"),
        (["--cohort-id-path=a..b"], "--cohort-id-path", "JSON pointer"),
        (["--cohort-id-path="], "--cohort-id-path", "Name a field"),
        (["--adding-word=^(?=add)"], "--adding-word", "no RE2 expression"),
        (["--way=array", "--action-path=op"], "--action-path", "--way action"),
        (["--add-member-array-path=a", "--action-path=b"], "--action-path", "--way action"),
        (["--from-payload=nothing.json"], "--from-payload", "No such file"),
        (["--from-payload=."], "--from-payload", "can't be read"),
        (["--from-payload=broken.json"], "--from-payload", "not JSON"),
        (["--way=array", "--cohort-name-path=/add"], "new", "each other's way"),
    ],
)
def test_flags_that_can_not_be_taken(
    workbench: Workbench, flags: list[str], flag: str, reason: str
) -> None:
    Path("broken.json").write_text("{")
    result = workbench.run("new", *ACME, *flags)
    assert result.exit_code == 2, result.output
    assert flag in result.stderr
    assert reason in result.stderr
    assert not Path("integrations").exists()


def test_a_flag_that_a_sample_has_no_use_for_is_refused(workbench: Workbench) -> None:
    sample = write_sample({"add": [{"id": "ada"}], "remove": []})
    result = workbench.run("new", *ACME, sample, "--member-array-path=members")
    assert result.exit_code == 2
    assert "--member-array-path" in result.stderr
    assert "--way boolean or action" in result.stderr


@pytest.mark.parametrize("taken", ["acme-cohorts", "Acme-Cohorts"])
def test_a_folder_that_is_there_is_left_alone(workbench: Workbench, taken: str) -> None:
    there = Path("integrations") / taken
    there.mkdir(parents=True)
    (there / "notes.txt").write_text("mine")
    result = workbench.run("new", *ACME, "--way=array")
    assert result.exit_code == 1
    assert f"integrations/{taken} is there already" in result.stderr
    assert files_in(Path("integrations")) == [f"{taken}/notes.txt"]


def test_the_nearest_integrations_is_found(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "integrations").mkdir()
    (tmp_path / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "src" / "deep")
    assert workbench.run("new", *ACME, "--way=array").exit_code == 0
    assert files_in(tmp_path / FOLDER) == FILES


def test_another_directory_is_named_in_what_comes_next(workbench: Workbench) -> None:
    result = workbench.run("new", *ACME, "--way=array", "--directory=elsewhere")
    assert result.exit_code == 0, result.output
    assert files_in(Path("elsewhere/acme-cohorts")) == FILES
    assert "muster integration validate elsewhere/acme-cohorts" in result.stderr


def test_a_dry_run_prints_all_and_writes_nothing(workbench: Workbench) -> None:
    result = workbench.run("new", *ACME, "--way=array", "--dry-run")
    assert result.exit_code == 0, result.output
    assert '"addMemberArrayPath": "/add"' in result.stdout
    assert "<svg" in result.stdout
    assert not Path("integrations").exists()


def test_json(workbench: Workbench) -> None:
    sample = write_sample(
        {"env": "e", "list": {"id": "l", "name": "L"}, "add": ["a"], "remove": []}
    )
    dry = workbench.run_json("new", *ACME, sample, "--json", "--dry-run")
    assert (dry["written"], dry["findings"]) == (False, [])
    assert not Path("integrations").exists()
    contents = {file["path"]: file["content"] for file in dry["files"]}

    document = workbench.run_json("new", *ACME, sample, "--json")
    assert document["key"] == "acme-cohorts"
    assert document["path"] == str(FOLDER)
    assert document["written"] is True
    assert sorted(file["path"] for file in document["files"]) == FILES
    assert document["manifest"] == json.loads((FOLDER / "manifest.json").read_text())
    assert {path: (FOLDER / path).read_text() for path in contents} == contents
    proposal = document["proposal"]
    assert proposal["way"] == "array"
    properties = {one["property"]: one for one in proposal["properties"]}
    assert properties["/cohortIdPath"]["value"] == "/list/id"
    assert properties["/cohortIdPath"]["sample"] == '"l"'
    assert properties["/memberArrayParser/memberIdPath"]["value"] == ""
    assert properties["/contextKindPath"]["value"] is None
    assert workbench.run_json("new", *ACME, "--key=b", "--way=action", "--json")["proposal"] is None
