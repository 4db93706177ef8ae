"""Commands on GBCS messages: many at once, one verdict a line, exit status 1 when any fails."""

import binascii
import json
import re
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import click

from dcc_sim.identities import BROKER
from dcc_sim.keys import KeyFolder
from schemas.errors import Malformed, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.describe import describe, to_json, to_text
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.envelope import decode as decode_message
from schemas.gbcs.portable import to_octets, to_portable
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.table import by_code, by_name
from schemas.mmc.document import write_mmc

_HEX = re.compile(r"[0-9A-Fa-f\s]+")
_STANDARD_INPUT = "-"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_SOURCES = click.argument("sources", nargs=-1, required=True, metavar="MESSAGE...")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a message and line, the bad ones too.")
_KEYS = click.option(
    "--keys", type=_FOLDER, help="Open what is encrypted with the keys of this folder: EUI-ka.pem, ..."
)


@click.command()
@_SOURCES
@_KEYS
@_JSON
def decode(sources: tuple[str, ...], keys: Path | None, as_json: bool) -> None:
    """Print GBCS messages field by field.

    Each MESSAGE is HEX, BASE64, a FILE with either, or - for standard input, a message a line.
    """
    folder = _folder(keys)

    def show(name: str, octets: bytes) -> None:
        message = decode_message(octets)
        tree = describe(octets, folder.opener(message))
        if as_json:
            fields = json.loads(to_json(tree))
            click.echo(json.dumps({"source": name, "good": True, **fields, "message": to_portable(message)}))
        else:
            click.echo(to_text(tree))

    _each(sources, show, as_json)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.File("rb"))
@_JSON
def encode(files: tuple[BinaryIO, ...], as_json: bool) -> None:
    """Print in hex the messages of decode's JSON: FILEs or - for standard input, an object a line."""
    failed = False
    for file in files:
        source = getattr(file, "name", "standard input")
        for number, line in enumerate(filter(bytes.strip, file.read().splitlines()), start=1):
            try:
                value = json.loads(line)
                octets = to_octets(value["message"] if isinstance(value, dict) and "message" in value else value)
            except (SmartMeterError, ValueError, RecursionError) as error:
                refuse(f"{source} line {number}", error, as_json)
                failed = True
                continue
            digits = octets.hex().upper()
            fields = {"source": f"{source} line {number}", "good": True, "message": digits}
            click.echo(json.dumps(fields) if as_json else digits)
    sys.exit(int(failed))


@click.command()
@_SOURCES
@click.option("--keys", required=True, type=_FOLDER, help="EUI-ds.pem, ...")
@click.option("--broker", default=str(BROKER), show_default=True, help="EUI-64 of the access control broker.")
@_JSON
def verify(sources: tuple[str, ...], keys: Path, broker: str, as_json: bool) -> None:
    """Check MACs and signatures with the keys of a folder; a message whose key is not there does not fail."""
    folder = _folder(keys)
    try:
        party = EUI64.parse(broker)
    except SmartMeterError as error:
        raise click.ClickException(str(error)) from None

    def check(name: str, octets: bytes) -> None:
        verdict = folder.verify(decode_message(octets), party)
        if as_json:
            fields = {"source": name, "mac": verdict.mac, "signature": verdict.signature, "good": verdict.good}
            click.echo(json.dumps(fields))
        else:
            click.echo(
                f"{'ok' if verdict.good else 'FAILED':<7}MAC {verdict.mac}, signature {verdict.signature}: {name}"
            )
        if not verdict.good:
            raise _Failed

    _each(sources, check, as_json)


@click.command()
@_SOURCES
@click.option("--use-case", help="By name, where the message code does not decide, e.g. ECS47Reset.")
@_KEYS
@_JSON
def mmc(sources: tuple[str, ...], use_case: str | None, keys: Path | None, as_json: bool) -> None:
    """Print responses and alerts as MMC; what is encrypted and has no key here stays so, in GBCSData."""
    folder = _folder(keys)

    def show(name: str, octets: bytes) -> None:
        message = decode_message(octets)
        document = write_mmc(message, _use_case(message, use_case), folder.opener(message)).decode()
        click.echo(json.dumps({"source": name, "good": True, "mmc": document}) if as_json else document)

    _each(sources, show, as_json)


def _folder(keys: Path | None) -> KeyFolder:
    """The keys of a folder; none at all without one."""
    try:
        return KeyFolder() if keys is None else KeyFolder.load(keys)
    except SmartMeterError as error:
        raise click.ClickException(str(error)) from None


class _Failed(Exception):
    """One message's verdict is bad and has been printed."""


def _use_case(message: Message, name: str | None) -> UseCase | None:
    if name is not None:
        return by_name(name)
    found = by_code(message.message_code) if message.cra is CraFlag.RESPONSE else ()
    # Of two with one code, the one that the broker signs is answered through the broker.
    brokered = message.supplementary is not None
    return max(found, key=lambda each: each.broker_signs == brokered, default=None)


def refuse(name: str, error: Exception, as_json: bool) -> None:
    """The verdict on an input that is refused: a JSON line among the others, or a line on standard error."""
    if as_json:
        click.echo(json.dumps({"source": name, "good": False, "error": str(error)}))
    else:
        click.echo(f"{name}: {error}", err=True)


def _each(sources: tuple[str, ...], act: Callable[[str, bytes], None], as_json: bool) -> None:
    failed = False
    for source in sources:
        for name, text in _texts(source):
            try:
                act(name, from_text(text))
            except SmartMeterError as error:
                refuse(name, error, as_json)
                failed = True
            except _Failed:
                failed = True
    sys.exit(int(failed))


def _texts(source: str) -> Iterator[tuple[str, bytes]]:
    if source == _STANDARD_INPUT:
        for number, line in enumerate(filter(bytes.strip, sys.stdin.buffer.read().splitlines()), start=1):
            yield f"line {number}", line
        return
    path = Path(source)
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # a name too long for a file, or no name at all, is a message
        is_file = False
    if is_file:
        yield source, path.read_bytes()
    else:
        yield source[:60], source.encode()


def from_text(content: bytes) -> bytes:
    """Hex, else base64, else the octets themselves if they begin as a GBCS message does.

    Raises:
        Malformed: none of these.
    """
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
