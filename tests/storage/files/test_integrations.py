"""Reading and writing folders of integrations, whatever lies in them."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import ConfigurationError, ConflictError, NotFoundError
from muster.manifests.folder import IntegrationFolder, UnreadableFile
from muster.storage.files.catalog import bundled_integrations
from muster.storage.files.integration_folder import MAX_DEPTH, MAX_ENTRIES, MAX_TOTAL_BYTES
from muster.storage.files.integrations import (
    find_integration_folder,
    read_integration_folders,
    write_integration_folder,
)
from muster.storage.files.plain_file import MAX_FILE_BYTES


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a checkout with two integrations."""
    monkeypatch.chdir(tmp_path)
    for key in ("acme", "Borealis"):
        put(f"integrations/{key}/manifest.json", b"{}")
    return tmp_path


def put(path: str, content: bytes = b"x") -> Path:
    """Write a file and the folders around it."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)
    return Path(path)


def names(*places: str) -> list[str]:
    """Return the names of the integrations in some places."""
    return [folder.name for folder in read_integration_folders([Path(place) for place in places])]


def read(place: str = "integrations/acme") -> IntegrationFolder:
    """Read one integration."""
    [folder] = read_integration_folders([Path(place)])
    return folder


def refusal(path: str) -> str:
    """Return why a file of the integration was not read."""
    content = read().files[path]
    assert isinstance(content, UnreadableFile)
    return content.message


# --- Which folders


def test_a_place_is_an_integration_a_folder_of_them_or_a_checkout(checkout: Path) -> None:
    both = ["Borealis", "acme"]
    assert names("integrations/acme") == ["acme"]
    assert names("integrations") == names(".") == names(str(checkout)) == both
    assert names(".", "integrations/acme") == [*both, "acme"]
    shutil.move("integrations", "partners")
    assert names("partners") == both


def test_a_folder_is_named_as_the_user_knows_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read("integrations/acme").place == "integrations/acme"
    assert read(f"{checkout}/integrations/acme").place == f"{checkout}/integrations/acme"
    assert [folder.place for folder in read_integration_folders([])][1] == "integrations/acme"
    monkeypatch.chdir("integrations/acme")
    here = read(".")
    assert (here.name, here.place) == ("acme", ".")


@pytest.mark.parametrize("directory", [".", "integrations", "integrations/acme", "src/deep"])
def test_without_a_place_the_nearest_integrations_are_read(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, directory: str
) -> None:
    Path(directory).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(directory)
    folders = read_integration_folders([])
    assert [folder.name for folder in folders] == ["Borealis", "acme"]
    assert Path(folders[1].place).samefile(checkout / "integrations" / "acme")


def test_without_any_near_the_bundled_ones_are_read() -> None:
    shutil.rmtree("integrations")
    assert {"amplitude", "hightouch"} <= set(names())


def test_a_folder_without_a_manifest_is_an_integration_among_others() -> None:
    put("integrations/empty/README.md")
    assert names("integrations") == ["Borealis", "acme", "empty"]
    assert dict(read("integrations/empty").files) == {"README.md": b"x"}
    shutil.rmtree("integrations/acme")
    shutil.rmtree("integrations/Borealis")
    assert names("integrations") == names(".") == ["empty"]


def test_any_other_folder_without_a_manifest_holds_no_integrations() -> None:
    put("src/module/code.py")
    assert names("src") == []


def test_hidden_folders_node_modules_and_files_beside_integrations_are_passed_over() -> None:
    for path in (".git/x", "node_modules/x", ".DS_Store", "README.md"):
        put(f"integrations/{path}")
    Path("integrations/link").symlink_to("README.md")
    os.mkfifo("integrations/pipe")
    assert names("integrations") == ["Borealis", "acme"]


@pytest.mark.parametrize("place", ["nowhere", "integrations/acme/manifest.json", "a\0b", "x" * 300])
def test_a_place_that_can_not_be_listed_is_an_error_that_says_what_to_name(place: str) -> None:
    with pytest.raises(ConfigurationError, match=r"can't be read: .* Name the folder of an"):
        read_integration_folders([Path(place)])


def test_a_link_among_integrations_is_followed_inside_of_their_folder() -> None:
    put("elsewhere/manifest.json", b"secret")
    for link, target in (("same", "acme"), ("out", "../elsewhere"), ("loop", "loop"), ("no", "x")):
        Path("integrations", link).symlink_to(target)
    found = {folder.name: folder.files for folder in read_integration_folders([])}
    assert found["same"] == found["acme"]
    for link in ("out", "loop", "no"):
        [(path, content)] = found[link].items()
        assert path == "manifest.json"
        assert isinstance(content, UnreadableFile)
        assert content.message.startswith("This link leads ")


def test_a_checkout_whose_integrations_lead_elsewhere_is_an_error(checkout: Path) -> None:
    Path("forged").mkdir()
    Path("forged/integrations").symlink_to(checkout / "integrations")
    with pytest.raises(ConfigurationError, match="leads out of the folder"):
        read_integration_folders([Path("forged")])


def test_a_folder_that_is_named_may_be_a_link_itself() -> None:
    Path("linked").symlink_to("integrations/acme")
    assert read("linked").name == "linked"
    assert read("linked").files == read("integrations/acme").files


# --- By name


@pytest.mark.parametrize(
    "name", ["acme", "ACME", "integrations/acme", "./integrations/acme/", "integrations/../linked"]
)
def test_an_integration_is_found_by_its_path_and_by_its_key_in_any_case(name: str) -> None:
    Path("linked").symlink_to("integrations/acme")
    assert dict(find_integration_folder(name).files) == {"manifest.json": b"{}"}
    assert find_integration_folder("borealis").name == "Borealis"


def test_the_nearest_come_before_the_bundled_ones() -> None:
    assert find_integration_folder("Amplitude").place == str(bundled_integrations() / "amplitude")
    put("integrations/amplitude/README.md")
    assert find_integration_folder("amplitude").place == "integrations/amplitude"


def test_of_names_that_differ_in_case_the_one_that_was_given_is_taken() -> None:
    put("integrations/ACME/manifest.json")
    assert find_integration_folder("acme").name == "acme"
    assert find_integration_folder("ACME").name == "ACME"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "nobody", "src/acme", "a\0b", "x" * 5000])
def test_an_integration_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(NotFoundError, match="There is no integration"):
        find_integration_folder(name)


def test_the_nearest_name_is_proposed() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'acme'"):
        find_integration_folder("acne")


# --- What is in a folder


def test_all_files_are_read_but_hidden_ones() -> None:
    for path in (
        "assets/images/a.svg",
        "README.md",
        ".git/x",
        "assets/.DS_Store",
        "node_modules/x",
    ):
        put(f"integrations/acme/{path}", path.encode())
    assert dict(read().files) == {
        "manifest.json": b"{}",
        "README.md": b"README.md",
        "assets/images/a.svg": b"assets/images/a.svg",
    }


def test_a_file_that_is_too_large_is_not_read() -> None:
    put("integrations/acme/big.svg", b"")
    os.truncate("integrations/acme/big.svg", 100 * MAX_FILE_BYTES)
    assert refusal("big.svg").startswith("The file has 104,857,600 bytes")


def test_links_are_followed_inside_of_the_folder_alone() -> None:
    put("secret.txt")
    put("integrations/acme/assets/a.svg", b"a")
    folder = Path("integrations/acme")
    (folder / "file").symlink_to("assets/a.svg")
    (folder / "folder").symlink_to("assets")
    (folder / "assets" / "around").symlink_to("..")
    (folder / "itself").symlink_to("itself")
    (folder / "out").symlink_to("../../secret.txt")
    (folder / "out-folder").symlink_to("/etc")
    found = read().files
    assert found["file"] == found["folder/a.svg"] == b"a"
    assert refusal("assets/around") == "This link leads to a folder that it lies in."
    assert refusal("itself") == "This link leads to itself."
    assert refusal("out") == refusal("out-folder") == "This link leads out of the folder."
    assert len(found) == 9


def test_pipes_are_not_waited_for_and_a_folder_is_no_manifest() -> None:
    Path("integrations/acme/manifest.json").unlink()
    put("integrations/acme/manifest.json/x")
    os.mkfifo("integrations/acme/pipe.svg")
    assert set(read().files) == {"manifest.json", "pipe.svg"}
    assert refusal("manifest.json") == "This is a folder, not a file."
    assert refusal("pipe.svg") == "This is not a file."


def test_names_of_any_bytes_are_escaped(checkout: Path) -> None:
    path = os.fsencode(checkout) + b"/integrations/caf\xe9"
    Path(os.fsdecode(path)).mkdir()
    put(os.fsdecode(path + b"/\xff.svg"))
    folder = find_integration_folder(os.fsdecode(b"caf\xe9"))
    assert folder.name == r"caf\udce9"
    assert folder.files == {r"\udcff.svg": UnreadableFile("Its name is not UTF-8.", "Rename it.")}


def test_of_very_many_files_not_all_are_read_but_the_manifest_is() -> None:
    folder = Path("integrations/acme/assets")
    folder.mkdir()
    for number in range(3_000):
        (folder / str(number)).touch()
    put("integrations/acme/later/file")
    began = time.perf_counter()
    found = read().files
    assert time.perf_counter() - began < 1
    assert found["manifest.json"] == b"{}"
    refused = [content for content in found.values() if isinstance(content, UnreadableFile)]
    assert [one.message for one in refused] == [
        "The integration has more than 1,000 files and folders: this one and others are not read."
    ]
    assert len(found) <= MAX_ENTRIES + 1


def test_folders_are_read_to_a_depth() -> None:
    put("integrations/acme/" + "d/" * MAX_DEPTH + "x")
    put("integrations/acme/" + "d/" * (MAX_DEPTH + 1) + "x")
    assert read().files["d/" * MAX_DEPTH + "x"] == b"x"
    assert "folders deep" in refusal("d/" * MAX_DEPTH + "d")


def test_no_more_is_read_than_a_total() -> None:
    count = MAX_TOTAL_BYTES // MAX_FILE_BYTES
    first = put("integrations/acme/a00", b"x" * MAX_FILE_BYTES)
    for number in range(1, count + 2):
        os.link(first, f"integrations/acme/a{number:02}")
    found = read().files
    assert sum(len(content) for content in found.values() if isinstance(content, bytes)) <= (
        MAX_TOTAL_BYTES
    )
    assert "16,777,216 bytes" in refusal(f"a{count:02}")


@pytest.fixture
def as_somebody() -> Iterator[Path]:
    """A folder that everybody may enter, seen by one who is not root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        yield folder
    finally:
        os.seteuid(user)
        shutil.rmtree(folder)


def test_what_may_not_be_read_is_told(as_somebody: Path) -> None:
    put(f"{as_somebody}/acme/manifest.json")
    put(f"{as_somebody}/acme/assets/a.svg")
    put(f"{as_somebody}/acme/secret.txt").chmod(0)
    (as_somebody / "acme" / "assets").chmod(0)
    denied = {"secret.txt": "It can't be read", "assets": "The folder can't be listed"}
    found = read(f"{as_somebody}/acme").files
    assert found == {
        "manifest.json": b"x",
        **{path: UnreadableFile(f"{why}: Permission denied.") for path, why in denied.items()},
    }
    with pytest.raises(ConfigurationError, match="Permission denied"):
        write_integration_folder(as_somebody / "acme" / "assets" / "new", {"a": b""})
    with pytest.raises(ConfigurationError, match="Permission denied"):
        read_integration_folders([as_somebody / "acme" / "assets"])
    (as_somebody / "acme" / "assets").chmod(0o700)


# --- Writing

PARTS = st.text("abcäö .-", min_size=1, max_size=8).filter(lambda part: part.strip(". "))
TREES = st.dictionaries(PARTS.map(lambda part: f"{part}/{part}"), st.binary(max_size=20))


@given(TREES)
def test_what_is_written_is_what_was_given(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "made" / "acme"
        write_integration_folder(folder, files)
        written = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        assert written == files
        assert [path.name for path in folder.parent.iterdir()] == ["acme"]


def test_an_empty_folder_is_filled_with_the_rights_that_new_folders_have() -> None:
    Path("new").mkdir()
    write_integration_folder(Path("new"), {"manifest.json": b"{}"})
    assert Path("new/manifest.json").read_bytes() == b"{}"
    assert Path("new").stat().st_mode == Path("integrations").stat().st_mode


def test_nothing_is_written_over() -> None:
    Path("link").symlink_to("integrations/acme")
    Path("empty").mkdir()
    Path("link-to-empty").symlink_to("empty")
    Path("dangling").symlink_to("nothing")
    put("file")
    before = sorted(Path().rglob("*"))
    for taken in ("integrations/acme", "link", "link-to-empty", "dangling", "file"):
        with pytest.raises(ConflictError, match=f"{taken} is there already"):
            write_integration_folder(Path(taken), {"manifest.json": b"new"})
    assert sorted(Path().rglob("*")) == before
    assert Path("integrations/acme/manifest.json").read_bytes() == b"{}"


@pytest.mark.parametrize(
    ("folder", "files"),
    [
        ("file/new", {"a": b""}),
        ("new", {"a": b"", "a/b": b""}),
        ("new", {"a": b"", "x" * 300: b""}),
        ("x" * 300, {"a": b""}),
    ],
)
def test_of_what_can_not_be_written_whole_nothing_is(folder: str, files: dict[str, bytes]) -> None:
    put("file")
    before = sorted(Path().rglob("*"))
    with pytest.raises(ConfigurationError, match="can't be written"):
        write_integration_folder(Path(folder), files)
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("path", ["../a", "/a", "", ".", "a/../../b"])
def test_a_path_that_leads_out_of_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path inside"):
        write_integration_folder(Path("new"), {path: b""})
    assert not Path("new").exists()
