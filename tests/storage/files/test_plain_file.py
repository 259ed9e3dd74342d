"""Reading a file that anybody may have put there."""

import os
import socket
from pathlib import Path

import pytest

from muster.storage.files.plain_file import (
    MAX_FILE_BYTES,
    UnreadableFileError,
    read_plain_file,
    resolve_inside,
)


def refusal(path: Path) -> str:
    """Return why a file is not read."""
    with pytest.raises(UnreadableFileError) as caught:
        read_plain_file(str(path))
    return caught.value.message


def test_a_file_of_the_greatest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * MAX_FILE_BYTES)
    assert read_plain_file(str(path)) == b"x" * MAX_FILE_BYTES


def test_a_larger_one_is_refused_with_its_size_and_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, 100 * MAX_FILE_BYTES)
    assert refusal(path) == (
        "The file has 104,857,600 bytes; none of more than 1,048,576 bytes is read."
    )


def test_a_file_that_does_not_tell_its_size_is_read_no_further_than_the_limit() -> None:
    endless = Path("/proc/self/environ")  # has a size of 0, and content all the same
    assert read_plain_file(str(endless)) == endless.read_bytes()


def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "This is not a file."
    monkeypatch.chdir(tmp_path)  # the name of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert refusal(Path("socket")) == "This is not a file."
    assert refusal(Path("/dev/zero")) == "This is not a file."
    assert refusal(tmp_path) == "This is a folder, not a file."
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert refusal(tmp_path / "link") == "This is not a file."
    assert refusal(tmp_path / "nothing") == "It can't be read: No such file or directory."


def test_links_are_followed_inside_a_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "file").touch()
    (root / "deep" / "link").symlink_to("../file")
    assert resolve_inside(str(root), f"{root}/deep/link") == str(root / "file")
    assert resolve_inside(str(root), f"{root}/deep/..") == str(root)
    assert resolve_inside("/", str(root / "file")) == str(root / "file")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc/passwd", "This link leads out of the folder."),
        ("../root-beside/file", "This link leads out of the folder."),
        ("..", "This link leads out of the folder."),
        ("nothing", "This link leads to nothing."),
        ("link", "This link leads to itself."),
    ],
)
def test_links_that_lead_elsewhere_are_refused(tmp_path: Path, target: str, message: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "root-beside").mkdir()
    (tmp_path / "root-beside" / "file").touch()
    (root / "link").symlink_to(target)
    with pytest.raises(UnreadableFileError) as caught:
        resolve_inside(str(root), f"{root}/link")
    assert caught.value.message == message
