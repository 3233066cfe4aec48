"""The program itself: ports, certificates, state that survives, connections that break."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import msal
import pytest
import requests
from sim_process import Process


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One that nobody kills."""
    started = Process(tmp_path_factory.mktemp("shared"), "--no-throttling").start()
    yield started
    started.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path, "--no-throttling").start()
    yield started
    started.close()


def open_chat(process: Process, graph: httpx.Client) -> str:
    people = {person["username"].split("@")[0]: person["id"] for person in process.info["people"]}
    members = [
        {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{people[alias]}')",
        }
        for alias in ("anne", "robin")
    ]
    return graph.post("/chats", json={"chatType": "oneOnOne", "members": members}).json()["id"]


class TestState:
    def test_what_was_acknowledged_survives_kill_9(self, process: Process) -> None:
        graph = process.graph("anne")
        refresh = process.token("anne", "User.Read")["refresh_token"]
        chat = open_chat(process, graph)
        sent = [
            graph.post(f"/chats/{chat}/messages", json={"body": {"content": f"Message {number}"}}).json()["id"]
            for number in range(20)
        ]
        process.end(signal.SIGKILL)
        process.start()
        found = graph.get(f"/chats/{chat}/messages?$top=50").json()["value"]
        assert [message["id"] for message in reversed(found)] == sent
        form = {
            "client_id": process.info["client_id"], "client_secret": process.info["client_secret"],
            "grant_type": "refresh_token", "refresh_token": refresh,
        }  # fmt: skip
        again = httpx.post(process.info["authority_url"] + "/oauth2/v2.0/token", data=form, trust_env=False)
        assert again.status_code == 200, again.text
        people = [person["username"] for person in process.info["people"]]
        assert people[0] == "anne@contoso.example"

    def test_the_clock_and_the_certificate_authority_stay(self, process: Process) -> None:
        authority = Path(process.info["ca_file"]).read_bytes()
        process.control("POST", "/clock/advance", {"seconds": 86_400})
        assert process.end() == 0
        process.start()
        assert process.control("GET", "/clock")["advanced_seconds"] >= 86_400
        assert Path(process.info["ca_file"]).read_bytes() == authority

    def test_undelivered_notifications_come_after_a_restart(self, process: Process) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            hook = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        with _answering(hook) as heard:
            graph = process.graph("anne")
            me = graph.get("/me").json()["id"]
            body = {
                "changeType": "created",
                "notificationUrl": hook,
                "resource": f"/users/{me}/chats/getAllMessages",
                "clientState": "s",
            }
            now = process.control("GET", "/clock")["now"]
            made = graph.post("/subscriptions", json=body | {"expirationDateTime": _in_an_hour(now)})
            assert made.status_code == 201, made.text
            assert heard.validated == 1
        process.control("POST", "/users/robin@contoso.example/messages", {"to": "anne@contoso.example", "text": "Hi"})
        process.control("POST", "/settle")
        process.end(signal.SIGKILL)
        with _answering(hook) as heard:
            process.start()
            process.control("POST", "/clock/advance", {"seconds": 60})
            assert heard.changes == ["created"]


class TestListening:
    def test_a_port_in_use(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            command = [sys.executable, "-m", "m365sim", "serve", "--port", port, "--https-port", "0"]
            ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ended.returncode == 1
        assert f"Port {port} on 127.0.0.1 cannot be used" in ended.stderr
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize(("state", "words"), [("folder", "unable to open"), ("not.sqlite", "not a database")])
    def test_a_state_that_cannot_be_used(self, tmp_path: Path, state: str, words: str) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "not.sqlite").write_text("Dear diary, " * 200)
        command = [sys.executable, "-m", "m365sim", "serve", "--port", "0", "--https-port", "0", "--state", state]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ended.returncode == 1
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize(
        ("scenario", "words"), [("nowhere.json", "Cannot read scenario"), ("bad.json", "Cannot understand")]
    )
    def test_a_scenario_that_cannot_be_read(self, tmp_path: Path, scenario: str, words: str) -> None:
        (tmp_path / "bad.json").write_text("{")
        command = [sys.executable, "-m", "m365sim", "serve", "--port", "0", "--https-port", "0", "--scenario", scenario]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ended.returncode == 1
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_healthy(self, shared: Process) -> None:
        origin = shared.info["teams_url"].removesuffix("/teams")
        assert httpx.get(origin + "/healthz", trust_env=False).status_code == 200

    def test_a_cut_connection_is_really_cut(self, shared: Process) -> None:
        graph = shared.graph("anne")
        shared.control("POST", "/faults", {"fault": "cut-after", "on": {"path": "/chats/*/messages"}})
        chat = open_chat(shared, graph)
        with pytest.raises(httpx.TransportError):
            graph.post(f"/chats/{chat}/messages", json={"body": {"content": "Once"}})
        assert len(shared.control("GET", f"/chats/{chat}")["messages"]) == 1

    def test_a_timeout_is_held_open_and_not_answered(self, shared: Process) -> None:
        graph = shared.graph("anne")
        shared.control("POST", "/faults", {"fault": "timeout-before", "on": {"path": "/me"}})
        with pytest.raises(httpx.ReadTimeout):
            graph.get("/me", timeout=0.2)
        assert graph.get("/me").status_code == 200


class TestMsal:
    """Microsoft's own library for Python, unmodified (facts.md 1.8)."""

    @pytest.fixture
    def session(self, shared: Process) -> Iterator[requests.Session]:
        with requests.Session() as session:
            session.trust_env = False
            session.verify = shared.info["ca_file"]
            yield session

    def _client(
        self, shared: Process, session: requests.Session, credential: object
    ) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            shared.info["client_id"], client_credential=credential, authority=shared.info["authority_https_url"],
            instance_discovery=False, http_client=session,
        )  # fmt: skip

    @pytest.mark.filterwarnings("ignore:response_mode:UserWarning")
    def test_code_flow_silent_and_refresh(self, shared: Process, session: requests.Session) -> None:
        callback = "http://localhost:4000/callback"
        uris = {"redirect_uris": [callback]}
        shared.control("POST", f"/apps/{shared.info['client_id']}/redirect-uris", uris)
        app = self._client(shared, session, shared.info["client_secret"])
        scopes = ["User.Read", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All"]
        flow = app.initiate_auth_code_flow(scopes, redirect_uri=callback, prompt="select_account")
        with requests.Session() as browser:
            browser.trust_env = False
            page = browser.get(flow["auth_uri"]).text
            action = page.split('<form method="post" action="')[1].split('"')[0].replace("&amp;", "&")
            origin = shared.info["teams_url"].removesuffix("/teams")
            form = {"step": "password", "username": "anne@contoso.example", "password": "Teams-demo-1"}
            answer = browser.post(origin + action, data=form, allow_redirects=False)
        location = httpx.URL(answer.headers["location"])
        result = app.acquire_token_by_auth_code_flow(flow, dict(location.params))
        assert result["id_token_claims"]["preferred_username"] == "anne@contoso.example"
        (account,) = app.get_accounts()
        assert account["home_account_id"].endswith(shared.info["tenant_id"])
        assert app.acquire_token_silent(scopes, account)["token_source"] == "cache"
        fresh = app.acquire_token_silent(scopes, account, force_refresh=True)
        assert fresh["token_source"] == "identity_provider"
        shared.control("POST", "/users/anne@contoso.example/revoke-sessions")
        other = self._client(shared, session, shared.info["client_secret"])
        other.token_cache = app.token_cache
        failed = other.acquire_token_silent_with_error(scopes, account, force_refresh=True)
        assert failed["error"] == "invalid_grant"

    def test_client_credentials(self, shared: Process, session: requests.Session) -> None:
        app = self._client(shared, session, shared.info["client_secret"])
        result = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
        assert result["token_type"] == "Bearer"
        wrong = self._client(shared, session, "wrong")
        refused = wrong.acquire_token_for_client(["https://graph.microsoft.com/.default"])
        assert (refused["error"], refused["error_codes"]) == ("invalid_client", [7000215])

    def test_certificate(self, shared: Process, session: requests.Session, tmp_path: Path) -> None:
        pem, key, thumbprint = _certificate()
        shared.control("PUT", f"/apps/{shared.info['client_id']}", {"certificates": [pem]})
        credential = {"private_key": key, "thumbprint": thumbprint, "public_certificate": pem}
        result = self._client(shared, session, credential).acquire_token_for_client(
            ["https://graph.microsoft.com/.default"]
        )
        assert result.get("token_type") == "Bearer", result
        _, other, _ = _certificate()
        forged = {"private_key": other, "thumbprint": thumbprint, "public_certificate": pem}
        refused = self._client(shared, session, forged).acquire_token_for_client(
            ["https://graph.microsoft.com/.default"]
        )
        assert refused["error_codes"] == [700027]


def _in_an_hour(now: str) -> str:
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(now) + timedelta(minutes=59)).isoformat()


def _certificate() -> tuple[str, str, str]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode(), thumbprint


class _answering:  # noqa: N801 - reads as a phrase
    """A webhook on a real socket."""

    def __init__(self, url: str) -> None:
        self.port = int(url.split(":")[2].split("/", maxsplit=1)[0])
        self.validated = 0
        self.changes: list[str] = []

    def __enter__(self) -> Self:
        import json
        import threading
        from http.server import BaseHTTPRequestHandler, HTTPServer
        from urllib.parse import parse_qs, urlsplit

        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                token = parse_qs(urlsplit(self.path).query).get("validationToken")
                if token:
                    hook.validated += 1
                else:
                    hook.changes += [item["changeType"] for item in json.loads(body)["value"]]
                text = token[0].encode() if token else b""
                self.send_response(200)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *parts: object) -> None:
                del parts

        self.server = HTTPServer(("127.0.0.1", self.port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *trouble: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


assert os.name == "posix", "The tests send signals."
