"""Rules about the manifest as a file. The linter itself looks after them: they hold before all others."""

from typing import Final

from muster.manifests.findings import Severity
from muster.manifests.folder import MANIFEST_NAME
from muster.manifests.rules.rule import Example, Rule

MISSING: Final = "manifest/missing"
UNREADABLE: Final = "manifest/unreadable"
NOT_JSON: Final = "manifest/not-json"

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id=MISSING,
        severity=Severity.ERROR,
        title=f"The folder holds a file {MANIFEST_NAME}.",
        explanation="An integration is a folder whose name is its key, with the manifest right in it: "
        f"`integrations/acme-cohorts/{MANIFEST_NAME}`. `muster integration new` makes one.",
        failing=Example(files={MANIFEST_NAME: None}),
        passing=Example(),
    ),
    Rule(
        id=UNREADABLE,
        severity=Severity.ERROR,
        title="The manifest can be read.",
        explanation="It is a plain file of at most 1 MiB, inside the integration's folder: a link that "
        "leads out of the folder is not followed, for whoever installs the integration has only the "
        "folder.",
        failing=Example(unreadable=[MANIFEST_NAME]),
        passing=Example(),
    ),
    Rule(
        id=NOT_JSON,
        severity=Severity.ERROR,
        title="The manifest is JSON.",
        explanation="JSON as RFC 8259 has it, in UTF-8: no comments, no comma after the last item, names "
        'and texts in `"double quotes"`. Line and column say where reading stopped, which is often just '
        "behind the fault.",
        failing=Example(files={MANIFEST_NAME: '{"name": "Acme cohorts",}\n'}),
        passing=Example(),
    ),
)
