"""BER as devices write it: length forms kept, values read, and what is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from schemas.errors import Malformed
from schemas.gbcs.asn1 import MAX_DEPTH, Ber, bit_string, decode_ber, generalized_time, object_identifier
from tests.schemas.gbcs.strategies import BER


def test_a_join_command_both_ways() -> None:
    octets = bytes.fromhex("3010 020100 0408AABBCCDDEEFF0011 020104")
    value = decode_ber(octets)
    eui = bytes.fromhex("AABBCCDDEEFF0011")
    assert value == Ber(0x30, b"", (Ber(2, b"\x00"), Ber(4, eui), Ber(2, b"\x04")))
    assert [child.name for child in value.children] == ["INTEGER", "OCTET STRING", "INTEGER"]
    assert value.encode() == octets


@pytest.mark.parametrize("head", ["0403", "048103", "04820003", "0483000003"])
def test_the_form_of_a_length_is_kept(head: str) -> None:
    octets = bytes.fromhex(head + "414243")
    value = decode_ber(octets)
    assert value.content == b"ABC"
    assert value.length_octets == len(octets) - 4
    assert value.encode() == octets


@settings(max_examples=200, deadline=None)
@given(BER)
def test_any_value_reads_back(value: Ber) -> None:
    assert decode_ber(value.encode()) == value


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", "ASN.1 tag"),
        ("1F8101", "ASN.1 tag"),
        ("04", "ASN.1 length"),
        ("0480", "ASN.1 length"),
        ("0484000000 01", "ASN.1 length"),
        ("0482FFFF", "ASN.1 length"),
        ("0402FF", "ASN.1 length"),
        ("30030402FF", "ASN.1 length"),
        ("050000", "ASN.1 content"),
        ("30820000" * 2, "ASN.1 content"),
    ],
)
def test_what_is_no_value_is_refused_by_field(octets: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_ber(bytes.fromhex(octets))
    assert caught.value.field == field


def test_nesting_is_bounded() -> None:
    value = Ber(5)
    for _ in range(MAX_DEPTH - 1):
        value = Ber(0x30, b"", (value,))
    assert decode_ber(value.encode()) == value
    with pytest.raises(Malformed, match="nests"):
        decode_ber(Ber(0x30, b"", (value,)).encode())


def test_names_of_tags() -> None:
    names = {0x30: "SEQUENCE", 0x0A: "ENUMERATED", 0x81: "[1]", 0xA2: "[2]", 0x41: "[APPLICATION 1]", 0x1B: "tag 1B"}
    assert {tag: Ber(tag).name for tag in names} == names


def test_numbers_are_signed() -> None:
    assert Ber(2, bytes.fromhex("008F66")).number == 0x8F66
    assert Ber(2, b"\xff").number == -1
    with pytest.raises(Malformed):
        _ = Ber(2).number


def test_times() -> None:
    assert generalized_time(Ber(0x18, b"20150101000000Z")) == datetime(2015, 1, 1, tzinfo=UTC)
    for text in (b"", b"20150101000000", b"20151301000000Z", b"2015010100000 Z", b"2015 101000000Z", b"\xff" * 15):
        with pytest.raises(Malformed):
            generalized_time(Ber(0x18, text))


def test_object_identifiers() -> None:
    assert object_identifier(Ber(6, bytes.fromhex("2A8648CE3D040302"))) == "1.2.840.10045.4.3.2"
    assert object_identifier(Ber(6, bytes.fromhex("883701"))) == "2.999.1"
    for octets in ("", "2A86", "2A8001", "2A" + "FF" * 9 + "01"):
        with pytest.raises(Malformed):
            object_identifier(Ber(6, bytes.fromhex(octets)))


def test_bit_strings() -> None:
    assert bit_string(Ber(3, bytes.fromhex("0780"))) == "1"
    assert bit_string(Ber(3, bytes.fromhex("0308"))) == "00001"
    assert bit_string(Ber(3, b"\x00")) == ""
    for octets in (b"", b"\x01", b"\x08\x00"):
        with pytest.raises(Malformed):
            bit_string(Ber(3, octets))
