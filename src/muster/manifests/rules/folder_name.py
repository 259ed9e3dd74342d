"""Rules about the name of an integration's folder, which is its key."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.manifests.findings import Severity
from muster.manifests.keys import MAX_INTEGRATION_KEY_LENGTH, parse_integration_key
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject


def _find_no_key(subject: Subject) -> Iterator[Flaw]:
    try:
        parse_integration_key(subject.folder.name)
    except InvalidRequestError as error:
        yield Flaw(error.message)


def _find_upper_case(subject: Subject) -> Iterator[Flaw]:
    name = subject.folder.name
    if name.isascii() and name != name.lower():
        yield Flaw(
            f"The folder's name {name[:80]!r} is not in lower case; the key is.",
            f"Call the folder {name.lower()[:80]!r}.",
        )


def _find_shared_keys(subjects: Iterable[Subject]) -> Iterator[tuple[Subject, Flaw]]:
    by_key: defaultdict[str, list[Subject]] = defaultdict(list)
    for subject in subjects:
        name = subject.folder.name
        by_key[name.lower()].append(subject)
    for sharing in by_key.values():
        names = {subject.folder.name for subject in sharing}
        for subject in sharing if len(names) > 1 else ():
            other = next(name for name in sorted(names) if name != subject.folder.name)
            message = f"The folder {other[:80]!r} is the same integration: only case differs."
            yield subject, Flaw(message, "Keep one of them; Muster uses neither.")


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="folder/key",
        severity=Severity.ERROR,
        title="The folder's name can be an integration's key.",
        explanation="An integration's key is the name of its folder, and part of the address that "
        f"requests are sent to. It has 1 to {MAX_INTEGRATION_KEY_LENGTH} of `a-z`, `0-9`, `.`, `_` and "
        "`-`, and begins with a letter or a digit. Rename the folder.",
        failing=Example(folder="acme cohorts"),
        passing=Example(folder="acme-cohorts"),
        check=_find_no_key,
    ),
    Rule(
        id="folder/same-key",
        severity=Severity.ERROR,
        title="No two folders differ only in upper and lower case.",
        explanation="Keys match without regard to case, so two such folders would be one integration. "
        "Muster can't tell which is meant and uses neither.",
        failing=Example(folder="acme", beside={}, beside_folder="Acme"),
        passing=Example(folder="acme", beside={}, beside_folder="acme-cohorts"),
        check_all=_find_shared_keys,
    ),
    Rule(
        id="folder/upper-case",
        severity=Severity.WARNING,
        title="The folder's name is in lower case.",
        explanation="The key is the folder's name in lower case, and matches without regard to case; but "
        "a file system may tell `Acme` from `acme`, and the framework has only folders in lower case.",
        failing=Example(folder="Acme-Cohorts"),
        passing=Example(folder="acme-cohorts"),
        check=_find_upper_case,
    ),
)
