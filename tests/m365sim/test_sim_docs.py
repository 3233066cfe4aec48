"""The documents say what is true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sim_schema
from sim_tenant import Tenant

from m365sim import coverage
from m365sim.cli import app

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_coverage_is_up_to_date() -> None:
    """If this fails: m365sim coverage --write docs/graph-coverage.md."""
    assert (DOCS / "graph-coverage.md").read_text() == coverage.markdown()


def test_every_described_operation_is_covered() -> None:
    if not sim_schema.FILE.exists():
        pytest.skip("Microsoft's metadata is not there.")
    ours = {
        (operation.method, re.sub(r"\{[^}]+\}", "{}", path).lower())
        for operation in coverage.all_operations()
        for path in operation.paths
    }
    described = json.loads(sim_schema.FILE.read_text())["paths"]
    missing = [
        f"{method.upper()} {path}"
        for path, methods in described.items()
        for method in methods
        if (method.upper(), re.sub(r"\{[^}]+\}", "{}", path).replace("()", "").lower()) not in ours
        and method != "parameters"
    ]
    assert missing == []


def test_every_option_is_documented() -> None:
    import typer.main

    text = (DOCS / "m365sim.md").read_text()
    serve = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    for option in serve.params:
        assert any(name in text for name in (*option.opts, *option.secondary_opts)), option.opts


async def test_every_control_call_is_documented(tenant: Tenant) -> None:
    text = (DOCS / "m365sim.md").read_text()
    described = (await tenant.http.get("/_sim/openapi.json")).json()["paths"]
    for path in described:
        last = [part for part in path.split("/") if not part.startswith("{")][-1]
        assert last in text, path


#: Samples that are wrong in Microsoft's documentation, or that a chat cannot have, with the reason.
WRONG: dict[str, str] = {}


class TestExamples:
    """Microsoft's own sample bodies are accepted where they are requests."""

    def _samples(self, pattern: str) -> list[tuple[str, dict[str, Any]]]:
        folder = sim_schema.FOLDER / "examples"
        found = [(file.name, json.loads(file.read_text())) for file in sorted(folder.glob(pattern))]
        return [(name, sample) for name, sample in found if isinstance(sample.get("body"), dict)]

    async def test_messages(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        samples = self._samples("post-chats-chat-id-messages.request*.json")
        samples += self._samples("post-chatmessage-examples.request*.json")
        for name, sample in samples:
            body = json.dumps(sample["body"])
            # Samples mention people of Microsoft's own tenants.
            for found in re.findall(r'"user": \{[^}]*?"id": "([^"]+)"', body):
                body = body.replace(found, tenant.people["robin"])
            answer = await anne.post(f"/chats/{chat}/messages", content=body)
            if name not in WRONG:
                assert answer.status_code == 201, (name, answer.text)

    async def test_answers_have_the_properties_of_the_samples(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        made = (await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})).json()
        for name, sample in self._samples("get-chats-chat-id-messages-id.response*.json"):
            # onBehalfOf is in samples, but not in v1.0 metadata; @odata.type is implied.
            shown = sample["body"].keys() - {
                "onBehalfOf",
                "@odata.type",
                "hostedContents@odata.context",
                "hostedContents",
            }
            assert shown <= made.keys(), (name, shown - made.keys())
        listed = (await anne.get("/me/chats?$expand=members")).json()["value"][0]
        for name, sample in self._samples("get-me-chats.response*.json"):
            for item in sample["body"]["value"]:
                assert (
                    item.keys() - {"@odata.type", "lastMessagePreview", "lastMessagePreview@odata.context"}
                    <= listed.keys()
                ), name
