"""The emulator in process: a DCC, a home, users with keys, and the virtual clock, for tests and scenario files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dcc_sim import identities, trace_file
from dcc_sim.air_plan import AirFault, AirPlan, read
from dcc_sim.extra_devices import add_charge_point
from dcc_sim.inventory import Registration, User, UserRole
from dcc_sim.ladder import draw
from dcc_sim.moments import When
from dcc_sim.policy import Regime
from dcc_sim.respond import mmc_of
from dcc_sim.smki import Role
from dcc_sim.snapshots import Snapshot
from dcc_sim.store import Store
from dcc_sim.testing.clock import Clock
from dcc_sim.testing.devices import DeviceUnderTest
from dcc_sim.testing.users import Sent, UserUnderTest
from dcc_sim.testing.words import Words
from dcc_sim.user import StandInUser
from dcc_sim.world import World
from han.capture import Capture
from schemas.errors import NotPossible
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType

if TYPE_CHECKING:
    from collections.abc import Callable

    from dcc_sim.journal import Place
    from dcc_sim.trace import Trace
    from devices.charge_point import ChargePoint
    from devices.vehicle import Vehicle
    from devices.why import Why
    from schemas.duis.request import Request

START = datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
"""Where the virtual clock begins: an evening in winter, an hour and a half before the peak."""
_WIDEST = 1000
_NAMES = {eui: name for name, eui in identities.DEVICE_NAMES.items()}
_CERTIFIED = {UserRole.IMPORT_SUPPLIER: Role.SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR: Role.NETWORK_OPERATOR}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request over a web service, and its answer: octets as they were."""

    moment: datetime
    user: str
    service: str
    request: bytes
    answer: bytes


def device_name(eui: EUI64) -> str:
    """What a device of the ready-made home is called here; its EUI-64 where it has no name."""
    return _NAMES.get(eui, str(eui))


class Emulator(Words[DeviceUnderTest]):
    """One DCC and one home, nothing shared with any other.

    Args:
        seed: of all keys and all chance: the same seed and calls give the same bytes.
        start: where the clock begins, aware.
        policy: who controls load.
        installed: False where the DCC is to know no device yet.
        car: whether a car is plugged in at the start.
        charge_point: the home's; one phase of 32 A if not given.
        capture: pcapng file for the HAN's frames; their keys go beside it.
        journal: told of every message at the hub, at a device and at the DCC: when, where, its octets.
        store: SQLAlchemy URL of the DCC's records, in memory if not given.
        air: what is to go wrong on the air, its times counted from the start: a plan, or its file.
        direct: messages go between hub and devices without frames on the air, four times as fast.

    Attributes:
        world: everything inside.
        users: by name: Supplier, Supplier2, Network, OtherUser, LoadController.
        exchanges: every request as it was posted, and its answer.
    """

    def __init__(
        self,
        seed: int = 1,
        start: datetime = START,
        *,
        policy: Regime | str = Regime.SUPPLIER_ONLY,
        installed: bool = True,
        car: bool = True,
        charge_point: ChargePoint | None = None,
        capture: Path | None = None,
        journal: Callable[[datetime, Place, bytes], None] | None = None,
        store: str = "",
        air: AirPlan | Path | None = None,
        direct: bool = False,
    ) -> None:
        self._capture = None if capture is None else Capture(capture)
        self._journal = journal
        self._store = Store(store) if store else Store()
        self.world = World(
            seed,
            start,
            self._store,
            policy=Regime(policy),
            installed=installed,
            journal=journal,
            capture=self._capture,
            charge_point=charge_point,
            direct=direct,
        )
        self.clock = Clock(self)
        self.exchanges: list[Exchange] = []
        self.users: dict[str, UserUnderTest] = {}
        for user in self.world.dcc.inventory.users.values():
            self._add(user.name, user.eui)
        self._devices: dict[str, DeviceUnderTest] = {}
        if car:
            self.charger.plug_in()
        if air is not None:
            (read(air) if isinstance(air, Path) else air).begin(self.world)

    @property
    def _time(self) -> Clock:
        return self.clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up its files; it cannot be used any more."""
        self._store.close()
        if self._capture is not None:
            self._capture.__exit__()

    @property
    def devices(self) -> dict[str, DeviceUnderTest]:
        """Hub and devices by name."""
        for device in (self.world.home.hub, *self.world.home.devices.values()):
            name = device_name(device.eui)
            if all(device is not known.device for known in self._devices.values()):
                self._devices[name] = DeviceUnderTest(self, device, name)
        return self._devices

    @property
    def trace(self) -> Trace:
        """Everything that went over a wire, and what each party made of it."""
        return self.world.trace

    def why(
        self, device: DeviceUnderTest, at: When | None = None, controller: int = 1, direction: str = "output"
    ) -> Why:
        """Why a controller has its level; see `DeviceUnderTest.why`."""
        return device.why(at, controller, direction)

    def capture(self, path: Path) -> None:
        """Write the HAN's frames to a pcapng file from now on, for Wireshark; their keys go beside it."""
        if self._capture is not None:
            self._capture.__exit__()
        self._capture = Capture(path)
        self.world.start_capture(self._capture)

    def air(self, **fault: Any) -> int:
        """Something goes wrong on the air for a time: the fields of an air plan's fault; return its number.

            dcc.air(device="charger", quality=105, end="+10m")
            dcc.air(interference={"strength_db": 12, "burst_ms": 8, "every_ms": 20}, start="18:00", end="18:30")
            dcc.air(device="hub", restart=True, end="+60s")

        Raises:
            SmartMeterError: a time is none, there is no such device, or the fault does nothing.
        """
        wanted = AirFault(**fault)
        # Those that were added have names of their own.
        names = self.devices
        known = {end: str(names[name].eui) for end in ("device", "peer") if (name := getattr(wanted, end)) in names}
        wanted = wanted.model_copy(update=known)
        return self.world.air.plan(wanted.trouble(self.world), self.clock.now)

    def stop_air(self, number: int) -> None:
        """End something that goes wrong on the air, or take it back."""
        self.world.air.stop(number, self.clock.now)

    def snapshot(self) -> Snapshot:
        """DCC and home as they are now, whole; see docs/devices.md, "Snapshots". Nothing moves by it.

        Raises:
            NotPossible: a frame is on the air, or a fault of the air is set: let some time pass, or end the fault.
        """
        taken = Snapshot.of(self.world)
        names = {name: str(each.eui) for name, each in self.devices.items()}
        return Snapshot({**taken.content, "names": names})

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot, of this emulator or any other: records are in memory from now on.

        Trace, exchanges, what users have collected and what was planned on the clock begin anew.

        Raises:
            Malformed: it lacks something; the emulator is as before.
        """
        world = snapshot.world(journal=self._journal, capture=self._capture)
        self._store.close()
        self.world, self._store = world, world.dcc.store
        self.clock = Clock(self)
        self.exchanges.clear()
        self.users.clear()
        for user in world.dcc.inventory.users.values():
            stand_in = self._add(user.name, user.eui).stand_in
            # A user's own counter is not the DCC's: it goes on above all that the DCC has seen of it.
            stand_in.counter = max(stand_in.counter, world.dcc.store.counter(user.eui))
        names = {eui: name for name, eui in snapshot.content.get("names", {}).items()}
        self._devices = {
            name: DeviceUnderTest(self, device, name)
            for device in (world.home.hub, *world.home.devices.values())
            for name in (names.get(str(device.eui)) or device_name(device.eui),)
        }

    def ladder(self, about: Sent | str = "") -> str:
        """The messages as a ladder in text, all or those of one request."""
        name = about if isinstance(about, str) else about.request_id
        records = self.trace.about(name) if name else list(self.trace)
        shown = [each for each in records if each.source != each.target or each.kind == "note"]
        return draw(shown, width=_WIDEST)

    def write_trace(self, path: Path) -> None:
        """Write the trace as JSON lines, for ``dcc-sim trace``."""
        trace_file.write(self.trace, path)

    def add_charge_point(
        self, name: str, charge_point: ChargePoint | None = None, car: Vehicle | None = None
    ) -> DeviceUnderTest:
        """One more charge point in the home, commissioned, with keys of its own; and its car, if one is given.

        Raises:
            NotPossible: there is a device of that name.
        """
        if name in self.devices:
            raise NotPossible("device", f"has a name of its own, {name} is taken")
        self._devices[name] = DeviceUnderTest(self, add_charge_point(self.world, name, charge_point), name)
        if car is not None:
            self._devices[name].plug_in(car)
        return self._devices[name]

    def add_user(self, name: str, role: UserRole | str = UserRole.IMPORT_SUPPLIER, mpan: str = "") -> UserUnderTest:
        """One more user with keys and certificates of its own, registered for a meter point if one is given.

        Raises:
            NotPossible: there is a user of that name.
        """
        if name in self.users:
            raise NotPossible("user", f"has a name of its own, {name} is taken")
        acts = UserRole(role)
        eui = EUI64.parse(f"90-B3-D5-1F-30-0F-00-{len(self.users):02X}")
        certified = _CERTIFIED.get(acts, Role.OTHER)
        self.world.users[eui] = self.world.smki.issue_organisation(eui, certified, name)
        self.world.dcc.inventory.users[eui] = User(eui, name, frozenset({acts}))
        if mpan:
            self.register(eui, acts, mpan)
        return self._add(name, eui)

    def register(self, user: UserUnderTest | EUI64, role: UserRole | str, mpan: str = identities.MPAN) -> None:
        """Register a user for a meter point from now on; as import supplier, a change of supplier."""
        eui = user if isinstance(user, EUI64) else user.eui
        self.world.dcc.inventory.registrations.append(Registration(mpan, UserRole(role), eui, self.clock.now))

    def kind_of(self, eui: EUI64) -> DeviceType | None:
        """The type of a device in the inventory."""
        entry = self.world.dcc.inventory.devices.get(eui)
        return None if entry is None else entry.device_type

    def post(self, user: UserUnderTest, request: Request, xml: bytes, service: str) -> Sent:
        """Octets to a web service, and what the DCC says at once."""
        now = self.clock.now
        reply = self.world.post(service, xml)
        self.exchanges.append(Exchange(now, user.name, service, xml, reply.body))
        if reply.status != 200:
            return Sent(request, f"HTTP {reply.status}", reply.reason)
        response = user.stand_in.read(reply.body)
        return Sent(request, response.code, reply.reason, response=response)

    def collect(self) -> None:
        """Take what has come into mailboxes; the clock does it whenever it moves."""
        store, by_eui = self.world.dcc.store, {str(user.eui): user for user in self.users.values()}
        for each in store.undelivered():
            if each.user in by_eui:
                by_eui[each.user].take(each.request, each.document, mmc_of(each.document, each.use_case).decode())
                self.world.delivered(by_eui[each.user].eui, each.document)
            store.mark_delivered(each.number)

    def _add(self, name: str, eui: EUI64) -> UserUnderTest:
        self.users[name] = UserUnderTest(self, StandInUser(name, self.world.users[eui], self.world.smki))
        return self.users[name]
