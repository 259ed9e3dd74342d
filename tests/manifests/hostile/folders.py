"""Hostile folders: links, pipes, names, and a hundred thousand files."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from muster.manifests.folder import MANIFEST_NAME
from tests.manifests.hostile.case import MIB, SQUARE, Hostile, Lay, write

ESCAPES = "\x1b[2J\x1b]0;x\x07\r\n\x7f\u202e"
KEYS: list[str | bytes] = [
    *(ESCAPES, b"\xff", "a b", "-x", "manifest.json", "%0A::error::", "\u202e", "x" * 255)
]


def _sparse(path: str) -> Lay:
    def lay(folder: Path) -> None:
        write(folder / path, b"<svg>")
        os.truncate(folder / path, 100 * MIB)

    return lay


def _dense(folder: Path) -> None:
    with (folder / SQUARE).open("wb") as file:
        for _ in range(100):
            file.write(b"<g/>" * (MIB // 4))


def _linked(path: str, target: str) -> Lay:
    def lay(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(target)

    return lay


def _piped(path: str) -> Lay:
    def lay(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        os.mkfifo(folder / path)

    return lay


def _socket(folder: Path) -> None:
    (folder / SQUARE).unlink()
    directory = Path.cwd()
    os.chdir(folder / "assets")  # the name of a socket has to be short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("square.svg")
    finally:
        os.chdir(directory)


def _directory(path: str) -> Lay:
    def lay(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).mkdir()
        write(folder / path / "inside", b"x")

    return lay


def _renamed(name: str | bytes) -> Lay:
    def lay(folder: Path) -> None:
        folder.rename(Path(os.fsdecode(os.fsencode(folder.parent) + b"/" + os.fsencode(name))))

    return lay


def _named(name: str | bytes, content: bytes = b"<svg>") -> Lay:
    def lay(folder: Path) -> None:
        write(Path(os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name))), content)

    return lay


def _loops(folder: Path) -> None:
    for name in ("a", "b", "c"):
        (folder / name).mkdir()
        for other in ("a", "b", "c"):
            (folder / name / other).symlink_to(f"../{other}")


def _many_files(folder: Path) -> None:
    inside = folder / "files"
    inside.mkdir()
    for number in range(100_000):
        os.close(os.open(inside / f"{number}.svg", os.O_CREAT, 0o644))


def _many_svgs(folder: Path) -> None:
    for number in range(900):
        write(folder / f"{number}.svg", b"<svg>" + b"<g/>" * 4000)


def _many_folders(folder: Path) -> None:
    for number in range(2001):
        (folder.parent / f"i{number}").mkdir()


def _deep(folder: Path) -> None:
    path = folder.joinpath(*["d"] * 900)
    path.mkdir(parents=True)


def _beside(folder: Path, name: str) -> None:
    (folder.parent / name).symlink_to(folder.parent)


def _integrations_elsewhere(folder: Path) -> None:
    shutil.move(folder.parent, folder.parents[1] / "moved")
    folder.parent.symlink_to("/etc")


def _broken(name: str, lay: Lay, rule: str) -> Hostile:
    return Hostile(f"folder: {name}", lay, rule, (1,))


def _usage(name: str, lay: Lay, *args: str) -> Hostile:
    return Hostile(f"usage: {name}", lay, None, (2,), args or ("integrations",))


def hostile_folders() -> Iterator[Hostile]:
    """Yield all of them."""
    for path, rule in (
        (MANIFEST_NAME, "manifest/unreadable"),
        (SQUARE, "asset/unreadable"),
    ):
        yield _broken(f"100 MiB of {path}", _sparse(path), rule)
        yield _broken(f"{path} is a pipe", _piped(path), rule)
        for target in ("/etc/passwd", "/dev/zero", "/proc/self/mem", "../../../../x", "nothing"):
            yield _broken(f"{path} leads to {target}", _linked(path, target), rule)
        yield _broken(f"{path} leads to itself", _linked(path, Path(path).name), rule)
    yield _broken("100 MiB, and not of holes", _dense, "asset/unreadable")
    yield _broken("the logo is a socket", _socket, "asset/unreadable")
    yield _broken("the logo is a folder", _directory(SQUARE), "icon/missing")
    yield _broken("the manifest is a folder", _directory(MANIFEST_NAME), "manifest/unreadable")
    yield _broken(
        "no manifest", lambda folder: (folder / MANIFEST_NAME).unlink(), "manifest/missing"
    )
    yield _broken("many large SVG files", _many_svgs, "asset/not-svg")
    passed_over = "asset/passed-over"
    for name, lay in {
        "100 MiB of something": _sparse("data.bin"),
        "a pipe beside the manifest": _piped("pipe"),
        "a link to everything": _linked("everything", "/"),
        "a link to the folder around": _linked("around", ".."),
        "a link to the folder itself": _linked("here", "."),
        "folders that lead to each other": _loops,
        "a hundred thousand files": _many_files,
        "very deep": _deep,
        "a name that is not UTF-8": _named(b"\xff\xfe.svg"),
    }.items():
        yield Hostile(f"folder: {name}", lay, passed_over, (0, 1))
    yield _broken("a name of escapes", _named(f"{ESCAPES}.svg"), "asset/not-svg")
    yield _broken("a name of workflow commands", _named("a%0A::error::b,c:d.svg"), "asset/not-svg")
    for number, key in enumerate(KEYS):
        yield Hostile(f"folder: has name {number}", _renamed(key))
    yield _broken("an integration leads around", lambda f: _beside(f, "up"), "manifest/missing")
    yield _broken("an integration leads out", _linked("../out", "/etc"), "manifest/unreadable")
    yield _broken("an integration leads to itself", _linked("../out", "out"), "manifest/unreadable")
    yield _usage("more than two thousand integrations", _many_folders)
    yield _usage("integrations lead elsewhere", _integrations_elsewhere, ".")
    yield _usage("a pipe for a place", _piped("pipe"), "integrations/acme/pipe")
    yield _usage("a device for a place", lambda _: None, "/dev/zero")
    yield _usage("a place of escapes", lambda _: None, f"./{ESCAPES}")
    yield _usage("a key of escapes", lambda _: None, ESCAPES)
    yield _usage("a place that is too long", lambda _: None, "x/" + "y" * 5000)
    yield _usage("a key that is too long", lambda _: None, "y" * 100_000)
    yield _usage("a place with a NUL", lambda _: None, "a\0b/c")
    yield _usage("a loop for a place", _linked("loop", "loop"), "integrations/acme/loop")
