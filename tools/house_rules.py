"""House rules that linters do not know (shared style, rule 8): small files, small functions. Prints each breach."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 300
MOST_FUNCTION_LINES = 40


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


def main() -> int:
    """All tracked Python files of the two programs."""
    listed = subprocess.run(["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split() if name.endswith(".py") and "/versions/" not in name]
    found = [breach for name in names for breach in breaches(ROOT / name)]
    print("\n".join(found) or "House rules: nothing too large.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
