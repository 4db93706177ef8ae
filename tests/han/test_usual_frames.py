"""The short ways that the usual frames are built and read by give what the general ones give, octet for octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han.frames import aps, mac, nwk
from han.frames.aps import ApsFrame, ApsType, Block, Mode, Part, decode_aps, open_aps
from han.frames.keys import stand_in_key
from han.frames.mac import MacFrame, MacType, decode_mac
from han.frames.nwk import NwkFrame, NwkType, decode_nwk, open_nwk
from han.frames.security import LAST_COUNTER, Auxiliary, KeyId
from schemas.errors import Malformed, NotAuthentic
from schemas.eui import EUI64
from tests.han.conftest import ESME

KEY = stand_in_key(b"usual", ESME)
OCTET, SHORT, COUNTER = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, LAST_COUNTER - 1)
EUI = st.binary(min_size=8, max_size=8).map(EUI64)


@given(OCTET, SHORT, SHORT, SHORT, st.binary(max_size=116), st.booleans())
def test_mac_data(sequence: int, pan: int, target: int, source: int, payload: bytes, asks: bool) -> None:
    frame = MacFrame(MacType.DATA, sequence, pan, target, source, payload, asks)
    psdu = mac.encode_data(sequence, pan, target, source, payload, asks)
    assert psdu == frame.encode() and decode_mac(psdu) == frame


def test_mac_data_that_is_too_long() -> None:
    with pytest.raises(Malformed, match="at most 127 octets, not 128"):
        mac.encode_data(0, 1, 2, 3, bytes(117), True)


@given(SHORT, SHORT, OCTET, st.binary(max_size=90), st.integers(0, 1), COUNTER, EUI, OCTET)
def test_nwk_data(
    target: int, source: int, sequence: int, payload: bytes, discover: int, counter: int, eui: EUI64, number: int
) -> None:
    frame = NwkFrame(NwkType.DATA, target, source, sequence, payload, discover_route=discover)
    octets = nwk.seal_data(target, source, sequence, payload, discover, KEY, counter, eui, number)
    assert octets == frame.sealed(KEY, counter, eui, number)
    opened = frame._replace(auxiliary=Auxiliary(KeyId.NETWORK, counter, eui, number))
    assert open_nwk(octets, (bytes(16), KEY)) == (opened, KEY)
    assert decode_nwk(octets)._replace(payload=payload) == opened


@given(
    st.sampled_from((ApsType.DATA, ApsType.ACKNOWLEDGEMENT)),
    st.tuples(OCTET, SHORT, SHORT, OCTET, OCTET),
    st.sampled_from((Mode.UNICAST, Mode.BROADCAST)),
    st.booleans(),
    st.none() | st.builds(Block, st.sampled_from(Part), OCTET),
    st.binary(max_size=80),
    COUNTER,
    EUI,
)
def test_aps_data(
    kind: ApsType,
    named: tuple[int, int, int, int, int],
    mode: Mode,
    asks: bool,
    block: Block | None,
    payload: bytes,
    counter: int,
    eui: EUI64,
) -> None:
    if block is not None:
        mode, bitmap = Mode.UNICAST, 0xFF if kind is ApsType.ACKNOWLEDGEMENT else None
        block = block._replace(bitmap=bitmap)
    endpoint, cluster, profile, source_endpoint, number = named
    auxiliary = Auxiliary(KeyId.LINK, counter, eui)
    frame = ApsFrame(kind, number, payload, endpoint, cluster, profile, source_endpoint, mode, asks, auxiliary, block)
    octets = aps.seal_data(frame, KEY, counter, eui)
    assert octets == frame.sealed(KEY, auxiliary, eui)
    assert open_aps(decode_aps(octets), octets, (bytes(16), KEY), None) == (frame, KEY)


def test_counters_that_are_used_up_are_not_sent() -> None:
    with pytest.raises(NotAuthentic, match="used up"):
        nwk.seal_data(0, 1, 0, b"", 1, KEY, LAST_COUNTER, ESME, 0)
    with pytest.raises(NotAuthentic, match="used up"):
        aps.seal_data(ApsFrame(ApsType.DATA, 0, b"", 1, 2, 3, 1), KEY, LAST_COUNTER, ESME)
