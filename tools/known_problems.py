"""Asks whether problems of the packages that run are known: pip-audit and npm audit, where these can be reached.

Says so in one line where they cannot be, and does not fail for that; fails for what is found. Also says when all parts
were last brought up to date longer ago than `SECURITY.md` wants: without failing, as the same commit has to pass on any
day. Run by `make check`. With `--release`, by `make release`, all of that fails: nothing is released with parts that
are overdue, or of which nobody could be asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WITHIN = 60
"""Seconds; a service that does not answer must not hold up anybody's work."""

UPGRADED = ROOT / "src" / "deskbridge" / "upgraded.txt"
"""The day of the last `tools/lock.sh --upgrade`; in the package, as an installation says so, too."""
AT_MOST = timedelta(days=92)


def _json_of(*command: str) -> Any:
    """What it says in JSON, or None when it could not find out."""
    # npm's own repeating takes minutes where there is no way out.
    environment = {**os.environ, "npm_config_fetch_retries": "0", "npm_config_fetch_timeout": "10000"}
    try:
        said = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WITHIN, check=False
        )
        return json.loads(said.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def python_problems(said: Any) -> list[str] | None:
    """Of pip-audit's answer: each package with what is known of it, or None when there is no answer."""
    if not isinstance(said, dict) or all("skip_reason" in each for each in said.get("dependencies", ())):
        return None
    return [
        f"{each['name']} {each.get('version')}: {', '.join(known['id'] for known in each['vulns'])}"
        for each in said["dependencies"]
        if each.get("vulns")
    ]


def web_problems(said: Any) -> list[str] | None:
    """The same of npm audit's answer."""
    if not isinstance(said, dict) or "vulnerabilities" not in said:
        return None
    return [f"{name}: {each.get('severity')}" for name, each in said["vulnerabilities"].items()]


def overdue(upgraded: str, today: date) -> list[str]:
    """Whether it is more than three months ago that all parts were brought up to date."""
    last = date.fromisoformat(upgraded.strip())
    if today - last <= AT_MOST:
        return []
    return [f"Overdue: all parts were last brought up to date on {last}; see tools/lock.sh --upgrade and SECURITY.md"]


def refused(found: dict[str, list[str] | None], late: list[str], *, is_release: bool) -> bool:
    """Whether what was found, by whom, is too much; a release needs everybody's answer, and no part may be overdue."""
    is_known = any(found.values())
    return is_known or (is_release and (bool(late) or None in found.values()))


def main() -> int:
    """0 unless something is known, or something else keeps a release from being made."""
    pip_audit = (sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off")
    npm = (sys.executable, "hatch_build.py", "npm", "audit", "--json", "--omit=dev")
    found = {
        "pip-audit": python_problems(_json_of(*pip_audit, "--format=json", "-r", "requirements/run.txt")),
        "npm audit": web_problems(_json_of(*npm)),
    }
    away = [name for name, problems in found.items() if problems is None]
    if away:
        print(f"Known problems of packages: {' and '.join(away)} cannot be asked from here.")
    problems = [f"Known problem: {each}" for some in found.values() for each in some or ()]
    late = overdue(UPGRADED.read_text(encoding="ascii"), datetime.now(UTC).date())
    for each in problems + late:
        print(each)
    return 1 if refused(found, late, is_release="--release" in sys.argv[1:]) else 0


if __name__ == "__main__":
    sys.exit(main())
