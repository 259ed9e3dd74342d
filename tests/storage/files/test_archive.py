"""Archives: the same bytes for the same files, and written whole or not at all."""

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import ConfigurationError, ConflictError
from muster.storage.files.archive import ArchiveFormat, build_archive, set_aside, write_file

FILES = {"integrations/acme/manifest.json": b"{}", "integrations/acme/assets/a.svg": b"<svg/>" * 9}
NAMES = st.lists(
    st.text(alphabet="abcäß名 ._-", min_size=1, max_size=60).filter(lambda name: name.strip(". ")),
    min_size=1,
    max_size=4,
).map("/".join)


def names_in(folder: Path) -> list[str]:
    """Return what a folder holds, hidden files too, by name."""
    return sorted(place.name for place in folder.iterdir())


def read_archive(archive: bytes, archive_format: ArchiveFormat) -> dict[str, bytes]:
    """Return what any program would take out of an archive, in its order."""
    if archive_format is ArchiveFormat.ZIP:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            assert opened.testzip() is None
            return {name: opened.read(name) for name in opened.namelist()}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=5), st.sampled_from(ArchiveFormat))
def test_what_is_put_in_comes_out_and_order_does_not_matter(
    files: dict[str, bytes], archive_format: ArchiveFormat
) -> None:
    archive = build_archive(files, archive_format)
    assert read_archive(archive, archive_format) == files
    assert build_archive(dict(reversed(files.items())), archive_format) == archive


@pytest.mark.parametrize("archive_format", ArchiveFormat)
def test_names_are_sorted(archive_format: ArchiveFormat) -> None:
    assert list(read_archive(build_archive(FILES, archive_format), archive_format)) == sorted(FILES)


def test_times_modes_and_owners_are_fixed() -> None:
    archive = build_archive(FILES, ArchiveFormat.TAR_GZ)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        shown = {(entry.mtime, entry.mode, entry.uid, entry.gid, entry.uname) for entry in tar}
    assert shown == {(315_532_800, 0o644, 0, 0, "")}
    with zipfile.ZipFile(io.BytesIO(build_archive(FILES, ArchiveFormat.ZIP))) as opened:
        entries = {(entry.date_time, entry.external_attr >> 16) for entry in opened.infolist()}
    assert entries == {((1980, 1, 1, 0, 0, 0), 0o100644)}
    assert archive[4:8] == b"\0\0\0\0"  # gzip's own time


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", "."])
@pytest.mark.parametrize("archive_format", ArchiveFormat)
def test_no_path_leads_out_of_an_archive(name: str, archive_format: ArchiveFormat) -> None:
    with pytest.raises(ValueError, match="is no path inside"):
        build_archive({name: b""}, archive_format)


def test_a_file_is_written_with_the_folders_around_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.zip"
    write_file(path, b"content", replace=False)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert names_in(path.parent) == ["a.zip"]


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"old")
    with pytest.raises(ConflictError, match="is there already"):
        write_file(path, b"new", replace=False)
    assert path.read_bytes() == b"old"
    write_file(path, b"new", replace=True)
    assert path.read_bytes() == b"new"
    assert names_in(tmp_path) == ["a.zip"]


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    link = tmp_path / "a.zip"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConflictError):
        write_file(link, b"new", replace=False)
    write_file(link, b"new", replace=True)
    assert not link.is_symlink()
    assert names_in(tmp_path) == ["a.zip"]


def test_a_file_is_not_written_over_a_folder_or_below_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="is a folder"):
        write_file(tmp_path, b"", replace=True)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="can't be written"):
        write_file(tmp_path / "file" / "a.zip", b"", replace=False)


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "a.zip"
    write_file(path, b"first", replace=False)
    with pytest.raises(ConflictError):
        write_file(path, b"second", replace=False)
    assert path.read_bytes() == b"first"
    assert names_in(tmp_path) == ["a.zip"]


def integration(folder: Path) -> Path:
    """Make an integration's folder with two files."""
    (folder / "assets").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "assets" / "a.svg").write_text("<svg/>")
    return folder


def test_a_folder_set_aside_is_gone_once_it_is_replaced(tmp_path: Path) -> None:
    folder = integration(tmp_path / "acme")
    with set_aside(folder):
        assert not folder.exists()
        folder.mkdir()
        (folder / "manifest.json").write_text("new")
    assert names_in(tmp_path) == ["acme"]
    assert names_in(folder) == ["manifest.json"]


def test_a_folder_set_aside_comes_back_when_replacing_it_fails(tmp_path: Path) -> None:
    folder = integration(tmp_path / "acme")

    def replace_half() -> None:
        with set_aside(folder):
            folder.mkdir()
            (folder / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_half()
    assert names_in(folder) == ["assets", "manifest.json"]
    assert (folder / "assets" / "a.svg").read_text() == "<svg/>"
    assert names_in(tmp_path) == ["acme"]


def test_only_an_integrations_folder_is_set_aside(tmp_path: Path) -> None:
    with set_aside(tmp_path / "nothing"):
        pass
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis").touch()
    link = tmp_path / "link"
    link.symlink_to(integration(tmp_path / "acme"))
    for place in (precious, link):
        with pytest.raises(ConflictError, match="no folder of an integration"), set_aside(place):
            pytest.fail("It must not be entered.")
    assert (precious / "thesis").exists()
