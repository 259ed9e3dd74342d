"""`muster integration docs`."""

import json
import shutil
from pathlib import Path

import pytest

from muster.cli.integration.docs import docs
from muster.storage.files.catalog import bundled_integrations
from tests.cli.integration.workbench import Workbench, write_integration

KEY = "hightouch"
SOURCE = Path("integrations") / KEY
SAMPLE = {
    "environmentId": "0123456789abcdef01234567",
    "cohortId": "vip",
    "action": "add",
    "members": [{"integration_distinct_id": "ada"}],
}


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The command in a checkout with one integration."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundled_integrations() / KEY, tmp_path / SOURCE)
    return Workbench(docs=docs)


def test_the_page_goes_to_stdout(workbench: Workbench) -> None:
    result = workbench.run("docs", KEY)
    assert result.exit_code == 0
    assert result.stdout.startswith("# Hightouch Audiences\n\n")
    assert "https://muster.example.com/api/v2/segment-targets/hightouch" in result.stdout
    assert result.stderr == ""


def test_the_page_as_json(workbench: Workbench) -> None:
    told = workbench.run_json(
        "docs", KEY, "--json", "--url", "https://m.acme.io/", "--project", "shop", "-e", "test"
    )
    assert (
        told["markdown"]
        == workbench.run(
            "docs", KEY, "--url", "https://m.acme.io", "--project", "shop", "-e", "test"
        ).stdout
    )
    assert told["endpoint"] == "https://m.acme.io/api/v2/segment-targets/hightouch"
    assert (told["key"], told["path"]) == (KEY, None)
    [statement] = told["policy"]
    assert statement["resources"] == ["proj/shop:env/test:segment/hightouch-*"]


def test_the_page_goes_into_a_file_that_is_not_there(workbench: Workbench) -> None:
    result = workbench.run("docs", KEY, "--output", "pages/README.md")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Wrote pages/README.md." in result.stderr
    assert Path("pages/README.md").read_text() == workbench.run("docs", KEY).stdout


def test_a_file_is_replaced_only_when_forced(workbench: Workbench) -> None:
    Path("README.md").write_text("mine")
    result = workbench.run("docs", KEY, "-o", "README.md")
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert Path("README.md").read_text() == "mine"
    told = workbench.run_json("docs", KEY, "-o", "README.md", "--force", "--json")
    assert told["path"] == "README.md"
    assert Path("README.md").read_text() == told["markdown"]


def test_the_sample_of_the_folder_is_shown(workbench: Workbench) -> None:
    write_integration(SOURCE, {"sample-payload.json": json.dumps(SAMPLE).encode()})
    result = workbench.run("docs", KEY)
    assert '"cohortId": "vip"' in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (json.dumps({**SAMPLE, "members": 1}), "/members: found a number"),
        ("{", "sample-payload.json is not shown"),
        (json.dumps({**SAMPLE, "more": "x" * 9000}), "larger than 8,192 bytes"),
    ],
)
def test_a_sample_that_can_not_be_shown_is_told(
    workbench: Workbench, content: str, reason: str
) -> None:
    write_integration(SOURCE, {"sample-payload.json": content.encode()})
    result = workbench.run("docs", KEY)
    assert result.exit_code == 0
    assert reason in result.stderr
    assert '"cohortId": "beta-testers"' in result.stdout


@pytest.mark.parametrize(
    "args",
    [
        ["--url", "muster.acme.io"],
        ["--url", "ftp://acme.io"],
        ["--url", "https://acme.io/?a=b"],
        ["--url", "https://acme.io/\x1b["],
        ["--url", "http://[x"],
        ["--project", "*"],
        ["--project", "a:env/b"],
        ["--environment", ""],
        ["--output", "integrations"],
    ],
)
def test_what_can_not_be_meant_is_a_usage_error(workbench: Workbench, args: list[str]) -> None:
    result = workbench.run("docs", KEY, *args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""


def test_an_integration_without_synced_segments_has_no_page(workbench: Workbench) -> None:
    path = SOURCE / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "capabilities": {}}))
    result = workbench.run("docs", KEY)
    assert result.exit_code == 1
    assert "no synced segments" in result.stderr


def test_no_text_of_a_stranger_steers_the_terminal(workbench: Workbench) -> None:
    path = SOURCE / "manifest.json"
    name = "\x1b]0;title\x07Acme\u202e"
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": name}))
    write_integration(
        SOURCE, {"sample-payload.json": json.dumps({**SAMPLE, "cohortName": "\x9b2J"}).encode()}
    )
    shown = workbench.run("docs", KEY).output
    assert shown.startswith("# \\]0;title Acme\n")
    assert shown.replace("\n", "").isprintable()
    assert "\\u009b2J" in shown
