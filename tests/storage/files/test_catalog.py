"""Reading the catalog from folders, broken ones included."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from muster.core.errors import ConfigurationError
from muster.storage.files.catalog import (
    MAX_MANIFEST_BYTES,
    CatalogProblem,
    bundled_integrations,
    read_catalog,
)
from tests.manifests.documents import document, request_parser


def put(folder: Path, key: str, manifest: Any = None) -> Path:
    """Write an integration into a folder; return its manifest's path. Text is written as it is."""
    path = folder / key / "manifest.json"
    path.parent.mkdir(parents=True)
    text = manifest if isinstance(manifest, str) else json.dumps(manifest or document(), indent=2)
    path.write_text(text, "utf-8")
    return path


def keys(*folders: Path) -> list[str]:
    """Return the keys of the catalog in folders, none of which has a problem."""
    reading = read_catalog(folders)
    assert reading.problems == ()
    return [integration.key for integration in reading.catalog]


def problem(folder: Path) -> CatalogProblem:
    """Return the one problem of a folder that has no integration that can be used."""
    reading = read_catalog([folder])
    assert len(reading.catalog) == 0
    [found] = reading.problems
    return found


def test_each_folder_is_an_integration(tmp_path: Path) -> None:
    put(tmp_path, "acme")
    put(tmp_path, "Zenith")
    assert keys(tmp_path) == ["acme", "zenith"]


def test_an_integration_knows_its_folder(tmp_path: Path) -> None:
    put(tmp_path, "Acme")
    [acme] = read_catalog([tmp_path]).catalog
    assert acme.folder == str(tmp_path / "Acme")


def test_a_later_folder_is_laid_over_an_earlier_one(tmp_path: Path) -> None:
    put(tmp_path / "one", "acme", document(name="Earlier"))
    put(tmp_path / "one", "other")
    put(tmp_path / "two", "ACME", document(name="Later"))
    catalog = read_catalog([tmp_path / "one", tmp_path / "two"]).catalog
    assert [integration.key for integration in catalog] == ["acme", "other"]
    acme = catalog.find("acme")
    assert acme is not None
    assert acme.manifest.name == "Later"


def test_a_broken_manifest_hides_no_good_one(tmp_path: Path) -> None:
    put(tmp_path / "one", "acme")
    put(tmp_path / "two", "acme", document(name=None))
    reading = read_catalog([tmp_path / "one", tmp_path / "two"])
    assert [integration.key for integration in reading.catalog] == ["acme"]
    assert len(reading.problems) == 1


def test_a_broken_manifest_stops_no_other(tmp_path: Path) -> None:
    put(tmp_path, "a-broken", "{")
    put(tmp_path, "good")
    put(tmp_path, "z-broken", "{")
    reading = read_catalog([tmp_path])
    assert [integration.key for integration in reading.catalog] == ["good"]
    assert [found.path.parent.name for found in reading.problems] == ["a-broken", "z-broken"]


def test_hidden_folders_and_files_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, ".git", "{")
    (tmp_path / "README.md").write_text("Integrations.")
    assert keys(tmp_path) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere.*No such file"):
        read_catalog([tmp_path / "nowhere"])


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="Not a directory"):
        read_catalog([tmp_path / "file"])


def test_a_syntax_error_has_its_line_and_column(tmp_path: Path) -> None:
    path = put(tmp_path, "acme", '{\n  "name": "Acme"\n  "version": "1.0.0"\n}')
    found = problem(tmp_path)
    assert (found.path, found.line, found.column) == (path, 3, 3)
    assert str(found).startswith(f"{path}:3:3: Not JSON: ")


def test_a_broken_rule_has_pointer_line_and_column(tmp_path: Path) -> None:
    put(tmp_path, "acme", document(verson="1.0.0"))
    found = problem(tmp_path)
    text = found.path.read_text().splitlines()
    assert found.pointer == "/verson"
    assert found.line is not None
    assert found.column is not None
    assert text[found.line - 1][found.column - 1 :] == '"verson": "1.0.0"'
    assert str(found).endswith('/verson There is no key "verson" here. Did you mean "version"?')


def test_every_broken_rule_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "acme", document(name=None, version="one"))
    reading = read_catalog([tmp_path])
    assert {found.pointer for found in reading.problems} == {"", "/version"}


def test_a_parser_that_does_not_compile_is_reported_where_it_is(tmp_path: Path) -> None:
    parser = {**request_parser(), "memberArrayPath": "/members"}
    put(tmp_path, "acme", document(capabilities={"syncedSegment": {"requestParser": parser}}))
    found = problem(tmp_path)
    assert found.pointer == "/capabilities/syncedSegment/requestParser/memberArrayPath"
    assert '"memberArrayPath"' in found.path.read_text().splitlines()[(found.line or 0) - 1]


def test_a_folder_without_a_manifest_is_reported(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    found = problem(tmp_path)
    assert found.path == tmp_path / "acme" / "manifest.json"
    assert found.message == "There is no such file."


def test_a_name_that_is_no_key_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "ac me")
    assert "can't be an integration's key" in problem(tmp_path).message


def test_names_that_differ_only_in_case_are_both_left_out(tmp_path: Path) -> None:
    put(tmp_path, "Acme")
    put(tmp_path, "acme")
    assert "Acme and acme are one integration" in problem(tmp_path).message


def test_a_long_manifest_is_not_read(tmp_path: Path) -> None:
    path = put(tmp_path, "acme", json.dumps(document()).ljust(MAX_MANIFEST_BYTES))
    assert keys(tmp_path) == ["acme"]
    with path.open("a") as file:
        file.write(" ")
    assert "more than 1,048,576 bytes" in problem(tmp_path).message


def test_a_link_inside_of_the_folder_is_followed(tmp_path: Path) -> None:
    put(tmp_path, "acme")
    (tmp_path / "other").symlink_to("acme")
    assert keys(tmp_path) == ["acme", "other"]


@pytest.mark.parametrize("linked", ["acme", "acme/manifest.json"])
def test_a_link_out_of_the_folder_is_not(tmp_path: Path, linked: str) -> None:
    put(tmp_path / "elsewhere", "acme")
    link = tmp_path / "folder" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere" / linked)
    assert "leads out of the folder" in problem(tmp_path / "folder").message


@pytest.mark.parametrize("target", ["nowhere", "acme"])
def test_a_link_that_leads_nowhere_is_reported(tmp_path: Path, target: str) -> None:
    (tmp_path / "acme").symlink_to(target)
    assert problem(tmp_path).path == tmp_path / "acme" / "manifest.json"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path / "real", "acme")
    (tmp_path / "link").symlink_to("real")
    assert keys(tmp_path / "link") == ["acme"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    os.mkfifo(tmp_path / "acme" / "manifest.json")
    assert problem(tmp_path).message == "This is not a file."


def test_a_name_of_any_bytes_is_shown_in_one_line(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\nb"))).mkdir()
    assert "/a\\udcff\\nb: " in str(problem(tmp_path))


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "null", '"text"', "[]", '{"name": NaN}', "\x00\x01", '{"a":' * 2_000]
)
def test_hostile_text_is_a_problem_and_nothing_more(tmp_path: Path, text: str) -> None:
    put(tmp_path, "acme", text)
    assert problem(tmp_path).message


def test_the_bundled_integrations_are_found() -> None:
    assert (bundled_integrations() / "amplitude" / "manifest.json").is_file()


def test_a_copied_integration_overrides_the_bundled_one(tmp_path: Path) -> None:
    shutil.copytree(bundled_integrations() / "amplitude", tmp_path / "amplitude")
    reading = read_catalog([bundled_integrations(), tmp_path])
    amplitude = reading.catalog.find("amplitude")
    assert amplitude is not None
    assert amplitude.folder == str(tmp_path / "amplitude")
