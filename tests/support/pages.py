"""Reading our own documentation and sources, for tests that compare the two."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read(name: str) -> str:
    """A page by its path."""
    return (ROOT / name).read_text(encoding="utf-8")


def sections(name: str) -> dict[str, str]:
    """What a page says under each `###` heading, its lines joined."""
    found: dict[str, str] = {}
    for part in re.split(r"^### ", read(name), flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        found[heading.strip()] = " ".join(re.split(r"^## ", text, flags=re.MULTILINE)[0].split())
    return found


def without_code(text: str) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def slug(heading: str) -> str:
    """The anchor that a heading gets where the pages are read."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def parsed_sources(package: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of a package of ours, parsed."""
    for path in sorted((SOURCE / package).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))
