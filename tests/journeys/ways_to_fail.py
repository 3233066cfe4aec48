"""Every way in which connecting fails: what is different, what Anne does at Microsoft, and what she is told (C6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from playwright.async_api import expect

from deskbridge.teams.reasons import Reason
from journeys.stage import Stage, forged

Act = Callable[[Stage], Awaitable[None]]


async def just_sign_in(stage: Stage) -> None:
    await stage.sign_in()


async def cancel(stage: Stage) -> None:
    await stage.microsoft.get_by_role("link", name="Cancel").click()


async def mistype(stage: Stage) -> None:
    await stage.sign_in(password="wrong")
    await expect(stage.microsoft.get_by_text("password is incorrect")).to_be_visible()
    await cancel(stage)


async def give_up_the_second_factor(stage: Stage) -> None:
    await stage.sign_in()
    await expect(stage.microsoft.get_by_role("heading", name="Enter code")).to_be_visible()
    await cancel(stage)


async def go_back(stage: Stage) -> None:
    """Microsoft's page says that it does not go on from there."""
    await stage.sign_in()
    await stage.microsoft.locator("main a").click()


async def decline(stage: Stage) -> None:
    await stage.sign_in()
    await expect(stage.microsoft.get_by_role("heading", name="Permissions requested")).to_be_visible()
    await cancel(stage)


async def keep_the_old_password(stage: Stage) -> None:
    await stage.sign_in()
    await expect(stage.microsoft.get_by_role("heading", name="Update your password")).to_be_visible()
    await cancel(stage)


async def exchange_the_nonce(stage: Stage) -> None:
    await stage.microsoft.goto(forged(stage.microsoft.url, nonce="of somebody else"))
    await stage.sign_in()


@dataclass
class Failure:
    """One of them; `meanwhile` happens between Microsoft's page and its answer."""

    reason: Reason
    number: int | None = None
    act: Act = just_sign_in
    anne: dict[str, Any] = field(default_factory=dict)
    app: dict[str, Any] = field(default_factory=dict)
    meanwhile: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    wrong_by: timedelta = timedelta()
    tenant: str | None = None
    down: bool = False


PENDING = {"usable_plan_states": ["Success"]}
FAILURES = {
    "cancelled": Failure(Reason.CANCELLED, act=cancel),
    "a wrong password": Failure(Reason.CANCELLED, act=mistype),
    "consent is needed": Failure(Reason.CONSENT_NEEDED, 90094, go_back, app={"admin_scopes": []}),
    "consent is declined": Failure(
        Reason.CONSENT_DECLINED, 65004, decline, anne={"roles": ["Global Administrator"]}, app={"admin_scopes": []}
    ),
    "another organization": Failure(Reason.WRONG_ORGANIZATION, tenant="organizations"),
    "not assigned": Failure(
        Reason.NOT_ASSIGNED, 50105, go_back, app={"assignment_required": True, "assigned_users": []}
    ),
    "a second factor": Failure(Reason.CANCELLED, act=give_up_the_second_factor, anne={"mfa": True}),
    "Conditional Access": Failure(Reason.REFUSED_BY_POLICY, 53003, go_back, anne={"blocked_by_policy": True}),
    "a device that is not managed": Failure(Reason.REFUSED_BY_POLICY, 53000, go_back, anne={"sign_in_refusal": 53000}),
    "more proof is wanted": Failure(Reason.MORE_PROOF_NEEDED, 50076, meanwhile={"sign_in_refusal": 50076}),
    "disabled": Failure(Reason.ACCOUNT_DISABLED, 50057, meanwhile={"enabled": False}),
    "an expired password": Failure(Reason.CANCELLED, act=keep_the_old_password, anne={"password_expired": True}),
    "a password that expires": Failure(Reason.PASSWORD_EXPIRED, 50055, meanwhile={"password_expired": True}),
    "no Teams license": Failure(Reason.NO_LICENSE, anne={"skus": ["Microsoft_365_E3_(no_Teams)"]}),
    "a license that is pending": Failure(
        Reason.LICENSE_PENDING, anne={"skus": ["TEAMS_TRIAL_PENDING"]}, switches=PENDING
    ),
    "clocks that differ": Failure(Reason.CLOCK_WRONG, wrong_by=timedelta(minutes=20)),
    "an exchanged nonce": Failure(Reason.ANSWER_FORGED, act=exchange_the_nonce),
    "a secret that Microsoft refuses": Failure(Reason.MISCONFIGURED, 7000215, app={"client_secret": "another"}),
    "Microsoft is down": Failure(Reason.MICROSOFT_UNAVAILABLE, down=True),
}
