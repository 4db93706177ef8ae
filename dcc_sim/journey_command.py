"""The command that plays journeys: ``journey``."""

from contextlib import nullcontext
from pathlib import Path

import click

from schemas.errors import SmartMeterError

CAPTURE = "han.pcapng"


@click.command()
@click.argument("name", required=False)
@click.option("--all", "everyone", is_flag=True, help="Play every journey.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("journeys"),
    show_default=True,
    help="Plot and trace go into a folder of the journey's name in here.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Of all keys and chance.")
@click.option("--capture", "frames", is_flag=True, help="Write the HAN's frames too (han.pcapng, with its keys).")
def journey(name: str | None, everyone: bool, output: Path, seed: int, frames: bool) -> None:
    """Play journey NAME through a gateway of its own, and write its plot (SVG) and its trace (JSONL).

    Without NAME it lists them.
    """
    from dcc_sim.journeys import NAMES, play, summary
    from han.capture import Capture

    if name is None and not everyone:
        for each in NAMES:
            click.echo(f"{each:<20} {summary(each)}")
        return
    for each in NAMES if everyone else (str(name),):
        try:
            folder = output / each
            folder.mkdir(parents=True, exist_ok=True)
            with Capture(folder / CAPTURE) if frames else nullcontext() as capture:
                told = play(each, seed, capture)
            told.write(folder)
        except (SmartMeterError, OSError) as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"\n{summary(each)}\n")
        for line in told.lines:
            click.echo(f"  {line}")
        click.echo(f"\nPlot and trace: {output / each}")
