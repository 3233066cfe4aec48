"""Every table of the product: importing this fills the metadata that migrations and tests compare with."""

from __future__ import annotations

from deskbridge.accounts import drawer_store as drawer_tables
from deskbridge.accounts import factor_store as factor_tables
from deskbridge.accounts import link_store as link_tables
from deskbridge.accounts import session_store as session_tables
from deskbridge.accounts import setup_store as setup_tables
from deskbridge.accounts import sso_store as sso_tables
from deskbridge.accounts import store as accounts_tables
from deskbridge.audit import store as audit_tables
from deskbridge.conversations import file_tables, search_tables
from deskbridge.conversations import tables as conversations_tables
from deskbridge.directory import import_store as import_tables
from deskbridge.directory import report_store as report_tables
from deskbridge.directory import tables as directory_tables
from deskbridge.presence import store as presence_tables
from deskbridge.storage import feed as feed_tables
from deskbridge.storage.schema import metadata
from deskbridge.teams import store as teams_tables

__all__ = [
    "accounts_tables",
    "audit_tables",
    "conversations_tables",
    "directory_tables",
    "drawer_tables",
    "factor_tables",
    "feed_tables",
    "file_tables",
    "import_tables",
    "link_tables",
    "metadata",
    "presence_tables",
    "report_tables",
    "search_tables",
    "session_tables",
    "setup_tables",
    "sso_tables",
    "teams_tables",
]
