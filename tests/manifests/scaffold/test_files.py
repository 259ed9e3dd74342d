"""The folder that answers make."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.manifests.checklist import ItemState
from muster.manifests.folder import IntegrationFolder
from muster.manifests.linter import lint
from muster.manifests.scaffold.answers import AnswerError, Answers, Topic, read_answer
from muster.manifests.scaffold.files import make_files
from muster.manifests.submission import check_submission
from muster.payloads.errors import BuildError
from muster.payloads.explanation import Way
from muster.payloads.json import decode_body
from muster.payloads.parser import RequestParser
from muster.payloads.properties import ParserProperty, compose_request_parser, properties_of

TEXTS = {
    Topic.NAME: "Acme Cohorts",
    Topic.KEY: "acme-cohorts",
    Topic.WEBSITE: "https://acme.example",
    Topic.AUTHOR: "Acme",
    Topic.SUPPORT_EMAIL: "support@acme.example",
    Topic.PRIVACY_POLICY: "https://acme.example/privacy",
    Topic.OVERVIEW: "Keep segments in step with the cohorts of Acme.",
    Topic.DESCRIPTION: "Users who enter or leave a cohort in Acme enter or leave the segment of it.",
}
PRINTABLE = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
PLACES = {
    ParserProperty.ENVIRONMENT_ID: "/environmentId",
    ParserProperty.CONTEXT_KIND: "/contextKind",
    ParserProperty.COHORT_ID: "/cohort/id",
    ParserProperty.COHORT_NAME: "/cohort/name",
    ParserProperty.COHORT_URL: "/cohort/url",
    ParserProperty.MEMBERS: "/members",
    ParserProperty.ADDS: "/add",
    ParserProperty.REMOVES: "/remove",
    ParserProperty.ACTION: "/action",
    ParserProperty.MATCHER: "^add$",
    ParserProperty.MEMBER_ID: "/userId",
    ParserProperty.FLAG: "/isMember",
    ParserProperty.MEMBER_COHORT_ID: "/cohortId",
    ParserProperty.MEMBER_COHORT_NAME: "/cohortName",
}


def parser_for(way: Way, *, bare: bool = False) -> dict[str, Json]:
    """A requestParser of a way, with or without what is optional."""
    wanted = [one for one in properties_of(way) if not (bare and one.is_optional)]
    return compose_request_parser({one: PLACES[one] for one in wanted})


def folder_of(answers: Answers) -> IntegrationFolder:
    return IntegrationFolder(answers.key, dict(make_files(answers)), f"integrations/{answers.key}")


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("way", Way)
def test_what_is_made_keeps_every_rule(way: Way, bare: bool) -> None:
    folder = folder_of(Answers(TEXTS, parser_for(way, bare=bare)))
    (report,) = lint([folder])
    assert report.findings == ()


@pytest.mark.parametrize("way", Way)
def test_only_what_a_partner_must_do_is_missing_for_a_submission(way: Way) -> None:
    texts = {
        **TEXTS,
        Topic.SUPPORT_EMAIL: "help@acme.io",
        Topic.DOCS_URL: "https://docs.acme.io/muster",
    }
    folder = folder_of(Answers(texts, parser_for(way)))
    (report,) = lint([folder])
    checklist = check_submission(folder, report.findings)
    assert [item.id for item in checklist.missing] == [
        "square-logo",
        "horizontal-logo",
        "walkthrough",
    ]
    assert not [item for item in checklist.items if item.state is ItemState.WARNING]


@pytest.mark.parametrize("way", Way)
def test_the_sample_is_read_by_the_manifest(way: Way) -> None:
    files = make_files(Answers(TEXTS, parser_for(way)))
    changes = RequestParser.compile(parser_for(way)).parse(
        decode_body(files["sample-payload.json"])
    )
    assert len(changes.cohorts) == 1
    assert len(changes.cohorts[0].added) == 2
    assert len(changes.cohorts[0].removed) == (0 if way is Way.ACTION else 1)


def test_the_manifest_is_written_for_people() -> None:
    texts = {**TEXTS, Topic.NAME: "Ácme", Topic.DOCS_URL: "https://docs.acme.io"}
    text = make_files(Answers(texts, parser_for(Way.BOOLEAN)))["manifest.json"].decode()
    assert text.startswith('{\n  "name": "Ácme",\n  "version": "1.0.0",\n  "overview": ')
    assert text.endswith("}\n")
    document = json.loads(text)
    assert document["links"] == {
        "site": "https://acme.example",
        "privacyPolicy": "https://acme.example/privacy",
        "supportWebsite": "https://docs.acme.io",
    }
    assert list(document)[-2:] == ["icons", "capabilities"]


def test_pointers_that_can_not_all_be_followed_are_refused() -> None:
    parser = parser_for(Way.ARRAY) | {"cohortNamePath": "/add"}
    with pytest.raises(BuildError, match="get in each other's way"):
        make_files(Answers(TEXTS, parser))


def test_a_name_may_be_the_id() -> None:
    parser = parser_for(Way.BOOLEAN, bare=True) | {"cohortNamePath": "/cohort/id"}
    (report,) = lint([folder_of(Answers(TEXTS, parser))])
    assert [one for one in report.findings if one.severity == "error"] == []


@given(st.text(PRINTABLE | st.sampled_from(" <&>"), min_size=3, max_size=100))
def test_logos_are_svg_whatever_the_name_is(name: str) -> None:
    try:
        kept = read_answer(Topic.NAME, name)
    except AnswerError:
        assume(False)
    folder = folder_of(Answers({**TEXTS, Topic.NAME: kept}, parser_for(Way.BOOLEAN)))
    for path in ("assets/square.svg", "assets/horizontal.svg"):
        content = folder.files[path]
        assert isinstance(content, bytes)
        assert b"Placeholder" in content
        title = ET.fromstring(content)[0]  # noqa: S314 - our own
        assert (title.text or "").endswith(kept)
    (report,) = lint([folder])
    assert [one for one in report.findings if one.severity == "error"] == []
