"""What the command line decides."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Settings:
    """Settings of one simulator."""

    scenario: str | dict[str, object] = "demo"
    seed: int = 1
    state: Path | None = None
    throttling: bool = True
    ca_file: Path | None = None
