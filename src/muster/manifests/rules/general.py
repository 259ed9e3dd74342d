"""Rules about the manifest as a whole: its texts, its name, what it declares."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from muster.core.json_text import Position
from muster.core.pointers import MISSING, Tokens, format_pointer, resolve
from muster.manifests.findings import Severity
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.rules.reading import text_at, texts_in
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject

FIX_ME: Final = "$FIX_ME"
"""What the framework's scaffold leaves where something has to be filled in."""

_ADDRESS: Final = re.compile(r"https?://\S*", re.IGNORECASE)
_SHOWN_LENGTH: Final = 60


def _find_endless_overview(subject: Subject) -> Iterator[Flaw]:
    overview = text_at(subject.manifest, "overview")
    if overview is not None and not overview.endswith("."):
        yield Flaw(
            "The overview does not end in a period.",
            "End it with one; leave no space after it.",
            "/overview",
        )


def _find_no_capability(subject: Subject) -> Iterator[Flaw]:
    declared = [resolve(subject.manifest, (key,)) for key in ("capabilities", "otherCapabilities")]
    if isinstance(subject.manifest, dict) and declared == [MISSING, MISSING]:
        yield Flaw(
            "The manifest declares nothing that the integration can do.",
            "Declare `capabilities`, such as `syncedSegment`; or `otherCapabilities`.",
        )


def _find_empty_capabilities(subject: Subject) -> Iterator[Flaw]:
    if resolve(subject.manifest, ("capabilities",)) != {}:
        return
    if resolve(subject.manifest, ("otherCapabilities",)) in (MISSING, []):
        yield Flaw(
            "`capabilities` is empty: the manifest declares nothing that the integration can do.",
            "Declare one, such as `syncedSegment`.",
            "/capabilities",
        )


def _find_fix_mes(subject: Subject) -> Iterator[Flaw]:
    hint = "Put the value there, or take the key away."
    if FIX_ME in subject.text.text:
        for place, text in texts_in(subject.manifest):
            if FIX_ME in text:
                yield Flaw(f"{FIX_ME} is left here.", hint, format_pointer(*place))
    for path, content in subject.folder.files.items():
        if path == MANIFEST_NAME or not isinstance(content, bytes):
            continue
        offset = content.find(FIX_ME.encode())
        if offset >= 0:
            position = _position_in(content, offset)
            yield Flaw(f"{FIX_ME} is left here.", "Fill it in.", file=path, position=position)


def _position_in(content: bytes, offset: int) -> Position:
    line_start = content.rfind(b"\n", 0, offset) + 1
    column = len(content[line_start:offset].decode("utf-8", "replace")) + 1
    return Position(content.count(b"\n", 0, offset) + 1, column)


def _find_spaces_around_addresses(subject: Subject) -> Iterator[Flaw]:
    for place, text in texts_in(subject.manifest):
        address = text.strip()
        if address != text and (_is_address(address) or _is_named_address(place)):
            yield Flaw(
                "There is white space around an address.",
                f"Write {address[:_SHOWN_LENGTH]!r}.",
                format_pointer(*place),
            )


def _is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


def _is_named_address(place: Tokens) -> bool:
    return bool(place) and place[-1].lower().endswith("url")


def _find_shared_names(subjects: Iterable[Subject]) -> Iterator[tuple[Subject, Flaw]]:
    by_name: defaultdict[str, list[Subject]] = defaultdict(list)
    for subject in subjects:
        name = text_at(subject.manifest, "name")
        if name is not None:
            by_name[" ".join(name.casefold().split())].append(subject)
    for sharing in by_name.values():
        for subject in sharing if len(sharing) > 1 else ():
            other = next(one for one in sharing if one is not subject)
            yield (
                subject,
                Flaw(
                    f"The integration {other.folder.name!r} has this name, too.",
                    "Choose a name that tells them apart in a list.",
                    "/name",
                ),
            )


_ADDRESS_WITH_SPACE: Final = {"links": {"site": "https://acme.example "}}

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="manifest/overview-period",
        severity=Severity.ERROR,
        title="The overview ends in a period.",
        explanation="Overviews stand one below the other in a list of integrations, where each is a "
        "sentence. End it with a period; a space after it counts as something else.",
        failing=Example({"overview": "Sync the cohorts that you make in Acme"}),
        passing=Example({"overview": "Sync the cohorts that you make in Acme."}),
        check=_find_endless_overview,
    ),
    Rule(
        id="manifest/no-capability",
        severity=Severity.ERROR,
        title="The manifest declares at least one capability.",
        explanation="Without `capabilities` and `otherCapabilities`, nobody can do anything with the "
        "integration. A synced segments integration declares `capabilities.syncedSegment`; one that "
        "works without LaunchDarkly's help declares `otherCapabilities`, mostly `external`.",
        failing=Example({"capabilities": None}),
        passing=Example({"capabilities": None, "otherCapabilities": ["external"]}),
        check=_find_no_capability,
    ),
    Rule(
        id="manifest/empty-capabilities",
        severity=Severity.WARNING,
        title="`capabilities` is not empty.",
        explanation="An empty object declares nothing; it passes the framework's tests only because "
        "they look whether there is one. Declare a capability, or take `capabilities` away and "
        "declare `otherCapabilities`.",
        failing=Example({"capabilities": {"syncedSegment": None}}),
        passing=Example({"capabilities": None, "otherCapabilities": ["external"]}),
        check=_find_empty_capabilities,
    ),
    Rule(
        id="manifest/fix-me",
        severity=Severity.ERROR,
        title=f"No `{FIX_ME}` is left.",
        explanation=f"`{FIX_ME}` is what a scaffold leaves where a value has to be filled in. It is "
        "looked for in the manifest and in every other file of the folder, so also in the README and "
        "in templates.",
        failing=Example({"author": f"{FIX_ME} your company"}, {"README.md": f"# {FIX_ME}\n"}),
        passing=Example({"author": "Acme"}),
        check=_find_fix_mes,
    ),
    Rule(
        id="manifest/space-around-address",
        severity=Severity.WARNING,
        title="No address begins or ends with white space.",
        explanation="A space at the end of an address is invisible, is kept by some programs and cut "
        "by others, and turns up as `%20` in links. Values that begin with `http://` or `https://`, "
        "and those of keys that end in `url`, are looked at.",
        failing=Example(_ADDRESS_WITH_SPACE),
        passing=Example({"links": {"site": "https://acme.example"}}),
        check=_find_spaces_around_addresses,
    ),
    Rule(
        id="manifest/same-name",
        severity=Severity.WARNING,
        title="No two integrations have the same name.",
        explanation="People choose an integration by its name; its key is shown to nobody. Upper and "
        "lower case, and the number of spaces, make no difference. Only integrations that are "
        "checked together are compared.",
        failing=Example(beside={"name": "ACME  cohorts"}),
        passing=Example(beside={"name": "Borealis cohorts"}),
        check_all=_find_shared_names,
    ),
)
