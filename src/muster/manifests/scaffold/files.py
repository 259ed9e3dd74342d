"""The files of a new integration's folder."""

import json
from typing import Final

from muster.core.pointers import Json
from muster.manifests.check import read_manifest
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.scaffold.answers import Answers, Topic, arrange_texts
from muster.manifests.scaffold.logos import draw_placeholders
from muster.manifests.submission import CATEGORY
from muster.manifests.user_guide import write_user_guide
from muster.payloads.parser import RequestParser
from muster.payloads.sampling import SampleShape, make_samples

README_NAME: Final = "README.md"
SAMPLE_NAME: Final = "sample-payload.json"
SQUARE_LOGO: Final = "assets/square.svg"
HORIZONTAL_LOGO: Final = "assets/horizontal.svg"
FIRST_VERSION: Final = "1.0.0"

_ENVIRONMENT_ID: Final = "0123456789abcdef01234567"
_KEYS_IN_ORDER: Final = (
    "name",
    "version",
    "overview",
    "description",
    "author",
    "supportEmail",
    "links",
    "categories",
    "icons",
    "capabilities",
)


def make_files(answers: Answers) -> dict[str, bytes]:
    """Return an integration's files by path, relative to its folder.

    They keep every rule of the linter, but for what only the world can tell.

    Raises:
        ParserSpecError: the request parser does not compile.
        BuildError: no body can hold all that the request parser asks for, as when two of its pointers
            lead to one place.
    """
    manifest = make_manifest(answers)
    sample = make_sample(RequestParser.compile(answers.request_parser))
    logos = draw_placeholders(answers.texts[Topic.NAME])
    guide = write_user_guide(answers.key, read_manifest(manifest), sample)
    return {
        MANIFEST_NAME: _as_json(manifest),
        SQUARE_LOGO: logos.square.encode(),
        HORIZONTAL_LOGO: logos.horizontal.encode(),
        README_NAME: guide.encode(),
        SAMPLE_NAME: _as_json(sample),
    }


def make_manifest(answers: Answers) -> dict[str, Json]:
    """Return the manifest, its keys in the order in which people read them."""
    document: dict[str, Json] = {
        **arrange_texts(answers.texts),
        "version": FIRST_VERSION,
        "categories": [CATEGORY],
        "icons": {"square": SQUARE_LOGO, "horizontal": HORIZONTAL_LOGO},
        "capabilities": {"syncedSegment": {"requestParser": dict(answers.request_parser)}},
    }
    return {key: document[key] for key in _KEYS_IN_ORDER}


def make_sample(parser: RequestParser) -> Json:
    """Return a body in which members enter a cohort and, where one body can say both, another leaves.

    Raises:
        BuildError: the request parser can't say that.
    """
    leaving = 0 if parser.spec.inclusion is not None else 1
    return make_samples(parser, SampleShape(_ENVIRONMENT_ID, added=2, removed=leaving))[0].body


def _as_json(document: Json) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
