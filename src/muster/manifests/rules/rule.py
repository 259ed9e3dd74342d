"""What a rule is."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from muster.core.json_text import JsonText, Position
from muster.core.pointers import Json
from muster.manifests.findings import Severity
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subject:
    """An integration that rules look at. Its manifest is JSON; nothing else is sure of it."""

    folder: IntegrationFolder
    text: JsonText
    _derived: dict[Callable[..., Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def manifest(self) -> Json:
        """The decoded manifest, which may be any JSON value."""
        return self.text.document

    def derive(self, function: "Callable[[Subject], T]") -> T:
        """Return what a function makes of this integration, made once however many rules ask."""
        if function not in self._derived:
            self._derived[function] = function(self)
        value: T = self._derived[function]
        return value


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where a rule is broken; a `Finding` that does not name its rule yet."""

    message: str
    hint: str = ""
    pointer: str = ""
    file: str = MANIFEST_NAME
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A folder that shows a rule: a sound one, with changes.

    Attributes:
        patch: an RFC 7386 merge patch of the sound manifest.
        files: further files by path, or other content for one that is there; None takes it away.
        beside: for a rule about several integrations, the patch of a second one.
        folder: the name of the integration's folder.
        beside_folder: the name of the second one's.
        unreadable: paths of files that are there and can't be read.
    """

    patch: Json = None
    files: Mapping[str, str | bytes | None] = field(default_factory=dict)
    beside: Json = None
    folder: str = "acme-cohorts"
    beside_folder: str = "borealis"
    unreadable: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold of every integration.

    Attributes:
        id: stable; `<group>/<name>` in kebab-case. The group is what the rule is about.
        title: what must hold, as a sentence.
        explanation: why it must, and how to mend what breaks it: some sentences in Markdown.
        failing: shows the rule broken, and no other rule of severity error.
        passing: the same, mended.
        check: finds the flaws of one integration.
        check_all: finds flaws that only show when integrations lie side by side; gives each with the
            subject that it is about.

    A rule with neither is looked after by the linter itself, or by the schema: there is no `Subject`
    where a manifest can't be read.
    """

    id: str
    severity: Severity
    title: str
    explanation: str
    failing: Example
    passing: Example
    check: Callable[[Subject], Iterable[Flaw]] | None = None
    check_all: Callable[[Iterable[Subject]], Iterable[tuple[Subject, Flaw]]] | None = None
