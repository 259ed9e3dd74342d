"""Which rule of ours says what which of the framework's tests says; and where the two differ on purpose.

docs/framework.md gives the reasons for what is named here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from muster.manifests.findings import Finding, Severity
from tests.framework.mutations import Mutant

_PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "framework.md"

SCHEMA_TEST: Final = "Validate %s/manifest.json"
SHARED_KEY_TEST: Final = "oauthIntegrationKey must be globally unique across manifests"
AKAMAI: Final = "akamai-edgeworkers"
NOT_ABOUT_INTEGRATIONS: Final = frozenset(
    {
        "escapes strings",
        "escapes arrays",
        "escapes complex object",
        "Does not set additionalProperties:false",
    }
)
"""Tests of the framework's own code and schema."""


@dataclass(frozen=True)
class Counterpart:
    """Rules that together find what one test of the framework finds.

    Attributes:
        rules: their ids.
        below: JSON pointer of the only part of the manifest that the test looks at.
    """

    rules: frozenset[str]
    below: str = ""

    def found_in(self, findings: Iterable[Finding]) -> frozenset[str]:
        """Return which of the rules are broken there."""
        return frozenset(
            finding.rule
            for finding in findings
            if finding.rule in self.rules and finding.pointer.startswith(self.below)
        )


def _by(*rules: str, below: str = "") -> Counterpart:
    return Counterpart(frozenset(rules), below)


_DEFAULTS: Final = ("form-variable/default-without-optional", "form-variable/default-type")
_EDGE_GRID: Final = "feature-store/edge-grid-signature"
_PARSER: Final = "syncedSegement capability:"

COUNTERPARTS: Final[Mapping[str, Counterpart]] = {
    "Icons exist for %s": _by("icon/missing"),
    "Overview ends in a period for %s": _by("manifest/overview-period"),
    "Referenced form variables exist for %s": _by(
        "endpoint/no-headers", "endpoint/failing-template", "endpoint/hmac-secret"
    ),
    "OAuth parameters are correctly set and accessible for %s": _by("oauth/not-listed"),
    "includeErrorResponseBody is only true if endpoint domain is static for %s": _by(
        "endpoint/dynamic-host"
    ),
    "defaultValue types match the type of the formVariable for %s": _by(
        *_DEFAULTS, below="/formVariables"
    ),
    "defaultValue types match the type of the approvalFormVariable for %s": _by(
        *_DEFAULTS, below="/capabilities/approval/approvalFormVariables"
    ),
    "defaultValue types match the type of the environmentFormVariable for %s": _by(
        *_DEFAULTS, below="/capabilities/approval/environmentFormVariables"
    ),
    "defaultValue is always provided when isOptional true for %s": _by(
        "form-variable/optional-without-default"
    ),
    "unrelated properties are not set on multiselect formVariables for %s": _by(
        "form-variable/multiselect"
    ),
    "multiselectOptions is always provided when type is multiselect for %s": _by(
        "form-variable/multiselect-options"
    ),
    "unrelated properties are not set on environmentSelector formVariables for %s": _by(
        "form-variable/environment-selector"
    ),
    "no non-string formVariables have been set to isSecret for %s": _by(
        "form-variable/secret-type"
    ),
    "dynamicOptions is specified on dynamicEnum formVariable fields for %s": _by(
        "form-variable/dynamic-options"
    ),
    "at least one externalCapability has been defined if no manifest capabilities for %s": _by(
        "manifest/no-capability"
    ),
    "Templates can be successfully rendered for %s": _by(
        "template/missing",
        "template/failing",
        "template/not-json",
        "template/empty",
        "template/standard-payload",
    ),
    "uiBlocks template variables exist in metadata for %s": _by(
        "flag-link/no-metadata", "flag-link/failing-template"
    ),
    f"{_PARSER} addMemberArrayPath is required when removeMemberArrayPath is specified": _by(
        "request-parser/remove-without-add"
    ),
    f"{_PARSER} removeMemberArrayPath is required when addMemberArrayPath is specified": _by(
        "request-parser/add-without-remove"
    ),
    f"{_PARSER} memberArrayPath should not be specified when addMemberArrayPath or "
    "removeMemberArrayPath are specified": _by("request-parser/array-beside-pair"),
    f"{_PARSER} memberArrayPath should be specified when arrayInclusion is specified": _by(
        "request-parser/inclusion-without-array", "request-parser/inclusion-beside-pair"
    ),
    f"{_PARSER} arrayInclusion should not be specified when addMemberArrayPath or "
    "removeMemberArrayPath are specified": _by("request-parser/inclusion-beside-pair"),
    f"{_PARSER} memberArrayParser.booleanMembershipPath should be specified when "
    "memberArrayPath is specified": _by("request-parser/flag-without-array"),
}
"""The rules for each test that looks at one manifest; the schema's and Akamai's are treated apart."""

AKAMAI_TESTS: Final = frozenset(
    {
        "manifest exists",
        "validation and feature request endpoint method is not POST",
        "validation endpoint path and http method matches edgegrid host",
        "feature store endpoint path and http method matches edgegrid host",
    }
)
"""Tests of one manifest by name; what they ask is asked of every integration that signs so."""

OWN_RULES: Final = frozenset(
    {
        "manifest/missing",
        "manifest/unreadable",
        "manifest/not-json",
        "manifest/fix-me",
        "oauth/shared-key",
    }
)
"""Rules of severity error that no test about a single manifest has a word on."""
OWN_GROUPS: Final = frozenset({"asset", "folder", "request-parser", "response-body"})
"""Groups of which all rules are ours, but for those in `COUNTERPARTS`."""


@dataclass(frozen=True)
class Difference:
    """Something that is an error here though the framework takes it."""

    rule: str
    at: re.Pattern[str] = field(default=re.compile(""))
    only: str | None = None
    all_but: str | None = None

    def excuses(self, finding: Finding, key: str) -> bool:
        """Tell whether a finding in the integration of a key is an instance of this."""
        return (
            finding.rule == self.rule
            and self.at.fullmatch(finding.pointer) is not None
            and self.only in {None, key}
            and self.all_but != key
        )


DIFFERENCES: Final = (
    Difference(
        "schema/wrong-type",
        re.compile(
            r"/capabilities/approval/(\w+Request|memberListRequest/parser/memberItems)"
            r"|/capabilities/buttonAction/actionRequest|.*/optionsItems"
        ),
    ),
    Difference("manifest/no-capability", only="aiconfig-test-run"),
    Difference(_EDGE_GRID, re.compile(".*"), all_but=AKAMAI),
)


def has_counterpart(rule: str) -> bool:
    """Tell whether the framework's schema or tests look at what a rule is about."""
    if rule.startswith("schema/") or rule == _EDGE_GRID:
        return True
    return any(rule in counterpart.rules for counterpart in COUNTERPARTS.values())


def is_own(rule: str) -> bool:
    """Tell whether a rule is named as one that the framework has nothing like."""
    group = rule.partition("/")[0]
    return rule in OWN_RULES or (group in OWN_GROUPS and not has_counterpart(rule))


def disputable(findings: Iterable[Finding], key: str) -> list[Finding]:
    """Return the errors that the framework should find too."""
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR
        and has_counterpart(finding.rule)
        and not is_excused(finding, key)
    ]


def is_excused(finding: Finding, key: str) -> bool:
    """Tell whether a finding in the integration of a key is one of `DIFFERENCES`."""
    return any(difference.excuses(finding, key) for difference in DIFFERENCES)


def failures_to_find(failed: frozenset[str], mutant: Mutant) -> frozenset[str]:
    """Return the tests, of those that failed, that an error here has to answer to."""
    found_as_warning = {
        title
        for title, counterpart in COUNTERPARTS.items()
        if counterpart.rules == {"oauth/not-listed"}
    }
    store = mutant.manifest.get("capabilities", {}) if isinstance(mutant.manifest, dict) else {}
    signs = "edgeGridAuth" in repr(store.get("featureStore") if isinstance(store, dict) else None)
    return failed - found_as_warning - (frozenset() if signs else AKAMAI_TESTS)


def listed_errors() -> frozenset[tuple[str, str]]:
    """Return the errors in published manifests that docs/framework.md lists: keys, each with a rule."""
    rows = re.findall(r"^\| `([\w.-]+)` \| `([\w/-]+)` \|", _PAGE.read_text("utf-8"), re.MULTILINE)
    return frozenset(rows)
