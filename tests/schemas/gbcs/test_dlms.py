"""DLMS data and access: known octets against known values both ways, and what is refused."""

import pytest
from hypothesis import given, settings

from schemas.errors import Malformed
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Item, decode_dlms, liid
from schemas.gbcs.dlms.data import MAX_DEPTH, NULL, Data, Tag, TypeDescription, compact_array, decode_data
from schemas.gbcs.dlms.data import array as array_of
from schemas.gbcs.dlms.data import structure as structure_of
from schemas.gbcs.reader import Reader
from tests.schemas.gbcs.strategies import DATA

PAIR = TypeDescription(Tag.STRUCTURE, (TypeDescription(Tag.DOUBLE_LONG_UNSIGNED), TypeDescription(Tag.ENUM)))


def read(octets: bytes) -> Data:
    """One value that is all of ``octets``."""
    reader = Reader(octets)
    value = decode_data(reader)
    reader.finish("data")
    return value


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("00", NULL),
        ("03FF", Data(Tag.BOOLEAN, True)),
        ("0300", Data(Tag.BOOLEAN, False)),
        ("0407F8", Data(Tag.BIT_STRING, "1111100")),
        ("0400", Data(Tag.BIT_STRING, "")),
        ("05FFFFFFFF", Data(Tag.DOUBLE_LONG, -1)),
        ("0600000100", Data(Tag.DOUBLE_LONG_UNSIGNED, 256)),
        ("0903010203", Data(Tag.OCTET_STRING, b"\x01\x02\x03")),
        ("0A024142", Data(Tag.VISIBLE_STRING, "AB")),
        ("0C02C3A9", Data(Tag.UTF8_STRING, "é".encode())),
        ("0FFF", Data(Tag.INTEGER, -1)),
        ("10FFFE", Data(Tag.LONG, -2)),
        ("11FF", Data(Tag.UNSIGNED, 255)),
        ("122332", Data(Tag.LONG_UNSIGNED, 0x2332)),
        ("14FFFFFFFFFFFFFFFF", Data(Tag.LONG64, -1)),
        ("150000000000000001", Data(Tag.LONG64_UNSIGNED, 1)),
        ("161E", Data(Tag.ENUM, 30)),
        ("01021101 1102", array_of(Data(Tag.UNSIGNED, 1), Data(Tag.UNSIGNED, 2))),
        ("0200", structure_of()),
        (
            "130202061605 0000000102",
            compact_array(PAIR, structure_of(Data(Tag.DOUBLE_LONG_UNSIGNED, 1), Data(Tag.ENUM, 2))),
        ),
    ],
)
def test_known_values_both_ways(octets: str, value: Data) -> None:
    raw = bytes.fromhex(octets)
    assert read(raw) == value
    assert value.encode() == raw


@settings(max_examples=200, deadline=None)
@given(DATA)
def test_any_value_reads_back(value: Data) -> None:
    assert read(value.encode()) == value


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", "DLMS data tag"),
        ("07", "DLMS data tag"),
        ("0301", "BOOLEAN"),
        ("0407F9", "BIT_STRING"),
        ("09810101", "OCTET_STRING length"),
        ("0984FFFFFFFF", "OCTET_STRING length"),
        ("0983FFFFFF", "OCTET_STRING"),
        ("0A0180", "VISIBLE_STRING"),
        ("12FF", "LONG_UNSIGNED"),
        ("0183FFFFFF", "element count"),
        ("13001100", "compact array type"),
        ("13130000", "compact array type"),
        ("13020000", "type count"),
        ("130100001100", "type count"),
        ("131103", "compact array length"),
        ("131203000102 FF", "compact array"),
        ("0101" * (MAX_DEPTH + 1) + "00", "DLMS data"),
        ("13" + "0201" * (MAX_DEPTH + 1) + "1100", "compact array type"),
    ],
)
def test_what_is_no_value_is_refused_by_field(octets: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(bytes.fromhex(octets))
    assert caught.value.field == field


def test_nested_arrays_of_nothing_do_not_fill_the_memory() -> None:
    # 15 arrays of 65535 in each other would be 10^72 nulls, out of 50 octets.
    bomb = b"\x13" + b"\x01\xff\xff" * 15 + b"\x00" + b"\x01\x00"
    with pytest.raises(Malformed):
        read(bomb)


@pytest.mark.parametrize(
    "value",
    [
        Data(Tag.UNSIGNED, 256),
        Data(Tag.INTEGER, 128),
        Data(Tag.LONG_UNSIGNED, -1),
        Data(Tag.VISIBLE_STRING, "é"),
        Data(Tag.UNSIGNED, "text"),
        Data(Tag.OCTET_STRING, 1),
        Data(Tag.COMPACT_ARRAY, ()),
        Data(Tag.ARRAY, 1),
    ],
)
def test_values_that_do_not_fit_are_not_written(value: Data) -> None:
    with pytest.raises(Malformed):
        value.encode()


def test_a_value_of_another_type_is_refused_where_it_is_used() -> None:
    for ask in ("items", "number", "octets", "text", "bits"):
        with pytest.raises(Malformed):
            getattr(NULL, ask)
    with pytest.raises(Malformed):
        NULL.expect(Tag.UNSIGNED)
    with pytest.raises(Malformed):
        array_of(NULL).fields(1)
    assert structure_of(NULL).fields(1) == (NULL,)


OBIS = bytes.fromhex("00005E2C0001")
REQUEST = AccessRequest(
    liid(0x1000001), (Item(Choice.GET, 1, OBIS, 2), Item(Choice.SET, 1, OBIS, 2, Data(Tag.LONG_UNSIGNED, 900)))
)


def test_specifications_come_before_data() -> None:
    octets = "D9 20000001 00 02 01 0001 00005E2C0001 02 02 0001 00005E2C0001 02 02 00 12 0384"
    assert REQUEST.encode() == bytes.fromhex(octets)
    assert decode_dlms(bytes.fromhex(octets)) == REQUEST


def test_a_response_tells_data_then_results() -> None:
    octets = bytes.fromhex("DA 20000001 00 00 02 1103 00 02 0100 02FA")
    response = decode_dlms(octets)
    assert response == AccessResponse(0x20000001, (Data(Tag.UNSIGNED, 3), NULL), ((Choice.GET, 0), (Choice.SET, 250)))
    assert isinstance(response, AccessResponse) and not response.succeeded
    assert response.encode() == octets


def test_a_notification_is_one_value() -> None:
    octets = bytes.fromhex("0F 20000001 00 0201 128F66")
    assert decode_dlms(octets) == DataNotification(0x20000001, structure_of(Data(Tag.LONG_UNSIGNED, 0x8F66)))


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        ("", "DLMS tag"),
        ("DB 20000001 00", "DLMS tag"),
        ("D9 20000001 01", "DLMS date-time"),
        ("D9 20000001 00 7F", "specification count"),
        ("D9 20000001 00 01 05 0001 00005E2C0001 02 01 00", "access choice"),
        ("D9 20000001 00 01 01 0001 00005E2C0001 02 02 00 00", "data count"),
        ("D9 20000001 00 01 01 0001 00005E2C0001 02 01 1100", "data"),
        ("DA 20000001 00 01", "response specifications"),
        ("DA 20000001 00 00 01 00 00", "result count"),
        ("DA 20000001 00 00 01 00 01 0400", "access choice"),
        ("DA 20000001 00 00 00 00 00", "DLMS content"),
    ],
)
def test_what_is_no_content_is_refused_by_field(octets: str, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_dlms(bytes.fromhex(octets))
    assert caught.value.field == field
