"""The commands on the journal of a session: ``journal replay`` and ``journal to-scenario``."""

import sys
from pathlib import Path

import click

from schemas.errors import SmartMeterError

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def journal() -> None:
    """Work with the journal of a session, as `dcc-sim serve --record FILE` writes it."""


@journal.command()
@_FILE
def replay(file: Path) -> None:
    """Play the session in FILE again on a fresh world, and compare every answer and message, octet for octet.

    The exit status is 1 where a line is not the same; the first one is shown.
    """
    from dcc_sim.session_replay import replay as play

    try:
        told = play(file)
    except (SmartMeterError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if told.different:
        click.echo(f"line {told.different} of {told.lines} is not the same\nwas {told.was}\nnow {told.now}")
        sys.exit(1)
    click.echo(f"{told.lines} lines, {len(told.asked)} requests: the same, octet for octet")


@journal.command("to-scenario")
@_FILE
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Into this file, not the terminal.")
@click.option("--name", default="A recorded session", show_default=True, help="What the scenario shows.")
def to_scenario(file: Path, output: Path | None, name: str) -> None:
    """Turn the session in FILE into a scenario file for `dcc-sim run`."""
    from dcc_sim.session import read
    from dcc_sim.session_replay import replay as play
    from dcc_sim.session_scenario import scenario

    try:
        text, left = scenario(play(file), read(file)[0], name)
        for each in left:
            click.echo(f"no step says this: {each}", err=True)
        if output is None:
            click.echo(text, nl=False)
        else:
            output.write_text(text, encoding="utf-8")
    except (SmartMeterError, OSError) as error:
        raise click.ClickException(str(error)) from None
