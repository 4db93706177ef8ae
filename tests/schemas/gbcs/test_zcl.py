"""ZCL payloads: every one of the vectors reads field by field and builds again; bad ones name the field."""

from collections import Counter
from pathlib import Path

import pytest

from schemas.errors import Malformed
from schemas.gbcs.envelope import decode
from schemas.gbcs.gbz import Component, GbzMessage
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.portable import from_portable, to_portable
from schemas.gbcs.zcl import calendar, metering, prepayment, price
from schemas.gbcs.zcl.general import attributes, default_response
from schemas.gbcs.zcl.portable import zcl_from_portable, zcl_to_portable
from schemas.gbcs.zcl.table import TO_CLIENT_COMMANDS, TO_SERVER_COMMANDS, find, read

TO_CLIENT = 0x09
TO_SERVER = 0x01


def test_every_payload_of_the_vectors_reads_by_its_fields(reference: Path) -> None:
    """Whatever is not encrypted; and JSON gives the message back."""
    seen: Counter[str] = Counter()
    for path in sorted((reference / "rtds").glob("*/*.HEX")):
        message = decode(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        content = decode_payload(message)
        if not isinstance(content, GbzMessage):
            continue
        for each in content.components:
            if not each.encrypted:
                fields = zcl_to_portable(each.cluster, each.frame_control, each.command, each.payload)
                assert fields is not None, (path.name, each)
                layout = find(each.cluster, each.frame_control, each.command)
                seen["general" if layout is None else layout.name] += 1
        assert from_portable(to_portable(message)) == message
    assert len(seen) > 40 and sum(seen.values()) > 900, seen


def test_values_by_name() -> None:
    """A price matrix, as the standard lays it out: little-endian."""
    octets = bytes.fromhex("00000000 804A371C 00000000 01000000 00 01 01 01 80250000 02 D8270000")
    fields = read(Component(True, price.CLUSTER, None, TO_CLIENT, 0, 0x05, octets))
    assert fields.integer("issuer tariff id") == 1
    assert [(row.integer("tier or block id"), row.integer("price")) for row in fields.rows("prices")] == [
        (1, 9600),
        (2, 10200),
    ]


@pytest.mark.parametrize(
    ("cluster", "frame_control", "command", "octets", "field"),
    [
        (price.CLUSTER, TO_CLIENT, 0x02, "804A371C 00000000 40E201", "conversion factor"),
        (price.CLUSTER, TO_CLIENT, 0x02, "804A371C 00000000 40E20100 50 00", "Publish Conversion Factor"),
        (price.CLUSTER, TO_CLIENT, 0x05, "00000000 804A371C 00000000 01000000 00 01 01 01 8025", "price"),
        (calendar.CLUSTER, TO_CLIENT, 0x01, "00000000 804A371C 804A371C 01 01 00 01 07 0000", "calendar type"),
        (metering.CLUSTER, TO_CLIENT, 0x07, "0000 804A371C 00 0807 FFFF 010000", "sample"),
        (metering.CLUSTER, TO_CLIENT, 0x06, "00000000 804A371C 01 00 01 00000000 09", "snapshot payload type"),
        (prepayment.CLUSTER, TO_SERVER, 0x04, "00 14 3132", "top up code"),
        (prepayment.CLUSTER, TO_SERVER, 0xEE, "", "ZCL command"),
    ],
)
def test_bad_payloads_name_the_field(cluster: int, frame_control: int, command: int, octets: str, field: str) -> None:
    """Cut short, too long, an unknown choice, a lie about how many follow."""
    with pytest.raises(Malformed) as caught:
        read(Component(True, cluster, None, frame_control, 0, command, bytes.fromhex(octets)))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"low credit warning level": 2**32}, "low credit warning level"),
        ({"low credit warning level": -1}, "low credit"),
    ],
)
def test_values_that_do_not_fit_name_the_field(value: dict[str, int], field: str) -> None:
    """32 bits, unsigned."""
    with pytest.raises(Malformed, match=field):
        prepayment.TO_SERVER[0x09].build(value)


@pytest.mark.parametrize("fields", [{}, {"low credit warning level": "zz"}, {"low credit warning level": [1]}])
def test_bad_json_is_malformed(fields: dict[str, object]) -> None:
    """Missing and of another form."""
    with pytest.raises(Malformed):
        zcl_from_portable(prepayment.CLUSTER, TO_SERVER, 0x09, fields)


def test_unknown_commands_keep_their_octets() -> None:
    """Neither a cluster command nor a general one that GBCS uses has fields."""
    assert zcl_to_portable(0x0701, TO_SERVER, 0x00, b"\x00") is None
    assert zcl_to_portable(0x0702, 0x00, 0x02, b"\x00") is None
    with pytest.raises(Malformed, match="fields are known"):
        zcl_from_portable(0x0702, 0x00, 0x02, {})


def test_general_commands() -> None:
    """A signed value, a failed attribute, a default response that is too long."""
    found = attributes(bytes.fromhex("0100 00 2B FFFFFFFF 0302 C0 0703 00 41 02 4142"))
    assert [each.status for each in found] == [0, 0xC0, 0]
    assert found[0].value == -1 and found[2].text == "AB"
    with pytest.raises(Malformed, match="is a number"):
        _ = found[2].value
    with pytest.raises(Malformed, match="is a string"):
        _ = found[0].text
    with pytest.raises(Malformed):
        default_response(bytes(3))
    with pytest.raises(Malformed, match="data type"):
        attributes(bytes.fromhex("0100 00 99 00"))


def test_names_are_unique() -> None:
    """A command's name tells it from the others of its direction and cluster."""
    for table in (TO_CLIENT_COMMANDS, TO_SERVER_COMMANDS):
        for commands in table.values():
            assert len({layout.name for layout in commands.values()}) == len(commands)
