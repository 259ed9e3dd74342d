"""What a hostile folder is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from muster.manifests.rules.examples import folder_of
from muster.manifests.rules.rule import Example

SQUARE = "assets/square.svg"
MIB = 1024 * 1024

Lay = Callable[[Path], object]


@dataclass(frozen=True)
class Hostile:
    """A hostile folder, and how it is to be told.

    Attributes:
        name: what is hostile about it.
        lay: makes it of a sound integration's folder.
        rule: a rule that must be found broken; None where it may be any or none.
        exit_codes: which may come of it; by default 1 where a rule is named.
        args: what is validated, seen from the folder that holds `integrations`.
    """

    name: str
    lay: Lay
    rule: str | None = None
    exit_codes: Sequence[int] = (0, 1)
    args: Sequence[str] = ("integrations",)


def with_file(name: str, path: str, content: bytes | str | Callable[[], bytes | str]) -> Hostile:
    """Return a sound folder with one file written over; content may be made when it is needed."""

    def lay(folder: Path) -> None:
        made = content() if callable(content) else content
        write(folder / path, made)

    return Hostile(name, lay)


def write(path: Path, content: bytes | str) -> None:
    """Write a file; a text may hold what UTF-8 can't."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    )


def lay_sound_integration(folder: Path) -> None:
    """Write an integration that keeps every rule."""
    [sound] = folder_of(Example())
    for path, content in sound.files.items():
        assert isinstance(content, bytes)
        write(folder / path, content)
