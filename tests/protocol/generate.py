"""Writes the golden files beside it: `.venv/bin/python tests/protocol/generate.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cases import Case, all_cases  # noqa: E402  # From beside this file, wherever it is run.


def text_of(case: Case) -> str:
    """What stands in the file."""
    return json.dumps(case.plain(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """All of them; those that no case makes any more are deleted."""
    cases = all_cases()
    for path in HERE.glob("*.json"):
        if path.name not in cases:
            path.unlink()
    for name, case in cases.items():
        (HERE / name).write_text(text_of(case), encoding="utf-8")


if __name__ == "__main__":
    main()
