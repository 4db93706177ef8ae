"""All that a device is at a moment, as JSON values, and a device of its kind brought to be exactly that.

Not what survives a power cut ([saved.py](saved.py)) but everything: registers, profiles, logs, timers, histories, what
runs, and where chance stands. `PARTS` says of each class which of its attributes are state, which are objects with
state of their own, and which are the same in every device that was built alike; tests hold it against the classes.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from devices.auxiliary import AuxiliaryControllers
from devices.charge_point import ChargePoint
from devices.clock import DeviceClock
from devices.comms_hub import CommsHub
from devices.controlled import ControlledDevice
from devices.cosem import ObjectStore
from devices.credentials import RemoteCredentials
from devices.device import Device
from devices.display import Display
from devices.drlc_client import LoadControlClient
from devices.drlc_server import LoadControlServer
from devices.esme import ESME
from devices.event_log import EventLog
from devices.hcalcs import HCALCS
from devices.history import History
from devices.hub_log import HubLogHolder
from devices.joining import JoinedDevices, JoinedMeter
from devices.metering import EnergyMeter
from devices.own_keys import OwnKeys
from devices.plain import from_plain, to_plain
from devices.power_series import PowerSeries
from devices.receipts import Receipts
from devices.regulation_delay import RegulationDelay
from devices.sapc import SAPC
from devices.saved import credentials, give_credentials
from devices.supply import Supply
from devices.switching import SwitchingMeter
from devices.vehicle import Vehicle
from schemas.errors import Malformed, NotPossible

if TYPE_CHECKING:
    from collections.abc import Callable


class Generator(Protocol):
    """What of `random.Random` is needed here: chance comes from outside."""

    def random(self) -> float:
        """From 0 to below 1."""

    def getstate(self) -> tuple[Any, ...]:
        """Where it stands."""

    def setstate(self, state: tuple[Any, ...], /) -> None:
        """Stand there."""


class Part(NamedTuple):
    """What the attributes of a class are; those of its base classes are theirs.

    Attributes:
        state: values.
        parts: objects with a `Part` of their own.
        built: the same in every device that was built alike, a cache, or restored in a way of its own below.
    """

    state: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    built: tuple[str, ...] = ()


PARTS: dict[type, Part] = {
    Device: Part(
        ("alert_counter", "firmware_version"),
        ("event_log", "security_log", "clock", "store", "credentials", "keys", "receipts"),
        ("eui", "trust", "asn1", "_by_code", "_checks"),
    ),
    EventLog: Part(("_entries",)),
    Receipts: Part(("_kept",)),
    DeviceClock: Part(("state",), built=("_log", "_security")),
    ObjectStore: Part(("faults",), built=("_handlers",)),
    RemoteCredentials: Part(("faults",), built=("pending", "handlers", "_trust", "_clock", "_log")),
    OwnKeys: Part(
        ("faults",), built=("certificates", "generations", "handlers", "_eui", "_agreed", "_first", "_in_use")
    ),
    ControlledDevice: Part(("_levels",), ("auxiliary",)),
    AuxiliaryControllers: Part(("state", "events", "next_timer"), ("history",), ("_levels_of", "_levels")),
    History: Part(("_first", "_moments", "_states", "_causes")),
    SwitchingMeter: Part(("messages",), ("joined", "load_control")),
    JoinedDevices: Part(("types",)),
    LoadControlServer: Part(("orders",), built=("_auxiliary",)),
    ESME: Part(("customer_number",), ("energy", "supply")),
    EnergyMeter: Part(
        (
            "profile",
            "days",
            "_loads",
            "_reactive",
            "_reactive_import",
            "_reactive_export",
            "_since",
            "_import",
            "_export",
            "_half_hour",
            "_day",
        ),
        built=("_in_half_hour",),
    ),
    Supply: Part(("record", "done")),
    SAPC: Part(("_supplied",), ("charge_point",), ("drives", "regulation")),
    ChargePoint: Part(
        (
            "rating_amps",
            "volts",
            "phases",
            "bidirectional",
            "power_factor",
            "power_w",
            "next_timer",
            "_allowed",
            "_obeyed",
            "_reactions",
            "_preparing",
            "_imported",
            "_exported",
            "_since",
        ),
        ("series",),
        ("vehicle", "_expected", "_sampled"),
    ),
    PowerSeries: Part(("_samples",)),
    RegulationDelay: Part(
        (
            "limit",
            "recognises_offset",
            "transitions",
            "delayed",
            "twice",
            "next_timer",
            "_wanted",
            "_offered",
        ),
        built=("_draw",),
    ),
    Vehicle: Part(
        (
            "max_power_w",
            "phases",
            "reaction",
            "discharge",
            "trip",
            "_in_units",
            "_out_units",
            "_per_kwh",
            "_capacity",
            "_energy",
            "_edges",
            "_reserve",
            "_grain",
        )
    ),
    HCALCS: Part(("closed", "history", "fallback", "_load_w", "_powered", "_next_ask", "_asked"), ("client", "joined")),
    LoadControlClient: Part(("settings", "held", "utc_ahead"), built=("_draw",)),
    JoinedMeter: Part(("meter",)),
    Display: Part(("shown", "_every", "_due", "_message"), built=("eui", "_meter")),
    CommsHub: Part((), ("log",)),
    HubLogHolder: Part(("state", "changed")),
}


def whole(device: Device) -> dict[str, Any]:
    """Everything of a device but its first keys, as JSON values; install codes in a hub's log are in it.

    Raises:
        NotPossible: its chance comes from something that has no state, such as a function of a test.
    """
    given = {"trust": credentials(device), **state_of(device)}
    if isinstance(device, SAPC):
        point, delay = device.charge_point, device.regulation
        given["vehicle"] = None if point.vehicle is None else state_of(point.vehicle)
        given["expected"] = [[to_plain(arrival), state_of(vehicle)] for arrival, vehicle in point._expected]
        given["regulation"] = None if delay is None else {**state_of(delay), "chance": _chance(delay._draw)}
    elif isinstance(device, HCALCS):
        given["chance"] = _chance(device.client._draw)
    return given


def give_whole(device: Device, given: dict[str, Any], chance: Callable[[], Generator]) -> None:
    """Make a device, built with the keys of the one that ``given`` is of, exactly that one.

    Args:
        chance: makes a generator of the class that the other one drew from.

    Raises:
        Malformed: ``given`` is not what ``whole`` gives of a device of this kind; the device is of no use any more.
    """
    try:
        give_credentials(device, given["trust"])
        give_state(device, given)
        if isinstance(device, SAPC):
            _give_charge_point(device, given, chance)
        elif isinstance(device, HCALCS):
            set_random_state(generator(device.client._draw), given["chance"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Malformed("device state", f"is that of a {type(device).__name__}: {error!r}") from error


def generator(draw: Callable[[], float]) -> Generator:
    """The generator whose ``random`` a device draws with.

    Raises:
        NotPossible: it draws with something else.
    """
    source: Any = getattr(draw, "__self__", None)
    if not hasattr(source, "getstate") or draw.__name__ != "random":
        raise NotPossible("chance", "comes from a random.Random, whose state can be kept")
    generator: Generator = source
    return generator


def random_state(source: Generator) -> list[Any]:
    """Where a generator stands, as JSON values."""
    version, numbers, spare = source.getstate()
    return [version, list(numbers), spare]


def set_random_state(source: Generator, given: list[Any]) -> None:
    """Let a generator go on from where another one stood."""
    version, numbers, spare = given
    source.setstate((version, tuple(numbers), spare))


def _chance(draw: Callable[[], float]) -> list[Any]:
    return random_state(generator(draw))


def _names(subject: object) -> list[Part]:
    return [PARTS[each] for each in type(subject).__mro__ if each in PARTS]


def state_of(subject: object) -> dict[str, Any]:
    """The state of an object of `PARTS`, and of its parts, as JSON values."""
    given: dict[str, Any] = {}
    for part in _names(subject):
        given |= {name: to_plain(getattr(subject, name)) for name in part.state}
        given |= {name: state_of(getattr(subject, name)) for name in part.parts}
    return given


def give_state(subject: object, given: dict[str, Any]) -> None:
    """Give an object the state that ``state_of`` gave of another one of its class."""
    for part in _names(subject):
        for name in part.state:
            setattr(subject, name, _like(getattr(subject, name, None), from_plain(given[name])))
        for name in part.parts:
            give_state(getattr(subject, name), given[name])


def _like(present: object, value: Any) -> Any:
    """A list as what is there now: a deque with its bound, or a list; a tuple stays one."""
    match present:
        case deque():
            return deque(value, maxlen=present.maxlen)
        case list():
            return list(value)
    return value


def _give_charge_point(device: SAPC, given: dict[str, Any], chance: Callable[[], Generator]) -> None:
    point = device.charge_point
    point.vehicle = None if given["vehicle"] is None else _vehicle(given["vehicle"])
    point._expected = [(from_plain(arrival), _vehicle(each)) for arrival, each in given["expected"]]
    # A sample was taken at the last event, of what holds since.
    point._sampled = None if point._since is None else (point.power_w, point._allowed, point.vehicle)
    device.regulation = None
    if given["regulation"] is not None:
        source = chance()
        set_random_state(source, given["regulation"]["chance"])
        device.regulation = RegulationDelay(source.random)
        give_state(device.regulation, given["regulation"])


def _vehicle(given: dict[str, Any]) -> Vehicle:
    vehicle = Vehicle()
    give_state(vehicle, given)
    return vehicle
