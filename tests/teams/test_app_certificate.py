"""A certificate in place of a client secret: what may be in its file, and an agent who connects with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deskbridge.settings import Settings
from deskbridge.teams.app_certificate import AppCertificateFile, UnusableCertificate, read_certificate
from support.credentials import Credential, make_credential, rsa_key
from support.servers import Sim, own_m365
from teams.office import ROBIN, Office

DOCS = Path(__file__).parents[2] / "docs" / "microsoft-setup.md"
SECRETS = ("BEGIN", "passphrase1", "/run/secrets")


# What a certificate signs has the system's time.
m365 = pytest.fixture(scope="module")(own_m365)


@pytest.fixture
def ours() -> Credential:
    """Good for a year."""
    return make_credential()


@pytest.fixture
def file(tmp_path: Path, ours: Credential) -> Path:
    """As the set-up describes it."""
    path = tmp_path / "deskbridge.pem"
    path.write_text(ours.key_pem() + ours.pem)
    return path


class TestTheFile:
    """Both in PEM, and they belong together."""

    def test_in_any_order_with_issuers_behind_and_words_between(self, file: Path, ours: Credential) -> None:
        issuer = make_credential(rsa_key("issuer"))
        for parts in (
            (ours.key_pem(), ours.pem),
            (issuer.pem, ours.pem, ours.key_pem()),
            (ours.pem, "x\n", ours.key_pem()),
        ):
            file.write_text("".join(parts))
            found = read_certificate(file, None)
            assert (found.certificate, found.ends_at) == (ours.certificate, ours.certificate.not_valid_after_utc)

    def test_the_older_form_of_keys_and_one_with_a_passphrase(self, file: Path, ours: Credential) -> None:
        older = ours.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        file.write_text(older + ours.pem)
        assert read_certificate(file, None).certificate == ours.certificate
        file.write_text(ours.key_pem("passphrase1") + ours.pem)
        passphrase = file.with_name("passphrase")
        passphrase.write_text("passphrase1\n")
        assert read_certificate(file, passphrase).certificate == ours.certificate

    def test_a_passphrase_that_is_not_needed_does_no_harm(self, file: Path, ours: Credential) -> None:
        assert read_certificate(file, file.with_name("not there")).certificate == ours.certificate

    @pytest.mark.parametrize(
        ("parts", "says"),
        [
            (["\x30\x82binary"], "is not PEM"),
            (["certificate"], "holds no private key"),
            (["key"], "holds a private key, but no certificate"),
            (["key", "other certificate"], "belongs to another certificate"),
            (["locked key", "certificate"], "is locked by a passphrase"),
            (["broken key", "certificate"], "cannot be read"),
            (["key", "broken certificate"], "holds a certificate that cannot be read"),
            (["elliptic key", "elliptic certificate"], "is none that Microsoft takes"),
        ],
    )
    def test_what_is_wrong_is_said_in_words(self, file: Path, ours: Credential, parts: list[str], says: str) -> None:
        elliptic = make_credential(ec.generate_private_key(ec.SECP256R1()))
        known = {
            "key": ours.key_pem(),
            "certificate": ours.pem,
            "other certificate": make_credential(rsa_key("other")).pem,
            "locked key": ours.key_pem("passphrase1"),
            "broken key": ours.key_pem().replace("M", "N"),
            "broken certificate": ours.pem.replace("M", "N"),
            "elliptic key": elliptic.key_pem(),
            "elliptic certificate": elliptic.pem,
        }
        file.write_text("".join(known.get(each, each) for each in parts))
        with pytest.raises(UnusableCertificate, match=says) as raised:
            read_certificate(file, None)
        assert raised.value.remedy.endswith(".") or "openssl" in raised.value.remedy
        assert not any(word in raised.value.says for word in (*SECRETS, str(file)))

    def test_a_wrong_passphrase_and_files_that_are_not_there(self, file: Path, ours: Credential) -> None:
        file.write_text(ours.key_pem("passphrase1") + ours.pem)
        wrong = file.with_name("wrong")
        with pytest.raises(UnusableCertificate, match="PASSPHRASE_FILE names cannot be read"):
            read_certificate(file, wrong)
        wrong.write_text("something else")
        with pytest.raises(UnusableCertificate, match="does not open the private key"):
            read_certificate(file, wrong)
        file.unlink()
        with pytest.raises(UnusableCertificate, match="CERTIFICATE_FILE names cannot be read"):
            read_certificate(file, None)

    def test_it_is_read_again_when_it_was_replaced(self, file: Path, ours: Credential) -> None:
        watched = AppCertificateFile(file, None)
        first = watched.read()
        assert watched.read() is first
        following = make_credential(rsa_key("following"))
        fresh = file.with_name("fresh")
        fresh.write_text(following.key_pem() + following.pem)
        fresh.replace(file)
        assert watched.read().certificate == following.certificate
        file.write_text("")
        with pytest.raises(UnusableCertificate):
            watched.read()

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
    def test_what_the_set_up_tells_people_to_type_makes_one(self, tmp_path: Path) -> None:
        (block,) = re.findall(r"```sh\n([^`]*openssl req[^`]*)```", DOCS.read_text())
        subprocess.run(["sh", "-ec", block], cwd=tmp_path, check=True, capture_output=True)
        made = read_certificate(tmp_path / "deskbridge-microsoft.pem", None)
        assert (made.ends_at - made.begins_at).days == 365
        assert (tmp_path / "deskbridge-microsoft.pem").stat().st_mode & 0o077 == 0
        assert "PRIVATE" not in (tmp_path / "certificate.pem").read_text()


@pytest.fixture
def teams_settings(teams_settings: Settings, file: Path) -> Settings:
    """A certificate, and no secret."""
    return teams_settings.model_copy(
        update={"microsoft_client_secret": None, "microsoft_certificate_file": file},
    )


async def register(sim: Sim, *credentials: Credential) -> None:
    """These certificates are uploaded; the app has no secret at Microsoft either."""
    body: dict[str, Any] = {"certificates": [each.pem for each in credentials], "client_secret": ""}
    answer = await sim.client.put(f"/apps/{sim.info['client_id']}", json=body)
    assert answer.is_success, answer.text


@pytest.fixture
async def sim(sim: Sim, ours: Credential) -> Sim:
    """Before the office imports its directory, which it does with the certificate."""
    await register(sim, ours)
    return sim


def put(file: Path, text: str) -> None:
    """What an operator puts there."""
    file.write_text(text)


async def checks(office: Office) -> dict[str, str]:
    """What an admin is told when everything is looked at now: by what it says, how it stands."""
    return {each["says"]: each["severity"] for each in await office.dana.call("GET", "/admin/checks")}


async def test_an_agent_connects_and_chats_without_any_secret(office: Office, file: Path, ours: Credential) -> None:
    """And the certificate is replaced by the next while she works."""
    await office.connect()
    assert (await office.connection())["state"] == "connected"
    await office.chat_with("Robin Hale")
    await office.write("Hello Robin")
    await office.work()
    await office.in_teams(ROBIN, "Hello Anne")
    await office.work()
    assert await office.texts_here() == ["Hello Robin", "Hello Anne"]
    found = await checks(office)
    assert found["The credentials are good."] == "ok"
    assert any("It is good for 36" in says for says in found)
    assert any(says.startswith("Delegated permissions: ") for says in found)

    following = make_credential(rsa_key("following"), days=10.5)
    await register(office.sim, ours, following)
    put(file, following.key_pem() + following.pem)
    await register(office.sim, following)
    found = await checks(office)
    assert any(says.startswith("It expires in 10 days") for says in found)
    # Her token is refreshed with it, too.
    assert any(says.startswith("Delegated permissions: ") for says in found)
    assert (await office.connection())["state"] == "connected"
    health = await office.dana.call("GET", "/admin/health")
    ends = datetime.fromisoformat(health["app_certificate"]["expires_at"])
    assert ends == following.certificate.not_valid_after_utc


async def test_one_that_microsoft_does_not_know_and_one_that_nobody_can_use(office: Office, file: Path) -> None:
    stranger = make_credential(rsa_key("stranger"))
    put(file, stranger.key_pem() + stranger.pem)
    page = await office.connect()
    assert "not set up for Microsoft correctly" in page.text
    assert (await office.connection())["reason"] == "teams_misconfigured"
    assert (await checks(office))["Microsoft does not know the certificate."] == "problem"

    put(file, stranger.pem)
    assert await office.anne.refused("POST", "/teams/authenticate") == (409, "teams_misconfigured")
    assert (await checks(office))["The certificate file holds no private key."] == "problem"
    health = await office.dana.call("GET", "/admin/health")
    assert health["app_certificate"] == {"expires_at": None, "problem": "The certificate file holds no private key."}


async def test_the_set_up_page_says_that_it_is_there_and_not_where(office: Office, file: Path) -> None:
    settings = {each["name"]: each for each in (await office.dana.call("GET", "/admin/microsoft"))["settings"]}
    assert settings["DESKBRIDGE_MICROSOFT_CERTIFICATE_FILE"]["is_set"]
    assert "DESKBRIDGE_MICROSOFT_CLIENT_SECRET" not in settings
    assert str(file) not in str(settings)
