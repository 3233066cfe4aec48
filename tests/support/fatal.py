"""The product's command, killed by itself in the middle of deleting somebody: `-m support.fatal WORDS[,WORDS…] serve`.

At the first statement that begins with WORDS, once the deletion has begun to write; the process is the real one. With
several WORDS there is one process for each, one after the other, and how each ended is printed.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from deskbridge import cli


def die_at(words: str) -> None:
    """What is left of the command line is the product's."""
    begun = False

    def on_execute(conn: Any, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        nonlocal begun
        begun = begun or "user_deleted" in repr(values)
        if begun and statement.startswith(words):
            os.kill(os.getpid(), signal.SIGKILL)

    def on_commit(conn: Any) -> None:
        # PostgreSQL's driver is not given it in words.
        if begun and words == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", on_execute)
    event.listen(Engine, "commit", on_commit)
    cli.main()


def main() -> None:
    """A process is forked off, not started: to read the code again takes longer than what it is to do."""
    points = sys.argv.pop(1).split(",")
    if len(points) == 1:
        die_at(*points)
    for words in points:
        child = os.fork()
        if child == 0:
            die_at(words)
            os._exit(0)
        print(words, os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
