"""Which request changes a device in which status, and to what: every pair, over HTTP, with E5 for all others."""

from dataclasses import replace

import pytest

from dcc_sim.home import BROKER, CHARGER, HUB, METER, MPAN
from dcc_sim.inventory import DeviceStatus
from dcc_sim.policy import RULES
from schemas.duis.node import Node, branch, leaf
from schemas.eui import EUI64
from tests.dcc_sim.services import SERVICES
from tests.pairs import Answer, Pair

P, W, N, C, D, X, S = (
    DeviceStatus.PENDING,
    DeviceStatus.WHITELISTED,
    DeviceStatus.INSTALLED_NOT_COMMISSIONED,
    DeviceStatus.COMMISSIONED,
    DeviceStatus.DECOMMISSIONED,
    DeviceStatus.WITHDRAWN,
    DeviceStatus.SUSPENDED,
)
_HOME = leaf("MPxN", MPAN), leaf("AerialInstall", True), leaf("CHFLocation", "Deep indoors")
_CHECKS = [leaf(f"{name}Check", True) for name in ("MetalObstruction", "ConnectivityObstruction", "SharedObstruction")]


def updated(device: EUI64, *change: Node) -> Node:
    """The body of 8.4."""
    return branch("UpdateInventory", leaf("DeviceID", device), *change)


def set_to(device: EUI64, status: str) -> Node:
    """The body of 8.4 that asks for a status."""
    return updated(device, leaf("UpdateDeviceStatusCH" if device == HUB else "UpdateDeviceStatusExceptCH", status))


def installed(name: str, kind: str, *more: Node) -> Node:
    """The body of 8.14.1 or 8.14.2."""
    return branch(name, leaf("DeviceID", HUB), leaf("CHFInstallType", kind), *_HOME, *more)


CASES: dict[str, tuple[str, Node, dict[DeviceStatus, DeviceStatus | None]]] = {
    "decommission": ("8.3", branch("DecommissionDevice", leaf("DeviceID", METER)), {W: D, N: D, C: D, S: D}),
    "pending": ("8.4", set_to(METER, "Pending"), {W: P, N: P, D: P}),
    "installed": ("8.4", set_to(METER, "InstalledNotCommissioned"), {P: N, W: N, X: N}),
    "delete": ("8.4", updated(METER, branch("DeleteDevice")), {P: None, D: None, X: None}),
    "hub commissioned": ("8.4", set_to(HUB, "Commissioned"), {P: C, N: C, C: C}),
    "hub withdrawn": ("8.4", set_to(HUB, "Withdrawn"), {P: X, N: X, C: X, D: X}),
    "hub installed": ("8.4", set_to(HUB, "InstalledNotCommissioned"), {P: N, W: N, X: N}),
    "with WAN": ("8.14.1", installed("CHFInstallSuccessSMWAN", "New CHF Install"), {P: C, N: C, C: C}),
    "without WAN": (
        "8.14.2",
        installed("CHFInstallSuccessNoSMWAN", "CHF Install - no SM WAN", leaf("PremiseType", "Terraced"), *_CHECKS),
        {P: N, N: N},
    ),
    "fault": (
        "8.14.3",
        branch(
            "CHFFaultReturn",
            leaf("DeviceID", HUB),
            leaf("CHFFaultReturnType", "Fault identified post installation"),
            leaf("OtherDeviceID", METER),
            leaf("CHFConnectionMethod", "ESME"),
            leaf("CHFFaultReason", "LED Fault"),
        ),
        {P: X, N: X, C: X, D: X},
    ),
    "no fault": (
        "8.14.4",
        branch("CHFNoFaultReturn", leaf("DeviceID", HUB), leaf("CHFNoFaultReturnType", "Lost or Stolen Hub")),
        {P: X, N: X, C: X, D: X},
    ),
}


def ask(pair: Pair, service: str, body: Node) -> Answer:
    """A non-device request of the supplier."""
    return pair.ask(pair.supplier, BROKER, service, 8, body, "serviceD")


@pytest.mark.parametrize("name", CASES)
def test_every_status(pair: Pair, name: str) -> None:
    """From each status the one that follows, or E5 and nothing has changed."""
    service, body, following = CASES[name]
    device = body.eui("DeviceID")
    devices = pair.world.dcc.inventory.devices
    entry = devices[device]
    for status in DeviceStatus:
        devices[device] = replace(entry, status=status)
        before = pair.records()
        answer = ask(pair, service, body)
        if status not in following:
            assert answer.code == "E5", (status, answer.reason)
            assert pair.records() == before
            assert devices[device].status is status
            continue
        assert answer.code == "I99", (status, answer.reason)
        after = following[status]
        assert (devices[device].status if device in devices else None) == after


@pytest.mark.parametrize("status", [status for status in DeviceStatus if status is not C])
def test_what_a_device_takes_before_and_after(pair: Pair, status: DeviceStatus) -> None:
    """E5 for load control in every status but Commissioned; what brings it there is taken before."""
    devices = pair.world.dcc.inventory.devices
    for device in (METER, CHARGER, HUB):
        devices[device] = replace(devices[device], status=status)
    taken = set()
    for service, (target, body) in SERVICES.items():
        if not RULES[service].roles or target not in (METER, CHARGER, HUB):
            continue
        critical = 4 in RULES[service].command_variants
        if pair.ask(pair.supplier, target, service, 4 if critical else 1, body).code != "E5":
            taken.add(service)
    allowed = {W: {"8.1.1", "8.11", "11.2"}, N: {"8.1.1", "8.11", "11.2"}, S: {"11.2"}}
    # 8.11 removes the charge point here, which a Pending one has nothing to be removed from.
    assert taken & {"8.1.1", "8.11", "11.2", "7.13", "7.5", "6.11", "4.16"} == allowed.get(status, set())


def test_hub_and_device_are_not_taken_for_each_other(pair: Pair) -> None:
    """E11: the status of a hub, of a device that is none, and the other way round."""
    for device, element in ((METER, "UpdateDeviceStatusCH"), (HUB, "UpdateDeviceStatusExceptCH")):
        assert ask(pair, "8.4", updated(device, leaf(element, "InstalledNotCommissioned"))).code == "E11"
    other = branch("CHFNoFaultReturn", leaf("DeviceID", METER), leaf("CHFNoFaultReturnType", "Lost or Stolen Hub"))
    assert ask(pair, "8.14.4", other).code == "E11"
