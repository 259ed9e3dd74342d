"""From flags, and answers on a terminal, to what a new integration is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import typer

from muster.cli.integration.creation.dialogue import Dialogue
from muster.cli.integration.creation.draft import Draft, Given
from muster.cli.integration.creation.questions import PLACES
from muster.cli.integration.creation.review import review_sample
from muster.core.errors import InvalidRequestError
from muster.core.pointers import MISSING, Json
from muster.manifests.scaffold.answers import Answers, Topic, find_default
from muster.manifests.scaffold.files import make_sample
from muster.payloads.explanation import Way
from muster.payloads.inference.proposal import Confidence
from muster.payloads.parser import RequestParser
from muster.payloads.properties import ParserProperty, compose_request_parser, properties_of


@dataclass(frozen=True, slots=True)
class Flags:
    """What the flags say, each value checked.

    Attributes:
        texts: answers by topic; an empty one says that there is to be none.
        places: values of properties; None says that there is to be none.
        ways: those that the flags go with, one or more.
        sample: a decoded sample body, or `MISSING`.
    """

    texts: Mapping[Topic, str]
    places: Given
    ways: tuple[Way, ...]
    sample: Json

    @property
    def way(self) -> Way | None:
        """The only way that the flags go with; None where there are several."""
        return self.ways[0] if len(self.ways) == 1 else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new integration is made of.

    Attributes:
        draft: what was made of the sample body; None without one.
    """

    answers: Answers
    draft: Draft | None


_MADE_OF: Final = {
    Topic.KEY: Topic.NAME,
    Topic.OVERVIEW: Topic.AUTHOR,
    Topic.DESCRIPTION: Topic.AUTHOR,
}
"""What the defaults are made of: where that is missing, it is enough to say so."""

CheckKey = Callable[[str], None]
"""Raises `AnswerError` for a key that is taken."""


def fitting_ways(way: Way | None, places: Given) -> tuple[Way, ...]:
    """Return the ways that flags for places leave: of the given one, or of all.

    Raises:
        typer.BadParameter: a flag goes with another way than the rest does.
    """
    fitting = [way] if way else list(Way)
    for wanted in places:
        fitting = [one for one in fitting if wanted in properties_of(one)]
        if not fitting:
            others = [one.value for one in Way if wanted in properties_of(one)]
            raise typer.BadParameter(
                f"It goes with --way {' or '.join(others)}, and with no flag for another way.",
                param_hint=PLACES[wanted].flag,
            )
    return tuple(fitting)


def plan_by_asking(flags: Flags, dialogue: Dialogue, check_key: CheckKey) -> Plan:
    """Ask for what the flags do not say."""
    texts = dialogue.ask_topics(flags.texts, check_key)
    if flags.sample is not MISSING:
        draft = review_sample(dialogue, flags.sample, flags.ways, flags.places)
        return Plan(Answers(texts, draft.request_parser), draft)
    way = flags.way or dialogue.ask_way(flags.ways)
    values = dialogue.ask_places(way, flags.places)
    return Plan(Answers(texts, compose_request_parser(values)), None)


def plan_without_asking(flags: Flags, check_key: CheckKey) -> Plan:
    """Take the flags, and defaults for what they do not say.

    Raises:
        typer.BadParameter: flags are missing, all of which it names; or they do not fit together.
        AnswerError: the key is taken.
    """
    texts, absent = _complete_texts(flags.texts)
    missing = {f"--{topic}": "" for topic in absent}
    draft = None
    values: Mapping[ParserProperty, str] = {}
    if flags.sample is not MISSING:
        draft = Draft.of(flags.sample, flags.way, flags.places)
        values = draft.values
        missing |= _list_missing(draft, flags.way)
    elif flags.way is not None:
        values = _complete_places(flags.way, flags.places)
    else:
        missing["--way"] = "or give --from-payload, a sample body that shows it"
    if missing:
        raise _missing_flags(missing)
    check_key(texts[Topic.KEY])
    _check_parser(values, draft)
    return Plan(Answers(texts, compose_request_parser(values)), draft)


def _complete_texts(given: Mapping[Topic, str]) -> tuple[dict[Topic, str], list[Topic]]:
    """Return the answers that are given or have a default, and the topics that lack one."""
    known: dict[Topic, str] = {}
    absent = []
    for topic in Topic:
        answer = given[topic] if topic in given else find_default(topic, known)
        if answer:
            known[topic] = answer
        elif not topic.is_optional and _MADE_OF.get(topic) not in absent:
            absent.append(topic)
    return known, absent


def _complete_places(way: Way, given: Given) -> dict[ParserProperty, str]:
    defaults = {one: PLACES[one].default for one in properties_of(way)}
    return {one: value for one, value in {**defaults, **given}.items() if value is not None}


def _list_missing(draft: Draft, way: Way | None) -> dict[str, str]:
    """Return the flags for what a sample does not show, and what was looked for.

    A guess at the way is not taken without somebody having a look.
    """
    missing = {}
    proposal = draft.proposal
    if proposal.way is None:
        missing["--way"] = f"not in the sample, where {proposal.why}"
    elif way is None and proposal.confidence is Confidence.GUESS:
        missing["--way"] = f"the sample shows no more than {proposal.why}"
    for reading in draft.missing:
        missing[PLACES[reading.property].flag] = (
            f"not in the sample; looked for {reading.looked_for}"
        )
    return missing


def _missing_flags(missing: Mapping[str, str]) -> typer.BadParameter:
    reasons = [f"{flag}: {reason}." for flag, reason in missing.items() if reason]
    return typer.BadParameter(
        " ".join(["missing, and there is nobody to ask.", *reasons]), param_hint=", ".join(missing)
    )


def _check_parser(values: Mapping[ParserProperty, str], draft: Draft | None) -> None:
    """Refuse places that make no parser, or one that does not read the sample.

    Raises:
        typer.BadParameter: they do.
    """
    try:
        make_sample(RequestParser.compile(compose_request_parser(values)))
    except InvalidRequestError as error:
        raise typer.BadParameter(error.message) from error
    if draft is not None:
        try:
            draft.try_out()
        except InvalidRequestError as error:
            raise typer.BadParameter(
                f"With what was found, the sample can't be read: {error.message} Give the right place with "
                "its flag.",
                param_hint="--from-payload",
            ) from error
