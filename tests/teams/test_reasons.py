"""What Microsoft's refusals mean, in words."""

from __future__ import annotations

from typing import Any

import pytest

from deskbridge.teams.reasons import Reason, from_oauth, sentence


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_words(reason: Reason) -> None:
    assert sentence(reason).endswith(".")


@pytest.mark.parametrize(
    ("said", "later", "meant"),
    [
        (
            {"error": "access_denied", "error_description": "the user canceled the authentication"},
            False,
            Reason.CANCELLED,
        ),
        ({"error": "access_denied", "error_description": "AADSTS65004: User declined"}, False, Reason.CONSENT_DECLINED),
        ({"error": "interaction_required", "error_codes": [50076]}, True, Reason.MORE_PROOF_NEEDED),
        (
            {"error": "invalid_grant", "error_codes": [65001], "suberror": "consent_required"},
            True,
            Reason.CONSENT_WITHDRAWN,
        ),
        ({"error": "invalid_grant", "error_codes": [53003]}, True, Reason.REFUSED_BY_POLICY),
        ({"error": "invalid_grant", "error_codes": [50173]}, True, Reason.REVOKED),
        ({"error": "invalid_grant", "error_codes": [70008]}, False, Reason.SIGN_IN_STALE),
        ({"error": "invalid_grant", "error_codes": [70008]}, True, Reason.EXPIRED),
        ({"error": "invalid_client", "error_codes": [7000222]}, True, Reason.MISCONFIGURED),
        ({"error": "temporarily_unavailable"}, True, Reason.MICROSOFT_UNAVAILABLE),
        ({"error": "something_new"}, False, Reason.UNKNOWN),
        ({}, False, Reason.UNKNOWN),
    ],
)
def test_what_microsoft_means(said: dict[str, Any], later: bool, meant: Reason) -> None:
    assert from_oauth(said, while_signing_in=not later).reason is meant
