"""The dashboard and the alerts speak of metrics that exist, and every alert says what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from prometheus_client import REGISTRY

import deskbridge.app  # noqa: F401  # Declares all that is counted.
from support.pages import ROOT, SOURCE, read, sections

DASHBOARD: Any = json.loads(read("ops/grafana-dashboard.json"))
ALERTS: Any = yaml.safe_load(read("ops/alerts.yaml"))["groups"][0]["rules"]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def offered() -> set[str]:
    """Every metric that the product offers: those of the registry, and the gauges that are read for each scrape."""
    counted = {
        sample
        for family in REGISTRY.collect()
        for sample in (f"{family.name}{end}" for end in ("", "_total", "_bucket", "_count", "_sum"))
    }
    text = (SOURCE / "deskbridge/health/exposition.py").read_text(encoding="utf-8")
    return counted | set(re.findall(r'"(deskbridge_\w+)"', text))


def named(expressions: list[str]) -> set[str]:
    return {name for each in expressions for name in re.findall(r"deskbridge_\w+", each)}


def test_every_metric_of_the_dashboard_and_the_alerts_exists() -> None:
    used = named([*EXPRESSIONS, *(each["expr"] for each in ALERTS)])
    assert used
    assert used <= offered()


def test_every_gauge_is_on_the_dashboard_and_documented() -> None:
    text = (SOURCE / "deskbridge/health/exposition.py").read_text(encoding="utf-8")
    for name in re.findall(r'"(deskbridge_\w+)"', text):
        assert name in named(EXPRESSIONS), name
        assert f"`{name}`" in read("docs/operating.md"), name


def test_every_alert_says_what_to_do() -> None:
    written = sections("docs/operating.md")["What to do for each alert"]
    for alert in ALERTS:
        assert f"| `{alert['alert']}` |" in written
        assert alert["annotations"]["summary"].endswith(".")
    assert written.count("| `Deskbridge") == len(ALERTS)


def test_they_are_where_the_documentation_says() -> None:
    monitoring = {"grafana-dashboard.json", "alerts.yaml"}
    units = {"deskbridge.service", "deskbridge-worker.service"}
    assert {each.name for each in (ROOT / "ops").iterdir()} == monitoring | units
