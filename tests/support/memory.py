"""Where temporary files cost nothing: in memory, on systems that offer it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_SHARED = Path("/dev/shm")
_ENOUGH = 3 * 1024**3
"""Bytes: several times what all workers use at a time. Containers often have 64 MiB, which is too little."""


def keep_temporary_files_in_memory() -> None:
    """For this process and all that it starts; nothing that tests write has to outlast them.

    SQLite waits for the disk at each commit, and PostgreSQL copies five hundred files for each story. Whoever has set
    TMPDIR is obeyed.
    """
    if "TMPDIR" in os.environ or not os.access(_SHARED, os.W_OK) or shutil.disk_usage(_SHARED).free < _ENOUGH:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(_SHARED)
