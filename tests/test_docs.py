"""The documentation keeps up with the code: what is not written down, or not true any more, fails here."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

import deskbridge
from deskbridge.errors import DeskbridgeError
from deskbridge.realtime import protocol, socket
from deskbridge.settings import Settings
from deskbridge.teams.reasons import Reason, sentence
from support.pages import PAGES, ROOT, SOURCE, parsed_sources, read, sections, slug, without_code

WORDS_OF_THE_PRODUCT = (
    *("Account", "User", "License", "Agent", "Person", "Identity", "Main identity", "Status", "Presence"),
    *("Conversation", "Delivery", "Teams connection"),
)
WORDS_OF_THE_CODE = (
    *(
        "Announce",
        "Attempt",
        "Attendance",
        "Board",
        "Bus",
        "Change",
        "Client id",
        "Complete up to",
        "Connector",
        "Desk",
        "Epoch",
    ),
    *("Event", "Feed", "Frame", "Group commit", "Hub", "Import", "Inbox", "Incoming", "Lane", "Lease", "Link"),
    *("Message", "Moment", "Outbox", "Outcome", "Participant", "Position", "Reaction", "Reason", "Remedy", "Resync"),
    *("Revision", "Session", "Snapshot", "Topic", "Transaction", "Vault", "Version", "Watch", "m365sim"),
)


def import_everything() -> None:
    for module in pkgutil.walk_packages(deskbridge.__path__, "deskbridge."):
        # Migrations run when they are imported.
        if "migrations" not in module.name:
            importlib.import_module(module.name)


class TestSettings:
    @pytest.mark.parametrize("name", Settings.model_fields)
    def test_is_documented_with_its_default_and_an_example_that_works(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        variable = f"DESKBRIDGE_{name.upper()}"
        text = sections("docs/settings.md")[variable]
        example = re.search(rf"- Example: `{variable}=([^`]*)`", text)
        default = re.search(r"- Default: (none|`[^`]*`)", text)
        assert example is not None
        assert default is not None
        monkeypatch.setenv(variable, example[1])
        Settings.load()
        if default[1] == "none":
            assert Settings.model_fields[name].default is None
        else:
            monkeypatch.setenv(variable, default[1].strip("`"))
            assert getattr(Settings.load(), name) == Settings.model_fields[name].default

    def test_no_page_speaks_of_a_setting_that_does_not_exist(self) -> None:
        known = {f"DESKBRIDGE_{name.upper()}" for name in Settings.model_fields}
        for page in PAGES:
            assert set(re.findall(r"DESKBRIDGE_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8"))) <= known, page

    def test_documented_settings_exist(self) -> None:
        assert set(sections("docs/settings.md")) == {f"DESKBRIDGE_{name.upper()}" for name in Settings.model_fields}


def all_errors(base: type[DeskbridgeError] = DeskbridgeError) -> Iterator[type[DeskbridgeError]]:
    yield base
    for each in base.__subclasses__():
        yield from all_errors(each)


def codes_in_answers() -> set[str]:
    """Codes that are written into an answer without an error's class."""
    return {
        str(value.value)
        for _, tree in parsed_sources("deskbridge/api")
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "code" and isinstance(value, ast.Constant)
    }


class TestErrors:
    def test_each_is_documented_with_its_status_and_sentence(self) -> None:
        import_everything()
        written = sections("docs/errors.md")
        for error in all_errors():
            assert error.code in written, f"{error.code} has no heading in docs/errors.md"
            if error.code in set(Reason) or error.code == "wrong_setting":
                continue  # A reason's own sentence is what people are told; wrong settings have one each.
            assert f"HTTP {error.status}." in written[error.code], error
            assert f"“{error.sentence}”" in written[error.code], error

    @pytest.mark.parametrize("reason", Reason)
    def test_each_reason_is_documented_with_its_sentence(self, reason: Reason) -> None:
        assert f"“{sentence(reason)}”" in sections("docs/errors.md")[reason.value]

    def test_nothing_else_is(self) -> None:
        import_everything()
        codes = {error.code for error in all_errors()} | set(Reason) | codes_in_answers()
        assert set(sections("docs/errors.md")) == codes


def said(union: Any) -> list[Any]:
    """The models of a discriminated union."""
    return list(get_args(get_args(union)[0]))


class TestEvents:
    @pytest.mark.parametrize("union", ["FeedEvent", "ServerFrame", "ClientFrame"])
    def test_each_is_documented_with_its_fields(self, union: str) -> None:
        written = sections("docs/events.md")
        for model in said(getattr(protocol, union)):
            text = written[model.model_fields["type"].default]
            for field in set(model.model_fields) - {"type"}:
                assert f"- `{field}`" in text, (model, field)

    def test_nothing_else_is(self) -> None:
        models = [
            model for union in ("FeedEvent", "ServerFrame", "ClientFrame") for model in said(getattr(protocol, union))
        ]
        assert set(sections("docs/events.md")) == {model.model_fields["type"].default for model in models}

    def test_codes_that_end_a_socket_are_documented(self) -> None:
        codes = {name: value for name, value in vars(socket).items() if name.isupper() and isinstance(value, int)}
        text = read("docs/events.md")
        assert codes
        for name, code in codes.items():
            assert f"| {code} | `{name}` |" in text


def commands(program: str) -> dict[str, Any]:
    """Each command by its whole name; groups are only the way to them."""

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "commands"):
            yield name, command
            return
        for word, each in command.commands.items():
            yield from below(f"{name} {word}", each)

    module = importlib.import_module(f"{program}.cli")
    return dict(below(program, typer.main.get_command(module.app)))


class TestCommands:
    def test_each_is_documented_with_its_options(self) -> None:
        written = sections("docs/operating.md")
        for name, command in commands("deskbridge").items():
            for parameter in command.params:
                option = max(parameter.opts, key=len)
                assert not option.startswith("--") or f"{option}" in written[name], (name, option)
        assert {heading for heading in written if heading.startswith("deskbridge ")} == set(commands("deskbridge"))

    def test_those_of_the_simulator_too(self) -> None:
        text = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
        for name in commands("m365sim"):
            assert name in text

    def test_make_targets_that_pages_name_exist(self) -> None:
        targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            code = "\n".join(re.findall(r"^```sh$.*?^```|`[^`\n]+`", text, flags=re.MULTILINE | re.DOTALL))
            assert set(re.findall(r"^`?make ([a-z-]+)", code, flags=re.MULTILINE)) <= targets, page


def test_metrics_are_documented() -> None:
    text = read("docs/operating.md")
    for path, tree in parsed_sources("deskbridge"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                "Counter",
                "Gauge",
                "Histogram",
                "Summary",
            }:
                assert isinstance(node.args[0], ast.Constant), path
                assert f"`{node.args[0].value!s}`" in text, path


def glossary() -> set[str]:
    rows = re.findall(r"^\| ([^|]+) \|", read("docs/glossary.md"), flags=re.MULTILINE)
    return {word.strip() for row in rows for word in row.split(",")}


class TestGlossary:
    def test_has_the_words_of_the_product_and_of_the_code(self) -> None:
        assert {*WORDS_OF_THE_PRODUCT, *WORDS_OF_THE_CODE} <= glossary()

    def test_has_every_noun_that_is_shown_and_every_closed_vocabulary(self) -> None:
        written = glossary()
        for path, tree in parsed_sources("deskbridge"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    bases = {getattr(base, "id", "") for base in node.bases}
                    is_noun = StrEnum.__name__ in bases or (path.name == "model.py" and "View" in bases)
                    assert not is_noun or node.name in written, f"{node.name} of {path}"

    def test_names_only_types_that_exist(self) -> None:
        names = {each for each in glossary() if re.fullmatch(r"(?:[A-Z][a-z]+){2,}", each)}
        source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
        for name in names:
            assert re.search(rf"\bclass {name}\b|^{name} = ", source, flags=re.MULTILINE), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
class TestPages:
    def test_links_lead_somewhere(self, page: Path) -> None:
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            if anchor:
                headings = re.findall(r"^#+ (.+)$", without_code(there.read_text(encoding="utf-8")), flags=re.MULTILINE)
                assert anchor in {slug(heading) for heading in headings}, target

    def test_paths_exist(self, page: Path) -> None:
        written = re.findall(
            r"`((?:src|web|tests|docs|tools|bench|requirements)/[^`\s]*)`", page.read_text(encoding="utf-8")
        )
        for path in written:
            assert (ROOT / path).exists(), path

    def test_says_nothing_of_our_workplace(self, page: Path) -> None:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/work/|/shared/|product\.md|seed\.txt|\bissue \d|\bsession \d", text)


def test_architecture_names_every_part_of_both_programs() -> None:
    text = read("ARCHITECTURE.md")
    for init in [*SOURCE.glob("deskbridge/*/__init__.py"), *SOURCE.glob("m365sim/*/__init__.py")]:
        assert re.search(rf"\b{init.parent.name}\b", text), init.parent


def test_architecture_lists_the_layers_in_their_order() -> None:
    contract = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    layers = [name for layer in contract["layers"] for name in layer.split(" | ")]
    picture = next(part for part in read("ARCHITECTURE.md").split("```") if part.lstrip().startswith("cli "))
    listed = [name for line in picture.strip().splitlines() for name in line.split("  ")[0].split()]
    assert listed == layers


def test_rules_that_code_names_are_written_down() -> None:
    rules = set(re.findall(r"^- \*\*([A-Z]\d+)\*\*", read("docs/rules.md"), flags=re.MULTILINE))
    sources = [*SOURCE.rglob("*.py"), *(ROOT / "web" / "src").rglob("*.ts*"), *(ROOT / "docs").rglob("*.md")]
    for path in sources:
        for named in re.findall(r"\(((?:[CDPHM]\d+(?:, | to )?)+)\)", path.read_text(encoding="utf-8")):
            assert set(re.findall(r"[A-Z]\d+", named)) <= rules, (path, named)


def test_readme_begins_with_the_two_commands() -> None:
    first = re.search(r"^```sh\n(.*?)^```", read("README.md"), flags=re.MULTILINE | re.DOTALL)
    assert first is not None
    assert first[1].split("\n")[:2] == ["make demo", "make test"]


def test_schema_of_the_api_says_where_codes_are_listed() -> None:
    assert "docs/errors.md" in json.dumps(json.loads(read("web/openapi.json")))
