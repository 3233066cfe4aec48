"""Proving that a webhook belongs to who subscribes (facts.md 7.2)."""

from urllib.parse import quote_plus

import httpx

from m365sim.chance import Chance

ANSWER_WITHIN = 10.0


async def why_unreachable(client: httpx.AsyncClient, url: str, chance: Chance) -> str | None:
    """None when the address answered the validation request as it must; otherwise what was wrong."""
    token = f"Validation: Testing client application reachability for subscription Request-Id: {chance.guid()}"
    joined = f"{url}{'&' if '?' in url else '?'}validationToken={quote_plus(token)}"
    try:
        response = await client.post(
            joined, headers={"Content-Type": "text/plain; charset=utf-8"}, timeout=ANSWER_WITHIN
        )
    except httpx.TimeoutException:
        return "The request timed out: the address must answer within 10 seconds."
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        return f"The address cannot be reached ({type(trouble).__name__})."
    if response.status_code != httpx.codes.OK:
        return f"Notification endpoint must respond with 200 OK to validation request, not {response.status_code}."
    if not response.headers.get("content-type", "").startswith("text/plain"):
        return "Server responded with a content type other than text/plain."
    if response.text != token:
        return "Server responded with an incorrect token."
    return None
