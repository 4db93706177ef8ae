"""``python -m tests.kill``: the long form; exit code 1 if a promise was broken."""

import sys
import tempfile
from pathlib import Path

import click

from tests.kill.run import run


@click.command()
@click.option("--kills", type=click.IntRange(1), default=300, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the moments of the kills.")
@click.option("--database", help="SQLAlchemy URL of an empty database; else a SQLite file in a folder of its own.")
@click.option("--workers", default=0, show_default=True, help="Processes that answer users; some are killed as well.")
def main(kills: int, seed: int, database: str | None, workers: int) -> None:
    """Kill a served process over and over under load, and count."""
    with tempfile.TemporaryDirectory() as folder:
        figures = run(database or f"sqlite:///{folder}/dcc.sqlite", Path(folder), kills, seed, workers)
    click.echo("\n".join(figures.lines()))
    sys.exit(1 if figures.faults else 0)


main()
