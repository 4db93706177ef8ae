"""The command that is a user: ``send`` signs a request, sends it to a served emulator and shows what became of it."""

import re
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
import httpx
from lxml import etree

from dcc_sim.client import Answer, Client, load
from dcc_sim.identities import BROKER
from dcc_sim.policy import RULES, Kind
from dcc_sim.request_bodies import body_of, checked, element_of, from_file
from schemas.duis.codes import meaning
from schemas.duis.node import Node, lexical_of
from schemas.duis.payloads import Other, ServiceResponse
from schemas.duis.request import Request
from schemas.duis.writer import write
from schemas.errors import Malformed, NotPossible, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.envelope import decode

URL = "http://127.0.0.1:8079"
KEYS = Path("dcc-sim-keys")
_SERVICE = re.compile(r"\d+(\.\d+){1,2}")
_VARIANTS = {Kind.CRITICAL: 4, Kind.OTHER: 1, Kind.NON_DEVICE: 8}
_FOR_A_TIME = ("7.13", "7.16")


@click.command()
@click.argument("what", metavar="SRV|FILE.xml")
@click.option("--device", help="EUI-64 of the target. Default: that of the file, or the DCC for what it does itself.")
@click.option("--as", "who", default="Supplier", show_default=True, help="The user, by name or EUI-64.")
@click.option("--level", type=click.IntRange(0, 100), help="Percent (7.13, 7.16).")
@click.option("--from", "start", help="ISO 8601 with a zone, such as 2026-01-15T18:00:00Z (7.13, 7.16).")
@click.option("--to", "end", help="Likewise.")
@click.option("--controller", type=click.IntRange(1, 5), default=1, show_default=True, help="Which (7.13, 7.16).")
@click.option(
    "--set", "values", multiple=True, metavar="PATH=VALUE", help="An element or @attribute of the body, in its order."
)
@click.option("--url", default=URL, show_default=True, help="Of the emulator.")
@click.option(
    "--keys",
    type=click.Path(file_okay=False, path_type=Path),
    default=KEYS,
    show_default=True,
    help="Folder that `dcc-sim serve --keys` wrote.",
)
@click.option("--no-advance", is_flag=True, help="Leave the virtual clock alone: somebody else moves it.")
@click.option("--wait", type=click.FloatRange(0), default=60, show_default=True, help="Seconds for the answer.")
def send(
    what: str,
    device: str | None,
    who: str,
    level: int | None,
    start: str | None,
    end: str | None,
    controller: int,
    values: tuple[str, ...],
    url: str,
    keys: Path,
    no_advance: bool,
    wait: float,
) -> None:
    """Send a service request to a served emulator as one of its users, and show the ladder and the answer.

    \b
    dcc-sim send 7.13 --device EUI --level 50 --from 2026-01-15T18:00:00Z --to 2026-01-15T19:00:00Z
    dcc-sim send 11.2 --device EUI
    dcc-sim send 7.12 --device EUI --set RandomisedOffsetLimit=600
    dcc-sim send request.xml

    The exit status is 1 where the answer is no success.
    """
    try:
        with httpx.Client(base_url=url, timeout=60) as http:
            client = Client(http, load(keys, who))
            settings = _for_a_time(what, level, start, end, controller)
            request = _request(client, what, device, [*settings, *map(_split, values)])
            kind = client.device_type(request.request_id.target)
            answer = client.send(request, kind, wait, not no_advance)
            click.echo(client.ladder(request))
            _show(client, request, answer)
    except (SmartMeterError, OSError) as error:
        raise click.ClickException(str(error)) from None
    sys.exit(0 if answer.good else 1)


def _request(client: Client, what: str, device: str | None, values: list[tuple[str, str]]) -> Request:
    target = None if device is None else EUI64.parse(device)
    if _SERVICE.fullmatch(what) is None:
        if values:
            raise NotPossible("body", f"is that of {what}, as it is")
        request = from_file(Path(what).read_bytes(), client.user.request(BROKER, "8.2", 8, Node("")))
        name = request.request_id
        return request if target is None else replace(request, request_id=name._replace(target=target))
    kind = None if target is None else client.device_type(target)
    body = body_of(element_of(what, kind), values)
    variant = _VARIANTS[RULES[what].kind]
    if target is None and variant != _VARIANTS[Kind.NON_DEVICE]:
        raise NotPossible("--device", f"is given: {what} goes to a device")
    return checked(client.user.request(target or BROKER, what, variant, body))


def _for_a_time(
    service: str, level: int | None, start: str | None, end: str | None, controller: int
) -> list[tuple[str, str]]:
    given = (level, start, end)
    if service not in _FOR_A_TIME:
        if given != (None, None, None):
            raise NotPossible("--level, --from and --to", f"are for {' and '.join(_FOR_A_TIME)}, not {service}")
        return []
    if level is None or start is None or end is None:
        raise NotPossible("--level, --from and --to", f"are given with {service}")
    return [
        ("@auxiliaryControllerN", str(controller)),
        ("StartDateTime", lexical_of(_moment("--from", start))),
        ("EndDateTime", lexical_of(_moment("--to", end))),
        ("CommandedStateLevel", str(level)),
    ]


def _moment(option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(option, f"is a date and time as ISO 8601 has it, not {text}") from None
    if moment.tzinfo is None:
        raise Malformed(option, f"has a zone: {text}Z is UTC")
    return moment


def _split(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise Malformed("--set", f"is PATH=VALUE, not {text}")
    return path, value


def _show(client: Client, request: Request, answer: Answer) -> None:
    code = answer.response.code
    click.echo(f"{request.request_id}  {code}  {meaning(code)}")
    if answer.reason:
        click.echo(answer.reason)
    if not answer.final:
        click.echo("the device has not answered in the time waited")
    payload = answer.response.payload
    if isinstance(payload, ServiceResponse):
        message = decode(payload.payload)
        # What the broker originated is answered to the broker: its MAC is not the user's to check.
        if message.target == client.user.eui:
            click.echo(client.user.check(message))
    if isinstance(payload, Other):
        click.echo(_indented(write(payload.node, prefix="")))
    if answer.mmc:
        click.echo(_indented(answer.mmc))


def _indented(xml: str) -> str:
    root = etree.fromstring(xml.encode())
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")
