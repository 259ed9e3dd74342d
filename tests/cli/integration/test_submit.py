"""`muster integration checklist` and `pack`."""

import hashlib
import json
import os
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from muster.cli.integration.submit import checklist, pack
from muster.storage.files.catalog import bundled_integrations
from tests.cli.integration.workbench import Workbench, write_integration

KEY = "hightouch"
SOURCE = Path("integrations") / KEY
SAMPLE = {
    "environmentId": "0123456789abcdef01234567",
    "contextKind": "user",
    "cohortId": "c1",
    "cohortName": "Beta testers",
    "action": "add",
    "members": [{"integration_distinct_id": "ada"}],
}


def change_manifest(**changes: Any) -> None:
    """Change the manifest of the integration in the working directory."""
    path = SOURCE / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}, indent=2))


@pytest.fixture
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The commands in a checkout with one integration that is ready to be submitted."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundled_integrations() / KEY, tmp_path / SOURCE)
    change_manifest(supportEmail="help@acme.io")
    notes = {"walkthroughUrl": "https://v.acme.io/1", "documentationUrl": "https://docs.acme.io"}
    write_integration(
        tmp_path / SOURCE,
        {
            "submission.json": json.dumps(notes).encode(),
            "sample-payload.json": json.dumps(SAMPLE).encode(),
        },
    )
    return Workbench(checklist=checklist, pack=pack)


def test_a_checklist_without_a_gap_exits_with_0(workbench: Workbench) -> None:
    result = workbench.run("checklist", KEY)
    assert result.exit_code == 0, result.output
    items, by_hand = result.stdout.split("\nBy hand:\n")
    assert all(line.startswith("[x] ") for line in items.splitlines())
    assert len(by_hand.splitlines()) == 3
    assert result.stderr.endswith(f"`muster integration pack {KEY}`.\n")


def test_what_is_missing_is_shown_with_how_to_mend_it(workbench: Workbench) -> None:
    (SOURCE / "submission.json").unlink()
    result = workbench.run("checklist", KEY)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    missing = [index for index, line in enumerate(lines) if line.startswith("[ ] ")]
    assert [lines[index].split(":")[0] for index in missing] == [
        "[ ] Public documentation",
        "[ ] A recorded walkthrough",
    ]
    assert all(lines[index + 1].startswith("    ") for index in missing)
    assert f"{KEY}: 2 things missing." in result.stderr


def test_the_checklist_as_json(workbench: Workbench) -> None:
    shown = workbench.run_json("checklist", KEY, "--json")
    assert (shown["key"], shown["complete"], shown["missingCount"]) == (KEY, True, 0)
    (SOURCE / "README.md").unlink()
    shown = workbench.run_json("checklist", KEY, "--json", exit_code=1)
    missing = {item["id"]: item["mend"] for item in shown["items"] if item["state"] == "missing"}
    assert set(missing) == {"readme", "token-scope"}
    assert all(missing.values())


def test_no_text_of_a_stranger_steers_the_terminal(workbench: Workbench) -> None:
    change_manifest(supportEmail="\x1b]0;title\x07@acme.io")
    shown = workbench.run("checklist", KEY).output
    assert "\x1b" not in shown
    assert r"\x1b]0;title\x07@acme.io" in shown


def test_an_archive_holds_what_is_submitted_and_nothing_else(workbench: Workbench) -> None:
    result = workbench.run("pack", KEY)
    assert result.exit_code == 0, result.output
    assert "Left out" in result.stderr
    assert "sample-payload.json, submission.json" in result.stderr
    (made,) = Path().glob("*.tar.gz")
    assert made.name == f"{KEY}-1.0.0.tar.gz"
    with tarfile.open(made) as tar:
        names = tar.getnames()
        tar.extractall("unpacked", filter="data")
    assert sorted(names) == names
    assert {name.split("/")[2] for name in names} == {"README.md", "assets", "manifest.json"}
    for name in names:
        assert (Path("unpacked") / name).read_bytes() == Path(name).read_bytes()


@pytest.mark.parametrize("ending", ["tar.gz", "tgz", "zip"])
def test_the_same_files_give_the_same_archive(workbench: Workbench, ending: str) -> None:
    first = workbench.run_json("pack", KEY, "--output", f"a.{ending}", "--json")
    for path in SOURCE.rglob("*"):
        os.utime(path, (0, 0))
        path.chmod(0o700)
    (SOURCE / "notes.txt").touch()
    second = workbench.run_json("pack", KEY, "--output", f"b.{ending}", "--json")
    assert Path(f"a.{ending}").read_bytes() == Path(f"b.{ending}").read_bytes()
    assert first["sha256"] == second["sha256"]
    assert first["sha256"] == hashlib.sha256(Path(f"a.{ending}").read_bytes()).hexdigest()
    assert second["leftOut"] == ["notes.txt", "sample-payload.json", "submission.json"]


def test_the_format_follows_the_name_or_the_option(workbench: Workbench) -> None:
    Path("out").mkdir()
    assert workbench.run_json("pack", KEY, "-o", "x.zip", "--json")["format"] == "zip"
    assert zipfile.is_zipfile("x.zip")
    made = workbench.run_json("pack", KEY, "-o", "out", "--format", "zip", "--json")
    assert made["path"] == f"out/{KEY}-1.0.0.zip"
    made = workbench.run_json("pack", KEY, "-o", "soon/", "--json")
    assert made["path"] == f"soon/{KEY}-1.0.0.tar.gz"
    assert workbench.run_json("pack", KEY, "-o", "new/x", "--json")["format"] == "tar.gz"
    assert tarfile.is_tarfile("new/x")


def test_a_folder_is_made_in_a_fork_of_the_framework(workbench: Workbench) -> None:
    made = workbench.run_json("pack", KEY, "--format", "folder", "-o", "fork", "--json")
    folder = Path("fork") / "integrations" / KEY
    assert (made["path"], made["format"], made["sha256"]) == (str(folder), "folder", None)
    files = {path for path in folder.rglob("*") if path.is_file()}
    assert {str(path.relative_to("fork")) for path in files} == {
        file["path"] for file in made["files"]
    }
    assert not (folder / "submission.json").exists()


def test_nothing_is_replaced_unless_forced(workbench: Workbench) -> None:
    for args in (["-o", "x.zip"], ["--format", "folder", "-o", "fork"]):
        assert workbench.run("pack", KEY, *args).exit_code == 0
    made = Path("fork") / "integrations" / KEY
    (made / "stale.txt").touch()
    Path("x.zip").write_text("mine")
    for args in (["-o", "x.zip"], ["--format", "folder", "-o", "fork"]):
        refused = workbench.run("pack", KEY, *args)
        assert refused.exit_code == 1
        assert "--force replaces it." in refused.stderr
        assert refused.stdout == ""
    assert Path("x.zip").read_text() == "mine"
    assert (made / "stale.txt").exists()
    for args in (["-o", "x.zip"], ["--format", "folder", "-o", "fork"]):
        assert workbench.run("pack", KEY, *args, "--force").exit_code == 0
    assert zipfile.is_zipfile("x.zip")
    assert not (made / "stale.txt").exists()
    assert [place.name for place in made.parent.iterdir()] == [KEY]


@pytest.mark.parametrize(
    "args",
    [
        ["--format", "folder"],
        ["--format", "folder", "--force"],
        ["--format", "tar.gz", "-o", "x.zip"],
        ["--format", "folder", "-o", "file"],
        ["--format", "rar"],
    ],
)
def test_what_can_not_be_meant_is_a_usage_error(workbench: Workbench, args: list[str]) -> None:
    Path("file").touch()
    before = sorted(Path().rglob("*"))
    result = workbench.run("pack", KEY, *args)
    assert result.exit_code == 2, result.output
    assert sorted(Path().rglob("*")) == before


def test_nothing_is_packed_while_there_are_errors(workbench: Workbench) -> None:
    change_manifest(overview=7)
    result = workbench.run("pack", KEY)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"error integrations/{KEY}/manifest.json:")
    assert result.stderr.startswith("Not packed: mend 1 error first.")
    shown = workbench.run_json("pack", KEY, "--json", exit_code=1)
    assert shown["packed"] is False
    assert shown["errors"][0]["pointer"] == "/overview"
    assert list(Path().iterdir()) == [Path("integrations")]


def test_gaps_are_named_and_do_not_stop_the_packing(workbench: Workbench) -> None:
    (SOURCE / "submission.json").unlink()
    result = workbench.run("pack", KEY)
    assert result.exit_code == 0
    assert "A submission needs more: Public documentation; A recorded walkthrough." in result.stderr
    shown = workbench.run_json("pack", KEY, "-o", "x.zip", "--json")
    assert shown["missing"] == ["documentation", "walkthrough"]


def test_an_unknown_key_is_told(workbench: Workbench) -> None:
    for command in ("checklist", "pack"):
        result = workbench.run(command, "nobody")
        assert result.exit_code == 1
        assert "nobody" in result.stderr
