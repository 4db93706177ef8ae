"""The usual frame built and read in one go is what the general way makes of it, octet for octet and field for field."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han.frames.aps import ApsFrame, ApsType, Block, Part, decode_aps, open_aps
from han.frames.keys import stand_in_key
from han.frames.mac import MacFrame, MacType, check_sequence, decode_mac
from han.frames.nwk import NwkFrame, NwkType, open_nwk
from han.frames.receiver import Receiver
from han.frames.security import LAST_COUNTER, Auxiliary, KeyId
from han.frames.station import MAX_BLOCK, Asdu, Numbers, Station
from han.frames.usual import open_inner, open_outer
from schemas.errors import Malformed, NotAuthentic, SmartMeterError
from schemas.eui import EUI64
from tests.han.conftest import ESME, HUB

NETWORK, LINK = stand_in_key(b"usual", HUB), stand_in_key(b"usual", HUB, ESME)
OCTET, SHORT, COUNTER = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, LAST_COUNTER - 1)
ASDU = Asdu(b"payload", 0x0704, 0x0109, 1, 2, 9)

stations = st.builds(
    lambda address, eui, pan, sequence, numbers, link: Station(
        address, eui, pan, NETWORK, sequence, *numbers, aps_counters={LINK: Numbers(following=link)}
    ),
    st.integers(0, 0xFFF7),
    st.binary(min_size=8, max_size=8).map(EUI64),
    SHORT,
    OCTET,
    st.tuples(*(st.builds(Numbers, st.just(256), OCTET),) * 3, st.builds(lambda at: Numbers(following=at), COUNTER)),
    COUNTER,
)
asdus = st.builds(Asdu, st.binary(max_size=MAX_BLOCK), SHORT, SHORT, OCTET, OCTET, OCTET)
blocks = st.none() | st.builds(Block, st.sampled_from(Part), OCTET, st.none())


def general(sender: Station, destination: int, frame: ApsFrame) -> tuple[bytes, ApsFrame, NwkFrame]:
    """The PSDU by the classes of the three layers, with the counters that the sender has next."""
    inner = Auxiliary(KeyId.LINK, sender.aps_counters[LINK].following, sender.eui)
    counter, sequence = sender.nwk_counter.following, sender.nwk_sequence.following
    octets = frame.sealed(LINK, inner, sender.eui)
    nwk = NwkFrame(NwkType.DATA, destination, sender.address, sequence, octets)
    sealed = nwk.sealed(NETWORK, counter, sender.eui, sender.key_sequence)
    number = sender.mac_sequence.following
    mac = MacFrame(MacType.DATA, number, sender.pan, destination, sender.address, sealed, True)
    outer = Auxiliary(KeyId.NETWORK, counter, sender.eui, sender.key_sequence)
    return mac.encode(), frame._replace(auxiliary=inner), nwk._replace(auxiliary=outer)


def check(psdu: bytes, expected: tuple[bytes, ApsFrame, NwkFrame]) -> None:
    octets, aps, nwk = expected
    assert psdu == octets
    frame = decode_mac(psdu)
    keys = bytes(16), NETWORK
    assert open_outer(psdu, keys) == (frame, *open_nwk(frame.payload, keys)) == (frame, nwk, NETWORK)
    maker = aps.auxiliary.source if aps.auxiliary is not None else None
    opened = open_inner(nwk.payload, lambda source: (bytes(16), LINK) if source == maker else ())
    assert opened == open_aps(decode_aps(nwk.payload), (bytes(16), LINK), None) == (aps, LINK)


@given(stations, st.integers(0, 0xFFF7), asdus, blocks)
def test_data(sender: Station, destination: int, asdu: Asdu, block: Block | None) -> None:
    named = asdu.endpoint, asdu.cluster, asdu.profile, asdu.source_endpoint
    frame = ApsFrame(ApsType.DATA, asdu.counter, asdu.payload, *named, ack_request=True, block=block)
    expected = general(sender, destination, frame)
    check(sender.frame(destination, asdu, LINK, block, asdu.payload), expected)


@given(stations, st.integers(0, 0xFFF7), asdus, blocks)
def test_acknowledgement(sender: Station, destination: int, asdu: Asdu, block: Block | None) -> None:
    named = asdu.source_endpoint, asdu.cluster, asdu.profile, asdu.endpoint
    answered = None
    if block is not None:
        answered = Block(block.part, 0 if block.part is Part.FIRST else block.number, 0xFF)
    frame = ApsFrame(ApsType.ACKNOWLEDGEMENT, asdu.counter, b"", *named, block=answered)
    expected = general(sender, destination, frame)
    check(sender.acknowledge(destination, asdu, LINK, block), expected)


def test_too_long() -> None:
    sender = Station(1, ESME, 0x1A2B, NETWORK)
    with pytest.raises(Malformed, match="at most 127 octets, not 128"):
        sender.frame(0, ASDU, LINK, None, bytes(66))
    assert len(sender.frame(0, ASDU, LINK, None, bytes(65))) == 127


@pytest.mark.parametrize("used", ["nwk_counter", "aps_counters"])
def test_counters_that_are_used_up_are_not_sent(used: str) -> None:
    last = Numbers(following=LAST_COUNTER)
    sender = replace(Station(1, ESME, 0x1A2B, NETWORK), **{used: {LINK: last} if used == "aps_counters" else last})
    with pytest.raises(NotAuthentic, match="used up"):
        sender.frame(0, ASDU, LINK, None, b"x")


@given(st.integers(0, 60), st.integers(1, 0xFF), st.booleans(), st.integers(0, 3))
def test_what_is_changed_on_its_way_is_told_by_the_general_way(at: int, turned: int, fcs: bool, cut: int) -> None:
    """Nothing that is changed is opened, and each layer says what is wrong as it does of any frame."""
    psdu = Station(1, ESME, 0x1A2B, NETWORK).frame(0, ASDU, LINK, Block(Part.LATER, 1), bytes(40))
    octets = bytearray(psdu[: len(psdu) - 2 - cut])
    octets[at] ^= turned
    changed = bytes(octets) + (check_sequence(bytes(octets)) if fcs else psdu[-2:])
    outer = open_outer(changed, (NETWORK,))
    if outer is not None:  # of the MAC header alone: nothing protects it
        assert fcs and cut == 0 and at < 9
        assert outer[0] == decode_mac(changed)
        return
    try:
        Receiver((NETWORK,), (LINK,)).receive(changed)
    except SmartMeterError:
        return
    assert fcs and at < 9
