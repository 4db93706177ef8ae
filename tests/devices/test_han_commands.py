"""Whatever another device says on the HAN, meter, switch and display take it or refuse it, and go on."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from devices.display import Display
from devices.output import Note, Tell
from schemas.eui import EUI64
from schemas.zse import (
    CancelAllLoadControlEvents,
    CancelLoadControlEvent,
    CancelMessage,
    DisplayMessage,
    GetLastMessage,
    GetScheduledEvents,
    HanCommand,
    LoadControlEvent,
    MessageConfirmation,
    ReadAttributes,
    ReadAttributesResponse,
    ReportEventStatus,
)
from schemas.zse.attributes import METERING, TIME
from schemas.zse.drlc import CancelControl, DeviceClass, EventControl, EventStatus
from tests.devices.home import ESME_EUI, NEW_YEAR
from tests.devices.test_hcalcs import DISPLAY, SWITCH_EUI, Street

STRANGER = EUI64.parse("00DB1234567890FF")
u8, u16, u32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
names = st.one_of(u32, st.integers(1420070400, 1420070410))
classes = st.sampled_from((DeviceClass.SIMPLE_LOAD, DeviceClass.HVAC))
cluster = st.sampled_from((TIME, METERING))
commands: st.SearchStrategy[HanCommand] = st.one_of(
    st.builds(LoadControlEvent, names, u32, u16, u8, st.sampled_from(EventControl), classes, u8, u8),
    st.builds(CancelLoadControlEvent, names, classes, st.just(0), st.sampled_from(CancelControl), u32),
    st.builds(CancelAllLoadControlEvents),
    st.builds(ReportEventStatus, names, st.sampled_from(EventStatus), u32),
    st.builds(GetScheduledEvents, u32, u8, st.none() | names),
    st.builds(DisplayMessage, u32, st.text(max_size=60)),
    st.builds(CancelMessage, u32),
    st.just(GetLastMessage()),
    st.builds(MessageConfirmation, u32, u32),
    st.builds(ReadAttributes, cluster, st.lists(u16, max_size=6).map(tuple)),
    st.builds(
        ReadAttributesResponse, cluster, st.lists(st.tuples(st.integers(0, 1), st.none() | u32), max_size=4).map(tuple)
    ),
)


@given(st.lists(st.tuples(st.sampled_from((ESME_EUI, SWITCH_EUI, STRANGER)), commands), max_size=15))
def test_any_command_is_taken_or_refused(said: list[tuple[EUI64, HanCommand]]) -> None:
    street, now = Street(), NEW_YEAR
    display = Display(DISPLAY, ESME_EUI)
    for source, command in said:
        now += timedelta(seconds=7)
        for device in (street.meter, street.switch):
            outputs = device.hear(source, command, now)
            assert all(isinstance(each, Note | Tell) or device is street.meter for each in outputs)
        assert display.hear(source, command, now) == []
    for device in (street.meter, street.switch):
        due = device.next_timer()
        assert due is None or due > now - timedelta(seconds=7)


@given(st.lists(commands, max_size=10))
def test_a_stranger_changes_nothing(said: list[HanCommand]) -> None:
    """Of somebody who was never joined: reads are answered, nothing else, and no state changes."""
    street = Street()
    before = street.meter.auxiliary.state, street.meter.load_control.orders[2], street.switch.client.held
    for command in said:
        for device in (street.meter, street.switch):
            for each in device.hear(STRANGER, command, NEW_YEAR):
                told = isinstance(each, Tell) and isinstance(command, ReadAttributes | GetLastMessage)
                assert told or (isinstance(each, Note) and each.kind == "refused")
    after = street.meter.auxiliary.state, street.meter.load_control.orders[2], street.switch.client.held
    assert before == after
