"""What groups of operations there are, in the order in which the page shows them."""

from typing import Final

TAGS: Final = (
    {
        "name": "Sync",
        "description": "Where partners send the members of their cohorts, which become synced segments.",
    },
    {
        "name": "Segments",
        "description": "Sets of contexts that flags target: synced, list-based or made of rules.",
    },
    {
        "name": "Projects",
        "description": "What belongs together: some environments, and what is the same in all of them.",
    },
    {
        "name": "Environments",
        "description": "A project's environments, each with its segments and with keys for its SDKs.",
    },
    {
        "name": "Feature flags",
        "description": "What applications ask for: values, and whom each environment serves which.",
    },
    {
        "name": "Contexts",
        "description": "Whom flags are evaluated for: those that were, and the members of segments.",
    },
    {
        "name": "Access tokens",
        "description": "What requests are made with. A token may do what its role or its policy says.",
    },
    {
        "name": "Custom roles",
        "description": "Policies with a name, which members and tokens can have.",
    },
    {"name": "Account members", "description": "The people of the account."},
    {
        "name": "Webhooks",
        "description": "Addresses that are told of each change.",
    },
    {
        "name": "Relay Proxy configurations",
        "description": "Which environments a Relay Proxy gets that comes with a certain key.",
    },
    {
        "name": "Big segment stores",
        "description": "Stores of an environment's own, from which its SDKs read big segments.",
    },
    {
        "name": "Integration configurations",
        "description": "What integrations ask for, filled in.",
    },
    {"name": "Tags", "description": "The tags that are in use."},
    {
        "name": "Audit log",
        "description": "Who changed what, and when. What partners sync is in the sync log instead.",
    },
    {"name": "Other", "description": "What the API says of itself, and of who is asking."},
    {
        "name": "Operation",
        "description": "For orchestrators and for Prometheus: health, readiness and metrics.",
    },
    {"name": "SDK", "description": "What SDKs ask for, with no access token."},
)
"""Tags of the OpenAPI document: what each router's `tags` has is one of them."""
