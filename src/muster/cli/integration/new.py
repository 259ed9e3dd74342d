"""`muster integration new`: from nothing to an integration's folder that validates."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from muster.cli.integration.creation.questions import PLACES
from muster.cli.integration.creation.request import CreationRequest
from muster.cli.options import AsJson, runtime_of
from muster.manifests.scaffold.answers import Topic
from muster.payloads.explanation import Way
from muster.payloads.properties import ParserProperty


def _topic(topic: Topic, help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(f"--{topic}", help=help_text, show_default=False)
    return option


def _place(wanted: ParserProperty, help_text: str) -> typer.models.OptionInfo:
    question = PLACES[wanted]
    default = f"  [default: {question.default}]" if question.default else ""
    option: typer.models.OptionInfo = typer.Option(
        question.flag, metavar="PLACE", help=f"{help_text}{default}", show_default=False
    )
    return option


def new(
    context: typer.Context,
    *,
    name: Annotated[str | None, _topic(Topic.NAME, "Name, as users see it in a list.")] = None,
    key: Annotated[
        str | None,
        _topic(
            Topic.KEY,
            "Key: names the folder, the address and every segment.  [default: of the name]",
        ),
    ] = None,
    website: Annotated[str | None, _topic(Topic.WEBSITE, "Address of the product.")] = None,
    author: Annotated[str | None, _topic(Topic.AUTHOR, "The company that sends cohorts.")] = None,
    support_email: Annotated[
        str | None, _topic(Topic.SUPPORT_EMAIL, "Address where users get help.")
    ] = None,
    privacy_policy: Annotated[
        str | None, _topic(Topic.PRIVACY_POLICY, "Address of the privacy policy.")
    ] = None,
    docs_url: Annotated[
        str | None, _topic(Topic.DOCS_URL, "Address of your page about the integration.")
    ] = None,
    overview: Annotated[
        str | None, _topic(Topic.OVERVIEW, "One sentence.  [default: made of the author]")
    ] = None,
    description: Annotated[
        str | None, _topic(Topic.DESCRIPTION, "Some sentences.  [default: made of the author]")
    ] = None,
    way: Annotated[
        Way | None,
        typer.Option(
            help="What tells who enters from who leaves: a boolean in each member, the array that a "
            "member is in, or one action for all members.",
            show_default=False,
        ),
    ] = None,
    from_payload: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A sample body: what is where is found in it, and shown.",
            show_default=False,
        ),
    ] = None,
    environment_id_path: Annotated[
        str | None, _place(ParserProperty.ENVIRONMENT_ID, "Where a body has the client-side ID.")
    ] = None,
    context_kind_path: Annotated[
        str | None, _place(ParserProperty.CONTEXT_KIND, "Where it has the context kind, if at all.")
    ] = None,
    cohort_id_path: Annotated[
        str | None, _place(ParserProperty.COHORT_ID, "Where it has the cohort's id.")
    ] = None,
    cohort_name_path: Annotated[
        str | None, _place(ParserProperty.COHORT_NAME, "Where it has the cohort's name.")
    ] = None,
    cohort_url_path: Annotated[
        str | None, _place(ParserProperty.COHORT_URL, "Where it has the cohort's page, if at all.")
    ] = None,
    member_array_path: Annotated[
        str | None, _place(ParserProperty.MEMBERS, "With boolean or action: the members' array.")
    ] = None,
    add_member_array_path: Annotated[
        str | None, _place(ParserProperty.ADDS, "With array: the array of those who enter.")
    ] = None,
    remove_member_array_path: Annotated[
        str | None, _place(ParserProperty.REMOVES, "With array: the array of those who leave.")
    ] = None,
    action_path: Annotated[
        str | None, _place(ParserProperty.ACTION, "With action: where a body has it.")
    ] = None,
    adding_word: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD",
            help="With action: the word that adds; every other one removes. May be given more than "
            "once; what begins with ^ is an RE2 expression.  [default: add]",
            show_default=False,
        ),
    ] = None,
    member_id_path: Annotated[
        str | None,
        _place(
            ParserProperty.MEMBER_ID, "Where a member has its id; a dot if members are plain ids."
        ),
    ] = None,
    boolean_membership_path: Annotated[
        str | None,
        _place(ParserProperty.FLAG, "With boolean: where a member says whether it enters."),
    ] = None,
    member_cohort_id_path: Annotated[
        str | None,
        _place(
            ParserProperty.MEMBER_COHORT_ID, "Where a member names a cohort of its own, if at all."
        ),
    ] = None,
    member_cohort_name_path: Annotated[
        str | None,
        _place(ParserProperty.MEMBER_COHORT_NAME, "Where it has that cohort's name, if at all."),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Folder to make the integration's folder in.  [default: the nearest "
            "`integrations`, else ./integrations]",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be written; write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take the flags and the defaults.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new integration: manifest, placeholder logos, README and a sample body.

    On a terminal it asks for what no flag gives. Elsewhere, and with --yes or --json, it asks nothing,
    and exits with 2 where a flag is missing. A PLACE is a field (cohortId), a path (data.segment.id) or
    a JSON pointer (/data/segment/id); - is none, where it may be left out.
    """
    texts = {
        Topic.NAME: name,
        Topic.KEY: key,
        Topic.WEBSITE: website,
        Topic.AUTHOR: author,
        Topic.SUPPORT_EMAIL: support_email,
        Topic.PRIVACY_POLICY: privacy_policy,
        Topic.DOCS_URL: docs_url,
        Topic.OVERVIEW: overview,
        Topic.DESCRIPTION: description,
    }
    places = {
        ParserProperty.ENVIRONMENT_ID: environment_id_path,
        ParserProperty.CONTEXT_KIND: context_kind_path,
        ParserProperty.COHORT_ID: cohort_id_path,
        ParserProperty.COHORT_NAME: cohort_name_path,
        ParserProperty.COHORT_URL: cohort_url_path,
        ParserProperty.MEMBERS: member_array_path,
        ParserProperty.ADDS: add_member_array_path,
        ParserProperty.REMOVES: remove_member_array_path,
        ParserProperty.ACTION: action_path,
        ParserProperty.MATCHER: ",".join(adding_word) if adding_word else None,
        ParserProperty.MEMBER_ID: member_id_path,
        ParserProperty.FLAG: boolean_membership_path,
        ParserProperty.MEMBER_COHORT_ID: member_cohort_id_path,
        ParserProperty.MEMBER_COHORT_NAME: member_cohort_name_path,
    }
    request = CreationRequest(
        texts={topic: text for topic, text in texts.items() if text is not None},
        places={wanted: text for wanted, text in places.items() if text is not None},
        way=way,
        sample=from_payload,
        directory=directory,
        is_dry=dry_run,
        may_ask=sys.stdin.isatty() and sys.stdout.isatty() and not (yes or as_json),
        as_json=as_json,
    )
    from muster.cli.integration.creation.session import create  # noqa: PLC0415 - slow to load

    create(runtime_of(context), request)
