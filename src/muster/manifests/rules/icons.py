"""A rule about the logos that a manifest names; those about what is in them are in `assets`."""

from collections.abc import Iterator
from typing import Final

from muster.manifests.findings import Severity
from muster.manifests.rules.reading import find_file, text_at
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject


def _find_missing_icons(subject: Subject) -> Iterator[Flaw]:
    for name in ("square", "horizontal"):
        path = text_at(subject.manifest, "icons", name)
        if path is not None and find_file(subject.folder, path) is None:
            yield Flaw(
                f"There is no file {path[:80]!r} in the integration's folder.",
                "Add it, or name the file that is there.",
                f"/icons/{name}",
            )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="icon/missing",
        severity=Severity.ERROR,
        title="Both logos are in the integration's folder.",
        explanation="`icons.square` and `icons.horizontal` are paths from the folder that holds the "
        "manifest; upper and lower case matter. A path that leads out of the folder names nothing "
        "here: an integration is submitted, and installed, as one folder.",
        failing=Example(files={"assets/square.svg": None}),
        passing=Example({"icons": {"square": "./assets/square.svg"}}),
        check=_find_missing_icons,
    ),
)
