"""Capture files and key files, as they should be and as they should not."""

import struct
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from han.capture import Capture
from han.captured import read_keys, transfers
from han.pcapng import Packet, enhanced_packet, interface_description, read, section_header
from schemas.errors import Malformed
from tests.han.conftest import ESME, START, make_han, run


def big_endian(kind: int, body: bytes) -> bytes:
    """A block in the byte order that we do not write."""
    length = struct.pack(">I", len(body) + 12)
    return struct.pack(">I", kind) + length + body + length


def test_what_pcapng_cannot_be_read_is_malformed() -> None:
    head = section_header("", "dcc-sim") + interface_description("x")
    packet = enhanced_packet(START, b"octets", "said")
    assert list(read(head + packet)) == [Packet(START, b"octets", 195, "said")]
    for bad in (b"", b"\xd4\xc3\xb2\xa1" + bytes(20), packet, head[:40], head + packet[:-4], head + bytes(12)):
        with pytest.raises(Malformed, match="pcapng"):
            list(read(bad))
    with pytest.raises(Malformed, match="interface"):
        list(read(section_header("", "x") + packet))


@given(st.data())
def test_a_mutated_file_is_read_or_malformed(data: st.DataObject) -> None:
    octets = bytearray(section_header("about", "dcc-sim") + interface_description("x"))
    octets += enhanced_packet(START, b"octets", "said")
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        packets = list(read(bytes(octets[: data.draw(st.integers(0, len(octets)))])))
    except Malformed:
        return
    assert len(packets) <= 1


def test_either_byte_order_and_link_type_is_read() -> None:
    section = big_endian(0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = big_endian(1, struct.pack(">HHI", 230, 0, 0))
    ticks = int(START.timestamp()) * 1_000_000
    packet = big_endian(6, struct.pack(">IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, 6, 6) + b"octets" + bytes(2))
    unknown = big_endian(5, bytes(8))
    ours = section_header("", "dcc-sim") + interface_description("x") + enhanced_packet(START, b"ours", "")
    assert list(read(section + interface + unknown + packet + ours)) == [
        Packet(START, b"octets", 230),
        Packet(START, b"ours", 195),
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_capture_is_malformed_or_its_frames_are_dropped(data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "home.pcapng"
    with Capture(path) as capture:
        han = make_han()
        capture.watch(han)
        han.to_device(ESME, bytes(100), START)
        run(han)
    whole = Counter(item.data for item in transfers(path, Counter()))
    octets = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(octets[: data.draw(st.integers(0, len(octets)))])
    try:
        assert Counter(item.data for item in transfers(path, Counter())) <= whole
    except Malformed:
        return


def test_key_files_as_wireshark_takes_them() -> None:
    octets = "000102030405060708090A0B0C0D0E0F"
    text = f'# keys\n\n"{octets}","Normal","a label"\n"{bytes.fromhex(octets).hex(":")}","Reverse",""\n'
    assert read_keys(text) == [bytes(range(16)), bytes(range(16))[::-1]]
    for bad in ('"00","Normal",""', octets, f'"{octets}","Sideways",""'):
        with pytest.raises(Malformed, match="line 1"):
            read_keys(bad)
