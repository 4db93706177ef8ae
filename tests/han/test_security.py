"""Frame security: what opens a frame, and everything that must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han.frames.aps import ApsFrame, ApsType, Mode, decode_aps
from han.frames.keys import install_code_key, key_load_key, key_transport_key, stand_in_key
from han.frames.mac import MacFrame, MacType, check_sequence, decode_mac
from han.frames.nwk import NwkFrame, NwkType, decode_nwk
from han.frames.receiver import Receiver
from han.frames.security import LAST_COUNTER, WINDOW, Auxiliary, FrameCounters, KeyId, read_auxiliary, seal, unseal
from han.frames.station import Asdu, Station
from schemas.errors import Malformed, NotAuthentic, SmartMeterError
from tests.han.conftest import ESME, HUB

NETWORK, LINK, OTHER = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))
ADDRESS, PAN = 0x5E01, 0x1A2B
PAYLOAD = b"a Smart Energy frame"
DATA = Asdu(PAYLOAD, 0x0704, 0x0109, 1, 1, 1)


def station(network: bytes = NETWORK) -> Station:
    return Station(ADDRESS, ESME, PAN, network)


def receiver() -> Receiver:
    return Receiver([NETWORK], [LINK])


def only(sender: Station, key: bytes | None = LINK, asdu: Asdu = DATA) -> bytes:
    [(_, psdu)] = sender.data(0x0000, asdu, key)
    return psdu


def framed(nwk: bytes) -> bytes:
    return MacFrame(MacType.DATA, 1, PAN, 0, ADDRESS, nwk, ack_request=True).encode()


def test_a_good_frame_is_taken() -> None:
    heard = receiver().receive(only(station()))
    assert heard.payload == PAYLOAD
    assert heard.aps is not None and heard.aps.auxiliary == Auxiliary(KeyId.LINK, 0, ESME)


def test_neither_payload_nor_endpoint_is_seen_on_the_air() -> None:
    psdu = only(station())
    assert PAYLOAD not in psdu
    assert decode_nwk(decode_mac(psdu).payload).payload != PAYLOAD


def test_the_level_is_not_on_the_air() -> None:
    nwk = decode_nwk(decode_mac(only(station())).payload)
    assert nwk.auxiliary is not None
    assert nwk.auxiliary.encode()[0] == 0x28 and nwk.auxiliary.encode(5)[0] == 0x2D
    with pytest.raises(Malformed, match="level"):
        read_auxiliary(nwk.auxiliary.encode(5))


def test_a_replay_is_refused() -> None:
    ours, sender = receiver(), station()
    frames = [only(sender) for _ in range(WINDOW + 3)]
    for psdu in frames[3:]:
        ours.receive(psdu)
    ours.receive(frames[2])  # overtaken on its way, and within the window
    for psdu in frames:
        with pytest.raises(NotAuthentic, match="frame counter"):
            ours.receive(psdu)


def test_a_replay_under_fresh_network_security_is_refused_by_the_link_key() -> None:
    """An insider has the network key; the APS counter still stops him."""
    ours, sender = receiver(), station()
    psdu = only(sender)
    heard = ours.receive(psdu)
    assert heard.nwk is not None
    again = heard.nwk._replace(auxiliary=None)
    with pytest.raises(NotAuthentic, match="frame counter: is new and not far below 0"):
        ours.receive(framed(again.sealed(NETWORK, 1, ESME)))


def test_wrong_keys_are_refused() -> None:
    with pytest.raises(NotAuthentic, match="MIC"):
        receiver().receive(only(station(network=OTHER)))
    with pytest.raises(NotAuthentic, match="MIC"):
        receiver().receive(only(station(), key=OTHER))
    with pytest.raises(NotAuthentic, match="MIC"):
        Receiver([], []).receive(only(station()))


def test_unsecured_frames_are_refused() -> None:
    aps = ApsFrame(ApsType.DATA, 1, PAYLOAD, 1, 0x0704, 0x0109, 1)
    for payload in (aps.encode(), aps.sealed(LINK, Auxiliary(KeyId.LINK, 1, ESME), ESME)):
        with pytest.raises(NotAuthentic, match="NWK frame"):
            receiver().receive(framed(NwkFrame(NwkType.DATA, 0, ADDRESS, 1, payload).encode()))
    with pytest.raises(NotAuthentic, match="NWK frame"):
        receiver().receive(framed(NwkFrame(NwkType.COMMAND, 0, ADDRESS, 1, b"\x01").encode()))
    with pytest.raises(NotAuthentic, match="Smart Energy"):
        receiver().receive(only(station(), key=None))
    # Anything but Smart Energy data goes under the network key alone.
    assert receiver().receive(only(station(), None, DATA._replace(profile=0, endpoint=0))).payload == PAYLOAD


@pytest.mark.parametrize("key_id", [KeyId.NETWORK, KeyId.KEY_TRANSPORT, KeyId.KEY_LOAD])
def test_each_key_opens_only_what_it_is_for(key_id: KeyId) -> None:
    derive = {KeyId.NETWORK: lambda key: key, KeyId.KEY_TRANSPORT: key_transport_key, KeyId.KEY_LOAD: key_load_key}
    key, sequence = derive[key_id](LINK), 0 if key_id is KeyId.NETWORK else None
    command = ApsFrame(ApsType.COMMAND, 1, b"\x05", mode=Mode.UNICAST)
    secured = command.sealed(key, Auxiliary(key_id, 1, ESME, sequence), ESME)
    nwk = NwkFrame(NwkType.DATA, 0, ADDRESS, 1, secured).sealed(NETWORK, 1, ESME)
    if key_id is KeyId.NETWORK:
        with pytest.raises(NotAuthentic, match="MIC"):
            receiver().receive(framed(nwk))
    else:
        heard = receiver().receive(framed(nwk))
        assert heard.aps is not None and heard.aps.payload == b"\x05"


def test_a_joiner_is_sent_its_key_without_network_security() -> None:
    command = ApsFrame(ApsType.COMMAND, 1, b"\x05")
    for key_id, key in ((KeyId.KEY_TRANSPORT, key_transport_key(LINK)), (KeyId.KEY_LOAD, key_load_key(LINK))):
        secured = command.sealed(key, Auxiliary(key_id, 1, HUB), HUB)
        psdu = framed(NwkFrame(NwkType.DATA, ADDRESS, 0, 1, secured).encode())
        if key_id is KeyId.KEY_TRANSPORT:
            assert receiver().receive(psdu).aps is not None
        else:
            with pytest.raises(NotAuthentic, match="NWK frame"):
                receiver().receive(psdu)


def test_without_extended_nonce_the_source_is_that_of_the_network_layer() -> None:
    aps = ApsFrame(ApsType.DATA, 1, PAYLOAD, 1, 0x0704, 0x0109, 1)
    secured = aps.sealed(LINK, Auxiliary(KeyId.LINK, 1), ESME)
    assert len(secured) == len(aps.encode()) + 5 + 4
    nwk = NwkFrame(NwkType.DATA, 0, ADDRESS, 1, secured).sealed(NETWORK, 1, ESME)
    assert receiver().receive(framed(nwk)).payload == PAYLOAD
    stolen = NwkFrame(NwkType.DATA, 0, ADDRESS, 1, secured).sealed(NETWORK, 1, HUB)
    with pytest.raises(NotAuthentic, match="MIC"):
        receiver().receive(framed(stolen))


@given(st.integers(0, 2000))
def test_one_changed_bit_is_refused_and_changes_nothing(place: int) -> None:
    """Every bit behind the MAC header, the check sequence put right again."""
    ours = receiver()
    psdu = only(station())
    octets = bytearray(psdu[:-2])
    at = 9 + place // 8 % (len(octets) - 9)
    octets[at] ^= 1 << place % 8
    with pytest.raises(SmartMeterError):
        ours.receive(bytes(octets) + check_sequence(bytes(octets)))
    assert ours.receive(psdu).payload == PAYLOAD


@given(st.binary(max_size=100), st.integers(0, 99))
def test_what_is_inside_the_network_layer_is_checked_too(inside: bytes, cut: int) -> None:
    """An insider with the network key sends any octets as APS frame."""
    aps = ApsFrame(ApsType.DATA, 1, PAYLOAD, 1, 0x0704, 0x0109, 1)
    good = aps.sealed(OTHER, Auxiliary(KeyId.LINK, 1, ESME), ESME)
    for number, octets in enumerate((inside[:90], good[: cut % len(good)])):
        ours = receiver()
        nwk = NwkFrame(NwkType.DATA, 0, ADDRESS, 1, octets).sealed(NETWORK, number, ESME)
        heard = ours.hear(framed(nwk))
        if heard is None:
            assert ours.dropped.total() == 1
        else:
            assert heard.aps == decode_aps(octets)
            assert (
                heard.aps.kind is not ApsType.DATA or heard.aps.profile != 0x0109 or heard.aps.mode is not Mode.UNICAST
            )


def test_used_up_counters_are_neither_sent_nor_taken() -> None:
    with pytest.raises(NotAuthentic, match="used up"):
        seal(b"", Auxiliary(KeyId.LINK, LAST_COUNTER, ESME), b"", LINK, ESME)
    with pytest.raises(NotAuthentic, match="used up"):
        FrameCounters().take(KeyId.LINK, LINK, ESME, LAST_COUNTER)


def test_each_source_and_each_key_has_its_counter() -> None:
    counters = FrameCounters()
    counters.take(KeyId.LINK, LINK, ESME, 7)
    counters.take(KeyId.LINK, LINK, HUB, 7)
    counters.take(KeyId.LINK, OTHER, ESME, 0)
    for source, key in ((ESME, LINK), (HUB, LINK), (ESME, OTHER)):
        counters.take(KeyId.LINK, key, source, 9)
        with pytest.raises(NotAuthentic):
            counters.take(KeyId.LINK, key, source, 9)


@given(st.lists(st.integers(0, 200), max_size=80), st.sampled_from((0, 1, 32, 40)))
def test_the_window_takes_what_is_new_and_not_too_old(sent: list[int], window: int) -> None:
    """Against the rule in words: never twice, and not so far below the highest one."""
    counters, taken = FrameCounters(window), set[int]()
    for counter in sent:
        new = counter not in taken and counter >= max(taken, default=0) - window
        if new:
            counters.take(KeyId.LINK, LINK, ESME, counter)
            taken.add(counter)
        else:
            with pytest.raises(NotAuthentic, match="frame counter"):
                counters.take(KeyId.LINK, LINK, ESME, counter)


@given(st.binary(max_size=60), st.binary(max_size=30), st.integers(0, LAST_COUNTER - 1))
def test_what_is_sealed_is_unsealed(plain: bytes, header: bytes, counter: int) -> None:
    auxiliary = Auxiliary(KeyId.LINK, counter, ESME)
    whole = seal(header, auxiliary, plain, LINK, ESME)
    assert whole[: auxiliary.size] == auxiliary.encode()
    sealed = whole[auxiliary.size :]
    assert len(sealed) == len(plain) + 4
    assert unseal(header, auxiliary, sealed, LINK, ESME) == plain
    with pytest.raises(NotAuthentic):
        unseal(header + b"x", auxiliary, sealed, LINK, ESME)
    with pytest.raises(Malformed):
        unseal(header, auxiliary, sealed[:3], LINK, ESME)


def test_keys_of_the_published_vectors() -> None:
    """Zigbee's own: its install code example, and the keys of the well-known link key."""
    assert install_code_key(bytes.fromhex("83FED3407A939723A5C639B26916D505C3B5")).hex() == (
        "66b6900981e1ee3ca4206b6b861c02bb"
    )
    assert key_transport_key(b"ZigBeeAlliance09").hex() == "4bab0f173e1434a2d572e1c1ef478782"
    assert key_load_key(b"ZigBeeAlliance09").hex() == "c5a47035c332ccbf251571d8baded188"


@pytest.mark.parametrize("code", ["", "83FED3407A939723A5C639B26916D505C3B4", "83FED3407A939723A5C639B26916D505"])
def test_a_wrong_install_code_is_malformed(code: str) -> None:
    with pytest.raises(Malformed, match="install code"):
        install_code_key(bytes.fromhex(code))


def test_stand_in_keys_depend_on_seed_and_parties_not_on_their_order() -> None:
    keys = {stand_in_key(seed, *parties) for seed in (b"1", b"2") for parties in ((), (HUB,), (HUB, ESME))}
    assert len(keys) == 6 and all(len(key) == 16 for key in keys)
    assert stand_in_key(b"1", ESME, HUB) == stand_in_key(b"1", HUB, ESME)
