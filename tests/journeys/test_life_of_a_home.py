"""A home's life by requests alone: from devices that the DCC has never heard of to a limited load, and to the end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from dcc_sim import home
from dcc_sim.home import CHARGER, HUB, METER, MPAN, install_code
from dcc_sim.identities import SWITCH
from dcc_sim.inventory import Details, DeviceEntry
from dcc_sim.store import Store
from devices.output import Send
from schemas.duis.document import parse
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import DccAlert, LocalCommand, Other
from schemas.duis.request import read_request
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType, Known, OtherDevice
from tests.dcc_sim.conftest import SCHEMAS
from tests.pairs import FULL_KW, HALF_KW, START, Answer, Pair, set_state

BROKER = home.BROKER
SWITCH_KNOWN = Known(other=OtherDevice(DeviceType.HCALCS))


@pytest.fixture
def empty(duis_schema: etree.XMLSchema | None) -> Iterator[Pair]:
    """A home whose devices no DCC knows; what the DCC answered must be valid DUIS."""
    pair = Pair(installed=False)
    yield pair
    if duis_schema is not None:
        for document in pair.documents:
            duis_schema.assertValid(etree.fromstring(document))
    pair.store.close()


def ask(pair: Pair, service: str, body: Node) -> Answer:
    """A non-device request of the supplier."""
    return pair.ask(pair.supplier, BROKER, service, 8, body, "serviceD")


def notify(pair: Pair, device: EUI64, kind: str, variant: str = "") -> Answer:
    """SR 12.2."""
    more = [leaf("ESMEVariant", variant)] if variant else []
    texts = leaf("DeviceManufacturer", "AB01"), leaf("DeviceModel", "010A030B"), leaf("DeviceType", kind)
    version = leaf("SMETSCHTSVersion", "SMETS V5.1"), leaf("FirmwareVersion", "00000001")
    return ask(pair, "12.2", branch("DevicePrenotification", leaf("DeviceID", device), *texts, *version, *more))


def install_hub(pair: Pair) -> None:
    """The hub is known, hangs on the wall, and has SM WAN."""
    assert notify(pair, HUB, "CHF").code == "I99"
    body = branch(
        "CHFInstallSuccessSMWAN",
        leaf("DeviceID", HUB),
        leaf("CHFInstallType", "New CHF Install"),
        leaf("MPxN", MPAN),
        leaf("AerialInstall", False),
        leaf("CHFLocation", "Indoors on external wall"),
    )
    assert ask(pair, "8.14.1", body).code == "I99"


def addition(device: EUI64, code: bytes | None = None, *dated: Node) -> Node:
    """The body of SR 8.11, Add; by default with the install code that is on the device."""
    added = branch(
        "AddDeviceToCHFWhitelist",
        leaf("JoinTimePeriod", 90),
        leaf("InstallCode", b"", lexical=(code or install_code(device)).hex()),
        leaf("ImportMPxN", MPAN),
    )
    return branch("UpdateHANDeviceLog", *dated, leaf("DeviceID", device), leaf("RequestType", "Add"), added)


def whitelist(pair: Pair, device: EUI64, code: bytes | None = None) -> None:
    """SR 8.11, Add, at once."""
    pair.read(pair.supplier, HUB, "8.11", addition(device, code))
    pair.pass_time()


def commission(pair: Pair, device: EUI64) -> None:
    """SR 8.1.1."""
    now = pair.world.clock.now
    clock = leaf("CurrentDateTime", now), leaf("TolerancePeriod", 10)
    pair.command(pair.supplier, device, "8.1.1", branch("CommissionDeviceSynchroniseClock", *clock))
    pair.pass_time()


def inventory(pair: Pair, device: EUI64 = HUB) -> dict[EUI64, Node]:
    """SR 8.2, by device."""
    answer = ask(pair, "8.2", branch("ReadInventory", leaf("DeviceID", device)))
    assert answer.code == "I0", answer.reason
    assert answer.response is not None
    assert isinstance(answer.response.payload, Other)
    return {node.eui("DeviceID"): node for node in answer.response.payload.node.all("Device")}


def status(pair: Pair, device: EUI64) -> str:
    """What SR 8.2 says."""
    return inventory(pair, device)[device].text("DeviceStatus")


def power(pair: Pair) -> float:
    """Of the charge point, kW, as the control API says."""
    devices = pair.http("GET", "/sim/devices").json()
    return next(float(each["power_kw"]) for each in devices if each["eui"] == str(CHARGER))


def dcc_alerts(pair: Pair, user: str = "supplier") -> list[tuple[str, str]]:
    """Code and event of every DCC alert in a user's mailbox."""
    found = (response.payload for response in pair.mailbox(getattr(pair, user)))
    return [(each.alert_code, each.event.name) for each in found if isinstance(each, DccAlert)]


def build(pair: Pair) -> None:
    """Hub, meter and charge point, all commissioned."""
    install_hub(pair)
    for device, variant in ((METER, "ADF"), (CHARGER, "AF")):
        assert notify(pair, device, "ESME", variant).code == "I99"
        whitelist(pair, device)
        commission(pair, device)


def test_a_home_from_nothing(empty: Pair) -> None:
    """Pre-notified, whitelisted, joined, commissioned; then a set state halves the power, and its end doubles it."""
    pair = empty
    pair.charge()
    now = START + timedelta(minutes=10), START + timedelta(minutes=30)
    target, body = CHARGER, set_state(*now)
    assert pair.ask(pair.supplier, target, "7.13", 4, body).code == "E19"
    install_hub(pair)
    assert status(pair, HUB) == "Commissioned"
    for device, variant in ((METER, "ADF"), (CHARGER, "AF")):
        assert notify(pair, device, "ESME", variant).code == "I99"
        assert status(pair, device) == "Pending"
        assert pair.ask(pair.supplier, device, "11.2", 1, branch("ReadFirmwareVersion")).code == "E4"
        whitelist(pair, device)
        assert status(pair, device) == "InstalledNotCommissioned"
        assert pair.ask(pair.supplier, device, "7.13", 4, body).code == "E5"
        commission(pair, device)
        assert status(pair, device) == "Commissioned"
    assert notify(pair, SWITCH, "HCALCS").code == "I99"
    whitelist(pair, SWITCH)
    pair.command(
        pair.supplier, METER, "8.7.1", branch("JoinServiceCritical", leaf("OtherDeviceID", SWITCH)), SWITCH_KNOWN
    )
    pair.pass_time()
    assert pair.mailbox(pair.supplier)[-1].code == "I0"
    assert pair.world.home.meter.joined.types == {SWITCH: 4}
    assert pair.world.dcc.inventory.device(METER).details.joined == (SWITCH,)
    pair.command(pair.supplier, METER, "8.8.1", branch("UnjoinServiceCritical", leaf("OtherDeviceID", SWITCH)))
    pair.pass_time()
    assert pair.world.home.meter.joined.types == {}
    assert pair.world.dcc.inventory.device(METER).details.joined == ()
    assert power(pair) == FULL_KW
    pair.command(pair.supplier, CHARGER, "7.13", body)
    pair.at(now[0])
    assert power(pair) == HALF_KW
    pair.at(now[1])
    assert power(pair) == FULL_KW


def test_who_is_told(empty: Pair) -> None:
    """The supplier of each outcome at the hub, the network operator of the meter that its area has got."""
    build(empty)
    assert dcc_alerts(empty) == [("N24", "UpdateHANDeviceLogResult")] * 2
    assert dcc_alerts(empty, "network") == [("N16", "DeviceStatusChangeEvent")] * 2
    (identity, _) = (
        response.payload.event for response in empty.mailbox(empty.network) if isinstance(response.payload, DccAlert)
    )
    assert identity.text("DeviceStatusChange/MeterIdentity/MeterMPxNs/ImportMPxN") == MPAN
    assert identity.text("DeviceStatusChange/MeterIdentity/ESMEVariant") == "ADF"
    assert dcc_alerts(empty, "other_supplier") == []


def test_what_the_inventory_tells(empty: Pair) -> None:
    """The hub and its devices, as they were notified and when they were commissioned."""
    build(empty)
    found = inventory(empty, CHARGER)
    assert list(found) == [HUB, METER, CHARGER]
    meter = found[METER]
    assert meter.text("DeviceType") == "ESME"
    assert meter.text("DeviceManufacturer") == "AB01"
    assert meter.text("DeviceFirmwareVersion") == "00000001"
    assert meter.day("DateCommissioned") == START.date()
    assert meter.text("ImportMPxN") == MPAN
    answer = ask(empty, "8.2", branch("ReadInventory", leaf("MPxN", MPAN)))
    assert answer.code == "I0"
    assert ask(empty, "8.2", branch("ReadInventory", leaf("MPxN", "1312345678999"))).code == "E100"


def test_a_wrong_install_code_keeps_a_device_out(empty: Pair) -> None:
    """It is in the log and never comes on the air: Whitelisted, no N24, and nothing reaches it."""
    install_hub(empty)
    assert notify(empty, METER, "ESME", "A").code == "I99"
    whitelist(empty, METER, bytes(16))
    assert status(empty, METER) == "Whitelisted"
    assert dcc_alerts(empty) == []
    empty.read(empty.supplier, METER, "11.2", branch("ReadFirmwareVersion"))
    empty.pass_time(60)
    assert empty.mailbox(empty.supplier)[-1].code == "E21"
    whitelist(empty, METER)
    assert status(empty, METER) == "InstalledNotCommissioned"


def test_a_device_is_whitelisted_later(empty: Pair) -> None:
    """The DCC keeps SR 8.11 until its date; nothing happens before."""
    install_hub(empty)
    assert notify(empty, METER, "ESME").code == "I99"
    later = START + timedelta(hours=2)
    empty.read(empty.supplier, HUB, "8.11", addition(METER, None, leaf("ExecutionDateTime", later)))
    empty.at(later - timedelta(minutes=1))
    assert status(empty, METER) == "Pending"
    empty.at(later + timedelta(minutes=1))
    assert status(empty, METER) == "InstalledNotCommissioned"


@pytest.mark.parametrize("forged", [False, True])
def test_a_device_is_whitelisted_by_hand(empty: Pair, forged: bool) -> None:
    """Variant 2 and SR 8.13: the hub's response counts as if it had come over the WAN, if the hub made it."""
    install_hub(empty)
    assert notify(empty, METER, "ESME").code == "I99"
    request = empty.supplier.request(HUB, "8.11", 2, addition(METER))
    answer = empty.post("serviceD", empty.supplier.write(request)).response
    assert answer is not None
    assert isinstance(answer.payload, LocalCommand)
    outputs = empty.world.home.hub.receive(answer.payload.payload, empty.world.clock.now)
    response = next(each.message for each in outputs if isinstance(each, Send))
    if forged:
        response = response[:-1] + bytes((response[-1] ^ 1,))
    name = leaf("OriginalRequestID", str(request.request_id))
    returned = branch("ReturnLocalCommandResponse", name, leaf("DeviceGBCSResponse", response))
    assert ask(empty, "8.13", returned).code == "I99"
    assert status(empty, METER) == ("Pending" if forged else "Whitelisted")


def test_a_device_leaves_and_is_decommissioned(empty: Pair) -> None:
    """Out of the hub's log nothing reaches it; decommissioned it takes nothing, deleted nobody knows it."""
    build(empty)
    body = branch("UpdateHANDeviceLog", leaf("DeviceID", CHARGER), leaf("RequestType", "Remove"))
    empty.read(empty.supplier, HUB, "8.11", body)
    empty.pass_time()
    assert CHARGER not in empty.world.home.hub.device_log
    assert dcc_alerts(empty) == [("N24", "UpdateHANDeviceLogResult")] * 3
    empty.read(empty.supplier, CHARGER, "11.2", branch("ReadFirmwareVersion"))
    empty.pass_time(60)
    assert empty.mailbox(empty.supplier)[-1].code == "E21"
    assert ask(empty, "8.3", branch("DecommissionDevice", leaf("DeviceID", METER))).code == "I99"
    assert status(empty, METER) == "Decommissioned"
    event = empty.mailbox(empty.network)[-1].payload
    assert isinstance(event, DccAlert)
    path = "DeviceStatusChange/MeterDecommissioningOrWithdrawal/MeterDecommissionOrWithdrawal/ImportMPxN"
    assert event.event.text(path) == MPAN
    assert empty.ask(empty.supplier, METER, "11.2", 1, branch("ReadFirmwareVersion")).code == "E5"
    deletion = branch("UpdateInventory", leaf("DeviceID", METER), branch("DeleteDevice"))
    assert ask(empty, "8.4", deletion).code == "I99"
    assert ask(empty, "8.2", branch("ReadInventory", leaf("DeviceID", METER))).code == "E19"
    assert ask(empty, "8.4", deletion).code == "E19"


def test_the_device_log_is_read(empty: Pair) -> None:
    """SR 8.9: who is there; with security details also the hashes, and who was there before."""
    build(empty)
    empty.read(empty.supplier, HUB, "8.9", branch("ReadDeviceLog"))
    empty.pass_time()
    assert {str(METER), str(CHARGER)} <= set(mmc_texts(empty, "DeviceID"))
    body = branch("UpdateHANDeviceLog", leaf("DeviceID", METER), leaf("RequestType", "Remove"))
    empty.read(empty.supplier, HUB, "8.11", body)
    empty.pass_time()
    empty.read(empty.supplier, HUB, "8.9", branch("ReadDeviceLog", branch("ReadSecurityDetails")))
    empty.pass_time()
    assert mmc_texts(empty, "DeviceID") == [str(CHARGER), str(METER)]
    hashes = [empty.world.home.link_key_hash(device).hex().upper() for device in (CHARGER, METER)]
    assert mmc_texts(empty, "DeviceSecurityDetails") == hashes


def mmc_texts(pair: Pair, name: str) -> list[str]:
    """Every text of an element in the last document's MMC."""
    last = pair.http("GET", f"/sim/users/{pair.supplier.eui}/responses").json()[-1]["mmc"]
    return [str(node.text) for node in etree.fromstring(last.encode()).iter(f"{{*}}{name}")]


def test_a_hub_is_replaced(empty: Pair) -> None:
    """SR 8.12.1 gives the new hub the old one's log: its devices are on the air again, and hang on the new hub."""
    pair, inventory_of = empty, empty.world.dcc.inventory
    install_hub(pair)
    old = EUI64.parse("00-DB-12-34-56-78-90-95")
    restore = branch("RestoreHANDeviceLog", leaf("OldCHFID", old))
    # Of a hub that never told its log there is nothing to restore.
    assert pair.ask(pair.supplier, HUB, "8.12.1", 1, restore).code == "E100"
    commissioned = inventory_of.devices[HUB].status
    known = frozenset({home.SUPPLIER, BROKER})
    inventory_of.devices[old] = DeviceEntry(
        old, DeviceType.CHF, old, MPAN, commissioned, known, details=Details(network="0001020304050607")
    )
    held = Details(key_hash=pair.world.home.link_key_hash(CHARGER).hex())
    inventory_of.devices[CHARGER] = DeviceEntry(CHARGER, DeviceType.SAPC, old, MPAN, commissioned, known, details=held)
    pair.read(pair.supplier, HUB, "8.12.1", restore)
    pair.pass_time()
    assert list(inventory(pair)) == [HUB, CHARGER]
    assert pair.world.home.hub.log.state.network == bytes(range(8))
    pair.read(pair.supplier, CHARGER, "11.2", branch("ReadFirmwareVersion"))
    pair.pass_time()
    assert pair.mailbox(pair.supplier)[-1].code == "I0"
    assert inventory(pair)[CHARGER].text("DeviceFirmwareVersion") == "00000001"


def test_the_home_outlives_the_process(database: str) -> None:
    """Every status, the hub's log and what was deleted are there again; a load is controlled as before."""
    first = Pair(installed=False, store=Store(database))
    build(first)
    before = inventory(first)
    counter = first.supplier.counter
    first.store.close()
    second = Pair(installed=False, store=Store(database))
    second.supplier.counter = counter
    assert inventory(second) == before
    second.charge()
    start = second.world.clock.now + timedelta(minutes=10)
    second.command(second.supplier, CHARGER, "7.13", set_state(start, start + timedelta(hours=1)))
    second.at(start)
    assert power(second) == HALF_KW
    second.store.close()


def test_the_templates_of_public_tools_are_answered(empty: Pair) -> None:
    """Pre-notification and the rest as public tools send them; skipped where those are absent."""
    templates = SCHEMAS / "duis-templates"
    if not templates.is_dir():
        pytest.skip("DUIS templates not found (set DCC_SIM_REFERENCE)")
    codes = {}
    for name in ("12.2_DEVICE_PRE", "8.2_READ", "8.3_DECOM", "8.4_UPDATE", "8.6_SERVICE", "12.1_REQUEST"):
        (path,) = templates.glob(f"{name}*")
        codes[name.partition("_")[0]] = _send(empty, path)
    # Of the template's hub nobody has heard; the meter is Pending, so it is deleted rather than decommissioned; 8.6 is
    # nobody's.
    assert codes == {"12.2": "I99", "8.2": "E19", "8.3": "E5", "8.4": "I99", "8.6": "E2", "12.1": "I0"}


def _send(pair: Pair, path: Path) -> str:
    request = read_request(parse(path.read_bytes()))
    return ask(pair, request.service_reference_variant, request.body).code
