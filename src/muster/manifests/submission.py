"""What a submission to LaunchDarkly's integration framework needs, and what of it is there.

A partner hands in a manifest, two logos in shades of gray, public documentation that says how narrow an
access token may be, and a recorded walkthrough (source: LaunchDarkly's guide "Building a synced segments
integration"). What no file of the framework has a place for is kept in `submission.json` beside the
manifest, and stays out of what is submitted:

    {"walkthroughUrl": "https://…", "documentationUrl": "https://…"}
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_text import JsonText
from muster.core.pointers import MISSING, Json, resolve
from muster.core.wording import count_of
from muster.manifests.addresses import find_address_fault, is_example_host
from muster.manifests.checklist import Checklist, ChecklistItem, ItemState
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder, UnreadableFile
from muster.manifests.package import submitted_paths
from muster.payloads.json import decode_body
from muster.payloads.model import SyncChanges
from muster.payloads.parser import RequestParser

SUBMISSION_NAME: Final = "submission.json"
CATEGORY: Final = "synced-segments"
FIX_ME: Final = b"$FIX_ME"
"""What the framework's scaffold leaves where something has to be filled in."""

BY_HAND: Final = (
    "Apply to LaunchDarkly's partner programme; the pull request asks whether you have.",
    "Say in the pull request how the two products work together, and show a request that you send.",
    "Send the walkthrough's link to LaunchDarkly in private; no file of the submission holds it.",
)
"""What a submission needs and no program can see, in the order in which it is done."""

_KNOWN_NOTES: Final = ("walkthroughUrl", "documentationUrl")
_ACTIONS: Final = ("createSegment", "updateIncluded")
_SEGMENT_RESOURCE: Final = re.compile(r"\bsegment/([A-Za-z0-9._*<>{}-]+)")
_SAMPLE_NAME: Final = re.compile(r"(?:samples?/.*|[^/]*sample[^/]*)\.json", re.IGNORECASE)
_PLACEHOLDER_LOGO: Final = re.compile(rb"\bplaceholder\b", re.IGNORECASE)
_NEWLINE: Final = b"\n"
_SHORTEST_README: Final = 200
_MOST_LISTED: Final = 3
_LONGEST_SHOWN: Final = 80


def check_submission(folder: IntegrationFolder, findings: Sequence[Finding]) -> Checklist:
    """Return how far an integration is on its way to being submitted.

    Args:
        folder: the integration's folder; nothing in it need be valid.
        findings: what the linter says of it.
    """
    draft = _Draft.of(folder, findings)
    verdicts = ((id_, title, look(draft)) for id_, title, look in _ITEMS)
    return Checklist(
        tuple(
            ChecklistItem(id_, title, verdict.state, verdict.found, verdict.mend)
            for id_, title, verdict in verdicts
        )
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: ItemState
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """An integration on its way to being submitted.

    Attributes:
        manifest: the decoded manifest, or `MISSING`.
        notes: what submission.json holds; empty without one.
        notes_fault: what is wrong with submission.json; empty where nothing is.
    """

    folder: IntegrationFolder
    findings: Sequence[Finding]
    manifest: Json
    notes: Mapping[str, Json]
    notes_fault: str

    @classmethod
    def of(cls, folder: IntegrationFolder, findings: Sequence[Finding]) -> "_Draft":
        notes, fault = _read_notes(folder)
        return cls(folder, findings, _read_manifest(folder), notes, fault)

    @property
    def key(self) -> str:
        return self.folder.name.lower()

    def text_at(self, *tokens: str) -> str:
        """Return the text at a place in the manifest; empty when there is none."""
        value = resolve(self.manifest, tokens)
        return value if isinstance(value, str) else ""


def _read_manifest(folder: IntegrationFolder) -> Json:
    content = folder.files.get(MANIFEST_NAME)
    if not isinstance(content, bytes):
        return MISSING
    try:
        return JsonText.decode(content).document
    except InvalidRequestError:
        return MISSING


def _read_notes(folder: IntegrationFolder) -> tuple[Mapping[str, Json], str]:
    content = folder.files.get(SUBMISSION_NAME)
    if content is None:
        return {}, ""
    if isinstance(content, UnreadableFile):
        return {}, f"{SUBMISSION_NAME}: {content.message}"
    try:
        notes = JsonText.decode(content).document
    except InvalidRequestError as error:
        return {}, f"{SUBMISSION_NAME}: {error.message}"
    if not isinstance(notes, dict):
        return {}, f"{SUBMISSION_NAME} does not hold an object."
    unknown = sorted(notes.keys() - set(_KNOWN_NOTES))
    if unknown:
        known = " and ".join(_KNOWN_NOTES)
        return notes, f"{SUBMISSION_NAME} has a key {_quoted(unknown[0])}; known are {known}."
    return notes, ""


def _look_at_manifest(draft: _Draft) -> _Verdict:
    errors = sum(finding.severity is Severity.ERROR for finding in draft.findings)
    warnings = len(draft.findings) - errors
    command = f"`muster integration validate {draft.key}`"
    if errors:
        found = f"{count_of(errors, 'error')} and {count_of(warnings, 'warning')}."
        return _Verdict(ItemState.MISSING, found, f"{command} says what to mend.")
    if warnings:
        found = f"No error, {count_of(warnings, 'warning')}."
        return _Verdict(ItemState.WARNING, found, f"{command} shows what reviewers may ask about.")
    return _Verdict(ItemState.DONE, "It keeps every rule.")


def _look_at_capability(draft: _Draft) -> _Verdict:
    if not isinstance(resolve(draft.manifest, ("capabilities", "syncedSegment")), dict):
        return _Verdict(
            ItemState.MISSING,
            "The manifest declares no capability syncedSegment.",
            "Declare `capabilities.syncedSegment` with a `requestParser`.",
        )
    categories = resolve(draft.manifest, ("categories",))
    if not (isinstance(categories, list) and CATEGORY in categories):
        return _Verdict(
            ItemState.MISSING,
            f'The capability is declared, but `categories` does not hold "{CATEGORY}".',
            f'Add "{CATEGORY}" to `categories`.',
        )
    return _Verdict(ItemState.DONE, "The capability and its category are declared.")


def _look_at_version(draft: _Draft) -> _Verdict:
    version = draft.text_at("version")
    if not version:
        mend = 'Add `"version": "1.0.0"` to the manifest.'
        return _Verdict(ItemState.MISSING, "The manifest has no version.", mend)
    return _Verdict(ItemState.DONE, f"It is {_shown(version)}.")


def _look_at_contact(draft: _Draft) -> _Verdict:
    address = draft.text_at("supportEmail")
    if not address:
        mend = "Add `supportEmail`, an address that is read."
        return _Verdict(ItemState.MISSING, "The manifest names nobody to write to.", mend)
    if is_example_host(address.rpartition("@")[2]):
        mend = "Put an address into `supportEmail` that is read."
        return _Verdict(ItemState.MISSING, f"{_shown(address)} is an example.", mend)
    return _Verdict(ItemState.DONE, f"It is {_shown(address)}.")


def _look_at_fix_mes(draft: _Draft) -> _Verdict:
    contents = ((path, draft.folder.files[path]) for path in sorted(submitted_paths(draft.folder)))
    places = [
        f"{_shown(path)} (line {content.count(_NEWLINE, 0, content.index(FIX_ME)) + 1})"
        for path, content in contents
        if isinstance(content, bytes) and FIX_ME in content
    ]
    if places:
        mend = "Put the values there, or take the keys away."
        return _Verdict(ItemState.MISSING, f"$FIX_ME is left in {_listed(places)}.", mend)
    return _Verdict(ItemState.DONE, "No $FIX_ME is left.")


def _look_at_logo(name: str) -> Callable[[_Draft], _Verdict]:
    def look(draft: _Draft) -> _Verdict:
        path = draft.text_at("icons", name).removeprefix("./")
        content = draft.folder.files.get(path)
        mend = f"Put your {name} logo there: an SVG in shades of gray."
        if not path or content is None:
            found = f"There is no file {_shown(path)}." if path else f"`icons.{name}` names none."
            return _Verdict(ItemState.MISSING, found, mend)
        if isinstance(content, UnreadableFile):
            return _Verdict(ItemState.MISSING, f"{_shown(path)}: {content.message}", mend)
        if not content.strip():
            return _Verdict(ItemState.MISSING, f"{_shown(path)} is empty.", mend)
        if _PLACEHOLDER_LOGO.search(content):
            return _Verdict(ItemState.MISSING, f"{_shown(path)} is a placeholder still.", mend)
        flaws = [finding for finding in draft.findings if finding.file == path]
        if flaws:
            mend = f"`muster integration validate {draft.key}` says what to mend."
            worst = any(finding.severity is Severity.ERROR for finding in flaws)
            state = ItemState.MISSING if worst else ItemState.WARNING
            return _Verdict(state, f"{_shown(path)}: {flaws[0].message}", mend)
        return _Verdict(ItemState.DONE, f"{_shown(path)} is there.")

    return look


def _look_at_documentation(draft: _Draft) -> _Verdict:
    mend = (
        "Put the https address of your page into `links.supportWebsite` of the manifest, or as "
        f"`documentationUrl` into {SUBMISSION_NAME}."
    )
    candidates = {
        f"`documentationUrl` of {SUBMISSION_NAME}": draft.notes.get("documentationUrl"),
        "`links.supportWebsite`": draft.text_at("links", "supportWebsite"),
        "`links.launchdarklyDocs`": draft.text_at("links", "launchdarklyDocs"),
    }
    named = {place: url for place, url in candidates.items() if url}
    faults = []
    for place, url in named.items():
        fault = find_address_fault(url) if isinstance(url, str) else "is not a text"
        if not fault:
            return _Verdict(ItemState.DONE, f"{place} names {_shown(url)}.")
        faults.append(f"{place} {fault}.")
    return _Verdict(ItemState.MISSING, " ".join(faults) or "No address is named.", mend)


def _look_at_readme(draft: _Draft) -> _Verdict:
    text = _readme(draft)
    mend = f"`muster integration docs {draft.key}` writes one to begin with."
    if text is None:
        return _Verdict(ItemState.MISSING, "There is no README.md that can be read.", mend)
    if len(text.strip()) < _SHORTEST_README:
        found = f"README.md has {count_of(len(text.strip()), 'character')}, too few to set anything up by."
        return _Verdict(ItemState.MISSING, found, mend)
    return _Verdict(ItemState.DONE, f"README.md has {count_of(len(text.splitlines()), 'line')}.")


def _look_at_token_scope(draft: _Draft) -> _Verdict:
    text = _readme(draft) or ""
    absent = [action for action in _ACTIONS if action not in text]
    resources = _SEGMENT_RESOURCE.findall(text)
    narrow = f"segment/{draft.key}-*"
    mend = (
        "Say in README.md, and on your public page, that the token's policy allows `createSegment` "
        f"and `updateIncluded` on `proj/<project>:env/<environment>:{narrow}`; "
        f"`muster integration docs {draft.key}` writes it."
    )
    if absent:
        found = f"README.md does not name the action {' nor '.join(absent)}."
        return _Verdict(ItemState.MISSING, found, mend)
    if not resources:
        found = "README.md names the actions, but not the segments that they are allowed on."
        return _Verdict(ItemState.MISSING, found, mend)
    if not any(resource.lower().startswith(draft.key) for resource in resources):
        found = f"README.md allows more than is needed: `segment/{_shown(resources[0])}`."
        return _Verdict(ItemState.WARNING, found, f"`{narrow}` is enough.")
    return _Verdict(ItemState.DONE, f"README.md names both actions, and `{narrow}`.")


def _readme(draft: _Draft) -> str | None:
    for path, content in draft.folder.files.items():
        if path.lower() == "readme.md" and isinstance(content, bytes):
            return content.decode("utf-8", "replace")
    return None


def _look_at_sample(draft: _Draft) -> _Verdict:
    paths = sorted(path for path in draft.folder.files if _SAMPLE_NAME.fullmatch(path))
    if not paths:
        name = f"{draft.folder.place or draft.key}/sample-payload.json"
        mend = f"`muster integration sample {draft.key} > {name}` writes one; a real one is better."
        return _Verdict(ItemState.MISSING, "No file sample-payload.json is there.", mend)
    try:
        declared = resolve(draft.manifest, ("capabilities", "syncedSegment", "requestParser"))
        parser = RequestParser.compile(declared)
    except InvalidRequestError:
        mend = "Mend the manifest first."
        return _Verdict(ItemState.MISSING, "The manifest can't read any payload yet.", mend)
    for path in paths:
        try:
            changes = parser.parse(decode_body(_bytes_of(draft, path)))
        except InvalidRequestError as error:
            mend = f"`muster integration try {draft.key} {path}` shows where it fails."
            return _Verdict(ItemState.MISSING, f"{_shown(path)}: {error.message}", mend)
    return _Verdict(ItemState.DONE, f"{_listed(paths)} can be read: {_summary(changes)}.")


def _bytes_of(draft: _Draft, path: str) -> bytes:
    content = draft.folder.files[path]
    if isinstance(content, UnreadableFile):
        raise InvalidRequestError(content.message)
    return content


def _summary(changes: SyncChanges) -> str:
    added = sum(len(cohort.added) for cohort in changes.cohorts)
    removed = sum(len(cohort.removed) for cohort in changes.cohorts)
    return f"{count_of(len(changes.cohorts), 'cohort')}, {added} added, {removed} removed"


def _look_at_walkthrough(draft: _Draft) -> _Verdict:
    mend = (
        "Record how the integration is set up and used, and put the link into "
        f'{SUBMISSION_NAME} beside the manifest: {{"walkthroughUrl": "https://…"}}. '
        "It stays out of what `pack` makes."
    )
    url = draft.notes.get("walkthroughUrl")
    if draft.notes_fault:
        return _Verdict(ItemState.MISSING, draft.notes_fault, mend)
    if not url:
        return _Verdict(ItemState.MISSING, "No link to a walkthrough is kept.", mend)
    fault = find_address_fault(url) if isinstance(url, str) else "is not a text"
    if fault:
        return _Verdict(ItemState.MISSING, f"`walkthroughUrl` {fault}.", mend)
    return _Verdict(ItemState.DONE, f"It is {_shown(url)}.")


_ITEMS: Final[Sequence[tuple[str, str, Callable[[_Draft], _Verdict]]]] = (
    ("manifest", "A valid manifest", _look_at_manifest),
    ("synced-segments", "The capability and its category", _look_at_capability),
    ("version", "A version", _look_at_version),
    ("no-fix-me", "Everything filled in", _look_at_fix_mes),
    ("contact", "An address for support", _look_at_contact),
    ("square-logo", "A square logo", _look_at_logo("square")),
    ("horizontal-logo", "A horizontal logo", _look_at_logo("horizontal")),
    ("documentation", "Public documentation", _look_at_documentation),
    ("readme", "A README", _look_at_readme),
    ("token-scope", "How to scope the access token", _look_at_token_scope),
    ("sample-payload", "A payload that the manifest reads", _look_at_sample),
    ("walkthrough", "A recorded walkthrough", _look_at_walkthrough),
)


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:_MOST_LISTED])
    return shown if len(words) <= _MOST_LISTED else f"{shown} and {len(words) - _MOST_LISTED} more"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _quoted(text: str) -> str:
    return f'"{_shown(text)}"'
