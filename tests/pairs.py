"""A DCC behind its gateway and one home, for any test.

    pair = Pair()
    pair.charge()                                        # a car at 7.36 kW
    answer = pair.command(pair.supplier, home.CHARGER, "7.13", set_state(start, end, 50))
    pair.pass_time(10)
    assert pair.mailbox(pair.supplier)[-1].code == "I0"
    pair.at(start)
    assert pair.power == 3.68

Everything goes through HTTP and through the bytes on WAN and HAN; ``records`` is all that a refusal must not change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import inspect, text

from dcc_sim import home
from dcc_sim.gateway import build
from dcc_sim.media import REASON, XML
from dcc_sim.policy import Regime
from dcc_sim.smki import Folder
from dcc_sim.store import Store
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from devices.charge_point import ChargePoint
from han.clusters import Tunneling
from han.real_radio import HubRadio
from han.reports import FrameRecord
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request
from schemas.duis.response import Response
from schemas.eui import EUI64
from schemas.gbcs.envelope import Message
from schemas.gbcs.use_cases.declare import DeviceType, Known

START = datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
SETTLE = 10.0
NOTHING_MORE = Known()
FULL_KW, HALF_KW = 7.36, 3.68


def set_state(
    start: datetime, end: datetime, level: int = 50, controller: int = 1, element: str = "", *, back: bool = False
) -> Node:
    """The body of 7.13, or another of its form; ``back``: for what flows from the controlled load."""
    return branch(
        element or "SetAuxiliaryControllerState",
        leaf("StartDateTime", start),
        leaf("EndDateTime", end),
        leaf("CommandedStateLevel", level),
        *([branch("InputFromControlledLoad")] if back else []),
        auxiliaryControllerN=controller,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer of a DUIS web service.

    Attributes:
        response: the DUIS response, its signature verified; None where the status is not 200.
        reason: the header beside it.
    """

    status: int
    content: bytes
    reason: str
    response: Response | None

    @property
    def code(self) -> str:
        """The DUIS response code, or the HTTP status where there is none."""
        return self.response.code if self.response is not None else f"HTTP {self.status}"


class Pair:
    """A DCC and a home.

    Args:
        seed: of all keys and chance.
        store: the DCC's records.
        policy: who controls load.
        installed: whether the DCC knows the home's devices from the start.
        charge_point: the home's.
        radio: the hub's real coordinator.
        direct: no frames on the air.
    """

    def __init__(
        self,
        seed: int = 1,
        start: datetime = START,
        store: Store | None = None,
        *,
        traced: bool = False,
        policy: Regime = Regime.SUPPLIER_ONLY,
        installed: bool = True,
        pki: Folder | None = None,
        charge_point: ChargePoint | None = None,
        radio: HubRadio | None = None,
        direct: bool = False,
    ) -> None:
        self.store = store if store is not None else Store()
        self.world = World(
            seed,
            start,
            self.store,
            traced=traced,
            policy=policy,
            installed=installed,
            pki=pki,
            charge_point=charge_point,
            radio=radio,
            direct=direct,
        )
        self.app = build(self.world)
        self.documents: list[bytes] = []
        self.packets: list[FrameRecord] = []
        self.supplier = self.user(home.SUPPLIER, "Supplier")
        self.other_supplier = self.user(home.OTHER_SUPPLIER, "Supplier2")
        self.network = self.user(home.NETWORK_OPERATOR, "Network")
        self.other_user = self.user(home.OTHER_USER, "OtherUser")
        self.load_controller = self.user(home.LOAD_CONTROLLER, "LoadController")

    def user(self, eui: EUI64, name: str) -> StandInUser:
        """A stand-in for one of the parties."""
        return StandInUser(name, self.world.users[eui], self.world.smki)

    def watch_han(self) -> None:
        """Keep every packet of a tunnel from now on in ``packets``, and not what the meter tells its switch."""
        self.world.home.han.observe(self._keep)

    def _keep(self, record: FrameRecord) -> None:
        if record.cluster == Tunneling.cluster_id:
            self.packets.append(record)

    def http(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One HTTP request to the gateway."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(ask())

    def post(self, service: str, xml: bytes, content_type: str = XML) -> Answer:
        """A body to a DUIS web service; a DUIS answer's signature is checked, and the document kept."""
        got = self.http("POST", f"/api/v1/{service}", content=xml, headers={"Content-Type": content_type})
        response = None
        if got.status_code == 200:
            assert got.headers["content-type"] == XML
            self.documents.append(got.content)
            response = self.supplier.read(got.content)
        return Answer(got.status_code, got.content, got.headers.get(REASON, ""), response)

    def ask(self, user: StandInUser, target: EUI64, service: str, variant: int, body: Node, web: str = "") -> Answer:
        """A new signed request of ``user``, to Transform for variant 4 and else to Send Command."""
        request = user.request(target, service, variant, body)
        return self.post(web or ("serviceT" if variant == 4 else "serviceS"), user.write(request))

    def pre_command(
        self,
        user: StandInUser,
        target: EUI64,
        service: str,
        body: Node,
        known: Known = NOTHING_MORE,
        device: DeviceType | None = None,
    ) -> tuple[Request, Message]:
        """Variant 4: the request, and its pre-command, correlated; ``device`` where the target's type matters."""
        request = user.request(target, service, 4, body)
        answer = self.post("serviceT", user.write(request))
        assert answer.response is not None, answer
        assert answer.code == "I0", answer.reason
        return request, user.correlate(request, answer.response, known, device)

    def command(
        self,
        user: StandInUser,
        target: EUI64,
        service: str,
        body: Node,
        known: Known = NOTHING_MORE,
        device: DeviceType | None = None,
    ) -> Request:
        """Variants 4 and 5: the request, acknowledged and on its way."""
        request, message = self.pre_command(user, target, service, body, known, device)
        answer = self.post("serviceS", user.write(user.sign_pre_command(request, message)))
        assert answer.code == "I99", answer.reason
        return request

    def read(self, user: StandInUser, target: EUI64, service: str, body: Node) -> Request:
        """Variant 1: the request, acknowledged and on its way."""
        request = user.request(target, service, 1, body)
        answer = self.post("serviceS", user.write(request))
        assert answer.code == "I99", answer.reason
        return request

    def mailbox(self, user: StandInUser, after: int = 0) -> list[Response]:
        """The documents of a user, read from the control API, their signatures checked."""
        got = self.http("GET", f"/sim/users/{user.eui}/responses", params={"after": after})
        assert got.status_code == 200
        documents = [each["document"].encode() for each in got.json()]
        self.documents += documents
        return [user.read(document) for document in documents]

    def pass_time(self, seconds: float = SETTLE) -> None:
        """Let virtual time pass, through the control API."""
        assert self.http("POST", "/sim/clock/advance", json={"seconds": seconds}).status_code == 200

    def at(self, moment: datetime) -> None:
        """Let virtual time pass until ``moment``."""
        self.pass_time((moment - self.world.clock.now).total_seconds())

    def charge(self) -> None:
        """A car is plugged in."""
        self.world.plug_in_car()

    @property
    def power(self) -> float:
        """What the charge point draws now, kW, as the control API says."""
        devices = self.http("GET", "/sim/devices").json()
        return next(float(each["power_kw"]) for each in devices if each["type"] == "SAPC")

    def records(self) -> dict[str, Any]:
        """Everything that a refused message must leave as it was: tables, and each device's counters and state."""
        return {**tables(self.store), **{str(eui): self.device(eui) for eui in self.world.home.devices}}

    def device(self, eui: EUI64) -> dict[str, Any]:
        """The state of one device: replay counters, logs, auxiliary controllers, power."""
        device = self.world.home.devices[eui]
        state: dict[str, Any] = {
            "counters": dict(device.trust.counters),
            "alerts": device.alert_counter,
            "events": list(device.event_log),
            "security": list(device.security_log),
            "clock": device.clock.state,
        }
        if eui in (home.CHARGER, home.METER):
            state["auxiliary"] = device.auxiliary.state  # type: ignore[attr-defined]
        if eui == home.CHARGER:
            state["power"] = self.world.home.charger.charge_point.power_kw
        return state


def tables(store: Store) -> dict[str, Any]:
    """Every row of every table of a store, but where its clock stands: time passes for a refusal too."""
    engine = store._engine
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {"clock"}
        return {name: sorted(map(repr, connection.execute(text(f"select * from {name}")))) for name in names}


def changed(signed: Request, change: Callable[[bytes], bytes]) -> Request:
    """A SignedPreCommand whose GBCS payload is changed."""
    payload = change(signed.body.octets("GBCSPayload"))
    return replace(signed, body=branch("SignedPreCommand", leaf("GBCSPayload", payload)))
