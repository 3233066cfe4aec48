"""Every table of the product: importing this fills the metadata that migrations and tests compare with."""

from __future__ import annotations

from deskbridge.storage.schema import metadata

__all__ = ["metadata"]
