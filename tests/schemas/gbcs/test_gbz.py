"""GBZ: known octets against known values both ways, and what is refused."""

import pytest

from schemas.errors import Malformed
from schemas.gbcs.envelope import CraFlag
from schemas.gbcs.gbz import Component, GbzAlert, GbzMessage, decode_gbz

READ = "01 0702 0005 00 00 00 0602"
SEALED = "03 0702 0018 0000 18 00 01 0011 3100000000" + "00" * 12


def test_a_command_both_ways() -> None:
    octets = bytes.fromhex("0109 02 10 0705 0007 FFFFFFFF 01 05 02" + READ)
    components = (
        Component(False, 0x0705, 0xFFFFFFFF, 1, 5, 2, b""),
        Component(True, 0x0702, None, 0, 0, 0, b"\x06\x02"),
    )
    assert decode_gbz(octets, CraFlag.COMMAND) == GbzMessage(components)
    assert GbzMessage(components).encode() == octets


def test_an_encrypted_component_both_ways() -> None:
    octets = bytes.fromhex("0109 01" + SEALED)
    message = decode_gbz(octets, CraFlag.RESPONSE)
    sealed = bytes.fromhex("3100000000") + bytes(12)
    assert message == GbzMessage((Component(True, 0x0702, None, 0x18, 0, 1, sealed, True, 0, 0),))
    assert message.encode() == octets


@pytest.mark.parametrize(
    ("octets", "alert"),
    [
        ("0109 00 810E 1C374A80", GbzAlert(0, 0x810E, 0x1C374A80, b"")),
        ("0109 01 81A0 1C374A80 0005", GbzAlert(1, 0x81A0, 0x1C374A80, b"\x00\x05")),
    ],
)
def test_an_alert_both_ways(octets: str, alert: GbzAlert) -> None:
    raw = bytes.fromhex(octets)
    assert decode_gbz(raw, CraFlag.ALERT) == alert
    assert alert.encode() == raw


@pytest.mark.parametrize(
    ("octets", "cra", "field"),
    [
        ("0108 00", 1, "GBZ profile"),
        ("0109", 1, "component count"),
        ("0109 02" + READ, 1, "component control"),
        ("0109 02" + READ + READ, 1, "component control"),
        ("0109 01 00 0702 0003 00 00 00", 1, "component control"),
        ("0109 01 05 0702 0003 00 00 00", 1, "component control"),
        ("0109 01 01 0702 0004 00 00 00", 1, "component"),
        ("0109 01 01 0702 0002 00 00", 1, "ZCL command"),
        ("0109 01 01 0702 0003 04 00 00", 1, "ZCL frame control"),
        ("0109 01" + READ + "00", 1, "GBZ content"),
        ("0109 01" + SEALED.replace("0011 31", "0012 31"), 2, "encrypted length"),
        ("0109 01" + SEALED.replace("31", "30"), 2, "encrypted payload"),
        ("0109 00 810E 1C374A80 00", 3, "component count"),
        ("0109 01 810E 1C374A80", 3, "component count"),
        ("0109 02 810E 1C374A80 00", 3, "component count"),
        ("0109 00 810E 1C374A", 3, "alert time"),
    ],
)
def test_what_is_no_content_is_refused_by_field(octets: str, cra: int, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_gbz(bytes.fromhex(octets), CraFlag(cra))
    assert caught.value.field == field
