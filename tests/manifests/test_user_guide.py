"""The page for an integration's users."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.core.pointers import format_pointer
from muster.manifests.check import read_manifest
from muster.manifests.model import Manifest
from muster.manifests.user_guide import write_user_guide
from muster.payloads.errors import BuildError, InvalidPayloadError
from tests.manifests.documents import document, request_parser
from tests.manifests.rendered import blocks, code_blocks, headings, links, spans
from tests.manifests.test_markdown import texts

SECTIONS = [
    "What it does",
    "Make an access token",
    "What to enter",
    "A request",
    "When something goes wrong",
    "Help",
]
BATCH = {
    "environmentIdPath": "/environmentId",
    "contextKindPath": "/contextKind",
    "cohortIdPath": "/batch/0/cohortId",
    "cohortNamePath": "/batch/0/cohortName",
    "memberArrayPath": "/batch",
    "memberArrayParser": {
        "memberIdPath": "/userId",
        "booleanMembershipPath": "/value",
        "cohortIdPath": "/cohortId",
    },
}


def manifest_of(parser: dict[str, Any], **changes: Any) -> Manifest:
    """Return a manifest with a request parser."""
    capability = {"requestParser": parser, **changes.pop("capability", {})}
    return read_manifest(document(capabilities={"syncedSegment": capability}, **changes))


def action_parser(matcher: str) -> dict[str, Any]:
    """Return a requestParser with one action for all members."""
    return {
        "environmentIdPath": "/environmentId",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
        "memberArrayPath": "/members",
        "arrayInclusion": {"path": "/action", "matcher": matcher},
        "memberArrayParser": {"memberIdPath": ""},
    }


def test_a_page_has_its_sections_in_order() -> None:
    guide = write_user_guide("acme", manifest_of(request_parser()))
    assert headings(guide) == ["Example cohorts", *SECTIONS]
    assert guide.endswith("\n")
    assert not guide.endswith("\n\n")


@pytest.mark.parametrize(
    ("parser", "sentences"),
    [
        (
            request_parser(),
            [
                "The members of `add` enter the segment, those of `remove` leave it.",
                "A request is about one cohort, which it names at `cohortId`.",
                "The members are contexts of kind `user`; a request can't name another.",
                "2 members enter the cohort and 1 leaves.",
            ],
        ),
        (
            BATCH,
            [
                "A member of which `value` is `true` enters the segment, one of which it is `false` ",
                "the cohort that a member names at `cohortId` goes before the one at `batch[0].cohortId`.",
                "of the kind that the request names at `contextKind`, and of kind `user` where it ",
                "2 members enter the cohort and 1 leaves.",
            ],
        ),
        (
            action_parser("^add$"),
            [
                "When `action` is `add`, all members of the request enter the segment; ",
                "with anything else there, such as `remove`, they leave it.",
                "2 members enter the cohort. To remove them, send `remove` at `action`.",
            ],
        ),
        (
            action_parser("(?i)^(new|add_all)"),
            ["When `action` matches `(?i)^(new|add_all)`, as `add_all` does, all members "],
        ),
    ],
    ids=["two arrays", "a boolean for each", "an action for all", "a pattern"],
)
def test_a_page_says_who_enters_and_who_leaves(
    parser: dict[str, Any], sentences: list[str]
) -> None:
    guide = write_user_guide("acme", manifest_of(parser))
    assert "Each cohort becomes a segment with the key `acme-<cohort id>`." in guide
    for sentence in sentences:
        assert sentence in guide


def test_places_with_odd_names_are_json_pointers() -> None:
    parser = {**request_parser(), "environmentIdPath": "/fields/0/my id", "cohortIdPath": "/a/b"}
    guide = write_user_guide("acme", manifest_of(parser))
    assert "| `/fields/0/my id` | the client-side ID " in guide
    assert "which it names at `a.b`." in guide


def test_what_is_sent_where_follows_the_installation() -> None:
    guide = write_user_guide(
        "acme",
        manifest_of(request_parser()),
        url="http://localhost:8080/",
        project="shop",
        environment="test",
    )
    policy = [
        {
            "effect": "allow",
            "actions": ["createSegment", "updateIncluded"],
            "resources": ["proj/shop:env/test:segment/acme-*"],
        }
    ]
    token, curl, log = code_blocks(guide, "sh")
    assert json.loads(code_blocks(guide, "json")[0]) == policy
    assert token == "muster token create --integration acme --project shop --environment test\n"
    assert "curl --fail-with-body http://localhost:8080/api/v2/segment-targets/acme " in curl
    assert log.splitlines()[0] == "muster requests list --integration acme --failed"
    assert "muster.example.com" not in guide


def test_a_sample_is_shown_as_it_is() -> None:
    sample = {"environmentId": "e", "cohortId": "vip", "remove": [{"id": "ada"}], "more": [1]}
    guide = write_user_guide("acme", manifest_of(request_parser()), sample)
    assert json.loads(code_blocks(guide, "json")[1]) == sample
    assert "1 member leaves the cohort." in guide


def test_a_sample_that_is_not_read_is_refused() -> None:
    with pytest.raises(InvalidPayloadError, match="/cohortId"):
        write_user_guide("acme", manifest_of(request_parser()), {"environmentId": "e"})


def test_a_manifest_that_nothing_can_be_shown_of_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="no synced segments"):
        write_user_guide("acme", read_manifest(document(capabilities={})))
    with pytest.raises(BuildError, match="No word was found"):
        write_user_guide("acme", manifest_of(action_parser(r"x\by")))


def test_answers_of_the_manifest_are_shown_as_they_are_sent() -> None:
    template = '{"did": "{{segmentKey}}", "why": "{{errorMessage}}", "status": {{statusCode}}}'
    manifest = manifest_of(request_parser(), capability={"jsonResponseBody": template})
    guide = write_user_guide("acme", manifest)
    applied, refused = map(json.loads, code_blocks(guide, "json")[2:])
    assert applied == {"did": "acme-beta-testers", "why": "", "status": 200}
    assert refused["status"] == 400
    assert refused["why"].startswith("/environmentId: found nothing there")
    assert "`204`" not in guide


def test_without_answers_of_its_own_a_manifest_has_musters() -> None:
    guide = write_user_guide("acme", manifest_of(request_parser()))
    assert "Muster answers `204` without a body" in guide
    assert '`{"code": "...", "message": "..."}`' in guide


def test_an_answer_that_would_be_no_json_is_not_sent_nor_shown() -> None:
    template = '{"count": {{requestBody.count}}}'
    manifest = manifest_of(request_parser(), capability={"jsonResponseBody": template})
    assert "Muster answers `204` without a body" in write_user_guide("acme", manifest)


def test_settings_of_the_integration_are_told() -> None:
    variables = [
        {"key": "a", "name": "Region", "type": "enum", "description": "Where you are."}
        | {"allowedValues": ["eu", "us"], "isOptional": True, "defaultValue": "eu"},
        {"key": "b", "name": "Secret", "type": "string", "description": "A word."}
        | {"isSecret": True},
        {"key": "c", "name": "Parts", "type": "multiselect", "description": "What to send."}
        | {"multiselectOptions": [{"label": "New ones", "value": "new"}], "isOptional": True},
        {"key": "d", "name": "Hidden", "type": "string", "description": "Ours."}
        | {"isHidden": True},
    ]
    guide = write_user_guide("acme", manifest_of(request_parser(), formVariables=variables))
    assert "| Region | Where you are. One of `eu`, `us`. Without it: `eu`. |" in guide
    assert "| Secret | A word. It is a secret. |" in guide
    assert "| Parts | What to send. Any of New ones. It may be left out. |" in guide
    assert "Hidden" not in guide


def hostile_guide(name: str, description: str, author: str, choice: str) -> str:
    """Return the page of a manifest with these texts, one of which also stands in its pointers."""
    variable = {
        "key": "a",
        "name": name[:50],
        "type": "enum",
        "description": description[:250],
        "allowedValues": [choice],
        "defaultValue": choice,
        "isOptional": True,
    }
    place = format_pointer("cohort", choice)
    parser = {
        **request_parser(),
        "environmentIdPath": format_pointer(choice),
        "cohortIdPath": place,
    }
    manifest = manifest_of(parser, formVariables=[variable])
    return write_user_guide(
        "acme", replace(manifest, name=name, description=description, author=author)
    )


@settings(max_examples=50)
@given(st.tuples(texts, texts, texts, texts))
def test_no_text_of_a_manifest_changes_the_page_around_it(hostile: tuple[str, ...]) -> None:
    tame = hostile_guide("name", "description", "author", "a choice")
    guide = hostile_guide(*(f"x{text}" for text in hostile))
    assert [block.type for block in blocks(guide)] == [block.type for block in blocks(tame)]
    assert headings(guide)[1:] == SECTIONS
    assert links(guide) == {"https://www.example.com", "https://www.example.com/privacy"}
    assert {span.type for span in spans(guide)} <= {
        "text",
        "code_inline",
        "link_open",
        "link_close",
    }
