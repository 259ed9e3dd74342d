"""What the first start prints, once: the token, the client-side IDs, and a request to try."""

import json

from muster.accounts.installation import NewInstallation

_SAMPLE_INTEGRATION = "hightouch"


def welcome_text(created: NewInstallation, url: str, program: str) -> str:
    """Return the text.

    Args:
        created: what the first start created.
        url: the server's own address, without a slash at the end.
        program: how the user calls `muster`.
    """
    environments = "\n".join(
        f"  {one.key:<12} client-side ID {one.id}   SDK key {one.sdk_key.reveal()}"
        for one in created.environments
    )
    body = json.dumps(
        {
            "environmentId": created.environments[0].id,
            "cohortId": "first-cohort",
            "cohortName": "My first cohort",
            "action": "add",
            "members": [{"integration_distinct_id": "user-1"}],
        }
    )
    return f"""
Muster is ready at {url}. This is shown once:

  Access token (admin): {created.token.reveal()}

Project {created.project.key}:
{environments}

Send it a cohort of one user:

curl -i {url}/api/v2/segment-targets/{_SAMPLE_INTEGRATION} \\
  -H 'Authorization: {created.token.reveal()}' \\
  -H 'Content-Type: application/json' \\
  -d '{body}'

Then look at it with `{program} segments list`.
"""
