"""What admins do to Users: invite, change, suspend, reset a password, sign out everywhere; each is in the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from deskbridge.accounts import factor_store, leaving, password_links, sessions
from deskbridge.accounts import store as accounts_store
from deskbridge.accounts.errors import OwnUser
from deskbridge.accounts.events import MeChanged
from deskbridge.accounts.model import AccountId, License, Role, User, UserId
from deskbridge.accounts.password_links import LinkSecret
from deskbridge.accounts.service import NewUser
from deskbridge.admin import users
from deskbridge.audit import service as audit
from deskbridge.audit.model import Action, Actor
from deskbridge.conversations import service as conversations
from deskbridge.directory import service as directory
from deskbridge.directory import store as directory_store
from deskbridge.directory.model import PersonId
from deskbridge.errors import LastAdmin, NotFound, Unprocessable
from deskbridge.presence.board import announce_status
from deskbridge.storage.database import Transaction
from deskbridge.storage.feed import user_topic
from deskbridge.teams.farewells import say_farewell
from deskbridge.teams.store import connections


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What is to be different; None stays as it is."""

    display_name: str | None = None
    email: str | None = None
    role: Role | None = None
    licenses: frozenset[License] | None = None
    job_title: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Managing:
    """One admin at work in one transaction, on the Users of their own Account only."""

    tx: Transaction
    account_id: AccountId
    by: Actor
    now: datetime

    async def find(self, user_id: UserId) -> User:
        """That User of this Account, locked; raises NotFound."""
        # The Account first, as everybody does who locks both: the audit log and the directory need it too.
        await accounts_store.lock_account(self.tx.connection, self.account_id)
        user = await accounts_store.lock_user_of(self.tx.connection, self.account_id, user_id)
        if user is None:
            raise NotFound("There is no such user in your organisation.")
        return user

    async def invite(self, new: NewUser) -> tuple[User, LinkSecret, datetime]:
        """A new User who chooses a password by a one-time link; the link, and until when it is good."""
        if "@" not in new.email:
            raise Unprocessable("The e-mail address is not one.")
        user = await users.create_user(self.tx, self.account_id, new, self.now)
        secret, until = await password_links.make_link(self.tx, user, self.now)
        granted = ", ".join(user.licenses)
        await self._record(Action.USER_INVITED, user, role=user.role.value, licenses=granted)
        return user, secret, until

    async def change(self, user_id: UserId, changes: UserChanges) -> User:
        """Name, addresses, role and licenses; the directory and every screen follow."""
        user = await self.find(user_id)
        told = {
            "display_name": changes.display_name,
            "email": changes.email,
            "role": changes.role,
            "licenses": None if changes.licenses is None else [each for each in License if each in changes.licenses],
            "job_title": changes.job_title,
            "department": changes.department,
        }
        after = user.model_copy(update={name: value for name, value in told.items() if value is not None})
        if after == user:
            return user
        if not after.display_name.strip() or "@" not in after.email:
            raise Unprocessable("A user needs a name and an e-mail address.")
        if user.is_admin and not after.is_admin:
            await self._require_other_admin(user)
        await self._store(after)
        await self._place_in_directory(after)
        await self._refresh(after)
        names = [name for name in told if getattr(user, name) != getattr(after, name)]
        await self._record(Action.USER_CHANGED, user, **{name: _words(getattr(after, name)) for name in names})
        return after

    async def suspend(self, user_id: UserId) -> User:
        """They can do nothing any more, at once and everywhere; everything of theirs stays (C1)."""
        user = await self.find(user_id)
        if user.suspended:
            return user
        if user.is_admin:
            await self._require_other_admin(user)
        await accounts_store.update_user(self.tx.connection, user.id, suspended=True)
        user = await self._end_sessions(user.model_copy(update={"suspended": True}))
        await self._refresh(user)
        await self._record(Action.USER_SUSPENDED, user)
        return user

    async def resume(self, user_id: UserId) -> User:
        """They can sign in again; what waited goes out."""
        user = await self.find(user_id)
        if not user.suspended:
            return user
        await accounts_store.update_user(self.tx.connection, user.id, suspended=False)
        user = user.model_copy(update={"suspended": False})
        await self._refresh(user)
        await self._record(Action.USER_RESUMED, user)
        return user

    async def reset_password(self, user_id: UserId) -> tuple[User, LinkSecret, datetime]:
        """The password is void and all sessions end; a one-time link lets them choose another."""
        user = await self.find(user_id)
        await accounts_store.update_user(self.tx.connection, user.id, password_hash=None)
        user = await self._end_sessions(user)
        secret, until = await password_links.make_link(self.tx, user, self.now)
        await self._record(Action.PASSWORD_RESET, user)
        return user, secret, until

    async def sign_out_everywhere(self, user_id: UserId) -> User:
        """All sessions end, and open workspaces close at once."""
        user = await self._end_sessions(await self.find(user_id))
        await self._record(Action.SIGNED_OUT_EVERYWHERE, user)
        return user

    async def remove_second_factor(self, user_id: UserId) -> User:
        """For somebody who has lost phone and recovery codes; where one is required, they set up another."""
        user = await self.find(user_id)
        await self._record(Action.SECOND_FACTOR_REMOVED, user)
        await factor_store.remove(self.tx.connection, user.id)
        return user

    async def delete(self, user_id: UserId, *, erase_name: bool) -> User:
        """They are gone, and with them whatever lets somebody in as them; the record of what was said stays.

        With `erase_name` it names them no more; the audit log always does (docs/decisions/0033). Raises OwnUser or
        LastAdmin.
        """
        user = await self.find(user_id)
        if user.id == self.by.user_id:
            raise OwnUser
        if user.is_admin:
            await self._require_other_admin(user)
        await self._record(Action.USER_DELETED, user, name_erased=erase_name)
        await self._end_sessions(user)
        # Before the connection goes: its tokens are kept for deleting what is left at Microsoft.
        await say_farewell(self.tx, user.id, self.now)
        await connections.remove(self.tx.connection, user.id)
        await conversations.leave(self.tx, user.id, self.now)
        former = await leaving.delete_user(self.tx, user, self.now, erase_name=erase_name)
        if erase_name:
            await conversations.rename_author(self.tx, user.id, former.display_name)
        await self._leave_directory(user, former if erase_name else None)
        self.tx.announce(f"attendance.{self.account_id}")
        return former

    async def _leave_directory(self, user: User, former: User | None) -> None:
        """Contacts lists them no more; a Person who has nothing else is shown as `former`."""
        has = [each.id for each in await directory_store.identities_of_user(self.tx.connection, user.id)]
        person = await directory_store.find_person_of_user(self.tx.connection, self.account_id, user.id)
        changed = await directory.remove_identities(self.tx, self.account_id, has)
        if former is not None:
            ever = {PersonId(users.identity_of(user.id, each)) for each in users.PLATFORM.values()}
            known = ever | ({person.id} if person else set())
            await directory_store.rename_left(self.tx.connection, self.account_id, known, former.display_name)
        await conversations.person_changed(self.tx, [*has, *changed])
        self.tx.announce(f"directory.{self.account_id}")

    async def _end_sessions(self, user: User) -> User:
        user = await sessions.end_all(self.tx, user, self.now)
        await announce_status(self.tx, user, self.now)
        return user

    async def _require_other_admin(self, user: User) -> None:
        if not await accounts_store.has_other_admin(self.tx.connection, user):
            raise LastAdmin

    async def _store(self, user: User) -> None:
        await accounts_store.update_user(
            self.tx.connection,
            user.id,
            display_name=user.display_name.strip(),
            email=user.email.strip(),
            role=user.role.value,
            contact_center=License.CONTACT_CENTER in user.licenses,
            work=License.WORK in user.licenses,
            job_title=user.job_title or None,
            department=user.department or None,
        )

    async def _place_in_directory(self, user: User) -> None:
        has = {each.platform: each.id for each in await directory_store.identities_of_user(self.tx.connection, user.id)}
        wanted = {users.PLATFORM[each]: users.details_of(user, each) for each in user.licenses}
        lost = [has[each] for each in has.keys() - wanted.keys()]
        left = await directory.remove_identities(self.tx, self.account_id, lost)
        ids = {each: has.get(each) or users.identity_of(user.id, each) for each in wanted}
        put = await directory.put_identities(self.tx, self.account_id, {ids[each]: wanted[each] for each in wanted})
        await conversations.person_changed(self.tx, [*has.values(), *ids.values(), *left, *put.persons])
        self.tx.announce(f"directory.{self.account_id}")

    async def _refresh(self, user: User) -> None:
        account = await accounts_store.find_account(self.tx.connection, self.account_id)
        if account is None:
            raise NotFound
        self.tx.emit(user_topic(user.id), MeChanged(me=user))
        await users.refresh_connection(self.tx, user, account, self.now)

    async def _record(self, action: Action, user: User, **detail: str | bool) -> None:
        await audit.record(self.tx, self.account_id, (self.by, action), self.now, user, **detail)


def _words(value: object) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)
