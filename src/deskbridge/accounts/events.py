"""What happens to Users and Accounts, as feeds hear it."""

from __future__ import annotations

from typing import Literal

from deskbridge.accounts.model import Account, User, View


class MeChanged(View):
    """The signed-in User is different: Status, licenses, role."""

    type: Literal["me_changed"] = "me_changed"
    me: User


class AccountChanged(View):
    """The Account is different: Teams chat switched on or off."""

    type: Literal["account_changed"] = "account_changed"
    account: Account
