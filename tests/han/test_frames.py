"""Frames of every layer: built, read, and built again; and what is no frame."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zigpy.types as t
from hypothesis import given
from hypothesis import strategies as st

from han.frames.aps import ApsFrame, ApsType, Block, Mode, Part, decode_aps
from han.frames.fragments import MAX_OPEN, Reassembler, split
from han.frames.mac import MAX_PSDU, MacFrame, MacType, check_sequence, decode_mac
from han.frames.nwk import NwkFrame, NwkType, decode_nwk
from han.frames.receiver import Receiver
from han.frames.security import Auxiliary, KeyId
from han.frames.station import MAX_ASDU, MAX_BLOCK, Asdu, Station
from han.pcapng import read
from schemas.errors import Malformed, NotPossible, SmartMeterError
from schemas.eui import EUI64
from tests.han.conftest import HUB

u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
euis = st.binary(min_size=8, max_size=8).map(EUI64)
maybe_eui = st.none() | euis


@st.composite
def mac_frames(draw: st.DrawFn) -> MacFrame:
    kind = draw(st.sampled_from(MacType))
    if kind is MacType.ACKNOWLEDGEMENT:
        return MacFrame(kind, draw(u8), pending=draw(st.booleans()))
    destination, source = draw(st.none() | u16 | euis), draw(st.none() | u16 | euis)
    return MacFrame(
        kind,
        draw(u8),
        None if destination is None and source is None else draw(u16),
        destination,
        source,
        draw(st.binary(max_size=100)),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.none() | u16) if destination is not None and source is not None else None,
    )


@st.composite
def auxiliaries(draw: st.DrawFn, network: bool) -> Auxiliary:
    if network:
        return Auxiliary(KeyId.NETWORK, draw(u32), draw(maybe_eui), draw(u8))
    key_id = draw(st.sampled_from([KeyId.LINK, KeyId.KEY_TRANSPORT, KeyId.KEY_LOAD]))
    return Auxiliary(key_id, draw(u32), draw(maybe_eui))


@st.composite
def nwk_frames(draw: st.DrawFn) -> NwkFrame:
    relays = draw(st.none() | st.lists(u16, max_size=5).map(tuple))
    return NwkFrame(
        draw(st.sampled_from(NwkType)),
        draw(u16),
        draw(u16),
        draw(u8),
        draw(st.binary(max_size=80)),
        draw(st.none() | auxiliaries(True)),
        draw(u8),
        draw(st.integers(0, 3)),
        draw(maybe_eui),
        draw(maybe_eui),
        relays,
        0 if relays is None else draw(u8),
        draw(st.booleans()),
    )


@st.composite
def aps_frames(draw: st.DrawFn) -> ApsFrame:
    kind = draw(st.sampled_from(ApsType))
    mode = draw(st.sampled_from(Mode))
    addressed: dict[str, Any] = {}
    if kind is ApsType.DATA or (kind is ApsType.ACKNOWLEDGEMENT and draw(st.booleans())):
        addressed = {"endpoint": draw(u16 if mode is Mode.GROUP else u8), "source_endpoint": draw(u8)}
        addressed |= {"cluster": draw(u16), "profile": draw(u16)}
        if mode is Mode.UNICAST and draw(st.booleans()):
            bitmap = draw(u8) if kind is ApsType.ACKNOWLEDGEMENT else None
            addressed["block"] = Block(draw(st.sampled_from(Part)), draw(u8), bitmap)
    auxiliary = draw(st.none() | auxiliaries(False))
    payload = b"" if kind is ApsType.ACKNOWLEDGEMENT and auxiliary is None else draw(st.binary(max_size=80))
    return ApsFrame(
        kind, draw(u8), payload, mode=mode, ack_request=draw(st.booleans()), auxiliary=auxiliary, **addressed
    )


@given(mac_frames())
def test_a_mac_frame_is_read_as_it_was_built(frame: MacFrame) -> None:
    assert decode_mac(frame.encode()) == frame


@given(nwk_frames())
def test_an_nwk_frame_is_read_as_it_was_built(frame: NwkFrame) -> None:
    assert decode_nwk(frame.encode()) == frame


@given(aps_frames())
def test_an_aps_frame_is_read_as_it_was_built(frame: ApsFrame) -> None:
    assert decode_aps(frame.encode()) == frame


@given(st.binary(max_size=125))
def test_the_check_sequence_is_that_of_zigpy(octets: bytes) -> None:
    packet = t.CapturedPacket(datetime(2026, 1, 1, tzinfo=UTC), -50, 200, 11, octets)
    assert check_sequence(octets) == bytes(packet.compute_fcs())


@pytest.mark.parametrize("decode", [decode_mac, decode_nwk, decode_aps])
@given(octets=st.binary(max_size=140))
def test_any_octets_are_a_frame_or_malformed(decode: Any, octets: bytes) -> None:
    try:
        frame = decode(octets)
    except Malformed:
        return
    assert frame.encode() == octets


@given(mac_frames() | nwk_frames() | aps_frames(), st.integers(0, 200), st.integers(0, 255))
def test_a_changed_frame_is_another_frame_or_malformed(
    frame: MacFrame | NwkFrame | ApsFrame, place: int, octet: int
) -> None:
    octets = bytearray(frame.encode())
    octets[place % len(octets)] = octet
    if isinstance(frame, MacFrame):
        octets[-2:] = check_sequence(bytes(octets[:-2]))
    decode: Any = {MacFrame: decode_mac, NwkFrame: decode_nwk, ApsFrame: decode_aps}[type(frame)]
    try:
        assert decode(bytes(octets)).encode() == octets
    except Malformed:
        return


@given(st.data())
def test_a_frame_cut_short_never_reads_beyond_its_end(data: st.DataObject) -> None:
    frame = data.draw(nwk_frames() | aps_frames())
    header = len(frame.header())
    decode: Any = decode_nwk if isinstance(frame, NwkFrame) else decode_aps
    with pytest.raises(Malformed):
        decode(frame.encode()[: data.draw(st.integers(0, header - 1))])


def test_a_wrong_check_sequence_is_told() -> None:
    octets = bytearray(MacFrame(MacType.DATA, 1, 2, 3, 4, b"payload").encode())
    octets[-1] ^= 1
    with pytest.raises(Malformed, match="FCS"):
        decode_mac(bytes(octets))


def test_no_frame_is_longer_than_the_radio_takes() -> None:
    with pytest.raises(Malformed, match="127"):
        MacFrame(MacType.DATA, 1, 2, 3, 4, bytes(MAX_PSDU)).encode()


@pytest.mark.parametrize("size", [1, MAX_ASDU, MAX_ASDU + 1, 2 * MAX_BLOCK, 2 * MAX_BLOCK + 1, 1503, 255 * MAX_BLOCK])
def test_what_one_station_sends_another_receives(size: int) -> None:
    hub, key, network = Station(0, HUB, 7, bytes(16)), b"k" * 16, bytes(16)
    payload = bytes(at % 251 for at in range(size))
    receiver = Receiver([network], [key])
    sent = hub.data(0x1234, Asdu(payload, 0x0704, 0x0109, 1, 1, 9), key)
    heard = [receiver.receive(psdu) for _, psdu in sent]
    assert all(len(psdu) <= MAX_PSDU for _, psdu in sent)
    assert len(sent) == (1 if size <= MAX_ASDU else -(-size // MAX_BLOCK))
    assert [item.payload for item in heard] == [None] * (len(sent) - 1) + [payload]


def test_more_than_255_blocks_are_refused() -> None:
    hub = Station(0, HUB, 7, bytes(16))
    with pytest.raises(Malformed, match="255"):
        hub.data(0x1234, Asdu(bytes(255 * MAX_BLOCK + 1), 0x0704, 0x0109, 1, 1, 9), b"k" * 16)


@given(st.binary(min_size=1, max_size=600), st.integers(3, 63), st.randoms(use_true_random=False))
def test_blocks_make_the_payload_in_any_order_after_the_first(payload: bytes, size: int, rng: Any) -> None:
    first, *later = split(payload, size)
    later += later[: len(later) // 2]
    rng.shuffle(later)
    reassembler = Reassembler()
    whole = []
    for block, piece in (first, first, *later):
        try:
            whole.append(reassembler.take((1,), block, piece))
        except NotPossible:  # a repetition after the last one needed
            continue
    assert [each for each in whole if each is not None][:1] == [payload]


def test_blocks_that_do_not_belong_are_told() -> None:
    reassembler = Reassembler()
    with pytest.raises(NotPossible, match="first block"):
        reassembler.take((1,), Block(Part.LATER, 1), b"x")
    with pytest.raises(Malformed, match="from 1"):
        reassembler.take((1,), Block(Part.FIRST, 0), b"x")
    assert reassembler.take((1,), Block(Part.FIRST, 2), b"x") is None
    for number in (0, 2, 255):
        with pytest.raises(Malformed, match="is 1 to 1"):
            reassembler.take((1,), Block(Part.LATER, number), b"x")
    assert reassembler.take((1,), Block(Part.LATER, 1), b"y") == b"xy"


def test_unfinished_payloads_do_not_pile_up() -> None:
    reassembler = Reassembler()
    for number in range(MAX_OPEN + 1):
        reassembler.take((number,), Block(Part.FIRST, 2), b"x")
    with pytest.raises(NotPossible):
        reassembler.take((0,), Block(Part.LATER, 1), b"y")
    assert reassembler.take((MAX_OPEN,), Block(Part.LATER, 1), b"y") == b"xy"


def test_the_sample_is_read_and_built_again_octet_for_octet(reference: Path) -> None:
    """575 frames that other software built, three joins among them."""
    info = (reference / "han" / "sample.info").read_text().split()
    keys = [bytes.fromhex(word) for word in info if len(word) == 32]
    receiver = Receiver(keys, keys)
    packets = list(read((reference / "han" / "sample.pcapng").read_bytes()))
    payloads = 0
    for packet in packets:
        frame = decode_mac(packet.octets)
        assert frame.encode() == packet.octets
        if frame.kind is MacType.DATA:
            assert decode_nwk(frame.payload).encode() == frame.payload
        heard = receiver.receive(packet.octets)
        payloads += heard.payload is not None
    assert len(packets) == 575 and payloads > 30 and not receiver.dropped


@given(st.binary(max_size=140))
def test_a_receiver_drops_any_octets_with_a_reason(octets: bytes) -> None:
    receiver = Receiver([bytes(16)], [bytes(16)])
    framed = octets[:125] + check_sequence(octets[:125])
    for psdu in (octets, framed):
        try:
            heard = receiver.receive(psdu)
        except SmartMeterError as error:
            assert error.field
            assert receiver.hear(psdu) is None and receiver.dropped.pop(error.field) == 1
        else:
            assert heard.mac.kind is not MacType.DATA
    assert not receiver.dropped
