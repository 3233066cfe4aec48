"""The workspace's files and pages: found at every address, held tight, and nothing else of the disk."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from deskbridge.api import pages
from deskbridge.api.http import create_api


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    """The pages over a small built workspace, with a secret beside it."""
    built = tmp_path / "workspace"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text('<script nonce="__CSP_NONCE__"></script>', encoding="utf-8")
    (built / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (built / ".hidden").write_text("secret", encoding="utf-8")
    (built / "assets" / "app-1a2b.js").write_text("go()", encoding="utf-8")
    (tmp_path / "secret.key").write_text("secret", encoding="utf-8")
    monkeypatch.setattr(pages, "WORKSPACE", built)
    return client_of(create_api("http://desk.example"))


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A browser of that application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example")


async def test_the_workspace_answers_every_address_with_a_nonce_of_its_own(site: httpx.AsyncClient) -> None:
    nonces = set()
    for path in ("/", "/chats/abc", "/settings/teams", "/index.html", "/people?q=x"):
        answer = await site.get(path)
        assert answer.status_code == 200
        (nonce,) = re.findall(r'nonce="([\w-]{22})"', answer.text)
        policy = answer.headers["content-security-policy"]
        assert f"style-src 'self' 'nonce-{nonce}'" in policy
        assert {"default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        nonces.add(nonce)
    assert len(nonces) == 5


async def test_files_with_a_hash_are_kept_for_ever_and_others_for_an_hour(site: httpx.AsyncClient) -> None:
    script, icon = await site.get("/assets/app-1a2b.js"), await site.get("/favicon.svg")

    assert (script.text, icon.text) == ("go()", "<svg/>")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert icon.headers["cache-control"] == "public, max-age=3600"


async def test_head_is_answered_like_get_without_the_content(site: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/app-1a2b.js", "/favicon.svg", "/healthz"):
        answer = await site.head(path)
        assert answer.status_code == 200, path
        assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.key",
        "/assets/%2e%2e/%2e%2e/secret.key",
        "/assets/..%2f..%2fsecret.key",
        "/assets/%2fetc/passwd",
        "/assets//etc/passwd",
        "/..%2fsecret.key",
        "/%2e%2e/secret.key",
        "/.hidden",
        "/assets/",
        "/assets/%00",
        "/%00",
        "/" + "a" * 5_000,
    ],
)
async def test_nothing_else_of_the_disk_is_served(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path)

    assert "secret" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code in {200, 404}


async def test_a_workspace_that_was_not_built_says_how_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "WORKSPACE", tmp_path)
    answer = await client_of(create_api("https://desk.example")).get("/")

    assert answer.status_code == 503
    assert "make demo" in answer.text
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_a_notice_repeats_nothing_as_markup() -> None:
    answer = pages.notice(
        "<script>", "<img src=x onerror=alert(1)>", links=[pages.Link('"><script>', "<script>")], small="<script>"
    )

    text = bytes(answer.body).decode()
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


async def test_behind_tls_browsers_are_told_to_stay_there() -> None:
    for path in ("/", "/api/v1/webhooks/nothing", "/healthz"):
        answer = await client_of(create_api("https://desk.example")).get(path)
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    answer = await client_of(create_api("http://localhost:8000")).get("/healthz")
    assert "strict-transport-security" not in answer.headers
