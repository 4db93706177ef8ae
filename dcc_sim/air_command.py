"""``dcc-sim air``: reads an air plan and tells what it does, or prints the form of one."""

import json
from pathlib import Path

import click

from schemas.errors import SmartMeterError


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--schema", "show_schema", is_flag=True, help="Print the JSON Schema of a file, and nothing else.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the home that it is tried at.")
def air(file: Path | None, show_schema: bool, seed: int) -> None:
    """Check an air plan: what is to go wrong on the HAN, and when. ``dcc-sim serve --air FILE`` runs with it."""
    from dcc_sim import air_plan
    from dcc_sim.air import words
    from dcc_sim.testing import Emulator

    if show_schema:
        click.echo(json.dumps(air_plan.schema(), indent=2))
        return
    if file is None:
        raise click.UsageError("a file is needed, or --schema")
    try:
        plan = air_plan.read(file)
        with Emulator(seed) as tried:
            plan.begin(tried.world)
            click.echo(f"{file}: {plan.air}, {len(plan.faults)} faults; from {tried.clock.now:%Y-%m-%d %H:%M} on:")
            for trouble in sorted(tried.world.air.troubles.values(), key=lambda each: each.start):
                until = "until it is taken back" if trouble.end is None else f"until {trouble.end:%d %H:%M:%S}"
                click.echo(f"  {trouble.start:%d %H:%M:%S} {until}: {trouble.device or 'all links'}, {words(trouble)}")
    except SmartMeterError as error:
        raise click.ClickException(str(error)) from None
