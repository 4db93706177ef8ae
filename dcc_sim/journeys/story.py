"""A home that a journey is told at: everything goes over HTTP, requests are signed and answers are checked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from dcc_sim import identities, trace_file
from dcc_sim.gateway import build
from dcc_sim.media import REASON, XML
from dcc_sim.plot import power_plot
from dcc_sim.policy import Regime
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from schemas.duis.payloads import DeviceAlert
from schemas.errors import NotReached

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dcc_sim.trace import TraceRecord
    from devices.charge_point import ChargePoint
    from han.capture import Capture
    from schemas.duis.node import Node
    from schemas.duis.request import Request
    from schemas.duis.response import Response
    from schemas.eui import EUI64

PLOT, TRACE = "power.svg", "trace.jsonl"
SETTLE = 10.0
"""Virtual seconds in which a command reaches its device and the answer comes back."""
_BASE = "http://gateway"


@dataclass(frozen=True, slots=True)
class Seen:
    """The charge point at an instant: kW, negative for what the car gives back, and what the teller says of it."""

    moment: datetime
    power_kw: float
    text: str

    def __str__(self) -> str:
        return f"{self.moment:%d %b %H:%M:%S}  {self.power_kw:6.2f} kW  {self.text}"


class Story:
    """A DCC, a home and its users.

    Args:
        title: of the plot.
        seed: of all keys and chance.
        start: where the virtual clock begins.
        policy: who controls load.
        charge_point: the home's; one phase of 32 A if not given.
        capture: takes every frame of the HAN.
        watched: the device whose power is told, the charge point if not given, or the heater's switch.

    Attributes:
        seen: the power at the instants that were looked at.
        lines: the story as it is printed.
        marks: what happened when, for the plot.
    """

    def __init__(
        self,
        title: str,
        seed: int,
        start: datetime,
        *,
        policy: Regime = Regime.SUPPLIER_ONLY,
        charge_point: ChargePoint | None = None,
        watched: EUI64 = identities.CHARGER,
        capture: Capture | None = None,
    ) -> None:
        self.title = title
        self.start = start
        self.world = World(seed, start, policy=policy, charge_point=charge_point, capture=capture)
        self._app = build(self.world)
        self._watched = watched
        self._heater = [(start, self.world.home.switch.power_w / 1000)]
        self.world.trace.observe(self._watch_heater)
        self.supplier = self._user(identities.SUPPLIER, "Supplier")
        self.other_supplier = self._user(identities.OTHER_SUPPLIER, "Supplier2")
        self.network = self._user(identities.NETWORK_OPERATOR, "Network")
        self.load_controller = self._user(identities.LOAD_CONTROLLER, "LoadController")
        self.seen: list[Seen] = []
        self.lines: list[str] = []
        self.marks: list[tuple[datetime, str]] = []

    @property
    def now(self) -> datetime:
        """The virtual clock."""
        return self.world.clock.now

    def say(self, line: str) -> None:
        """Add a line to the story, with the time."""
        self.lines.append(f"{self.now:%d %b %H:%M:%S}  {line}")

    def mark(self, label: str, moment: datetime | None = None) -> None:
        """Put a flag into the plot, now if no moment is given."""
        self.marks.append((moment or self.now, label))

    def control(self, method: str, path: str, **arguments: Any) -> Any:
        """The control API under ``/sim``; gives the JSON of the answer.

        Raises:
            NotReached: the answer is an error.
        """
        got = self._http(method, f"/sim/{path}", **arguments)
        if got.is_error:
            raise NotReached(f"{method} /sim/{path}", f"is answered, not {got.status_code}: {got.text}")
        return got.json() if got.content else None

    def bring(self, **car: object) -> None:
        """A car at the charge point; see `control_car_models.Car`."""
        self.control("PUT", f"devices/{identities.CHARGER}/car", json=car)

    def at(self, moment: datetime, text: str = "") -> float:
        """Let time pass until ``moment``; the power at what is watched then, noted under ``text`` if there is one."""
        if moment > self.now:
            self.pass_time((moment - self.now).total_seconds())
        power = float(self.control("GET", f"devices/{self._watched}")["power_kw"])
        if text:
            self.seen.append(Seen(self.now, power, text))
            self.lines.append(str(self.seen[-1]))
        return power

    def pass_time(self, seconds: float = SETTLE) -> None:
        """Let virtual time pass."""
        self.control("POST", "clock/advance", json={"seconds": seconds})

    def attempt(self, user: StandInUser, service: str, body: Node, target: EUI64 = identities.CHARGER) -> str:
        """A critical request that may be refused: the response code of the Transform Service."""
        request = user.request(target, service, 4, body)
        return self.told(user, f"asks for SRV {service}", "serviceT", user.write(request))

    def told(self, user: StandInUser, what: str, service: str, xml: bytes) -> str:
        """Post a document as it is; the response code, said with the reason of a refusal."""
        got = self.post(service, xml)
        code = user.read(got.content).code
        reason = got.headers.get(REASON, "")
        self.say(f"{user.name} {what}: {code}{f', {reason}' if reason else ''}")
        return code

    def post(self, service: str, xml: bytes) -> httpx.Response:
        """A document to a DUIS web service.

        Raises:
            NotReached: it is no DUIS document for the gateway.
        """
        got = self._http("POST", f"/api/v1/{service}", content=xml, headers={"Content-Type": XML})
        if got.status_code != httpx.codes.OK:
            raise NotReached("gateway", f"answers 200, not {got.status_code}: {got.text}")
        return got

    def signed(
        self, user: StandInUser, service: str, body: Node, target: EUI64 = identities.CHARGER
    ) -> tuple[Request, bytes]:
        """Transform, correlate and sign: the request, and the SignedPreCommand as XML that is not sent yet.

        Raises:
            NotReached: the Transform Service refuses it.
        """
        request = user.request(target, service, 4, body)
        got = self.post("serviceT", user.write(request))
        answer = user.read(got.content)
        if answer.code != "I0":
            raise NotReached("Transform Service", f"answers I0, not {answer.code}: {got.headers.get(REASON, '')}")
        return request, user.write(user.sign_pre_command(request, user.correlate(request, answer)))

    def command(
        self, user: StandInUser, service: str, body: Node, said: str, target: EUI64 = identities.CHARGER
    ) -> tuple[Request, bytes]:
        """A critical command on its way; the request, and the SignedPreCommand as it was sent.

        Raises:
            NotReached: it is refused.
        """
        request, xml = self.signed(user, service, body, target)
        self._accepted(user, xml)
        self.say(f"{user.name} sends SRV {service}: {said}")
        return request, xml

    def send(self, user: StandInUser, service: str, body: Node, said: str, target: EUI64 = identities.CHARGER) -> None:
        """A non-critical request on its way.

        Raises:
            NotReached: it is refused.
        """
        self._accepted(user, user.write(user.request(target, service, 1, body)))
        self.say(f"{user.name} sends SRV {service}: {said}")

    def answers(self, user: StandInUser) -> list[str]:
        """The response codes of a user's documents that answer a request, oldest first."""
        return [each.code for each in self._mailbox(user) if not isinstance(each.payload, DeviceAlert)]

    def alerts(self, user: StandInUser) -> list[str]:
        """The codes of the device alerts in a user's mailbox, four hex digits each, oldest first."""
        found = [each.payload for each in self._mailbox(user)]
        return [f"{each.alert_code:04X}" for each in found if isinstance(each, DeviceAlert)]

    def why(self, device: EUI64 = identities.CHARGER, controller: int = 1, direction: str = "output") -> str:
        """Why an auxiliary controller has its level."""
        asked = {"controller": controller, "direction": direction}
        return str(self.control("GET", f"devices/{device}/why", params=asked)["text"])

    def power(self) -> list[tuple[datetime, float]]:
        """The power at what is watched from the start until now: (moment, kW) of each change."""
        if self._watched == identities.SWITCH:
            return [*self._heater, (self.now, self._heater[-1][1])]
        changes = self.world.home.charger.charge_point.series.changes()
        return [(self.start, 0.0), *changes, (self.now, changes[-1][1] if changes else 0.0)]

    def write(self, folder: Path) -> None:
        """Write the plot ``power.svg`` and the trace ``trace.jsonl``; the same seed gives the same bytes.

        Raises:
            OSError: a file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        power_plot(folder / PLOT, self.power(), self.title, self.marks)
        trace_file.write(self.world.trace, folder / TRACE)

    def _mailbox(self, user: StandInUser) -> list[Response]:
        """A user's documents, their signatures checked."""
        found = self.control("GET", f"users/{user.eui}/responses")
        return [user.read(each["document"].encode()) for each in found]

    def _watch_heater(self, record: TraceRecord) -> None:
        # Every change of the switch comes with a record of what it says or does.
        power = self.world.home.switch.power_w / 1000
        if power != self._heater[-1][1]:
            self._heater.append((record.time, power))

    def _user(self, eui: EUI64, name: str) -> StandInUser:
        return StandInUser(name, self.world.users[eui], self.world.smki)

    def _accepted(self, user: StandInUser, xml: bytes) -> None:
        got = self.post("serviceS", xml)
        code = user.read(got.content).code
        if code != "I99":
            raise NotReached("Send Command Service", f"answers I99, not {code}: {got.headers.get(REASON, '')}")

    def _http(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=_BASE, timeout=60) as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(ask())
