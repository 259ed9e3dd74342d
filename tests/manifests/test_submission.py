"""The checklist: what a submission needs, and how each item is told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.manifests.checklist import Checklist, ChecklistItem, ItemState
from muster.manifests.findings import Finding, Severity
from muster.manifests.folder import IntegrationFolder, UnreadableFile
from muster.manifests.submission import check_submission
from tests.manifests.documents import document

README = """# Acme cohorts

Acme keeps its cohorts as segments. Make a service token that may do nothing but that. Its policy allows
`createSegment` and `updateIncluded` on `proj/default:env/production:segment/acme-*`, and no more.
"""
NOTES = {"walkthroughUrl": "https://videos.acme.io/1", "documentationUrl": "https://docs.acme.io"}
SAMPLE = {
    "environmentId": "0123456789abcdef01234567",
    "cohortId": "c1",
    "cohortName": "Beta testers",
    "add": [{"id": "ada"}, {"id": "grace"}],
    "remove": [{"id": "alan"}],
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def folder(
    files: dict[str, bytes | UnreadableFile | None] | None = None, **changes: Any
) -> IntegrationFolder:
    """Return a folder that is ready to be submitted, with changes; a file that is None is not there."""
    manifest = document(**{"supportEmail": "help@acme.io", **changes})
    whole: dict[str, bytes | UnreadableFile | None] = {
        "manifest.json": json.dumps(manifest).encode(),
        "assets/square.svg": SVG,
        "assets/horizontal.svg": SVG,
        "README.md": README.encode(),
        "sample-payload.json": json.dumps(SAMPLE).encode(),
        "submission.json": json.dumps(NOTES).encode(),
        **(files or {}),
    }
    kept = {path: content for path, content in whole.items() if content is not None}
    return IntegrationFolder("Acme", kept, "integrations/Acme")


def item(checklist: Checklist, id_: str) -> ChecklistItem:
    """Return the item of an id."""
    return next(item for item in checklist.items if item.id == id_)


def test_of_an_integration_that_is_ready_every_item_is_done() -> None:
    checklist = check_submission(folder(), [])
    assert {item.id: item.state for item in checklist.items if item.state != "done"} == {}
    assert checklist.missing == ()
    assert all(item.mend == "" for item in checklist.items)
    found = item(checklist, "sample-payload").found
    assert found == "sample-payload.json can be read: 1 cohort, 2 added, 1 removed."


def test_of_an_empty_folder_every_item_but_one_is_missing_and_says_how_to_mend_it() -> None:
    checklist = check_submission(IntegrationFolder("acme", {}), [])
    done = [item.id for item in checklist.items if item.state is ItemState.DONE]
    assert done == ["manifest", "no-fix-me"]  # no finding was given, and nothing is left to fill in
    assert all(item.mend for item in checklist.missing)
    assert len(checklist.missing) == len(checklist.items) - 2


@pytest.mark.parametrize(
    ("id_", "files", "found"),
    [
        ("no-fix-me", {"README.md": README.encode() + b"$FIX_ME"}, "in README.md (line 5)"),
        ("square-logo", {"assets/square.svg": None}, "no file assets/square.svg"),
        ("square-logo", {"assets/square.svg": b" \n"}, "is empty"),
        ("square-logo", {"assets/square.svg": UnreadableFile("It is a link.")}, "It is a link."),
        ("horizontal-logo", {"assets/horizontal.svg": b"<!-- placeholder -->"}, "a placeholder"),
        ("readme", {"README.md": None}, "no README.md"),
        ("readme", {"README.md": b"# Acme"}, "has 6 characters"),
        ("token-scope", {"README.md": b"createSegment"}, "the action updateIncluded"),
        ("token-scope", {"README.md": b"createSegment updateIncluded"}, "not the segments"),
        ("sample-payload", {"sample-payload.json": None}, "No file sample-payload.json"),
        ("sample-payload", {"sample-payload.json": b"{"}, "The body is not JSON"),
        ("sample-payload", {"sample-payload.json": b"{}"}, "/environmentId"),
        ("sample-payload", {"samples/two.json": b"[]"}, "samples/two.json: "),
        ("walkthrough", {"submission.json": None}, "No link"),
        ("walkthrough", {"submission.json": b"{"}, "submission.json: Not JSON"),
        ("walkthrough", {"submission.json": b"[]"}, "does not hold an object"),
        ("walkthrough", {"submission.json": UnreadableFile("It is a link.")}, "It is a link."),
        ("walkthrough", {"submission.json": b'{"walkthrough": 1}'}, 'has a key "walkthrough"'),
        ("walkthrough", {"submission.json": b'{"walkthroughUrl": 1}'}, "is not a text"),
        (
            "walkthrough",
            {"submission.json": b'{"walkthroughUrl": "https://example.com/1"}'},
            "is an example",
        ),
        ("documentation", {"submission.json": None}, "No address is named."),
    ],
)
def test_what_is_missing_in_the_files_is_named(
    id_: str, files: dict[str, bytes | UnreadableFile | None], found: str
) -> None:
    told = item(check_submission(folder(files), []), id_)
    assert told.state is ItemState.MISSING
    assert found in told.found
    assert told.mend


@pytest.mark.parametrize(
    ("id_", "changes", "found"),
    [
        ("synced-segments", {"capabilities": {}}, "no capability syncedSegment"),
        ("synced-segments", {"categories": ["analytics"]}, '"synced-segments"'),
        ("version", {"version": None}, "no version"),
        ("contact", {"supportEmail": "support@example.com"}, "is an example"),
        ("contact", {"supportEmail": 7}, "nobody to write to"),
        ("square-logo", {"icons": {"horizontal": "assets/horizontal.svg"}}, "names none"),
        ("sample-payload", {"capabilities": {}}, "can't read any payload yet"),
    ],
)
def test_what_is_missing_in_the_manifest_is_named(
    id_: str, changes: dict[str, Any], found: str
) -> None:
    told = item(check_submission(folder(**changes), []), id_)
    assert told.state is ItemState.MISSING
    assert found in told.found
    assert told.mend


def test_public_documentation_may_stand_in_the_manifest() -> None:
    links = {"site": "https://acme.io", "supportWebsite": "https://acme.io/help"}
    told = item(
        check_submission(folder({"submission.json": None}, links=links), []), "documentation"
    )
    assert (told.state, told.found) == (
        ItemState.DONE,
        "`links.supportWebsite` names https://acme.io/help.",
    )
    links["supportWebsite"] = "http://acme.io/help"
    told = item(
        check_submission(folder({"submission.json": None}, links=links), []), "documentation"
    )
    assert (told.state, told.found) == (
        ItemState.MISSING,
        "`links.supportWebsite` does not begin with https://.",
    )


def test_a_token_that_may_write_every_segment_is_warned_of() -> None:
    wide = README.replace("acme-*", "*").encode()
    told = item(check_submission(folder({"README.md": wide}), []), "token-scope")
    assert told.state is ItemState.WARNING
    assert told.mend == "`segment/acme-*` is enough."


def test_findings_decide_on_the_manifest_and_on_the_logos() -> None:
    def finding(severity: Severity, file: str) -> Finding:
        return Finding("asset/x", severity, "", "It is red.", file=file)

    warned = check_submission(folder(), [finding(Severity.WARNING, "assets/square.svg")])
    assert item(warned, "manifest").state is ItemState.WARNING
    assert item(warned, "square-logo").state is ItemState.WARNING
    assert item(warned, "square-logo").found == "assets/square.svg: It is red."
    assert item(warned, "horizontal-logo").state is ItemState.DONE
    assert warned.missing == ()

    refused = check_submission(
        folder(),
        [
            finding(Severity.WARNING, "assets/horizontal.svg"),
            finding(Severity.ERROR, "assets/horizontal.svg"),
        ],
    )
    assert [item.id for item in refused.missing] == ["manifest", "horizontal-logo"]
    assert item(refused, "manifest").found == "1 error and 1 warning."


def test_the_first_words_of_a_hostile_file_are_enough() -> None:
    notes = json.dumps({"k" * 1_000_000: 1}).encode()
    checklist = check_submission(folder({"submission.json": notes}), [])
    assert len(item(checklist, "walkthrough").found) < 250


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["version", "icons", "links", "categories", "capabilities", "supportEmail", "name"]
        ),
        json_values,
    )
    | json_values,
    json_values,
    st.binary(),
)
def test_whatever_the_files_hold_each_item_gets_an_answer(
    manifest: Any, notes: Any, anything: bytes
) -> None:
    files: dict[str, bytes | UnreadableFile] = {
        "manifest.json": json.dumps(manifest).encode(),
        "submission.json": json.dumps(notes).encode(),
        "sample.json": anything,
        "readme.MD": anything,
    }
    checklist = check_submission(IntegrationFolder("x", files), [])
    assert len({item.id for item in checklist.items}) == len(checklist.items) == 12
