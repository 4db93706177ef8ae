"""The command that asks a served emulator why a controller has its level: ``why``."""

import json

import click
import httpx

from dcc_sim.send_command import URL


@click.command()
@click.argument("device", metavar="EUI")
@click.option("--controller", type=click.IntRange(1, 5), default=1, show_default=True)
@click.option("--direction", type=click.Choice(["output", "input"]), default="output", show_default=True)
@click.option("--at", help="ISO 8601 with a zone, past or coming.  [default: now, by the virtual clock]")
@click.option("--command", metavar="ORIGINATOR:COUNTER", help="Tell what became of this command instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--url", default=URL, show_default=True, help="Of the emulator.")
def why(
    device: str, controller: int, direction: str, at: str | None, command: str | None, as_json: bool, url: str
) -> None:
    """Tell why an auxiliary controller of device EUI has, had or will have its level.

    The rule that decides, the command behind it, from when to when, and everything that had a claim and lost. With
    --command: whether the device took it, where it decided, and where nowhere, why; --at is then the end of the time
    that is looked at, a day from now by default.
    """
    path = f"{url}/sim/devices/{device}"
    asked = {"controller": str(controller), "direction": direction, **({} if at is None else {"at": at})}
    if command is not None:
        path += f"/commands/{command.replace(':', '/', 1)}"
        asked = {} if at is None else {"until": at}
    try:
        got = httpx.get(path if command is not None else f"{path}/why", params=asked, timeout=60)
    except httpx.HTTPError as error:
        raise click.ClickException(f"no emulator at {url}: {error}") from None
    told = got.json()
    if got.status_code != 200:
        faults = [f"{fault['field']}: {fault['rule']}" for fault in told.get("faults", ())]
        raise click.ClickException("; ".join(faults) or str(told.get("detail", got.status_code)))
    if as_json:
        click.echo(json.dumps(told))
        return
    if command is not None:
        click.echo(told["text"].replace("; ", "\n"))
        return
    head, *rest = told["text"].split("; against ")
    click.echo("\n".join((head, *(f"  against {each}" for each in rest))))
