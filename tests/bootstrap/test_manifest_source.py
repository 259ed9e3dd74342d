"""A manifest that is read again as it is edited."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from muster.bootstrap.manifest_source import (
    POLL_SECONDS,
    BrokenManifestError,
    EditDetector,
    ManifestSource,
    Signature,
    watch,
)
from muster.core.errors import InvalidRequestError
from muster.storage.files.catalog import bundled_integrations

ONE: Signature = (1, 10, 100)
TWO: Signature = (1, 11, 101)


@pytest.fixture
def source(tmp_path: Path) -> ManifestSource:
    """The source of a folder that holds hightouch's manifest under another key."""
    folder = tmp_path / "Acme"
    shutil.copytree(bundled_integrations() / "hightouch", folder)
    return ManifestSource(folder, folder.name)


def edit(source: ManifestSource, **changes: Any) -> None:
    """Change values of the requestParser; None takes them away."""
    manifest = json.loads(source.path.read_text())
    parser = manifest["capabilities"]["syncedSegment"]["requestParser"]
    parser |= changes
    for name in [name for name, value in parser.items() if value is None]:
        del parser[name]
    source.path.write_text(json.dumps(manifest, indent=2))


def test_the_catalog_is_this_integration(source: ManifestSource) -> None:
    catalog, problems = source.read()
    assert [one.key for one in catalog] == ["acme"]
    assert problems == ()
    assert source.integration is catalog.find("ACME")
    assert source.document["name"] == "Hightouch Audiences"


def test_every_error_is_told_with_its_place(source: ManifestSource) -> None:
    source.read()
    before = source.integration
    edit(source, cohortIdPath=None, contextKindPath=7)
    with pytest.raises(BrokenManifestError) as broken:
        source.read()
    parser = "/capabilities/syncedSegment/requestParser"
    assert {problem.pointer for problem in broken.value.problems} == {
        parser,
        f"{parser}/contextKindPath",
    }
    assert all(problem.line and problem.line > 1 for problem in broken.value.problems)
    assert all(str(source.path) in str(problem) for problem in broken.value.problems)
    assert source.integration is before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"name": }', "1:10: Not JSON"),
        (b"\xff", "not UTF-8"),
        (b" " * (1024 * 1024 + 1), "more than 1,048,576 bytes"),
        (None, "There is no such file"),
    ],
)
def test_what_is_no_manifest_is_a_problem(
    source: ManifestSource, content: bytes | None, message: str
) -> None:
    if content is None:
        source.path.unlink()
    else:
        source.path.write_bytes(content)
    with pytest.raises(BrokenManifestError, match=message):
        source.read()


def test_nothing_is_waited_for_and_no_link_out_is_followed(
    source: ManifestSource, tmp_path: Path
) -> None:
    outside = tmp_path / "elsewhere.json"
    source.path.rename(outside)
    source.path.symlink_to(outside)
    with pytest.raises(BrokenManifestError, match="leads out of the folder"):
        source.read()
    source.path.unlink()
    os.mkfifo(source.path)
    with pytest.raises(BrokenManifestError, match="This is not a file"):
        source.read()


def test_there_must_be_something_to_send(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    shutil.copytree(bundled_integrations() / "hightouch", folder)
    source = ManifestSource(folder, "acme")
    manifest = json.loads(source.path.read_text())
    manifest["capabilities"] = {}
    source.path.write_text(json.dumps(manifest))
    with pytest.raises(BrokenManifestError, match=r"capabilities\.syncedSegment"):
        source.read()


def test_a_name_that_is_no_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="Rename the folder"):
        ManifestSource(tmp_path, "my folder")


class TestEdits:
    """A file is read again once it has settled, and once for each edit."""

    def looks(self, *found: Signature) -> list[bool]:
        """Return what a detector that has read ONE says to each of these in turn."""
        detector = EditDetector(ONE)
        return [detector.look(one) for one in found]

    def test_a_file_that_stays_is_not_read_again(self) -> None:
        assert self.looks(ONE, ONE, ONE) == [False, False, False]

    def test_an_edit_counts_once_and_when_it_has_settled(self) -> None:
        assert self.looks(TWO, TWO, TWO, TWO) == [False, True, False, False]

    def test_a_file_that_is_written_in_parts_is_read_when_it_is_whole(self) -> None:
        parts: list[Signature] = [(1, size, size) for size in range(20, 25)]
        assert self.looks(*parts, parts[-1], parts[-1]) == [False] * 5 + [True, False]

    def test_a_file_that_is_away_for_a_moment_was_not_edited(self) -> None:
        assert self.looks(None, ONE, ONE) == [False, False, False]

    def test_a_file_that_is_gone_counts_and_so_does_its_return(self) -> None:
        assert self.looks(None, None, None, ONE, ONE) == [False, True, False, False, True]


async def test_an_edit_is_noticed_within_two_seconds(source: ManifestSource) -> None:
    noticed = asyncio.Event()
    watching = asyncio.create_task(watch(source, source.signature(), noticed.set))
    try:
        await asyncio.sleep(2 * POLL_SECONDS)
        assert not noticed.is_set()
        edit(source, cohortIdPath="/cohort")
        await asyncio.wait_for(noticed.wait(), 2)
        noticed.clear()
        other = source.path.with_suffix(".new")
        other.write_text(source.path.read_text() + "\n")
        other.replace(source.path)  # as many editors save
        await asyncio.wait_for(noticed.wait(), 2)
    finally:
        watching.cancel()
