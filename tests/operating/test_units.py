"""The systemd units: nothing that systemd does not know, shut in as far as it goes, and they start what there is."""

from __future__ import annotations

import re
from configparser import ConfigParser

import pytest

from deskbridge.settings import ProcessRole
from support.pages import ROOT, read

UNITS = ["deskbridge.service", "deskbridge-worker.service"]
SHUT_IN = {
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectSystem": "strict",
    "RestrictSUIDSGID": "yes",
    "StateDirectory": "deskbridge",
    "StateDirectoryMode": "0700",
    "UMask": "0077",
}
"""What a program that was taken over cannot get out of: systemd.exec(5)."""
KNOWN = {
    "Unit": {"Description", "After", "Wants"},
    "Service": {
        *SHUT_IN,
        *("User", "EnvironmentFile", "ExecStart", "Restart", "RestartSec", "TimeoutStopSec", "LimitNOFILE"),
    },
    "Install": {"WantedBy"},
}
"""As systemd.unit(5), systemd.service(5) and systemd.exec(5) spell them: what it does not know it passes over."""


class _Unit(ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        """With its capitals."""
        return optionstr


def parsed(unit: str) -> ConfigParser:
    """Fails where a section or a line stands twice."""
    written = _Unit(delimiters="=", comment_prefixes="#", interpolation=None)
    written.read_string((ROOT / "ops" / unit).read_text("utf-8"))
    return written


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_knows_all_that_is_in_it(unit: str) -> None:
    written = parsed(unit)
    assert {each: set(written[each]) for each in written.sections()} == KNOWN


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_shut_in_and_comes_back(unit: str) -> None:
    service = dict(parsed(unit)["Service"])
    assert SHUT_IN.items() <= service.items()
    assert (service["User"], service["Restart"]) == ("deskbridge", "always")


@pytest.mark.parametrize("unit", UNITS)
def test_it_starts_a_role_that_there_is(unit: str) -> None:
    start = r"^ExecStart=/opt/deskbridge/\.venv/bin/deskbridge serve(?: --role (\w+))?$"
    (started,) = re.findall(start, read(f"ops/{unit}"), re.MULTILINE)
    assert not started or ProcessRole(started)
