"""The installation's key is replaced while the product runs, and nothing that it locked is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from deskbridge.errors import DeskbridgeError
from deskbridge.operating import keys, sealed
from deskbridge.storage.database import Database
from deskbridge.tables import metadata
from deskbridge.teams import certificates as certificates_module
from deskbridge.teams.certificates import Certificates
from deskbridge.teams.crypto import Vault, key_file, open_vault
from deskbridge.teams.encryption import CERTIFICATE_IN_USE, CERTIFICATE_LIFETIME, NewCertificate, make_certificate
from support.clock import Clock

NOT_SECRET = {"teams_inbox.item", "teams_certificates.certificate", "directory_postings.places", "file_parts.content"}
"""Encrypted by Microsoft, public, an index, and pictures, which are kept as the messages are that they belong to."""
SHORT_LIVED = {"teams_sign_ins.flow", "sso_sign_ins.verifier"}


@pytest.fixture(autouse=True)
def quick_certificates(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Making a key takes long, and which one it is does not matter here."""
    made = make_certificate(clock())
    monkeypatch.setattr(certificates_module, "make_certificate", lambda *_: NewCertificate(*_parts(made)))


def _parts(made: NewCertificate) -> tuple[bytes, bytes]:
    return made.certificate, made.private_key


def test_every_binary_column_is_rotated_or_says_why_not() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.type.python_type is bytes
    }
    rotated = {f"{each.secret.table.name}.{each.secret.name}" for each in sealed.SEALED}
    assert found == rotated | NOT_SECRET | SHORT_LIVED


class Installation:
    """A data folder with a key, and a database with certificates that it locked."""

    def __init__(self, db: Database, clock: Clock, folder: Path) -> None:
        self.db, self.clock, self.folder = db, clock, folder
        self.file = key_file(None, folder)
        self.vault = open_vault(None, folder)
        self.certificates = Certificates(db, self.vault, clock)
        self.said: list[str] = []

    async def rotate(self, vault: Vault | None = None) -> None:
        await keys.rotate(self.db, vault or self.vault, self.file, self.said.append)

    async def opens(self, id_: str) -> bool:
        """Whether a process that starts now can use that certificate."""
        fresh = Certificates(self.db, open_vault(None, self.folder), self.clock)
        return id_ in await fresh.private_keys([id_])


@pytest.fixture
def here(db: Database, clock: Clock, tmp_path: Path) -> Installation:
    return Installation(db, clock, tmp_path / "keys")


async def test_everything_is_encrypted_again_and_a_running_process_goes_on(here: Installation) -> None:
    running = open_vault(None, here.folder)
    ours = (await here.certificates.current()).id
    old_key = here.file.read()[0]

    await here.rotate()

    assert here.file.read()[1:] == [old_key]
    _, tally, *_ = await sealed.survey(here.db, open_vault(None, here.folder))
    assert (tally.current, tally.older) == (1, 0)
    assert await here.opens(ours)
    # What the other process writes from now on is locked with the new key.
    assert here.vault.is_current(running.encrypt(b"x", "p"))
    await keys.forget_old(here.db, here.vault, here.file, here.said.append)
    assert await here.opens(ours)
    assert old_key not in here.file.read()


async def test_killed_in_the_middle_the_next_run_goes_on_without_another_key(here: Installation) -> None:
    ours = (await here.certificates.current()).id
    here.file.use_next()  # And then it was killed.
    assert await here.opens(ours)
    with pytest.raises(DeskbridgeError, match="still need an old key"):
        await keys.forget_old(here.db, here.vault, here.file, here.said.append)

    await here.rotate()

    assert len(here.file.read()) == 2
    assert "An earlier rotation was not finished" in here.said[0]
    _, tally, *_ = await sealed.survey(here.db, here.vault)
    assert (tally.current, tally.older) == (1, 0)


async def test_several_machines_know_a_key_before_it_is_used(here: Installation, tmp_path: Path) -> None:
    await here.certificates.current()
    keys.prepare(here.file, here.said.append)
    keys.prepare(here.file, here.said.append)
    other = tmp_path / "other.key"
    other.write_bytes(here.file.path.read_bytes())
    assert len(here.file.read()) == 2

    await here.rotate()

    elsewhere = open_vault(other, tmp_path)
    assert elsewhere.decrypt(here.vault.encrypt(b"x", "p"), "p") == b"x"
    assert not here.vault.is_current(elsewhere.encrypt(b"x", "p"))


@pytest.mark.troubles("certificates_cannot_be_opened")
async def test_a_lost_key_makes_new_certificates_by_itself(here: Installation) -> None:
    lost = await here.certificates.current()
    here.file.path.unlink()
    after = Certificates(here.db, open_vault(None, here.folder), here.clock)

    assert await after.private_keys([lost.id]) == {}
    assert await after.renew_what_is_lost() == 0  # Nobody has subscribed.
    assert (await after.current()).id != lost.id
    await keys.rotate(here.db, open_vault(None, here.folder), here.file, here.said.append)
    assert any("1 private keys of notification certificates cannot be opened" in said for said in here.said)


async def test_certificates_change_before_they_expire_and_old_ones_open_what_is_late(here: Installation) -> None:
    first = await here.certificates.current()
    assert (await here.certificates.current()).id == first.id
    here.clock.now += CERTIFICATE_IN_USE + timedelta(seconds=1)
    second = await here.certificates.current()
    assert second.id != first.id
    assert await here.opens(first.id)
    # A subscription lives three days at most: the old key stays much longer than anything may come for it.
    here.clock.now = first.created_at + CERTIFICATE_LIFETIME + timedelta(seconds=1)
    await here.certificates.current()
    assert not await here.opens(first.id)


async def test_longer_keys_take_the_place_of_shorter_ones(
    db: Database, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates_module, "make_certificate", make_certificate)
    vault = open_vault(None, tmp_path)
    short = await Certificates(db, vault, clock).current()
    longer = Certificates(db, vault, clock, 3072)
    row = await longer.current()
    sizes = {id_: key.key_size for id_, key in (await longer.private_keys([short.id, row.id])).items()}
    # What is on its way for the one before can still be opened.
    assert sizes == {short.id: 2048, row.id: 3072}
    assert (await longer.current()).id == row.id
