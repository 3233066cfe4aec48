"""Proof of who signed in to Microsoft and that they can chat, before anything is stored."""

from __future__ import annotations

from deskbridge.errors import MicrosoftUnavailable
from deskbridge.settings import Settings
from deskbridge.teams.graph import GraphClient
from deskbridge.teams.graph_errors import GraphTrouble, Refused
from deskbridge.teams.id_token import OtherTenant, SignedInUser, verify_id_token
from deskbridge.teams.ids import Bearer, TenantId
from deskbridge.teams.keys import BadToken, OutOfTime, SigningKeys
from deskbridge.teams.msal_app import MicrosoftApp, Redeemed, SignInRefused
from deskbridge.teams.reasons import Reason
from deskbridge.teams.resources import LicenseDetails, Me, TeamsLicensing, Unreadable, parse


class Prover:
    """The id_token is Microsoft's, Graph says the same user, the scopes were granted, and there is a license."""

    def __init__(self, settings: Settings, app: MicrosoftApp, keys: SigningKeys, graph: GraphClient) -> None:
        self.app = app
        self._settings = settings
        self._keys = keys
        self._graph = graph

    async def prove(self, tenant_id: TenantId, nonce: str, redeemed: Redeemed) -> SignedInUser:
        """Who it is; raises SignInRefused or MicrosoftUnavailable."""
        audience = self._settings.microsoft_client_id or ""
        try:
            who = await verify_id_token(self._keys, redeemed.id_token, audience, nonce, tenant_id)
        except OutOfTime as error:
            # It was made a moment ago, so one of the two clocks is wrong.
            raise SignInRefused(Reason.CLOCK_WRONG) from error
        except BadToken as error:
            raise SignInRefused(Reason.ANSWER_FORGED) from error
        except OtherTenant as error:
            raise SignInRefused(Reason.WRONG_ORGANIZATION) from error
        wanted = {_bare(each) for each in self._settings.microsoft_scopes.split()}
        if not wanted <= {_bare(each) for each in redeemed.scopes}:
            raise SignInRefused(Reason.CONSENT_NEEDED)
        try:
            return await self._ask_graph(who, redeemed.bearer)
        except Refused as error:
            raise SignInRefused(Reason.UNKNOWN) from error
        except (GraphTrouble, Unreadable) as error:
            raise MicrosoftUnavailable from error

    async def _ask_graph(self, who: SignedInUser, bearer: Bearer) -> SignedInUser:
        me = parse(Me, (await self._graph.get(bearer, "/me")).body)
        if me.id != who.id:
            raise SignInRefused(Reason.ANSWER_FORGED)
        answer = await self._graph.get(bearer, "/me/licenseDetails/getTeamsLicensingDetails")
        if not parse(TeamsLicensing, answer.body).has_teams_license:
            raise SignInRefused(await self._why_no_license(bearer))
        return SignedInUser(who.tenant_id, who.id, me.user_principal_name or who.username, me.display_name or who.name)

    async def _why_no_license(self, bearer: Bearer) -> Reason:
        """A license that was given a moment ago has a plan for Teams that Microsoft is still setting up."""
        answer = await self._graph.get(bearer, "/me/licenseDetails")
        plans = [plan for each in parse(LicenseDetails, answer.body).value for plan in each.service_plans]
        pending = any(each.is_teams and each.provisioning_status.startswith("Pending") for each in plans)
        return Reason.LICENSE_PENDING if pending else Reason.NO_LICENSE


def _bare(scope: str) -> str:
    """`https://graph.microsoft.com/Chat.Read` and `Chat.Read` are the same."""
    return scope.rpartition("/")[2].casefold()
