"""Whether a person may sign in, and to which app (facts.md 1.2)."""

from m365sim.identity.errors import AFRESH, SECOND_FACTOR, IdentityError, refusal
from m365sim.identity.sessions import revoke
from m365sim.world import directory
from m365sim.world.records import App, User
from m365sim.world.world import World

#: Where personal Microsoft accounts live (facts.md 1.6).
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"


def with_password(world: World, username: str, password: str) -> User:
    """The user with this name and password; the sentences are those of the token endpoint."""
    user = directory.find_user(world, username.strip())
    if user is None:
        raise unknown_user(world)
    if not directory.is_local(world, user):
        raise IdentityError(
            "invalid_grant",
            50020,
            f"User account '{user.upn}' from identity provider 'https://sts.windows.net/{user.home_tenant}/' does"
            f" not exist in tenant '{world.tenant.name}' and cannot access the application in that tenant. The"
            " account needs to be added as an external user in the tenant first.",
        )
    if not password or user.password != password:
        raise IdentityError("invalid_grant", 50126, "Error validating credentials due to invalid username or password.")
    return user


def unknown_user(world: World) -> IdentityError:
    """No such account in the tenant."""
    return IdentityError(
        "invalid_grant",
        50034,
        f"The user account does not exist in the {world.tenant.name} directory. To sign into this"
        " application, the account must be added to the directory.",
    )


def check_may_use(user: User, app: App) -> None:
    """Whether the account works and the app is open to it."""
    if user.deleted:
        raise IdentityError("invalid_grant", 50034, "The user account does not exist in the directory.")
    if not user.enabled:
        raise IdentityError("invalid_grant", 50057, "The user account is disabled.")
    if user.password_expired:
        raise IdentityError("invalid_grant", 50055, "The password is expired.")
    if app.assignment_required and user.id not in app.assigned_users:
        raise IdentityError(
            "unauthorized_client",
            50105,
            f"Your administrator has configured the application {app.name} ('{app.client_id}') to block users"
            " unless they are specifically granted ('assigned') access to the application. The signed in user"
            f" '{user.upn}' is blocked because they are not a direct member of a group with access, nor had"
            " access directly assigned by an administrator.",
        )
    if user.blocked_by_policy:
        raise refusal(53003)


def check_not_refused(user: User) -> None:
    """What only an interactive sign-in can mend, or nothing at all; without a person it refuses."""
    if user.sign_in_refusal:
        raise refusal(user.sign_in_refusal)


def check_not_blocked(user: User) -> None:
    """The same for a person at the page: what a fresh sign-in or a second factor mends does not refuse."""
    if user.sign_in_refusal and user.sign_in_refusal not in SECOND_FACTOR | AFRESH:
        raise refusal(user.sign_in_refusal)


def renew_password(world: World, user: User, password: str) -> None:
    """The person chose a new one in place of one that had expired; that ends what the old one began (facts.md 1.2)."""
    user.password = password
    user.password_expired = False
    revoke(world, user)


def needs_second_factor(user: User) -> bool:
    """Whether a password is not enough."""
    return user.mfa or user.sign_in_refusal in SECOND_FACTOR


def has_signed_in(world: World, user: User) -> None:
    """A complete interactive sign-in satisfies what asked for one."""
    if user.sign_in_refusal in SECOND_FACTOR | AFRESH:
        user.sign_in_refusal = 0
        world.save(user)


def check_discovery(world: World, segment: str) -> None:
    """Everybody may read how personal accounts sign in, although none can here."""
    if segment not in ("consumers", CONSUMERS):
        check_tenant(world, segment)


def check_tenant(world: World, segment: str, app: App | None = None) -> None:
    """The first path segment must mean this tenant."""
    tenant = world.tenant
    if segment.lower() in (tenant.id, tenant.domain):
        return
    if segment in ("common", "organizations"):
        if app is not None and app.single_tenant:
            raise IdentityError(
                "invalid_request",
                50194,
                f"Application '{app.client_id}'({app.name}) is not configured as a multi-tenant application."
                " Usage of the /common endpoint is not supported for such apps. Use a tenant-specific"
                " endpoint or configure the application to be multi-tenant.",
            )
        return
    if segment in ("consumers", CONSUMERS):
        raise IdentityError(
            "unauthorized_client",
            700016,
            "The application was not found in the directory 'Microsoft Accounts'. This can happen if it is not"
            " enabled for consumers.",
        )
    raise IdentityError(
        "invalid_request",
        90002,
        f"Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing"
        " into the correct cloud.",
    )
