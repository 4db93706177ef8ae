"""The command on DUIS requests: ``transform``."""

import json
import sys
from pathlib import Path

import click

from dcc_sim.inventory_file import Inventory
from dcc_sim.keys import KeyFolder
from dcc_sim.messages import refuse
from dcc_sim.offline import Choices, command, transform_offline
from schemas.errors import SmartMeterError
from schemas.gbcs.use_cases.declare import DeviceType

_STANDARD_INPUT = "-"
_REQUEST = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command()
@click.argument("requests", nargs=-1, required=True, metavar="REQUEST...", type=_REQUEST)
@click.option("--use-case", help="By name, where several carry the request, e.g. ECS35f.")
@click.option(
    "--device",
    type=click.Choice([str(each) for each in DeviceType]),
    help="Type of the target, where the inventory has it not.",
)
@click.option(
    "--broker-counter",
    type=click.IntRange(0, 2**64 - 1),
    help="Originator counter of the access control broker, where it originates. Default: the user's + 300.",
)
@click.option("--direct", is_flag=True, help="The user originates, whatever the use case.")
@click.option(
    "--inventory",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with what the DCC knows of devices: types, elements, logs, certificates.",
)
@click.option(
    "--keys",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Print the command with its MAC too (signed, if critical), with the keys of this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a request and line, the bad ones too.")
def transform(
    requests: tuple[str, ...],
    use_case: str | None,
    device: str | None,
    broker_counter: int | None,
    direct: bool,
    inventory: Path | None,
    keys: Path | None,
    as_json: bool,
) -> None:
    """Print the GBCS message of DUIS requests in hex: the pre-command if critical, else the part under the MAC.

    Each REQUEST is a file, or - for one on standard input.
    """
    try:
        kind, held = None if device is None else DeviceType(device), _inventory(inventory)
        choices = Choices(use_case, kind, broker_counter, direct, held)
        folder = None if keys is None else KeyFolder.load(keys)
    except SmartMeterError as error:
        raise click.ClickException(str(error)) from None
    failed = False
    for name in requests:
        try:
            xml = sys.stdin.buffer.read() if name == _STANDARD_INPUT else Path(name).read_bytes()
            chosen, message = transform_offline(xml, choices)
            results = {"message": message.encode().hex().upper()}
            if folder is not None:
                results["command"] = command(chosen, message, folder).encode().hex().upper()
        except (SmartMeterError, OSError) as error:
            refuse(name, error, as_json)
            failed = True
            continue
        if as_json:
            click.echo(json.dumps({"source": name, "good": True, "useCase": chosen.name, **results}))
        else:
            click.echo("\n".join(results.values()))
    sys.exit(int(failed))


def _inventory(path: Path | None) -> Inventory:
    return Inventory() if path is None else Inventory.load(path)
