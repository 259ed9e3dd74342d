"""What `muster integration new` was asked for, as the command line has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from muster.manifests.scaffold.answers import Topic
from muster.payloads.explanation import Way
from muster.payloads.properties import ParserProperty


@dataclass(frozen=True, slots=True)
class CreationRequest:
    """The flags of the command; those that were not given are left out.

    Attributes:
        texts: answers by topic, not checked.
        places: values of properties as a person enters them, not checked.
        sample: the file of a sample body.
        directory: the folder to make the integration's folder in; None for the nearest.
        is_dry: write nothing.
        may_ask: whether there is somebody to ask.
    """

    texts: Mapping[Topic, str]
    places: Mapping[ParserProperty, str]
    way: Way | None
    sample: Path | None
    directory: Path | None
    is_dry: bool
    may_ask: bool
    as_json: bool
