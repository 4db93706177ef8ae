"""The hub's device log against the vectors: CCS01, CCS02 and the alert of each change."""

import pytest

from devices import objects
from devices.comms_hub import CommsHub
from devices.hub_log import HubLog
from schemas.eui import EUI64
from schemas.gbcs.protection import verify_mac
from tests.devices.home import BROKER, NEW_YEAR, RTDS, identity, replay, secret, sent, vector

if not RTDS.is_dir():
    pytest.skip("RTDS vectors not found (set DCC_SIM_REFERENCE)", allow_module_level=True)

HUB = EUI64.parse("00DB1234567890A2")
DEVICE = EUI64.parse("00DB1234567890A0")


def test_adding_and_removing_answer_and_tell_the_broker() -> None:
    for name, there in (("CCS01", True), ("CCS02", False)):
        hub = CommsHub(identity(HUB))
        if name == "CCS02":
            hub.add_device(DEVICE)
        answer, alert = sent(hub.receive(replay(vector(f"{name}_8.11_SUCCESS_COMMAND")), NEW_YEAR))
        assert answer.signed_part() == vector(f"{name}_8.11_SUCCESS_RESPONSE").signed_part()
        assert (alert.target, alert.message_code, alert.signature) == (BROKER.eui, 0x0018, b"")
        verify_mac(alert, secret(BROKER.eui))
        assert (DEVICE in hub.device_log) == there
        assert hub.log.state.joining == there
        assert hub.log.state.join_seconds == (90 if there else 0)
        assert len(hub.log.state.install_codes) == there


@pytest.mark.parametrize(
    ("name", "fault"), [("CCS01", objects.JOIN_PERIOD), ("CCS02", objects.DEVICE_LOG_REMOVE)], ids=["add", "remove"]
)
def test_a_failed_change_changes_nothing(name: str, fault: objects.Member) -> None:
    hub = CommsHub(identity(HUB))
    hub.add_device(DEVICE)
    before = hub.log.state
    hub.store.faults.add(fault)
    (answer,) = sent(hub.receive(replay(vector(f"{name}_8.11_ERROR_COMMAND")), NEW_YEAR))
    if name == "CCS02":
        assert answer.signed_part() == vector(f"{name}_8.11_ERROR_RESPONSE").signed_part()
    assert hub.log.state == before


def test_a_device_that_is_not_there_cannot_be_removed() -> None:
    (answer,) = sent(CommsHub(identity(HUB)).receive(replay(vector("CCS02_8.11_ERROR_COMMAND")), NEW_YEAR))
    assert answer.signed_part() == vector("CCS02_8.11_ERROR_RESPONSE").signed_part()


def test_the_alert_is_the_vectors() -> None:
    held = bytes.fromhex("83FED3407A939723A5C639B26916D506")
    other = EUI64.parse("00DB1234567890A1")
    log = HubLog(bytes.fromhex("0001020304050607")).added(DEVICE, held).added(other, held[:-1] + b"\x05")
    assert vector("CS14_NA_8F12_ALERT").payload.endswith(log.alert(NEW_YEAR).body().encode())


def test_the_log_is_told_and_restored_as_in_the_vectors() -> None:
    """CCS07 now and before, CCS03 from another hub; CCS06 has a row of the vector's form for each device."""
    hub = CommsHub(identity(HUB))
    now, gone = (
        dict(zip((EUI64(bytes.fromhex(f"00DB12345678{eui}")) for eui in euis), map(bytes.fromhex, hashes), strict=True))
        for euis, hashes in (
            (("90A0", "90A1"), ("83FED3407A939723A5C639B26916D506", "83FED3407A939723A5C639B26916D505")),
            (("90A3", "90A4"), ("00112233445566778899A1A2A3A4A5A6", "A1A2A3A4A5A600112233445566778899")),
        )
    )
    hub.log.state = HubLog(bytes(range(8)), now, historic=gone)
    (answer,) = sent(hub.receive(replay(vector("CCS07_8.9_SUCCESS_COMMAND")), NEW_YEAR))
    assert answer.signed_part() == vector("CCS07_8.9_SUCCESS_RESPONSE").signed_part()
    other = CommsHub(identity(HUB))
    answer, _ = sent(other.receive(replay(vector("CCS03_8.12.1_SUCCESS_COMMAND")), NEW_YEAR))
    assert answer.signed_part() == vector("CCS03_8.12.1_SUCCESS_RESPONSE").signed_part()
    assert (other.log.state.network, other.log.state.devices) == (bytes.fromhex("0000000000000140"), now)
    third = CommsHub(identity(HUB))
    third.log.state = HubLog(bytes(range(8)), now)
    (answer,) = sent(third.receive(replay(vector("CCS06_8.9_SUCCESS_COMMAND")), NEW_YEAR))
    assert len(answer.payload) == len(vector("CCS06_8.9_SUCCESS_RESPONSE").payload) - 2 * 12


def test_a_device_that_is_added_again_keeps_its_key() -> None:
    """CCS01 for one that is in the log: its link key is not touched."""
    hub = CommsHub(identity(HUB))
    hub.log.state = hub.log.state.added(DEVICE, bytes(16))
    sent(hub.receive(replay(vector("CCS01_8.11_SUCCESS_COMMAND")), NEW_YEAR))
    assert hub.log.state.devices == {DEVICE: bytes(16)}
