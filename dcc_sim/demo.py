"""The main job as a demonstration: one load-control request end to end over real HTTP, and four that are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from dcc_sim import identities
from dcc_sim.delivery import Callbacks
from dcc_sim.gateway import build
from dcc_sim.ladder import draw
from dcc_sim.media import REASON, XML
from dcc_sim.plot import power_plot
from dcc_sim.server import LOOPBACK, serving
from dcc_sim.trace import TraceRecord
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from han.capture import Capture
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import ServiceResponse
from schemas.duis.request import Request
from schemas.duis.response import Response
from schemas.errors import NotReached
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message, decode

SEED = 1
START = datetime(2026, 1, 15, tzinfo=UTC)
CAR_HOME = START.replace(hour=16, minute=30)
LIMIT_START = datetime(2026, 1, 15, 18, 0, tzinfo=UTC)
LIMIT_END = LIMIT_START + timedelta(hours=1)
LEVEL = 50
SETTLE = timedelta(seconds=10)
LADDER_PARTIES = ("Supplier", "Supplier2", "Network", "DCC", "Hub", "SAPC")
_XML_TEXT = {"Content-Type": XML}


def set_state(start: datetime, end: datetime, level: int, controller: int = 1) -> Node:
    """The DUIS body of SRV 7.13."""
    return branch(
        "SetAuxiliaryControllerState",
        leaf("StartDateTime", start),
        leaf("EndDateTime", end),
        leaf("CommandedStateLevel", level),
        auxiliaryControllerN=controller,
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """One attempt that must not reach the device."""

    who: str
    what: str
    code: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What the demonstration saw.

    Attributes:
        power_kw: (virtual moment, kW at the charge point).
        refused: the attempts that were stopped.
        mmc: the response, decoded.
        checked: what the supplier verified of the device's response.
    """

    power_kw: list[tuple[datetime, float]]
    refused: list[Refused]
    mmc: str
    checked: str
    device_untouched: bool


class Demo:
    """The demonstration over one gateway.

    Args:
        base: URL of the gateway.
    """

    def __init__(self, world: World, client: httpx.AsyncClient, base: str, say: Callable[[str], None]) -> None:
        self.world = world
        self._client = client
        self._base = base
        self._say = say

    def user(self, eui: EUI64, name: str) -> StandInUser:
        """A stand-in for a user, with the keys that only the user has."""
        return StandInUser(name, self.world.users[eui], self.world.smki)

    async def post(self, user: StandInUser, service: str, xml: bytes) -> tuple[Response, str]:
        """One request to the gateway: the verified DUIS answer, and the reason of a refusal."""
        answer = await self._client.post(f"{self._base}/api/v1/{service}", content=xml, headers=_XML_TEXT)
        if answer.status_code != httpx.codes.OK:
            raise NotReached("gateway", f"answers 200, not {answer.status_code}: {answer.text}")
        return user.read(answer.content), answer.headers.get(REASON, "")

    async def advance(self, to: datetime) -> None:
        """Let virtual time pass until ``to``."""
        seconds = (to - self.world.clock.now).total_seconds()
        answer = await self._client.post(f"{self._base}/sim/clock/advance", json={"seconds": seconds})
        answer.raise_for_status()

    async def power(self) -> float:
        """The charge point's power now, kW, as the control API shows it."""
        answer = await self._client.get(f"{self._base}/sim/devices")
        return next(float(each["power_kw"]) for each in answer.json() if each["type"] == "SAPC")

    async def command(self, user: StandInUser, body: Node) -> tuple[Request, bytes]:
        """Steps 1 to 4: transform, correlate, sign, send; gives the request and the SignedPreCommand as posted."""
        request = user.request(identities.CHARGER, "7.13", 4, body)
        answer, reason = await self.post(user, "serviceT", user.write(request))
        if answer.code != "I0":
            raise NotReached("Transform Service", f"answers I0, not {answer.code}: {reason}")
        signed = user.write(user.sign_pre_command(request, user.correlate(request, answer)))
        acknowledgement, reason = await self.post(user, "serviceS", signed)
        if acknowledgement.code != "I99":
            raise NotReached("Send Command Service", f"answers I99, not {acknowledgement.code}: {reason}")
        return request, signed

    async def refused(self, user: StandInUser, what: str, service: str, xml: bytes) -> Refused:
        """An attempt that the DCC must refuse."""
        answer, reason = await self.post(user, service, xml)
        refused = Refused(user.name, what, answer.code, reason)
        self._say(f"  {user.name:<10} {what:<42} {answer.code:<5} {reason}")
        if not answer.code.startswith("E"):
            raise NotReached("gateway", f"refuses {what}, and did not")
        return refused

    async def response(self, user: StandInUser) -> tuple[Message, str]:
        """The newest device response of the user's mailbox, and its MMC form."""
        answer = await self._client.get(f"{self._base}/sim/users/{user.eui}/responses")
        newest = answer.json()[-1]
        payload = user.read(newest["document"].encode()).payload
        if not isinstance(payload, ServiceResponse):
            raise NotReached("device response", "is in the mailbox")
        return decode(payload.payload), str(newest["mmc"])


async def run(output: Path, say: Callable[[str], None], seed: int = SEED, capture: Path | None = None) -> Outcome:
    """The whole demonstration; leaves the trace and the plot in ``output``.

    Args:
        say: prints one line.
        capture: pcapng file for the HAN's frames.
    """
    with nullcontext() if capture is None else Capture(capture) as frames:
        return await _day(output, say, World(seed, START, capture=frames))


async def _day(output: Path, say: Callable[[str], None], world: World) -> Outcome:
    world.advance(CAR_HOME - START)
    world.plug_in_car()
    ladder_from = len(world.trace)
    async with httpx.AsyncClient(timeout=10) as client:
        callbacks = Callbacks(world.dcc.store, client, world.delivered)
        received: list[bytes] = []
        async with serving(build(world, callbacks)) as port, serving(_callback(received)) as callback_port:
            demo = Demo(world, client, f"http://{LOOPBACK}:{port}", say)
            say(f"gateway on http://{LOOPBACK}:{port}, supplier's callback on http://{LOOPBACK}:{callback_port}/duis")
            url = f"http://{LOOPBACK}:{callback_port}/duis"
            put = await client.put(
                f"http://{LOOPBACK}:{port}/sim/users/{identities.SUPPLIER}/callback", json={"url": url}
            )
            put.raise_for_status()
            outcome = await _story(demo, received, say)
    say("\nMessage ladder, virtual time (UTC)\n")
    say(draw(_readable(_of_the_story(list(world.trace)[ladder_from:])), LADDER_PARTIES))
    output.mkdir(parents=True, exist_ok=True)
    world.trace.write(output / "trace")
    (output / "ladder.txt").write_text(draw(_of_the_story(world.trace), LADDER_PARTIES), encoding="utf-8")
    (output / "response-mmc.xml").write_text(outcome.mmc, encoding="utf-8")
    series = [(START, 0.0), *world.home.charger.charge_point.history, (world.clock.now, outcome.power_kw[-1][1])]
    marks = [(LIMIT_START, f"set state {LEVEL} %"), (LIMIT_END, "set state ends")]
    power_plot(output / "charger-power.png", series, "Charge point power over the virtual day", marks)
    return outcome


async def _story(demo: Demo, received: list[bytes], say: Callable[[str], None]) -> Outcome:
    supplier = demo.user(identities.SUPPLIER, "Supplier")
    power: list[tuple[datetime, float]] = []

    async def look(when: str) -> None:
        power.append((demo.world.clock.now, await demo.power()))
        say(f"  {demo.world.clock.now:%H:%M:%S}  {power[-1][1]:.1f} kW  {when}")

    say("\nCharge point power before the request")
    await look("car charging, no command")

    say(f"\nSupplier sends SRV 7.13: {LEVEL} % from {LIMIT_START:%H:%M} to {LIMIT_END:%H:%M}")
    request, signed = await demo.command(supplier, set_state(LIMIT_START, LIMIT_END, LEVEL))
    await demo.advance(demo.world.clock.now + SETTLE)
    message, mmc = await demo.response(supplier)
    checked = supplier.check(message)
    say(f"  device response received by callback ({len(received)} document) and in the mailbox; {checked}")

    say("\nAttempts that the DCC stops")
    before = demo.world.home.charger.trust.counters
    refused = await _refusals(demo, supplier, supplier.write(request), signed)
    await demo.advance(demo.world.clock.now + SETTLE)
    untouched = demo.world.home.charger.trust.counters == before
    say(f"  nothing reached the device: {'yes' if untouched else 'NO'}")

    say("\nCharge point power over the limit")
    await demo.advance(LIMIT_START - timedelta(seconds=1))
    await look("one second before the start")
    await demo.advance(LIMIT_START)
    await look(f"{LEVEL} % in force")
    await demo.advance(LIMIT_END - timedelta(seconds=1))
    await look("one second before the end")
    await demo.advance(LIMIT_END)
    await look("limit over")
    await demo.advance(START + timedelta(days=1))
    await look("end of the day")
    return Outcome(power, refused, mmc, checked, untouched)


async def _refusals(demo: Demo, supplier: StandInUser, again: bytes, signed: bytes) -> list[Refused]:
    body = set_state(LIMIT_START, LIMIT_END, 0)
    network = demo.user(identities.NETWORK_OPERATOR, "Network")
    other = demo.user(identities.OTHER_SUPPLIER, "Supplier2")

    def ask(user: StandInUser) -> bytes:
        return user.write(user.request(identities.CHARGER, "7.13", 4, body))

    forged = ask(supplier).replace(b"<sr:CommandedStateLevel>0<", b"<sr:CommandedStateLevel>1<")
    return [
        await demo.refused(network, "network operator asks the same", "serviceT", ask(network)),
        await demo.refused(other, "supplier of another meter point asks", "serviceT", ask(other)),
        await demo.refused(supplier, "request changed after it was signed", "serviceT", forged),
        await demo.refused(supplier, "request sent again", "serviceT", again),
        await demo.refused(supplier, "signed pre-command sent again", "serviceS", signed),
        await demo.refused(
            supplier, "pre-command signed by someone else", "serviceS", await _forged_gbcs(demo, supplier, other)
        ),
    ]


async def _forged_gbcs(demo: Demo, supplier: StandInUser, thief: StandInUser) -> bytes:
    """A SignedPreCommand whose XML is the supplier's and whose GBCS signature is not."""
    request = supplier.request(identities.CHARGER, "7.13", 4, set_state(LIMIT_START, LIMIT_END, 0))
    answer, _ = await demo.post(supplier, "serviceT", supplier.write(request))
    return supplier.write(thief.sign_pre_command(request, supplier.correlate(request, answer)))


def _callback(received: list[bytes]) -> Starlette:
    """The supplier's Receive Response service."""

    async def take(request: HttpRequest) -> HttpResponse:
        received.append(await request.body())
        return HttpResponse(status_code=204)

    return Starlette(routes=[Route("/duis", take, methods=["POST"])])


def _of_the_story(records: Iterable[TraceRecord]) -> list[TraceRecord]:
    """Without what the meter and the heater's switch have to say to each other; that is in the trace."""
    return [record for record in records if {record.source, record.target} <= set(LADDER_PARTIES)]


def _readable(records: list[TraceRecord]) -> list[TraceRecord]:
    """For the screen: what went over HTTP, WAN and HAN; the rest is in the trace."""
    return [record for record in records if record.source != record.target or record.kind == "note"]
