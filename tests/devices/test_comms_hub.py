"""The hub routes by the header alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import objects
from devices.comms_hub import CommsHub, business_originator, business_target
from schemas.errors import Malformed, NotReached
from schemas.eui import EUI64
from schemas.gbcs.envelope import Supplementary
from tests.devices.home import (
    BROKER,
    NEW_YEAR,
    SAPC_EUI,
    SUPPLIER,
    command,
    identity,
    new_sapc,
    period_command,
    read_command,
    results,
    sent,
)

HUB = EUI64.parse("00DB1234567890A2")
ASKED = period_command(1, 0x1132, NEW_YEAR, NEW_YEAR.replace(hour=1))


def hub() -> CommsHub:
    some = CommsHub(identity(HUB))
    some.add_device(SAPC_EUI)
    return some


def test_to_the_device_and_back() -> None:
    some, device = hub(), new_sapc()
    assert some.route(ASKED) == SAPC_EUI
    outputs = device.receive(ASKED, NEW_YEAR)
    (answer,) = sent(outputs)
    assert some.forward(answer.encode(), SAPC_EUI) == answer.encode()


def test_a_pre_command_has_the_same_header() -> None:
    pre_command = command(SUPPLIER, 1, 0x011E, b"").encode()
    assert business_target(pre_command) == business_target(ASKED) == SAPC_EUI
    assert business_originator(pre_command) == business_originator(ASKED) == SUPPLIER.eui


def test_a_device_that_is_not_there_is_not_reached() -> None:
    some = hub()
    some.remove_device(SAPC_EUI)
    some.remove_device(SAPC_EUI)
    with pytest.raises(NotReached, match="business target") as caught:
        some.route(ASKED)
    assert caught.value.code == "E20"
    with pytest.raises(NotReached):
        some.forward(ASKED, SAPC_EUI)
    with pytest.raises(NotReached):
        hub().forward(ASKED, SAPC_EUI)  # in the log, but the supplier's message


def test_the_hub_answers_for_itself() -> None:
    some = hub()
    behind = Supplementary(SUPPLIER.eui, 1)
    read = read_command(BROKER, 1, 0x0059, [objects.FIRMWARE_VERSION], device=HUB, supplementary=behind)
    assert some.route(read) == HUB
    assert results(some.receive(read, NEW_YEAR)) == [0]
    assert some.next_timer() is None


@given(st.binary(max_size=40))
def test_noise_is_malformed_or_for_nobody(data: bytes) -> None:
    with pytest.raises((Malformed, NotReached)):
        hub().route(data)
