"""A served emulator, driven over HTTP with the same words as the one in process: users, devices, clock, trace, why.

with Served("http://127.0.0.1:8079") as dcc:
    dcc.reset(seed=1)
    dcc.supplier.send("7.13", dcc.charger, level=50, start="18:00", end="19:00")
    assert dcc.at("18:30").charger.power_kw == 3.68
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
from cryptography import x509

from dcc_sim import home, identities
from dcc_sim.client import load
from dcc_sim.media import REASON, XML
from dcc_sim.moments import When, moment
from dcc_sim.smki import Credentials, Repository, Smki
from dcc_sim.testing.users import Sent, UserUnderTest
from dcc_sim.testing.words import Words
from dcc_sim.user import StandInUser
from schemas.errors import NotPossible, NotReached
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType

if TYPE_CHECKING:
    from types import TracebackType

    from schemas.duis.request import Request

_NAMES = {identities.HUB: "hub", identities.METER: "meter", identities.CHARGER: "charger", identities.SWITCH: "switch"}


class ServedClock:
    """The virtual clock of a served emulator."""

    def __init__(self, served: Served) -> None:
        self._served = served

    @property
    def now(self) -> datetime:
        """The present virtual moment, aware UTC."""
        return datetime.fromisoformat(self._served.json("GET", "/sim/clock")["now"])

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Let time pass: ``advance(hours=1, minutes=30)`` or a ``timedelta``; gives the new moment.

        Raises:
            NotPossible: time runs forward only.
        """
        span = (by or timedelta()) + timedelta(**units)
        if span < timedelta():
            raise NotPossible("clock", f"goes forward only, not by {span}")
        if span:
            self._served.json("POST", "/sim/clock/advance", json={"seconds": span.total_seconds()})
        self._served.collect()
        return self.now

    def to(self, when: When) -> datetime:
        """Let time pass until a moment, as `moments.moment` reads it."""
        now = self.now
        return self.advance(moment(when, now) - now)

    def speed(self, factor: float) -> None:
        """Run at a multiple of real time from now; 0 stands still."""
        self._served.json("PUT", "/sim/clock/speed", json={"speed": factor})


class ServedDevice:
    """A device of a served home."""

    def __init__(self, served: Served, eui: EUI64, name: str) -> None:
        self._served = served
        self.eui = eui
        self.name = name

    def __repr__(self) -> str:
        return f"{self.name} {self.eui}"

    @property
    def state(self) -> dict[str, Any]:
        """Everything that the control API tells of it."""
        state: dict[str, Any] = self._served.json("GET", f"/sim/devices/{self.eui}")
        return state

    @property
    def power_kw(self) -> float:
        """What it draws now, kW; negative while a car gives energy back.

        Raises:
            NotPossible: it draws nothing that is measured.
        """
        power = self.state["power_kw"]
        if power is None:
            raise NotPossible("device", f"{self} is a charge point or a switch")
        return float(power)

    @property
    def status(self) -> str:
        """Its SMI status."""
        return str(self.state["status"])

    def level(self, controller: int = 1, direction: str = "output") -> int:
        """Percent of a controller now."""
        return int(self.why(None, controller, direction)["level"])

    def rule(self, controller: int = 1, direction: str = "output") -> str:
        """The rule that decides it now."""
        return str(self.why(None, controller, direction)["winner"]["rule"])

    def why(self, at: When | None = None, controller: int = 1, direction: str = "output") -> dict[str, Any]:
        """Why a controller has, had or will have its level: winner, losers, and all of it as ``text``."""
        query: dict[str, str | int] = {"controller": controller, "direction": direction}
        if at is not None:
            query["at"] = moment(at, self._served.clock.now).isoformat()
        told: dict[str, Any] = self._served.json("GET", f"/sim/devices/{self.eui}/why", params=query)
        return told

    def fate(self, originator: str, counter: int, until: When | None = None) -> dict[str, Any]:
        """What became of a party's command, up to a day from now if not said; all of it as ``text``."""
        query = {} if until is None else {"until": moment(until, self._served.clock.now).isoformat()}
        path = f"/sim/devices/{self.eui}/commands/{originator}/{counter}"
        told: dict[str, Any] = self._served.json("GET", path, params=query)
        return told

    def plug_in(self, **car: Any) -> None:
        """A car is plugged in; ``car`` has the fields of the control API's Car, such as ``state_of_charge=30``."""
        self._served.json("PUT", f"/sim/devices/{self.eui}/car", json=car)

    def unplug(self) -> None:
        """The car leaves."""
        self._served.json("DELETE", f"/sim/devices/{self.eui}/car")

    def air(
        self,
        *,
        loss: float = 0,
        duplication: float = 0,
        reordering: float = 0,
        delay_ms: float = 5,
        bit_error_rate: float = 0,
        quality: int | None = None,
    ) -> None:
        """How its links behave from the next frame on; without arguments, well."""
        faults = {"loss": loss, "duplication": duplication, "reordering": reordering, "delay_ms": delay_ms}
        worse = {"bit_error_rate": bit_error_rate, "quality": quality}
        self._served.json("PUT", f"/sim/faults/{self.eui}", json={**faults, **worse})

    def silent(self, silent: bool = True) -> None:
        """It is not heard and hears nothing; of the hub: it is off the WAN."""
        self._served.json("PUT", f"/sim/faults/{self.eui}", json={"silent": silent})


class Served(Words[ServedDevice]):
    """A served emulator, or one of its tenants.

    Args:
        url: of the emulator, such as ``http://127.0.0.1:8079``; with ``/t/NAME`` of a tenant.
        keys: folder that ``dcc-sim serve --keys`` wrote; without it the users' test keys grow from the emulator's seed.
        timeout: real seconds for each answer.

    Raises:
        NotReached: it does not answer, in every method.

    Attributes:
        clock: the virtual clock.
        users: by name: Supplier, Supplier2, Network, OtherUser, LoadController.
    """

    def __init__(self, url: str, keys: Path | None = None, timeout: float = 60.0) -> None:
        self._url = url.rstrip("/")
        self._keys = keys
        self._http = httpx.Client(timeout=timeout)
        self.clock = ServedClock(self)
        self.users: dict[str, UserUnderTest] = {}
        self._taken: dict[str, int] = {}
        try:
            self._meet()
        except BaseException:
            self.close()
            raise

    @property
    def _time(self) -> ServedClock:
        return self.clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the connections."""
        self._http.close()

    @property
    def devices(self) -> dict[str, ServedDevice]:
        """Those of the inventory, by name."""
        known = [EUI64.parse(each["eui"]) for each in self.json("GET", "/sim/devices")]
        return {(name := _NAMES.get(eui, str(eui))): ServedDevice(self, eui, name) for eui in known}

    @property
    def trace(self) -> list[dict[str, Any]]:
        """The messages, oldest first, at most a thousand."""
        records: list[dict[str, Any]] = self.json("GET", "/sim/trace", params={"limit": 1000})
        return records

    def air(self, **fault: Any) -> int:
        """Something goes wrong on the air for a time: the fields of an air plan's fault; return its number."""
        return int(self.json("POST", "/sim/air", json=fault)["number"])

    def stop_air(self, number: int) -> None:
        """End something that goes wrong on the air, or take it back."""
        self.json("DELETE", f"/sim/air/{number}")

    def ladder(self, about: Sent | str = "") -> str:
        """The messages as a ladder in text, all or those of one request."""
        name = about if isinstance(about, str) else about.request_id
        return self.ask("GET", "/sim/ladder", params={"request": name}).text

    def write_trace(self, path: Path) -> None:
        """Write the trace as JSON lines, for ``dcc-sim trace``."""
        path.write_text(self.ask("GET", "/sim/trace.jsonl").text, encoding="utf-8")

    def why(
        self, device: ServedDevice, at: When | None = None, controller: int = 1, direction: str = "output"
    ) -> dict[str, Any]:
        """Why a controller has its level; see `ServedDevice.why`."""
        return device.why(at, controller, direction)

    def reset(self, seed: int = 1) -> Self:
        """Begin again with the ready-made home of a seed."""
        self.json("POST", "/sim/reset", json={"seed": seed})
        self._meet()
        return self

    def tenant(self, name: str, seed: int = 1) -> Served:
        """A world of its own in the same process, made now; ``remove_tenant`` ends it."""
        made = self.json("POST", "/sim/tenants", json={"name": name, "seed": seed})
        return Served(f"{self._url}{made['path']}")

    def remove_tenant(self, name: str) -> None:
        """End a tenant, with all it knows."""
        self.json("DELETE", f"/sim/tenants/{name}")

    def kind_of(self, eui: EUI64) -> DeviceType | None:
        """The type of a device in the inventory."""
        types = {each["eui"]: each["type"] for each in self.json("GET", "/sim/devices")}
        return DeviceType(types[str(eui)]) if str(eui) in types else None

    def post(self, user: UserUnderTest, request: Request, xml: bytes, service: str) -> Sent:
        """Octets to a web service, and what the DCC says at once."""
        got = self._send("POST", f"/api/v1/{service}", content=xml, headers={"Content-Type": XML})
        reason = got.headers.get(REASON, "")
        if got.status_code != 200:
            return Sent(request, f"HTTP {got.status_code}", reason or got.text)
        response = user.stand_in.read(got.content)
        return Sent(request, response.code, reason, response=response)

    def collect(self) -> None:
        """Take what has come into mailboxes; the clock does it whenever it is moved from here."""
        for name, user in self.users.items():
            for each in self.json("GET", f"/sim/users/{user.eui}/responses", params={"after": self._taken[name]}):
                user.take(each["request"], each["document"].encode(), each["mmc"])
                self._taken[name] = each["number"]

    def json(self, method: str, path: str, **arguments: Any) -> Any:
        """A JSON answer of the control API; None where there is nothing in it."""
        got = self.ask(method, path, **arguments)
        return got.json() if got.content else None

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """An answer of the control API.

        Raises:
            NotPossible: it refuses; with its reason.
        """
        got = self._send(method, path, **arguments)
        if not got.is_success:
            raise NotPossible(f"{method} {path}", f"is answered with success, not {got.status_code}: {got.text[:300]}")
        return got

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"{self._url}{path}", **arguments)
        except httpx.HTTPError as error:
            raise NotReached("emulator", f"answers at {self._url} ({error})") from None

    def _meet(self) -> None:
        """Everyone's keys and certificates, of the world that is served now."""
        certificates = Repository()
        for pem in self.json("GET", "/sim/certificates"):
            certificates.pin(x509.load_pem_x509_certificate(pem.encode()))
        (seed,) = (each["seed"] for each in self.json("GET", "/sim/homes")[:1])
        grown = home.issue(Smki(f"dcc-sim world {seed}".encode())) if self._keys is None else {}
        self.users, self._taken = {}, {}
        for each in self.json("GET", "/sim/users"):
            name = each["name"]
            credentials = self._credentials(EUI64.parse(each["eui"]), name, grown)
            if credentials is not None:
                self.users[name] = UserUnderTest(self, StandInUser(name, credentials, certificates, each["counter"]))
                documents = self.json("GET", f"/sim/users/{each['eui']}/responses")
                self._taken[name] = max((document["number"] for document in documents), default=0)

    def _credentials(self, eui: EUI64, name: str, grown: dict[EUI64, Credentials]) -> Credentials | None:
        return load(self._keys, str(eui)) if self._keys is not None else grown.get(eui)
