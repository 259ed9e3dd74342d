"""What is looked for in a sample body, in words."""

from collections.abc import Mapping
from typing import Final

from muster.payloads.inference.names import COHORT
from muster.payloads.properties import ParserProperty

LOOKED_FOR: Final[Mapping[ParserProperty, str]] = {
    ParserProperty.ENVIRONMENT_ID: "a text named after an environment, a project or a client-side ID, or "
    "one of 24 hexadecimal digits",
    ParserProperty.CONTEXT_KIND: "a text named after a context's kind",
    ParserProperty.COHORT_ID: f"an id or key named after a {', '.join(COHORT[:-1])} or {COHORT[-1]}",
    ParserProperty.COHORT_NAME: "a name or title beside the cohort's id, or named after a cohort",
    ParserProperty.COHORT_URL: "a link beside the cohort's id, or named after a cohort",
    ParserProperty.MEMBERS: "an array of objects that hold an id, or of plain ids",
    ParserProperty.ADDS: "an array named add, added, entered, joined or alike",
    ParserProperty.REMOVES: "an array named remove, removed, exited, left or alike",
    ParserProperty.ACTION: "a text outside of the members that adds or removes, named action, operation, "
    "event or alike",
    ParserProperty.MATCHER: "a word that adds, such as add or enter; any other word removes",
    ParserProperty.MEMBER_ID: "an id in each member, such as userId, member_id, id or email",
    ParserProperty.FLAG: "a boolean in each member, such as isMember, in_cohort, value or active",
    ParserProperty.MEMBER_COHORT_ID: "a cohort's id in each member",
    ParserProperty.MEMBER_COHORT_NAME: "a cohort's name in each member",
}
"""What would have been recognised as each property."""
