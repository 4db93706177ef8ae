"""Requests on the inventory: what is told, who may, and what each refusal leaves as it was."""

import pytest

from dcc_sim.home import BROKER, CHARGER, HUB, METER, MPAN
from dcc_sim.identities import GAS_METER, GAS_PROXY, OTHER_MPAN, SWITCH
from dcc_sim.store import Store
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import DccAlert, Other
from schemas.eui import EUI64
from tests.pairs import Answer, Pair

NEW = EUI64.parse("00-DB-12-34-56-78-90-B0")


def ask(pair: Pair, service: str, body: Node, user: str = "supplier") -> Answer:
    """A non-device request."""
    return pair.ask(getattr(pair, user), BROKER, service, 8, body, "serviceD")


def notification(device: EUI64, kind: str, *more: Node) -> Node:
    """The body of 12.2."""
    texts = leaf("DeviceManufacturer", "AB01"), leaf("DeviceModel", "M"), leaf("DeviceType", kind)
    return branch("DevicePrenotification", leaf("DeviceID", device), *texts, *more)


def updated(device: EUI64, *change: Node) -> Node:
    """The body of 8.4."""
    return branch("UpdateInventory", leaf("DeviceID", device), *change)


def read(pair: Pair, name: str, value: EUI64 | str, user: str = "supplier") -> list[Node]:
    """The devices that 8.2 tells."""
    answer = ask(pair, "8.2", branch("ReadInventory", leaf(name, value)), user)
    assert answer.code == "I0", answer.reason
    assert answer.response is not None
    assert isinstance(answer.response.payload, Other)
    return list(answer.response.payload.node.all("Device"))


def refused(pair: Pair, service: str, body: Node, user: str = "supplier") -> str:
    """The code of a refusal, which has its reason beside it and leaves everything as it was."""
    before = pair.records(), dict(pair.world.dcc.inventory.devices)
    answer = ask(pair, service, body, user)
    assert answer.reason
    assert (pair.records(), dict(pair.world.dcc.inventory.devices)) == before
    return answer.code


def test_a_duplicate_is_refused(pair: Pair) -> None:
    """E120201: there already, notified twice, or hub and proxy are one."""
    assert refused(pair, "12.2", notification(METER, "ESME")) == "E120201"
    assert ask(pair, "12.2", notification(NEW, "ESME")).code == "I99"
    assert refused(pair, "12.2", notification(NEW, "GSME"), "other_supplier") == "E120201"
    own = EUI64.parse("00-DB-12-34-56-78-90-B1")
    same = notification(own, "CHF", leaf("AssociatedGPFDeviceID", own))
    assert refused(pair, "12.2", same) == "E120201"


def test_a_hub_brings_its_proxy(pair: Pair) -> None:
    """Both are Pending, and told together."""
    assert ask(pair, "12.2", notification(NEW, "CHF", leaf("AssociatedGPFDeviceID", GAS_PROXY))).code == "I99"
    found = {node.eui("DeviceID"): node.text("DeviceType") for node in read(pair, "DeviceID", GAS_PROXY)}
    assert found == {NEW: "CHF", GAS_PROXY: "GPF"}
    wrong = notification(GAS_METER, "GSME", leaf("AssociatedGPFDeviceID", NEW))
    assert refused(pair, "12.2", wrong) == "E11"


@pytest.mark.parametrize("kind", ["ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD"])
def test_every_type_is_told_as_it_was_notified(pair: Pair, kind: str) -> None:
    """DUIS's types, two of which are one to GBCS."""
    assert ask(pair, "12.2", notification(NEW, kind)).code == "I99"
    (node,) = read(pair, "DeviceID", NEW)
    assert (node.text("DeviceType"), node.text("DeviceStatus")) == (kind, "Pending")


def test_the_home_is_told_whole(pair: Pair) -> None:
    """By any of its devices or its meter point the same; to any user; a SAPC has DUIS's nearest type."""
    by_hub = read(pair, "DeviceID", HUB)
    assert [node.eui("DeviceID") for node in by_hub] == [HUB, METER, SWITCH, CHARGER]
    assert [node.text("DeviceType") for node in by_hub] == ["CHF", "ESME", "HCALCS", "ESME"]
    assert read(pair, "DeviceID", CHARGER) == read(pair, "MPxN", MPAN, "other_user") == by_hub
    assert refused(pair, "8.2", branch("ReadInventory", leaf("UPRN", "123456789012"))) == "E100"
    assert refused(pair, "8.2", branch("ReadInventory", leaf("DeviceID", NEW))) == "E19"


def test_another_supplier_changes_nothing(pair: Pair) -> None:
    """E4 for whoever is not registered for the device's meter point, in every request that changes one."""
    for service, body in (
        ("8.3", branch("DecommissionDevice", leaf("DeviceID", METER))),
        ("8.4", updated(METER, branch("UpdateDeviceDetails", leaf("DeviceModel", "X")))),
        ("8.4", updated(METER, branch("UpdateMPxN", leaf("ImportMPxN", OTHER_MPAN)))),
    ):
        assert refused(pair, service, body, "other_supplier") == "E4"
    # Nor does the own supplier give the meter to a meter point that is not its own.
    assert refused(pair, "8.4", updated(METER, branch("UpdateMPxN", leaf("ImportMPxN", OTHER_MPAN)))) == "E4"
    assert refused(pair, "8.3", branch("DecommissionDevice", leaf("DeviceID", METER)), "network") == "E2"


def test_details_and_meter_points_are_changed(pair: Pair) -> None:
    """What is given is new, the rest stays; the network operator learns of a meter's meter point."""
    details = branch("UpdateDeviceDetails", leaf("DeviceModel", "X"), leaf("ESMEVariant", "BD"))
    assert ask(pair, "8.4", updated(METER, details)).code == "I99"
    assert ask(pair, "8.4", updated(METER, branch("UpdateMPxN", leaf("SecondaryImportMPAN", MPAN)))).code == "I99"
    meter = next(node for node in read(pair, "DeviceID", METER) if node.eui("DeviceID") == METER)
    assert (meter.text("DeviceModel"), meter.text("ESMEVariant")) == ("X", "BD")
    assert meter.text("SecondaryImportMPAN") == meter.text("ImportMPxN") == MPAN
    assert pair.world.dcc.inventory.device(METER).twin
    (alert,) = pair.mailbox(pair.network)
    assert isinstance(alert.payload, DccAlert)
    assert alert.payload.event.has("DeviceStatusChange/MeterIdentity")
    variant = branch("UpdateDeviceDetails", leaf("ESMEVariant", "A"))
    assert refused(pair, "8.4", updated(HUB, variant)) == "E11"
    assert refused(pair, "8.4", updated(CHARGER, branch("UpdateMPxN", leaf("ImportMPxN", MPAN)))) == "E11"


def test_the_decommissioned_hub_is_told(pair: Pair) -> None:
    """CHFDecommissioning to everybody else at the meter point, once."""
    assert ask(pair, "8.3", branch("DecommissionDevice", leaf("DeviceID", HUB))).code == "I99"
    (alert,) = pair.mailbox(pair.network)
    assert isinstance(alert.payload, DccAlert)
    assert alert.payload.event.has("DeviceStatusChange/CHFDecommissioning")
    assert pair.mailbox(pair.supplier) == pair.mailbox(pair.other_supplier) == []


def test_a_body_of_another_service_is_refused(pair: Pair) -> None:
    """E100: a service's reference with another's body."""
    assert refused(pair, "8.3", branch("ReadInventory", leaf("DeviceID", METER))) == "E100"


def test_the_wan_matrix_answers_for_the_address(pair: Pair) -> None:
    """12.1 gives the question back, and where the emulated WAN reaches."""
    address = branch("PartialAddress", leaf("PostCode", "M22 0RR"), leaf("AddressIdentifier", "7"))
    answer = ask(pair, "12.1", branch("RequestWANMatrix", address), "other_user")
    assert answer.response is not None
    assert isinstance(answer.response.payload, Other)
    matrix = answer.response.payload.node
    assert matrix.text("Request/PartialAddress/PostCode") == "M22 0RR"
    assert matrix.boolean("DSPWANMatrixResponse/CoverageAvailability")


def test_nobody_opts_in_or_out(pair: Pair) -> None:
    """8.6 and 8.5 have no eligible role: E2."""
    points = branch("MPxNs", leaf("ImportMPxN", MPAN))
    opted = leaf("DeviceID", METER), leaf("DeviceType", "ESME"), points
    day = leaf("OptInDate", pair.world.clock.now.date())
    assert refused(pair, "8.6", branch("ServiceOptIn", *opted, day)) == "E2"


def test_a_change_and_its_counter_are_one(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends between the two has done neither: the same request is taken by the next."""
    pair = Pair(store=Store(database))
    body = notification(NEW, "ESME")
    monkeypatch.setattr(Store, "keep_device", crash)
    with pytest.raises(Crash):
        request = pair.supplier.request(BROKER, "12.2", 8, body)
        pair.world.post("serviceD", pair.supplier.write(request))
    monkeypatch.undo()
    pair.store.close()
    again = Pair(store=Store(database))
    again.supplier.counter = pair.supplier.counter - 1
    assert ask(again, "12.2", body).code == "I99"
    again.store.close()


class Crash(BaseException):
    """The process ends here; no error of ours, so that nothing catches it."""


def crash(*_: object) -> None:
    """Instead of a method of the store."""
    raise Crash
