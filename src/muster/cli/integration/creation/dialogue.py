"""The dialogue of `muster integration new`: questions on a terminal, asked until the answer will do."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from rich.console import Console, RenderableType
from rich.text import Text

from muster.cli.integration.creation.draft import Given
from muster.cli.integration.creation.questions import (
    NONE,
    PLACES,
    TOPICS,
    WAYS,
    read_property,
    show_property,
)
from muster.cli.output import printable
from muster.core.errors import InvalidRequestError
from muster.manifests.scaffold.answers import (
    AnswerError,
    Topic,
    find_default,
    find_guess,
    read_answer,
)
from muster.manifests.scaffold.files import make_sample
from muster.payloads.explanation import Way
from muster.payloads.inference.names import name_beside
from muster.payloads.parser import RequestParser
from muster.payloads.properties import ParserProperty, compose_request_parser, properties_of

T = TypeVar("T")

_LONGEST_INLINE: Final = 32
"""Up to how many characters a default stands before the cursor."""

_GREETING: Final = "A new integration. Enter takes what is in brackets, Ctrl-C leaves no trace.\n"

ReadLine = Callable[[str], str]
"""Shows a prompt and returns the line that is entered; raises EOFError and KeyboardInterrupt."""


def read_line_on_terminal(prompt: str) -> str:
    """Read a line, with the editing that the platform has: arrows, Ctrl-A, earlier lines."""
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - once imported, `input` edits lines
    return input(prompt)


class Dialogue:
    """Questions, each asked until it has an answer that can be taken.

    Attributes:
        has_asked: whether anything was asked.
    """

    def __init__(self, console: Console, read_line: ReadLine) -> None:
        self.has_asked = False
        self._has_greeted = False
        self._console = console
        self._read_line = read_line

    @property
    def width(self) -> int:
        """How many columns the terminal has now."""
        return self._console.width

    def ask_topics(
        self, given: Mapping[Topic, str], check_key: Callable[[str], None]
    ) -> dict[Topic, str]:
        """Ask about the integration itself; return all answers, in the order of asking.

        Args:
            given: answers that are known and not asked for; an empty one is none.
            check_key: raises `AnswerError` for a key that is taken.
        """
        known: dict[Topic, str] = {}
        for topic in TOPICS:
            answer = given[topic] if topic in given else self._ask_topic(topic, known, check_key)
            if answer:
                known[topic] = answer
        return known

    def ask_way(self, ways: Sequence[Way]) -> Way:
        """Ask which of several ways it is that a body tells who enters from who leaves."""
        self.say("\nHow do your requests tell who enters a cohort from who leaves it?", "bold")
        choices = {str(number): way for number, way in enumerate(ways, 1)}
        width = max(len(title) for title, _ in WAYS.values())
        for number, way in choices.items():
            title, example = WAYS[way]
            self.show(Text(f"  {number}  {title:<{width}}  ").append(example, style="dim"))

        def read(text: str) -> Way:
            way = choices.get(text)
            if way is None:
                raise AnswerError(f"Enter 1 to {len(choices)}.")
            return way

        return self.ask("", "", read, "1")

    def ask_places(self, way: Way, given: Given) -> dict[ParserProperty, str]:
        """Ask where requests of a way hold what; return what makes a parser that can be used."""
        self.say("\nWhere do your requests hold it?", "bold")
        self.say(
            "Enter a field (cohortId), a path (data.segment.id) or a JSON pointer (/data/segment/id).",
            "dim",
        )
        while True:
            values = self._ask_each_place(way, given)
            try:
                make_sample(RequestParser.compile(compose_request_parser(values)))
            except InvalidRequestError as error:
                self.complain(error.message)
                self.say("Once more:")
                given = {}
            else:
                return values

    def ask_place(self, wanted: ParserProperty, proposed: str | None) -> str | None:
        """Ask for one property; return its value, or None for none."""
        question = PLACES[wanted]
        hint = question.hint
        if wanted.is_optional:
            hint = f"{hint or 'optional'}; {f'{NONE} ' if proposed else 'Enter '}for none"
        default = None if proposed is None else show_property(wanted, proposed)
        return self.ask(question.title, hint, lambda text: read_property(wanted, text), default)

    def confirm(self, question: str, *, default: bool = True) -> bool:
        """Ask a question of yes and no."""

        def read(text: str) -> bool:
            if text.lower() not in {"y", "yes", "n", "no"}:
                raise AnswerError("Enter y or n.")
            return text.lower().startswith("y")

        letter, shown = ("y", "Y/n") if default else ("n", "y/N")
        return self.ask(question, "", read, letter, shown_default=shown)

    def greet(self) -> None:
        """Say once what this is."""
        if not self._has_greeted:
            self._has_greeted = True
            self.say(_GREETING)

    def ask(
        self,
        title: str,
        hint: str,
        read: Callable[[str], T],
        default: str | None = None,
        *,
        shown_default: str | None = None,
    ) -> T:
        """Ask one question until its answer can be taken.

        Args:
            read: makes of a line what is asked for; raises `AnswerError` for one that will not do.
            default: the line that an empty one stands for.
            shown_default: how the default is shown, where that is not as it is.
        """
        self.greet()
        self.has_asked = True
        if title:
            self.show(
                Text(title, style="bold").append(f"  {hint}" if hint else "", style="not bold dim")
            )
        shown = printable(shown_default or default or "")
        if len(shown) > _LONGEST_INLINE:
            self.say(f"Enter takes: {shown}", "dim")
            shown = "Enter"
        prompt = f"[{shown}] > " if shown else "> "
        while True:
            line = self._read_line(prompt).strip()
            try:
                return read(line or default or "")
            except AnswerError as error:
                self.complain(error.message)

    def say(self, text: str, style: str = "") -> None:
        """Show a text of some lines."""
        self.show(Text("\n".join(map(printable, text.split("\n"))), style=style))

    def complain(self, text: str) -> None:
        """Show why something will not do."""
        self.say(text, "red")

    def show(self, shown: RenderableType) -> None:
        """Show a text or a table."""
        self._console.print(shown)

    def _ask_topic(
        self, topic: Topic, known: Mapping[Topic, str], check_key: Callable[[str], None]
    ) -> str:
        """Ask for one topic; return the answer, which is empty for none."""

        def read(text: str) -> str:
            if topic.is_optional and text in {"", NONE}:
                return ""
            answer = read_answer(topic, text)
            if topic is Topic.KEY:
                check_key(answer)
            return answer

        question = TOPICS[topic]
        proposed = find_default(topic, known) or find_guess(topic, known)
        hint = f"{question.hint}; Enter for none" if topic.is_optional else question.hint
        return self.ask(question.title, hint, read, proposed)

    def _ask_each_place(self, way: Way, given: Given) -> dict[ParserProperty, str]:
        values: dict[ParserProperty, str] = {}
        for wanted in properties_of(way):
            if wanted in given:
                value = given[wanted]
            elif _is_pointless(wanted, values):
                value = None
            else:
                value = self.ask_place(wanted, _usual_place(wanted, values))
            if value is not None:
                values[wanted] = value
        return values


def _is_pointless(wanted: ParserProperty, known: Mapping[ParserProperty, str]) -> bool:
    """Tell whether what is known leaves nothing to ask."""
    if wanted is ParserProperty.MEMBER_COHORT_ID:
        return known.get(ParserProperty.MEMBER_ID) == ""  # a plain id holds nothing else
    return (
        wanted is ParserProperty.MEMBER_COHORT_NAME and ParserProperty.MEMBER_COHORT_ID not in known
    )


def _usual_place(wanted: ParserProperty, known: Mapping[ParserProperty, str]) -> str | None:
    """Return where most partners have it; a cohort's name beside its id."""
    if wanted is ParserProperty.COHORT_NAME:
        return name_beside(known[ParserProperty.COHORT_ID]) or PLACES[wanted].default
    return PLACES[wanted].default
