"""The commands on snapshots of a served emulator: ``snapshot save`` and ``snapshot load``."""

from pathlib import Path

import click
import httpx

from dcc_sim.send_command import URL

_URL = click.option("--url", default=URL, show_default=True, help="Of the emulator.")


@click.group()
def snapshot() -> None:
    """Save DCC and home of a served emulator to a file, and go on from one."""


@snapshot.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_URL
def save(file: Path, url: str) -> None:
    """Write what is served at this moment, whole, to FILE; pause the clock before, if it runs."""
    got = _asked("GET", url)
    try:
        file.write_bytes(got.content)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file}: the home at {got.json()['content']['moment']}")


@snapshot.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_URL
def load(file: Path, url: str) -> None:
    """Serve the home of FILE from its moment on, in the place of the one that is served; the clock stands still."""
    click.echo(f"the home goes on from {_asked('PUT', url, file.read_bytes()).json()['now']}")


def _asked(method: str, url: str, body: bytes | None = None) -> httpx.Response:
    try:
        got = httpx.request(
            method, f"{url}/sim/snapshot", content=body, headers={"Content-Type": "application/json"}, timeout=60
        )
    except httpx.HTTPError as error:
        raise click.ClickException(f"no emulator at {url}: {error}") from None
    if got.status_code != 200:
        told = got.json()
        raise click.ClickException(str(told.get("detail") or told.get("faults") or got.status_code))
    return got
