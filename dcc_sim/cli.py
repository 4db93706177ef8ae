"""The command line: ``dcc-sim demo``, ``decode``, ``transform``, ``serve``."""

import asyncio
import binascii
import re
import sys
from base64 import b64decode
from pathlib import Path

import click

from schemas.errors import Malformed, SmartMeterError

_HEX = re.compile(r"[0-9A-Fa-f\s]+")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dcc-sim")
def main() -> None:
    """Open emulator of the GB smart-metering DCC, with SMETS2 load control on an emulated home network."""


@main.command()
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all keys and all chance.")
def demo(output: Path, seed: int) -> None:
    """Run the main job: limit a charge point to 50 % for an hour, and see four attempts refused."""
    from dcc_sim.demo import run

    asyncio.run(run(output, click.echo, seed))
    click.echo(f"Plot:  {output / 'charger-power.png'}")
    click.echo(f"Trace: {output / 'trace'}  (every XML, every GBCS message in hex with its decode, trace.jsonl)")


@main.command()
@click.argument("messages", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON tree a message.")
def decode(messages: tuple[str, ...], as_json: bool) -> None:
    """Print GBCS messages field by field: each is HEX, BASE64, a FILE with either, or - for standard input."""
    from schemas.gbcs.describe import describe, to_json, to_text

    failed = False
    for argument in messages:
        try:
            tree = describe(read_message(argument))
        except SmartMeterError as error:
            click.echo(f"{argument[:60]}: {error}", err=True)
            failed = True
            continue
        click.echo(to_json(tree) if as_json else to_text(tree))
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("requests", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--use-case", help="Choose one by name where several carry the request, e.g. ECS35f.")
@click.option(
    "--broker-counter",
    type=click.IntRange(0, 2**64 - 1),
    help="Originator counter of the access control broker, where it originates. Default: the user's + 300.",
)
@click.option("--direct", is_flag=True, help="The user originates, whatever the use case.")
def transform(requests: tuple[Path, ...], use_case: str | None, broker_counter: int | None, direct: bool) -> None:
    """Print the GBCS message of DUIS requests in hex: the pre-command if critical, else the part under the MAC."""
    from dcc_sim.offline import transform_file

    failed = False
    for path in requests:
        try:
            message = transform_file(path.read_bytes(), use_case, broker_counter, direct)
        except SmartMeterError as error:
            click.echo(f"{path}: {error}", err=True)
            failed = True
            continue
        click.echo(message.hex().upper())
    sys.exit(1 if failed else 0)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8079, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all keys and all chance.")
@click.option("--store", default="sqlite://", show_default=True, help="SQLAlchemy URL of the DCC's records.")
@click.option(
    "--keys", type=click.Path(file_okay=False, path_type=Path), help="Write the users' test keys into this folder."
)
def serve(port: int, seed: int, store: str, keys: Path | None) -> None:
    """Serve the gateway with one ready-made home. The clock is virtual: POST /sim/clock/advance moves it."""
    from dcc_sim.serve import run

    asyncio.run(run(port, seed, store, keys, click.echo))


def read_message(argument: str) -> bytes:
    """The bytes that an argument of ``decode`` means: a file's, standard input's, or hex or base64 digits.

    Raises:
        Malformed: none of these.
    """
    if argument == "-":
        return from_text(sys.stdin.buffer.read())
    path = Path(argument)
    try:
        is_file = path.is_file()
    except OSError:  # a name too long for a file is a message
        is_file = False
    return from_text(path.read_bytes()) if is_file else from_text(argument.encode())


def from_text(content: bytes) -> bytes:
    """Hex, else base64, else the bytes themselves if they begin as a GBCS message does."""
    if content[:1] in (b"\xdd", b"\xdf"):
        return content
    text = content.decode("ascii", "replace").strip()
    if text and _HEX.fullmatch(text):
        digits = "".join(text.split())
        if len(digits) % 2:
            raise Malformed("hex", f"has two digits an octet, not {len(digits)} digits")
        return bytes.fromhex(digits)
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("message", "is hex, base64, or a file with either") from None
