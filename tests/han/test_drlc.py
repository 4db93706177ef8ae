"""DRLC, Messaging and attribute reads between two devices: what goes in comes out, and tshark reads the same."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han import application
from han.capture import Capture
from han.drlc import DemandResponse
from han.network import Han
from han.node import packet_to
from han.reports import Commanded, FrameRecord
from schemas.errors import Malformed, NotReached
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
from schemas.zse.attributes import METERING, TIME, MeteringAttribute, TimeAttribute
from schemas.zse.drlc import CancelControl, DeviceClass, EventControl, EventStatus, SignatureType
from tests.han.conftest import ESME, HCALCS, HUB, SECOND, START, make_han, run
from tests.han.tshark import UNREADABLE, fields

FULL_EVENT = LoadControlEvent(
    issuer_event_id=0x01020304,
    start_time=0x0A0B0C0D,
    duration_in_minutes=1440,
    duty_cycle=50,
    event_control=EventControl.RANDOMISE_START | EventControl.RANDOMISE_END,
    device_class=DeviceClass.WATER_HEATER | DeviceClass.SIMPLE_LOAD,
    utility_enrolment_group=7,
    criticality_level=15,
    cooling_temperature_offset=1,
    heating_temperature_offset=2,
    cooling_temperature_set_point=2550,
    heating_temperature_set_point=-300,
    average_load_adjustment_percentage=-20,
)
SIGNED = ReportEventStatus(
    9, EventStatus.COMPLETED, 77, 3, 1900, 2000, 10, 30, EventControl.RANDOMISE_END, SignatureType.ECDSA, bytes(42)
)
TO_CLIENT: list[HanCommand] = [
    FULL_EVENT,
    LoadControlEvent(1, 0, 60, 100),
    CancelLoadControlEvent(1, DeviceClass.SIMPLE_LOAD, 3, CancelControl.RANDOMISE_END, 99),
    CancelAllLoadControlEvents(CancelControl.RANDOMISE_END),
    DisplayMessage(5, "Power is dear from 17:00 to 20:00", 0, 0, 180),
    CancelMessage(5),
    ReadAttributesResponse(TIME, ((TimeAttribute.TIME, 820000000), (TimeAttribute.TIME_STATUS, 3), (0x55, None))),
    ReadAttributesResponse(
        METERING, ((MeteringAttribute.CURRENT_SUMMATION_DELIVERED, 2**40), (MeteringAttribute.INSTANTANEOUS_DEMAND, -5))
    ),
]
TO_SERVER: list[HanCommand] = [
    ReportEventStatus(1, EventStatus.RECEIVED),
    SIGNED,
    GetScheduledEvents(0, 1),
    GetScheduledEvents(5, 0, 12),
    GetLastMessage(),
    MessageConfirmation(5, 99),
    ReadAttributes(METERING, (0x0000, 0x0400)),
    ReadAttributes(TIME, ()),
]


def names(command: HanCommand) -> str:
    return type(command).__name__


@pytest.mark.parametrize("command", TO_CLIENT + TO_SERVER, ids=names)
def test_a_command_arrives_as_it_was_sent(han: Han, records: list[FrameRecord], command: HanCommand) -> None:
    source, target = (ESME, HCALCS) if command in TO_CLIENT else (HCALCS, ESME)
    han.command(source, target, command, START)
    assert run(han) == [Commanded(source, target, command)]
    (frame,) = records
    assert frame.description.startswith(names(command))


def test_the_octets_are_those_of_the_standard(han: Han, records: list[FrameRecord]) -> None:
    """ZCL header, then the fields in their order, least significant octet first."""
    han.command(ESME, HCALCS, FULL_EVENT, START)
    han.command(HCALCS, ESME, GetScheduledEvents(0, 1), START)
    han.command(HCALCS, ESME, ReportEventStatus(0x54B0C0D0, EventStatus.STARTED, duty_cycle_applied=0), START)
    run(han)
    assert [frame.cluster for frame in records] == [0x0701] * 3
    assert [frame.zcl.hex() for frame in records] == [
        "190100040302018400070d0c0b0aa0050f0102f609d4feec3203",
        "1101010000000001",
        "110200d0c0b0540201000000010080008080000000",
    ]


@pytest.mark.parametrize("command", TO_CLIENT + TO_SERVER, ids=names)
def test_a_frame_cut_short_or_too_long_is_refused(command: HanCommand) -> None:
    cluster, octets = application.encode(command, 1)
    assert application.decode(cluster, octets)[2] == command
    shorter = {len(octets) - 1, 3, 2, 0} - {len(octets)}
    for length in shorter:
        try:
            other = application.decode(cluster, octets[:length])[2]
        except Malformed:
            continue
        # What may be shorter: a list of attributes or of their values, and a request without an event to begin from.
        assert isinstance(other, ReadAttributes | ReadAttributesResponse | GetScheduledEvents), length
    if not isinstance(command, ReadAttributes | ReadAttributesResponse):
        with pytest.raises(Malformed):
            application.decode(cluster, octets + b"\0" * 5)


@pytest.mark.parametrize(
    "command",
    [
        LoadControlEvent(2**32, 0, 1),
        LoadControlEvent(1, 0, -1),
        LoadControlEvent(1, 0, 1, cooling_temperature_set_point=2**15),
        ReadAttributesResponse(METERING, ((MeteringAttribute.INSTANTANEOUS_DEMAND, 2**23),)),
        ReadAttributes(0x0701, (0,)),
    ],
    ids=str,
)
def test_what_has_no_place_on_the_air_is_refused(han: Han, command: HanCommand) -> None:
    with pytest.raises(Malformed):
        han.command(ESME, HCALCS, command, START)
    assert run(han) == []


def test_a_signature_is_whole_or_absent() -> None:
    for kind, length in product((0, 1), (0, 1, 41, 42, 43)):
        octets = (
            application.encode(ReportEventStatus(1, EventStatus.STARTED), 1)[1][:-1] + bytes((kind,)) + bytes(length)
        )
        if length == 42 or (kind == 0 and length == 0):
            assert isinstance(application.decode(0x0701, octets)[2], ReportEventStatus)
        else:
            with pytest.raises(Malformed, match="signature"):
                application.decode(0x0701, octets)


def test_who_is_not_there_gets_nothing(han: Han) -> None:
    with pytest.raises(NotReached):
        han.command(ESME, HUB.__class__(bytes(8)), GetLastMessage(), START)
    with pytest.raises(NotReached):
        han.command(HUB.__class__(bytes(8)), ESME, GetLastMessage(), START)


def test_an_answer_to_a_read_has_its_number(han: Han, records: list[FrameRecord]) -> None:
    for _ in range(3):
        han.command(HCALCS, ESME, ReadAttributes(TIME, (0,)), START)
        run(han)
    han.command(ESME, HCALCS, ReadAttributesResponse(TIME, ((0, 1),)), START)
    run(han)
    assert [frame.zcl[1] for frame in records] == [1, 2, 3, 3]


def test_who_wants_a_default_response_gets_one(han: Han, records: list[FrameRecord]) -> None:
    """From another maker's device: frame control 01 instead of 11."""
    received = _send(han, bytes((0x01, 9, 0x01)) + bytes(4) + b"\x01")
    assert received == [Commanded(HCALCS, ESME, GetScheduledEvents(0, 1))]
    assert records[-1].zcl == bytes.fromhex("18090b0100")


def _send(han: Han, zcl: bytes) -> list[object]:
    packet = packet_to(han.address(ESME), zcl, START, DemandResponse.cluster_id)
    han.port(HCALCS).send(packet, START)
    return list(run(han))


HEADERS = st.builds(
    bytes, st.tuples(st.sampled_from((0x00, 0x01, 0x08, 0x09, 0x10, 0x11, 0x18, 0x19)), st.just(7), st.integers(0, 3))
)


@given(st.sampled_from((0x0701, 0x0703, 0x000A, 0x0702)), st.one_of(HEADERS, st.just(b"")), st.binary(max_size=60))
def test_any_octets_are_a_command_or_refused(cluster: int, header: bytes, rest: bytes) -> None:
    octets = header + rest
    try:
        command = application.decode(cluster, octets)[2]
    except Malformed:
        return
    again = application.encode(command, octets[1])
    assert application.decode(*again)[2] == command


def test_octets_of_no_command_are_dropped_and_counted(han: Han) -> None:
    assert _send(han, b"\x11\x01\x09") == []
    assert sum(han.dropped(ESME).values()) == 1


def test_tshark_reads_the_same(tmp_path: Path) -> None:
    """Every command decrypts and decodes; the fields of the events are those that were sent."""
    path = tmp_path / "drlc.pcapng"
    with Capture(path) as capture:
        han = make_han()
        capture.watch(han)
        for number, (source, target, command) in enumerate(_both_ways()):
            han.command(source, target, command, START + number * SECOND)
            run(han)
    assert fields(path, UNREADABLE, "frame.number") == []
    drlc = "zbee_zcl_se.drlc"
    rows = fields(path, f"{drlc}.duty_cycle", *(f"{drlc}.{name}" for name in ("issuer_id", "duty_cycle")))
    assert [(int(issuer, 0), int(duty, 0)) for issuer, duty in rows] == [(0x01020304, 50), (1, 100)]
    clusters = [row[0] for row in fields(path, "zbee_aps.cluster == 0x0701 && zbee_zcl", "frame.number")]
    assert len(clusters) == 8


def _both_ways() -> Iterable[tuple[object, object, HanCommand]]:
    yield from ((ESME, HCALCS, command) for command in TO_CLIENT)
    yield from ((HCALCS, ESME, command) for command in TO_SERVER)
