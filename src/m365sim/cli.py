"""The command line: `m365sim serve`."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="A Microsoft 365 tenant in a box.",
    pretty_exceptions_enable=False,
)  # fmt: skip


@app.callback()
def _root() -> None:
    """A Microsoft 365 tenant in a box."""


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - one parameter for each option
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port for http; 0 takes any free one.")] = 8365,
    https_port: Annotated[int, typer.Option(help="Port for https; 0 takes any free one.")] = 8366,
    public_host: Annotated[str, typer.Option(help="Host name that addresses carry.")] = "localhost",
    state: Annotated[Path | None, typer.Option(help="SQLite file; without it state is in memory.")] = None,
    scenario: Annotated[str, typer.Option(help="'demo', or the path of a JSON file.")] = "demo",
    seed: Annotated[int, typer.Option(help="Seed of ids and randomness.")] = 1,
    ca_file: Annotated[Path | None, typer.Option(help="Where to keep our certificate authority.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written with /_sim/info once both listen.")] = None,
    as_microsoft: Annotated[
        bool, typer.Option("--as-microsoft", help="Answer under Microsoft's own host names (see the documentation).")
    ] = False,
    throttling: Annotated[bool, typer.Option(help="Refuse as Graph does when asked too often.")] = True,
) -> None:
    """Serve the tenant in the foreground, until Ctrl-C."""
    # Imported here so that --help and mistakes answer at once.
    from m365sim.scenarios.load import ScenarioError
    from m365sim.server import Listening, PortInUse
    from m365sim.server import serve as run
    from m365sim.settings import Settings

    settings = Settings(scenario=scenario, seed=seed, state=state, throttling=throttling, ca_file=ca_file)
    listening = Listening(host, port, https_port, public_host, ready_file, as_microsoft)
    try:
        _runner(run(settings, listening, typer.echo))
    except (PortInUse, ScenarioError, OSError, sqlite3.Error) as trouble:
        typer.echo(f"m365sim: {trouble}", err=True)
        raise typer.Exit(1) from trouble


@app.command()
def coverage(
    write: Annotated[Path | None, typer.Option(help="Write there instead of printing.")] = None,
) -> None:
    """Say what of Graph is covered, with the source of each thing."""
    from m365sim.coverage import markdown

    if write is None:
        typer.echo(markdown())
    else:
        write.write_text(markdown())


def _runner(work: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


def main() -> None:
    """Entry point of the console script."""
    app()
