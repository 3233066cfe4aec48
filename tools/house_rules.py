"""House rules that linters do not know: small files and functions, and a reason for each exception. Prints breaches."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 300
MOST_FUNCTION_LINES = 40
EXCEPTION = re.compile(r"#\s*(?:noqa\b(?:: [A-Z0-9]+(?:, [A-Z0-9]+)*)?|type: ignore\b(?:\[[a-z, -]+\])?)")
"""Words to a linter or to mypy, that this line may break a rule."""


def breaches(path: Path) -> list[str]:
    """What is too large to see whole."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    found = [f"{path}: {lines} lines (at most {MOST_LINES})"] if lines > MOST_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > MOST_FUNCTION_LINES:
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines (at most {MOST_FUNCTION_LINES})")
    return found


def unreasoned(path: Path) -> list[str]:
    """Exceptions that do not say why."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        exceptions = list(EXCEPTION.finditer(line))
        if exceptions and not re.match(r"\s*[#-]\s*\S", line[exceptions[-1].end() :]):
            found.append(f"{path}:{number}: an exception from the rules without its reason on the line")
    return found


def main() -> int:
    """The size of the two programs, and all tracked Python files."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split() if "/versions/" not in name]
    found = [breach for name in names if name.startswith("src/") for breach in breaches(ROOT / name)]
    found += [breach for name in names for breach in unreasoned(ROOT / name)]
    print("\n".join(found) or "House rules: nothing too large, and no exception without its reason.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
