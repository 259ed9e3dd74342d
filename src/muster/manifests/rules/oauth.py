"""Rules about integrations that sign in with OAuth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from muster.core.pointers import MISSING, resolve
from muster.manifests.findings import Severity
from muster.manifests.rules.reading import text_at
from muster.manifests.rules.rule import Example, Flaw, Rule, Subject

_POINTER: Final = "/oauthIntegrationKey"
_LISTED: Final = frozenset(
    {
        "appdynamics",
        "custom-approvals-oauth",
        "sentry",
        "servicenow",
        "servicenow-app",
        "servicenow-normal",
    }
)
"""The integrations that the framework's tests let sign in with OAuth."""


def _find_shared_keys(subjects: Iterable[Subject]) -> Iterator[tuple[Subject, Flaw]]:
    for key, sharing in _group_by_key(subjects):
        if not all(_is_variant(subject, key) for subject in sharing):
            for subject in sharing:
                hint = "Choose another key; credentials are kept under it."
                yield subject, Flaw(_message(subject, sharing), hint, _POINTER)


def _find_keys_of_variants(subjects: Iterable[Subject]) -> Iterator[tuple[Subject, Flaw]]:
    for key, sharing in _group_by_key(subjects):
        if all(_is_variant(subject, key) for subject in sharing):
            for subject in sharing:
                hint = "Make sure that they are meant to share their users' credentials."
                yield subject, Flaw(_message(subject, sharing), hint, _POINTER)


def _group_by_key(subjects: Iterable[Subject]) -> Iterator[tuple[str, Sequence[Subject]]]:
    """Yield each key that several integrations have, and those integrations."""
    by_key: defaultdict[str, list[Subject]] = defaultdict(list)
    for subject in subjects:
        key = text_at(subject.manifest, "oauthIntegrationKey")
        if key:
            by_key[key].append(subject)
    return ((key, sharing) for key, sharing in by_key.items() if len(sharing) > 1)


def _is_variant(subject: Subject, key: str) -> bool:
    name = subject.folder.name.lower()
    return name == key.lower() or name.startswith(f"{key.lower()}-")


def _message(subject: Subject, sharing: Sequence[Subject]) -> str:
    others = [one.folder.name for one in sharing if one is not subject]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f"The integration {others[0]!r}{more} has this OAuth key, too."


def _find_no_key(subject: Subject) -> Iterator[Flaw]:
    is_needed = resolve(subject.manifest, ("requiresOAuth",)) is True
    if is_needed and resolve(subject.manifest, ("oauthIntegrationKey",)) is MISSING:
        yield Flaw(
            "The integration requires OAuth, and has no key to keep its credentials under.",
            "Add `oauthIntegrationKey`; mostly it is the integration's own key.",
            "/requiresOAuth",
        )


def _find_unlisted(subject: Subject) -> Iterator[Flaw]:
    requires_oauth = resolve(subject.manifest, ("requiresOAuth",)) is True
    if requires_oauth and subject.folder.name not in _LISTED:
        yield Flaw(
            "The framework's tests list the integrations that may sign in with OAuth; "
            "this one is not among those that were listed.",
            "Ask LaunchDarkly to enrol it, and add its key to the list in the same change.",
            "/requiresOAuth",
        )


def _oauth(key: str | None) -> dict[str, str | bool | None]:
    return {"requiresOAuth": True, "oauthIntegrationKey": key}


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="oauth/shared-key",
        severity=Severity.ERROR,
        title="No two integrations have the same OAuth key.",
        explanation="Credentials are kept under `oauthIntegrationKey`: an integration that has the "
        "key of another gets its users' credentials. Variants of one integration, whose folders are "
        "named for the key (`acme` and `acme-approvals` for the key `acme`), may share it; see "
        "`oauth/variants-share-key`. Only integrations that are checked together are compared.",
        failing=Example(_oauth("acme"), beside=_oauth("acme")),
        passing=Example(_oauth("acme"), beside=_oauth("borealis")),
        check_all=_find_shared_keys,
    ),
    Rule(
        id="oauth/variants-share-key",
        severity=Severity.WARNING,
        title="Variants of an integration share an OAuth key only on purpose.",
        explanation="Integrations whose folders are named for their common `oauthIntegrationKey` are "
        "taken for variants of one. They may share credentials; the framework's tests have a list of "
        "those that do, and a new one has to be added there.",
        failing=Example(_oauth("acme"), beside=_oauth("acme"), beside_folder="acme"),
        passing=Example(_oauth("acme-cohorts"), beside=_oauth("acme"), beside_folder="acme"),
        check_all=_find_keys_of_variants,
    ),
    Rule(
        id="oauth/no-key",
        severity=Severity.WARNING,
        title="An integration that requires OAuth has an OAuth key.",
        explanation="Credentials are kept under `oauthIntegrationKey`. LaunchDarkly enrols such "
        "integrations by hand: write to them before you submit one.",
        failing=Example(_oauth(None)),
        passing=Example(_oauth("acme")),
        check=_find_no_key,
    ),
    Rule(
        id="oauth/not-listed",
        severity=Severity.WARNING,
        title="An integration that requires OAuth is one that LaunchDarkly has enrolled.",
        explanation="The framework's tests hold a list of the integrations that require OAuth, and fail "
        "for any other. No manifest can mend that: LaunchDarkly keeps the credentials, so write to them, "
        "and add the integration's key to the list when you submit it. Muster knows the list as it was "
        "when this version was made.",
        failing=Example(_oauth("acme")),
        passing=Example(_oauth("sentry"), folder="sentry"),
        check=_find_unlisted,
    ),
)
