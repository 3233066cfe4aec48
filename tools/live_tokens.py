"""Sign test users in with a device code, and print their tokens for a live run of the contract tests.

    eval "$(python tools/live_tokens.py TENANT CLIENT_ID anne robin ben)"

Each name becomes GRAPH_LIVE_<NAME>_TOKEN; at the address that is shown on the terminal, sign in as that person. What
else a live run reads is told in docs/m365sim.md.
"""

import os
import ssl
import sys
import time
from typing import Any

import httpx

LOGIN = os.environ.get("GRAPH_LIVE_LOGIN", "https://login.microsoftonline.com")
SCOPES = "User.Read Chat.ReadWrite ChatMessage.Send Presence.Read.All Presence.ReadWrite User.Read.All"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def main() -> int:
    """Print one `export` a person; what people have to do goes to the terminal."""
    if len(sys.argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    tenant, client_id, *people = sys.argv[1:]
    trust = ssl.create_default_context(cafile=os.environ.get("GRAPH_LIVE_CA"))
    with httpx.Client(base_url=f"{LOGIN}/{tenant}/oauth2/v2.0", verify=trust, timeout=60) as client:
        for person in people:
            token = sign_in(client, client_id, person)
            print(f"export GRAPH_LIVE_{person.upper()}_TOKEN={token}", flush=True)
    return 0


def sign_in(client: httpx.Client, client_id: str, person: str) -> str:
    """Wait until somebody has typed the code, as often as Microsoft allows."""
    begun = _answer(client.post("/devicecode", data={"client_id": client_id, "scope": SCOPES}))
    print(f"As {person}: {begun['message']}", file=sys.stderr)
    form = {"client_id": client_id, "grant_type": DEVICE, "device_code": begun["device_code"]}
    while True:
        time.sleep(begun["interval"])
        response = client.post("/token", data=form)
        if response.status_code != 400 or response.json()["error"] != "authorization_pending":
            return str(_answer(response)["access_token"])


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.status_code != 200:
        sys.exit(response.json().get("error_description", response.text))
    body: dict[str, Any] = response.json()
    return body


if __name__ == "__main__":
    sys.exit(main())
