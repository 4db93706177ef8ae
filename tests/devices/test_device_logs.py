"""Event and security log over the HAN: layouts of the vectors, which code stands in which, and clearing."""

from datetime import timedelta

import pytest

from devices.alerts import SECURITY, AlertCode
from devices.device import Device
from devices.event_log import Entry
from devices.objects import EVENT_LOG, SECURITY_LOG
from schemas.gbcs.dlms.access import AccessResponse, decode_dlms
from schemas.gbcs.dlms.times import NEVER, NOW, from_seconds
from tests.devices.home import (
    BROKER,
    ESME_EUI,
    LOAD_CONTROLLER,
    NEW_YEAR,
    RTDS,
    command,
    new_esme,
    new_sapc,
    period_command,
    protect,
    replay,
    sent,
    vector,
)

HALF = 0x1132
needs_vectors = pytest.mark.skipif(not RTDS.is_dir(), reason="no RTDS vectors here")


def entries(name: str) -> list[Entry]:
    """A vector's response as entries of a log."""
    content = decode_dlms(vector(f"{name}_RESPONSE").payload)
    assert isinstance(content, AccessResponse)
    rows = [row.items for row in content.data[0].items]
    return [Entry(from_seconds(r[0].number), r[1].number, r[2].octets if len(r) > 2 else b"") for r in rows]


def asked(device: Device, name: str) -> bytes:
    message, *_ = sent(device.receive(replay(vector(f"{name}_COMMAND")), NEW_YEAR))
    return message.signed_part()


@needs_vectors
@pytest.mark.parametrize("name", ["ECS35a_6.13_SUCCESS", "ECS35b_6.13_SUCCESS"])
def test_the_logs_are_read_back(name: str) -> None:
    device = new_esme()
    log = device.event_log if "35a" in name else device.security_log
    for entry in entries(name):
        log.append(entry)
    assert asked(device, name) == vector(f"{name}_RESPONSE").signed_part()


@needs_vectors
@pytest.mark.parametrize(("name", "member"), [("ECS35a_6.13_ERROR", EVENT_LOG), ("ECS35b_6.13_ERROR", SECURITY_LOG)])
def test_a_read_that_fails(name: str, member: object) -> None:
    device = new_esme()
    device.store.faults.add(member)  # type: ignore[arg-type]
    assert asked(device, name) == vector(f"{name}_RESPONSE").signed_part()


@needs_vectors
def test_each_code_stands_in_the_log_in_which_the_vectors_have_it() -> None:
    events = {entry.code for name in "ac" for entry in entries(f"ECS35{name}_6.13_SUCCESS")}
    security = {entry.code for name in "bd" for entry in entries(f"ECS35{name}_6.13_SUCCESS")}
    assert {code for code in AlertCode if code in events} & SECURITY == set()
    assert {code for code in AlertCode if code in security} <= SECURITY
    assert len(security & SECURITY) == 5


@needs_vectors
def test_clearing_the_event_log_leaves_a_word_in_the_security_log() -> None:
    device = new_esme()
    device.event_log.append(Entry(NEW_YEAR - timedelta(days=1), 0x8145))
    name = "ECS15a_3.3_SUCCESS"
    assert asked(device, name) == vector(f"{name}_RESPONSE").signed_part()
    assert (device.event_log.codes(), device.security_log.codes()) == ([], [0x8F52])


def test_what_a_device_enters() -> None:
    device = new_sapc()
    device.receive(period_command(1, HALF, NOW, NEVER), NEW_YEAR)
    device.receive(period_command(2, HALF, NEW_YEAR, NEW_YEAR), NEW_YEAR)
    device.receive(period_command(3, HALF, NOW, NEVER, originator=LOAD_CONTROLLER), NEW_YEAR)
    assert [(entry.code, entry.other.hex()) for entry in device.event_log] == [(0x8154, "011e"), (0x8155, "011e")]
    assert device.security_log.codes() == [AlertCode.NO_AUTHORITY]


@needs_vectors
def test_nobody_but_the_supplier_clears() -> None:
    device = new_esme()
    device.event_log.append(Entry(NEW_YEAR, 0x8145))
    wrong = vector("ECS15a_3.3_SUCCESS_COMMAND")
    assert wrong.target == ESME_EUI
    outputs = device.receive(
        protect(command(BROKER, 9, 0x0024, wrong.payload, device=ESME_EUI), signed=False), NEW_YEAR
    )
    assert all(message.message_code != 0x0024 for message in sent(outputs))
    assert device.event_log.codes() == [0x8145]
