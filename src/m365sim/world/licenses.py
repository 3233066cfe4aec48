"""The products that people can have, with the service plans in them (facts.md 2)."""

from dataclasses import dataclass

TEAMS_PLAN_PREFIX = "TEAMS"


@dataclass(frozen=True, slots=True)
class Plan:
    """A service plan inside a product."""

    id: str
    name: str
    service: str
    state: str = "Success"
    applies_to: str = "User"


@dataclass(frozen=True, slots=True)
class Sku:
    """A product."""

    id: str
    plans: tuple[Plan, ...]


TEAMS1 = Plan("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1", "TeamspaceAPI")
EXCHANGE = Plan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE", "exchange")
SHAREPOINT = Plan("5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE", "SharePoint")
OFFICE = Plan("43de0ff5-c92c-492b-9116-175376d08c38", "OFFICESUBSCRIPTION", "MicrosoftOffice")
TEAMS_PENDING = Plan(TEAMS1.id, "TEAMS1", "TeamspaceAPI", state="PendingActivation")
TEAMS_DISABLED = Plan(TEAMS1.id, "TEAMS1", "TeamspaceAPI", state="Disabled")

#: By skuPartNumber. A product named "(no Teams)" simply lacks the plan.
CATALOG: dict[str, Sku] = {
    "ENTERPRISEPREMIUM": Sku("c7df2760-2c81-4ef7-b578-5b5392b571df", (TEAMS1, EXCHANGE, SHAREPOINT, OFFICE)),
    "ENTERPRISEPACK": Sku("6fd2c87f-b296-42f0-b197-1e91e994b900", (TEAMS1, EXCHANGE, SHAREPOINT)),
    "SPB": Sku("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", (TEAMS1, EXCHANGE, SHAREPOINT, OFFICE)),
    "Microsoft_365_E3_(no_Teams)": Sku("dcf0408c-aaec-446c-afd4-43e3683943ea", (EXCHANGE, SHAREPOINT, OFFICE)),
    "Microsoft_Teams_Enterprise_New": Sku("7e31c0d9-9551-471d-836f-32ee72be4a01", (TEAMS1,)),
    "ENTERPRISEPACK_TEAMS_OFF": Sku("6fd2c87f-b296-42f0-b197-1e91e994b901", (TEAMS_DISABLED, EXCHANGE)),
    "TEAMS_TRIAL_PENDING": Sku("7e31c0d9-9551-471d-836f-32ee72be4a02", (TEAMS_PENDING,)),
}
