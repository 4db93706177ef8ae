"""The command that plays journeys: ``journey``."""

from pathlib import Path

import click

from schemas.errors import SmartMeterError


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
def journey(name: str | None, everyone: bool, output: Path, seed: int) -> None:
    """Play journey NAME through a gateway of its own, and write its plot (SVG) and its trace (JSONL).

    Without NAME it lists them.
    """
    from dcc_sim.journeys import NAMES, play, summary

    if name is None and not everyone:
        for each in NAMES:
            click.echo(f"{each:<20} {summary(each)}")
        return
    for each in NAMES if everyone else (str(name),):
        try:
            told = play(each, seed)
            told.write(output / each)
        except (SmartMeterError, OSError) as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"\n{summary(each)}\n")
        for line in told.lines:
            click.echo(f"  {line}")
        click.echo(f"\nPlot and trace: {output / each}")
