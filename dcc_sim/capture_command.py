"""``dcc-sim capture`` and ``dcc-sim replay``: the HAN's frames for Wireshark, and back from there to a device."""

import asyncio
from pathlib import Path

import click

from schemas.errors import SmartMeterError
from schemas.eui import EUI64


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="For the demonstration's other files; the trace has the message numbers of the frames' comments.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all keys and all chance.")
def capture(out: Path, output: Path, seed: int) -> None:
    """Run the demonstration and write its HAN frames to OUT, a pcapng file, and their keys beside it."""
    from dcc_sim.demo import run
    from han.capture import KEY_FILE

    try:
        asyncio.run(run(output, lambda line: None, seed, out))
    except (OSError, SmartMeterError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Frames: {out}")
    click.echo(f"Keys:   {out.parent / KEY_FILE}")
    click.echo(f"Trace:  {output / 'trace'}")
    click.echo(f"Open:   WIRESHARK_CONFIG_DIR={out.parent.resolve()} wireshark {out}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seed", type=int, default=1, show_default=True, help="Of the home that is given the messages.")
@click.option("--device", help="EUI-64: give it the messages for this device only.")
@click.option("--times", type=click.IntRange(1), default=1, show_default=True, help="How often each message is given.")
def replay(file: Path, seed: int, device: str | None, times: int) -> None:
    """Give the commands of a capture to the devices of a fresh home, and show what each makes of them.

    The keys are read from zigbee_pc_keys beside FILE.
    """
    from dcc_sim.replay import run

    try:
        run(file, seed, None if device is None else EUI64.parse(device), times, click.echo)
    except (OSError, SmartMeterError) as error:
        raise click.ClickException(str(error)) from None
