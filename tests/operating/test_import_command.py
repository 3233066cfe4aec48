"""`deskbridge import` where Microsoft refuses, or is not there: the operator is told why, and what helps."""

from __future__ import annotations

import asyncio
import signal

import pytest

from deskbridge.settings import Settings
from support.console import COMMAND, Done, Operator, assert_sentence
from support.servers import Sim

pytestmark = pytest.mark.parametrize("machines", ["one machine"], indirect=True)
NOBODY = "https://127.0.0.1:9"  # A port at which nothing answers.


@pytest.fixture
async def console(sim: Sim, operator: Operator, teams_settings: Settings) -> Operator:
    """At an installation that m365sim knows, with an organisation that may import."""
    its, info = teams_settings, sim.info
    operator.set(
        data_dir=str(its.data_dir),
        microsoft_login_url=its.microsoft_login_url,
        microsoft_graph_url=its.microsoft_graph_url,
        microsoft_client_id=info["client_id"],
        microsoft_client_secret=info["client_secret"],
        microsoft_ca_file=str(its.microsoft_ca_file),
    )
    await asyncio.to_thread(
        operator.run, "account", "create", "Contoso", "--tenant-id", info["tenant_id"], "--teams-chat"
    )
    return operator


async def imported(console: Operator) -> Done:
    return await asyncio.to_thread(console.run, "import")


async def test_whatever_microsoft_refuses_for_good_ends_it_with_a_sentence(console: Operator, sim: Sim) -> None:
    console.set(microsoft_client_secret="not it")
    assert_sentence(await imported(console), "refuses the credentials of the application (AADSTS7000215)", "doctor")
    console.set(microsoft_client_secret="")
    assert_sentence(await imported(console), "or none are set", "deskbridge doctor")
    console.set(microsoft_client_secret=sim.info["client_secret"])

    app = f"/apps/{sim.info['client_id']}"
    assert (await sim.client.put(app, json={"app_roles": []})).is_success
    assert_sentence(await imported(console), "give the application User.Read.All, and consent to it")

    assert (await sim.client.put(app, json={"app_roles": ["User.Read.All"]})).is_success
    done = await imported(console)
    assert (done.returncode, "added" in done.stdout) == (0, True), done


@pytest.mark.parametrize("service", ["login", "graph"])
async def test_where_nobody_answers_it_says_so_and_waits(console: Operator, service: str) -> None:
    console.set(**{f"microsoft_{service}_url": NOBODY})
    command = await asyncio.create_subprocess_exec(
        *(str(COMMAND), "import"), stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert command.stderr is not None
    said = ""
    async with asyncio.timeout(60):
        while "Waits since" not in said:
            said = (await command.stderr.readline()).decode()
            assert said, "It ended."
    command.send_signal(signal.SIGINT)
    _, rest = await command.communicate()

    for words in ("UTC, tries again at", "Microsoft does not answer", "run deskbridge doctor", "Ctrl-C"):
        assert words in said
    assert b"Traceback" not in rest
    assert command.returncode not in {0, None}
