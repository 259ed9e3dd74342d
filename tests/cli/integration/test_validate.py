"""`muster integration validate`: what it reads, prints and exits with."""

import json
import shutil
from pathlib import Path

import pytest

from muster.cli.integration.validate import validate
from muster.manifests.rules.registry import all_rules
from muster.storage.files.catalog import bundled_integrations
from tests.cli.integration.workbench import Workbench, write_integration

UNKNOWN_KEY = "schema/unknown-key"


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The command in a checkout with two integrations: hightouch without fault, zeotap with a typo."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    for key in ("hightouch", "zeotap"):
        shutil.copytree(bundled_integrations() / key, tmp_path / "integrations" / key)
    manifest = tmp_path / "integrations" / "zeotap" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('  "author"', '  "autor": "x",\n  "author"'))
    return Workbench(validate=validate)


def test_all_bundled_integrations_are_sound(workbench: Workbench) -> None:
    result = workbench.run("validate", str(bundled_integrations()))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith("12 integrations, 0 errors, ")


def test_an_error_is_told_with_its_line_and_fails(workbench: Workbench) -> None:
    result = workbench.run("validate", "integrations")
    assert result.exit_code == 1
    first, pointer, excerpt, *_ = result.stdout.splitlines()
    assert first.startswith("error integrations/zeotap/manifest.json:")
    assert UNKNOWN_KEY in first
    assert pointer == "    at /autor"
    assert excerpt.endswith('| "autor": "x",')
    assert "2 integrations, 1 error, 0 warnings (" in result.stdout
    assert "--explain RULE" in result.stderr


@pytest.mark.parametrize(
    "path",
    [
        "integrations/zeotap",
        "integrations/zeotap/manifest.json",
        "integrations/zeotap/assets",
        "zeotap",
        "ZEOTAP",
        ".",
        "./integrations/",
    ],
)
def test_a_path_names_a_folder_a_file_in_it_a_checkout_or_a_key(
    workbench: Workbench, path: str
) -> None:
    if path.endswith("assets"):
        path = f"{path}/{next(Path(path).rglob('*.svg')).relative_to(path)}"
    found = workbench.run_json("validate", path, "--json", exit_code=1)
    folders = {one["key"]: one["folder"] for one in found["integrations"]}
    assert folders["zeotap"] == "integrations/zeotap"


def test_without_a_path_the_nearest_integrations_are_checked(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("integrations/hightouch")
    found = workbench.run_json("validate", "--json", exit_code=1)
    assert [one["key"] for one in found["integrations"]] == ["hightouch", "zeotap"]


def test_an_integration_that_is_named_twice_is_checked_once(workbench: Workbench) -> None:
    found = workbench.run_json("validate", "zeotap", "integrations", "./", "--json", exit_code=1)
    assert found["totalCount"] == 2
    assert found["errorCount"] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["zeotop"], "zeotop"),
        (["./nothing"], "nothing"),
        (["empty"], "no integration in empty"),
        (["lonely.txt"], "lies in no integration"),
        (["--rule", "schema/unknown-kye"], UNKNOWN_KEY),
        (["--ignore", "nothing/*"], "There is no group 'nothing/*'"),
        (["--explain", "unknown-key"], UNKNOWN_KEY),
        (["--json", "--format", "sarif"], "give one of them"),
        (["--format", "xml"], "xml"),
    ],
)
def test_what_can_not_be_meant_is_a_usage_error(
    workbench: Workbench, args: list[str], message: str
) -> None:
    Path("empty").mkdir()
    Path("lonely.txt").touch()
    result = workbench.run("validate", *args)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_rules_may_be_left_out_or_be_asked_for_alone(workbench: Workbench) -> None:
    assert workbench.run("validate", "zeotap", "--ignore", UNKNOWN_KEY).exit_code == 0
    assert workbench.run("validate", "zeotap", "--ignore", "schema/*").exit_code == 0
    assert workbench.run("validate", "zeotap", "--rule", "schema/missing-key").exit_code == 0
    assert workbench.run("validate", "zeotap", "--rule", "schema/*").exit_code == 1
    both = workbench.run("validate", "zeotap", "--rule", "schema/*", "--ignore", UNKNOWN_KEY)
    assert both.exit_code == 0


RED = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0" fill="red"/></svg>'


def test_warnings_pass_unless_they_are_taken_for_errors(workbench: Workbench) -> None:
    manifest = json.loads(Path("integrations/hightouch/manifest.json").read_text())
    logo = manifest["icons"]["square"]
    write_integration(Path("integrations/hightouch"), {logo: RED})

    shown = workbench.run("validate", "hightouch")
    assert shown.exit_code == 0
    assert f"warning integrations/hightouch/{logo}:" in shown.stdout

    assert workbench.run("validate", "hightouch", "--quiet").output == ""

    strict = workbench.run("validate", "hightouch", "--warnings-as-errors", "--quiet")
    assert strict.exit_code == 1
    assert strict.stdout.startswith("warning ")
    assert strict.stderr == ""


def test_quiet_shows_errors_only(workbench: Workbench) -> None:
    result = workbench.run("validate", "integrations", "-q")
    assert result.exit_code == 1
    assert result.stdout.startswith("error ")
    assert "integrations," not in result.stdout
    assert result.stderr == ""


def test_workflow_commands(workbench: Workbench) -> None:
    result = workbench.run("validate", "integrations", "--format", "github")
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith("::error file=integrations/zeotap/manifest.json,line=")


def test_sarif_lists_every_rule(workbench: Workbench) -> None:
    (run,) = workbench.run_json("validate", "zeotap", "--format", "sarif", exit_code=1)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in all_rules()]
    (result,) = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == UNKNOWN_KEY


def test_json_is_the_same_as_format_json(workbench: Workbench) -> None:
    asked = workbench.run_json("validate", "zeotap", "--json", exit_code=1)
    assert asked == workbench.run_json("validate", "zeotap", "--format", "json", exit_code=1)


def test_every_rule_is_listed_and_explained(workbench: Workbench) -> None:
    listed = workbench.run_json("validate", "--list-rules", "--json")
    assert listed["totalCount"] == len(all_rules())
    table = workbench.run("validate", "--list-rules").stdout
    for rule in listed["items"]:
        assert rule["id"] in table
        explained = workbench.run("validate", "--explain", rule["id"])
        assert explained.exit_code == 0
        assert explained.stdout.startswith(f"# {rule['id']} ({rule['severity']})\n\n")
        told = workbench.run_json("validate", "--explain", rule["id"], "--json")
        assert told["title"] == rule["title"]
        assert set(told) == {"id", "severity", "title", "explanation", "failing", "passing"}


def test_an_explanation_is_laid_out_on_a_terminal(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    shown = workbench.run("validate", "--explain", UNKNOWN_KEY).stdout
    assert "\x1b[" in shown
    assert "~~~" not in shown
