"""Integrations with a fault: published ones with something changed, at random but from a seed."""

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from muster.core.pointers import Json
from muster.manifests.folder import MANIFEST_NAME, IntegrationFolder

Place: TypeAlias = tuple[str | int, ...]

_OTHER_TYPES: Final[tuple[Json, ...]] = (None, 7, True, False, "text", "", [], {}, ["text"], [{}])
_TEMPLATE_PIECES: Final = (
    "{{missing}}", "{{#if name}}", "{{/if}}", "{{else}}", "{{{name}}}", "{{{{", "}}", "{{nobody name}}",
    "{{#each tags}}{{this}},{{/each}}", "{{name.first.last}}", "{{formVariables.missing}}", '"', ",", "\\",
    "{{context.name}}", "{{metadata.missing}}", "{{oauth.accessToken}}", "{{~name~}}", "{{! note }}",
)  # fmt: skip
_COUNTS_OF_CHANGES: Final = (1, 1, 1, 2)
_LOOKED_AT_CLOSELY: Final[tuple[Place, ...]] = (
    ("formVariables",),
    ("capabilities", "approval", "approvalFormVariables"),
    ("capabilities", "approval", "environmentFormVariables"),
    ("capabilities", "auditLogEventsHook", "endpoint"),
    ("capabilities", "auditLogEventsHook", "includeErrorResponseBody"),
    ("capabilities", "auditLogEventsHook", "templates"),
    ("capabilities", "featureStore", "featureStoreRequest"),
    ("capabilities", "featureStore", "validationRequest"),
    ("capabilities", "flagLink", "uiBlocks"),
    ("capabilities", "syncedSegment", "requestParser"),
)
"""Parts of a manifest that the framework's tests look at, beside its schema."""
_TEMPLATE_CHARACTERS: Final = "{}#/\"',. \n"


@dataclass(frozen=True)
class Mutant:
    """An integration that differs from a published one.

    Attributes:
        key: that of the published one; it is the folder's name, too.
        topic: the part of the manifest that it was made for, empty for any.
        change: what was done to it, for messages.
    """

    key: str
    topic: str
    change: str
    folder: IntegrationFolder

    @property
    def manifest(self) -> Json:
        """The changed manifest."""
        content = self.folder.files[MANIFEST_NAME]
        assert isinstance(content, bytes)
        return json.loads(content)


class Mutator:
    """Makes mutants of some integrations, about as many for each capability."""

    def __init__(self, folders: Sequence[IntegrationFolder], seed: int) -> None:
        self._random = random.Random(seed)
        self._folders = {folder.name: folder for folder in folders}
        self._manifests = {folder.name: _manifest_of(folder) for folder in folders}
        self._seen: defaultdict[Place, list[Json]] = defaultdict(list)
        self._keys_of: defaultdict[Place, set[str]] = defaultdict(set)
        for manifest in self._manifests.values():
            for place, value in walk(manifest):
                self._seen[_general(place)].append(value)
                if isinstance(value, dict):
                    self._keys_of[_general(place)] |= value.keys()
        self._topics = self._group_by_topic()

    def mutants(self, count: int) -> Iterator[Mutant]:
        """Yield mutants: of each topic in turn, and every other one of what is looked at closely."""
        broad = itertools.cycle(topic for topic in self._topics if topic not in _LOOKED_AT_CLOSELY)
        close = itertools.cycle(topic for topic in self._topics if topic in _LOOKED_AT_CLOSELY)
        for topics in itertools.islice(itertools.cycle((broad, close)), count):
            yield self._mutant(next(topics))

    def _group_by_topic(self) -> dict[Place, list[str]]:
        """Return what mutants are made of, and the keys of the integrations that have it."""
        keys: defaultdict[Place, list[str]] = defaultdict(list)
        for key, manifest in self._manifests.items():
            keys[()].append(key)
            capabilities = manifest.get("capabilities", {})
            topics: list[Place] = [("capabilities", name) for name in capabilities]
            topics += [*_LOOKED_AT_CLOSELY, ("otherCapabilities",), ("requiresOAuth",)]
            for topic in topics:
                if _find(manifest, topic) is not None:
                    keys[topic].append(key)
        return dict(keys)

    def _mutant(self, topic: Place) -> Mutant:
        key = self._random.choice(self._topics[topic])
        manifest = deepcopy(self._manifests[key])
        files = dict(self._folders[key].files)
        del files[MANIFEST_NAME]
        changes: list[str] = []
        wanted = self._random.choice(_COUNTS_OF_CHANGES)
        while len(changes) < wanted:
            if self._random.random() < (0.7 if topic[-1:] == ("templates",) else 0.03):
                change = self._change_files(files)
            else:
                change = self._change_manifest(manifest, topic)
            if change is not None:
                changes.append(change)
        files[MANIFEST_NAME] = json.dumps(manifest, indent=2).encode()
        return Mutant(
            key,
            "/".join(map(str, topic)),
            "; ".join(changes),
            IntegrationFolder(key, files, place=key),
        )

    def _change_manifest(self, manifest: Json, topic: Place) -> str | None:
        """Change one thing in a manifest, mostly in what a topic is about; None when nothing came of it."""
        is_focused = self._random.random() < 0.75
        places = [
            place
            for place, _ in walk(manifest)
            if place and (not is_focused or place[: len(topic)] == topic)
        ]
        if not places:
            return None
        place = self._random.choice(places)
        operator = self._random.choice(
            (
                self._drop, self._retype, self._rename, self._empty, self._exchange, self._edit_text,
                self._take_from_another, self._take_from_another, self._take_from_another,
                self._graft, self._graft, self._graft, self._graft, self._negate, self._negate,
                self._break_template, self._break_template, self._break_template,
            )
        )  # fmt: skip
        before = json.dumps(manifest)
        change = operator(manifest, place)
        if change is None or json.dumps(manifest) == before:
            return None
        return f"{change} at /{'/'.join(map(str, place))}"

    def _drop(self, manifest: Json, place: Place) -> str | None:
        del _parent(manifest, place)[place[-1]]
        return "dropped"

    def _retype(self, manifest: Json, place: Place) -> str | None:
        value = self._random.choice(_OTHER_TYPES)
        _parent(manifest, place)[place[-1]] = deepcopy(value)
        return f"became {value!r}"

    def _rename(self, manifest: Json, place: Place) -> str | None:
        parent, name = _parent(manifest, place), place[-1]
        if not isinstance(name, str):
            return None
        others = sorted(self._keys_of[_general(place[:-1])] - parent.keys())
        new_name = self._random.choice([f"{name}s", name[:-1], name.upper(), *others])
        parent[new_name] = parent.pop(name)
        return f"renamed to {new_name}"

    def _empty(self, manifest: Json, place: Place) -> str | None:
        parent = _parent(manifest, place)
        kind = type(parent[place[-1]])
        if kind not in {str, list, dict}:
            return None
        parent[place[-1]] = kind()
        return "emptied"

    def _take_from_another(self, manifest: Json, place: Place) -> str | None:
        if _general(place) not in self._seen:
            return None
        _parent(manifest, place)[place[-1]] = self._value_seen_at(place)
        return "taken from another"

    def _graft(self, manifest: Json, place: Place) -> str | None:
        value = at_place(manifest, place)
        target = value if isinstance(value, dict) else _parent(manifest, place)
        general = _general(place if isinstance(value, dict) else place[:-1])
        if not isinstance(target, dict):
            return None
        missing = sorted(self._keys_of[general] - target.keys())
        if not missing:
            return None
        name = self._random.choice(missing)
        target[name] = self._value_seen_at((*general, name))
        return f"given {name}"

    def _value_seen_at(self, place: Place) -> Any:
        """Return a copy of a value that some integration has at a place; each is as likely."""
        values = self._seen[_general(place)]
        return json.loads(self._random.choice(sorted(set(map(json.dumps, values)))))

    def _exchange(self, manifest: Json, place: Place) -> str | None:
        value = at_place(manifest, place)
        others = [
            other
            for other, found in walk(manifest)
            if type(found) is type(value)
            and place[: len(other)] != other
            and other[: len(place)] != place
        ]
        if not others:
            return None
        other = self._random.choice(others)
        _parent(manifest, place)[place[-1]] = at_place(manifest, other)
        _parent(manifest, other)[other[-1]] = value
        return f"exchanged with /{'/'.join(map(str, other))}"

    def _negate(self, manifest: Json, place: Place) -> str | None:
        value = at_place(manifest, place)
        if not isinstance(value, bool):
            return None
        _parent(manifest, place)[place[-1]] = not value
        return "negated"

    def _edit_text(self, manifest: Json, place: Place) -> str | None:
        text = at_place(manifest, place)
        if not isinstance(text, str):
            return None
        edits: tuple[Callable[[str], str], ...] = (
            lambda text: text[:-1], lambda text: f"{text}\n", lambda text: f"{text} ",
            lambda text: text * 40, str.upper, str.title, lambda text: f"{text[:3]} {text[3:]}",
            lambda text: text[:3], lambda text: f"{text}$", lambda text: f"/{text}",
            lambda text: f"{text}\u2028", lambda text: text.replace("/", "//"),
        )  # fmt: skip
        _parent(manifest, place)[place[-1]] = self._random.choice(edits)(text)
        return "edited"

    def _break_template(self, manifest: Json, place: Place) -> str | None:
        text = at_place(manifest, place)
        if not isinstance(text, str) or ("{{" not in text and self._random.random() < 0.8):
            return None
        _parent(manifest, place)[place[-1]] = self._broken(text)
        return "broken as a template"

    def _broken(self, source: str) -> str:
        """Return a template with something put in, taken out or changed."""
        at = self._random.randrange(len(source) + 1)
        choice = self._random.random()
        if choice < 0.35:
            return source[:at] + self._random.choice(_TEMPLATE_PIECES) + source[at:]
        if choice < 0.6:
            return source[:at] + source[at + self._random.randrange(1, 4) :]
        if choice < 0.8:
            return source[:at] + self._random.choice(_TEMPLATE_CHARACTERS) + source[at:]
        if choice < 0.9:
            old, new = self._random.choice([("}}", "x}}"), ("{{", "{{x"), ('"', ""), (",", "")])
            return source.replace(old, new, 1)
        return self._random.choice(["", " \n", "{{name}}", "{}", source[:at]])

    def _change_files(self, files: dict[str, Any]) -> str | None:
        """Change one of the files, mostly a template; None when nothing came of it."""
        templates = sorted(path for path in files if path.startswith("templates/"))
        if not files:
            return None
        if not templates or self._random.random() < 0.1:
            path = self._random.choice(sorted(files))
            del files[path]
            return f"{path} taken away"
        path, other = self._random.choice(templates), self._random.choice(templates)
        before = files[path]
        if self._random.random() < 0.1:
            files[path], files[other] = files[other], files[path]
            return None if files[path] == before else f"{path} exchanged with {other}"
        files[path] = self._broken(before.decode()).encode()
        return None if files[path] == before else f"{path} broken"


def _manifest_of(folder: IntegrationFolder) -> Any:
    content = folder.files[MANIFEST_NAME]
    assert isinstance(content, bytes)
    return json.loads(content)


def walk(value: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    """Yield each value in a document, and where it is."""
    yield place, value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from walk(child, (*place, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from walk(child, (*place, index))


def _general(place: Place) -> Place:
    """Return a place with all indexes of arrays alike, and all lists of form variables."""
    lists = {"approvalFormVariables": "formVariables", "environmentFormVariables": "formVariables"}
    plain = tuple(0 if isinstance(token, int) else lists.get(token, token) for token in place)
    if "formVariables" in plain:
        return plain[plain.index("formVariables") :]
    return plain


def _find(document: Json, place: Place) -> Json:
    for token in place:
        document = document.get(token) if isinstance(document, dict) else None
    return document


def _parent(document: Json, place: Place) -> Any:
    return at_place(document, place[:-1])


def at_place(document: Json, place: Place) -> Any:
    """Return the value at a place."""
    for token in place:
        document = document[token]
    return document
