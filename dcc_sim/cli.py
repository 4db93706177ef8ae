"""The command line, ``dcc-sim``. Commands that need a world import it when they run: the others start sooner."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from dcc_sim.air_command import air
from dcc_sim.capture_command import capture, replay
from dcc_sim.journal_command import journal
from dcc_sim.journey_command import journey
from dcc_sim.messages import decode, encode, mmc, verify
from dcc_sim.pki_command import pki
from dcc_sim.policy import Regime
from dcc_sim.sapc_kit.command import conformance
from dcc_sim.scenarios.command import run
from dcc_sim.send_command import send
from dcc_sim.snapshot_command import snapshot
from dcc_sim.trace_command import trace
from dcc_sim.transform_command import transform
from dcc_sim.use_cases_command import use_cases
from dcc_sim.why_command import why
from schemas.errors import SmartMeterError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dcc-sim")
def main() -> None:
    """Open emulator of the GB smart-metering DCC, with SMETS2 load control on an emulated home network."""


@main.command()
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all keys and all chance.")
@click.option(
    "--capture",
    "frames",
    type=click.Path(dir_okay=False, path_type=Path),
    help="pcapng file for the HAN's frames; their keys go beside it.",
)
def demo(output: Path, seed: int, frames: Path | None) -> None:
    """Run the main job: limit a charge point to 50 % for an hour, and see four attempts refused."""
    from dcc_sim.demo import run

    asyncio.run(run(output, click.echo, seed, frames))
    click.echo(f"Plot:  {output / 'charger-power.png'}")
    click.echo(f"Trace: {output / 'trace'}  (every XML, every GBCS message in hex with its decode, trace.jsonl)")


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8079, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all keys and all chance.")
@click.option(
    "--database",
    "--store",
    "database",
    default="sqlite://",
    show_default=True,
    help="SQLAlchemy URL of the DCC's records: in memory, sqlite:///FILE, or postgresql://USER@HOST/NAME.",
)
@click.option(
    "--keys", type=click.Path(file_okay=False, path_type=Path), help="Write the users' test keys into this folder."
)
@click.option(
    "--policy",
    type=click.Choice([regime.value for regime in Regime]),
    default=Regime.SUPPLIER_ONLY.value,
    show_default=True,
    help="Who controls load: the import supplier alone, or a load controller too, which may limit it (SRV 7.16).",
)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append every message to and from a device to this file, before it goes on.",
)
@click.option(
    "--capture",
    "frames",
    type=click.Path(dir_okay=False, path_type=Path),
    help="pcapng file for the HAN's frames; their keys go beside it.",
)
@click.option(
    "--anomaly",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Thresholds and limits of anomaly detection, JSON; those kept in the database stay where it has none.",
)
@click.option(
    "--air",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is to go wrong on the HAN's air, YAML or JSON; its times count from the start.",
)
@click.option(
    "--pki",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Use the certificates and keys of this folder wherever it has them: one of `pki new`, or the ZAZ1 set.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the session's journal to this file: `dcc-sim journal` replays it, or makes a scenario of it.",
)
@click.option(
    "--empty", is_flag=True, help="The DCC knows no device yet: pre-notify, whitelist and commission those of the home."
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Processes that answer the DUIS web services beside the one that has clock and devices; 0 for that one alone. "
    "They share the store: a SQLite file or PostgreSQL.",
)
@click.option(
    "--radio",
    default="emulated",
    show_default=True,
    help="The hub's radio: emulated, or beside that a real coordinator, ezsp:PATH (bellows) or znp:PATH (zigpy-znp). "
    "With a real one the clock is the computer's.",
)
@click.option(
    "--han",
    type=click.Choice(["frames", "direct"]),
    default="frames",
    show_default=True,
    help="How messages go between hub and devices: as frames on the air, or directly, for load on the DCC.",
)
@click.option("--smki-port", type=click.IntRange(0, 65535), help="Of the SMKI repository.  [default: 8083]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def serve(database: str, policy: str, frames: Path | None, han: str, **options: Any) -> None:
    """Serve the gateway with one ready-made home. The clock is virtual: POST /sim/clock/advance moves it."""
    from dcc_sim.database import check_shareable
    from dcc_sim.serve import Serving, run
    from dcc_sim.server import run as run_fast
    from dcc_sim.sharing import POSSIBLE
    from dcc_sim.worker_process import Forking

    if options["radio"] != "emulated":
        # The one place where the computer's clock comes in: real devices know no other.
        options["start"] = datetime.now(UTC)  # noqa: TID251
    try:
        if options["workers"] and POSSIBLE:
            check_shareable(database)
            # Before there is a thread or an event loop in this process.
            options["forking"] = Forking.forked()
        serving = Serving(database=database, policy=Regime(policy), capture=frames, direct=han == "direct", **options)
        run_fast(run(serving, click.echo))
    except SmartMeterError as error:
        raise click.ClickException(str(error)) from None


for _command in (
    *(decode, encode, verify, mmc, transform, use_cases),
    *(capture, replay, send, trace, pki, why, journey, snapshot),
    *(air, conformance, journal, run),
):
    main.add_command(_command)
