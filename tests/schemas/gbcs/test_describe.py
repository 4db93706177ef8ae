"""Describing: every octet of every vector is in one field, and load control is explained."""

from datetime import time

import pytest

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.auxiliary import CommandedState, CosemDate, Direction, ScheduleRow, SpecialDay, calendar_selector
from schemas.gbcs.describe import Tree, describe, to_text
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Item
from schemas.gbcs.dlms.data import NULL, Data, Tag, array, bit_string, long_unsigned, octets, structure, unsigned, utf8
from schemas.gbcs.dlms.times import NEVER, NOW
from schemas.gbcs.envelope import CraFlag, Message, Supplementary
from schemas.gbcs.payload import Payload
from tests.schemas.gbcs.conftest import Vectors

ALICE, BOB = EUI64(bytes.fromhex("AABBCCDDEEFF0011")), EUI64(bytes.fromhex("1122334455667788"))
OBIS = bytes.fromhex("00005E2C7901")
STAMP = octets(bytes.fromhex("07EA0101FF000000008000FF"))


def lines(content: Payload | bytes, code: int = 0x011E, cra: CraFlag = CraFlag.COMMAND) -> list[str]:
    """The described content, without indentation."""
    payload = content if isinstance(content, bytes) else content.encode()
    text = to_text(describe(Message(cra, 1, ALICE, BOB, code, payload).encode()))
    return [line.strip() for line in text.splitlines()]


def test_every_octet_of_every_vector_is_in_one_field(vectors: Vectors) -> None:
    for name, raw in vectors:
        tree = describe(raw)
        assert b"".join(field.raw for field in tree.children) == tree.raw == raw, name
        for field in fields_of(tree):
            assert field.raw or field.children or field.name in REMARKS, (name, field)
            # A response's values come before all results: an item holds the octets of its result.
            if field.raw and not field.name.startswith("item"):
                assert in_order(field), (name, field)


CERTIFICATE_REMARKS = (
    "subject",
    "issuer",
    "serial",
    "valid",
    "usage",
    "subject key id",
    "subject device",
    "public key",
)
REMARKS = ("kind", "self-signed", *CERTIFICATE_REMARKS)


def in_order(field: Tree) -> bool:
    """The fields inside come in the order of their octets, and none shares an octet with another."""
    position = 0
    for child in field.children:
        found = field.raw.find(child.raw, position)
        if found < 0:
            return False
        position = found + len(child.raw)
    return True


def fields_of(tree: Tree) -> list[Tree]:
    """A field and all in it."""
    return [tree, *(each for child in tree.children for each in fields_of(child))]


def test_no_name_is_missing_for_what_the_vectors_address(vectors: Vectors) -> None:
    for name, raw in vectors:
        text = to_text(describe(raw))
        for lacking in ("use case not", "class not", "cluster not", "command not known", "status not", "result not"):
            assert lacking not in text, (name, lacking)


def test_the_envelope_line_by_line() -> None:
    extra = Supplementary(BOB, 7, 9)
    message = Message(
        CraFlag.RESPONSE, 5, ALICE, BOB, 0x0059, b"\x05\x00", STAMP.octets, extra, b"\x01" * 64, bytes(12)
    )
    assert to_text(describe(message.encode())).splitlines() == [
        "GBCS message: 163 octets",
        "  kind: signed, then MACed",
        "  MAC header: general ciphering, 154 octets follow",
        "  security header: 11, invocation counter 00000000",
        "  grouping header: general signing",
        "  CRA flag: 02 response",
        "  originator counter: 5",
        "  business originator: AA-BB-CC-DD-EE-FF-00-11",
        "  business target: 11-22-33-44-55-66-77-88",
        "  date-time: 2026-01-01 00:00:00Z",
        "  message code: 0059 ECS52",
        "  supplementary fields",
        "    remote party: 11-22-33-44-55-66-77-88",
        "    remote party counter: 7",
        "    originator counter: 9",
        "  content: ASN.1, 2 octets",
        "    NULL: null",
        "  signature: ECDSA P-256, 64 octets",
        f"    r: {'01' * 32}",
        f"    s: {'01' * 32}",
        f"  MAC: {'00' * 12}",
    ]


@pytest.mark.parametrize(
    ("signature", "mac", "kind"),
    [
        (None, None, "pre-command"),
        (b"", None, "neither signed nor MACed"),
        (bytes(64), None, "signed"),
        (b"", bytes(12), "MACed"),
    ],
)
def test_the_kind_of_a_message(signature: bytes | None, mac: bytes | None, kind: str) -> None:
    message = Message(CraFlag.COMMAND, 5, ALICE, BOB, 0x0059, b"\x05\x00", signature=signature, mac=mac)
    assert describe(message.encode()).children[0] == Tree("kind", kind)


def test_a_commanded_state() -> None:
    script = bytes.fromhex("00000A0067FF")
    word = CommandedState(5, 40, Direction.INPUT).word
    items = (Item(Choice.SET, 1, OBIS, 2, STAMP), Item(Choice.ACTION, 9, script, 1, long_unsigned(word)))
    assert lines(AccessRequest(1, items))[-8:] == [
        "item 1: SET",
        "object: class 1 Data, 0-0:94.44.121.1, set state start of controller 5",
        "attribute: 2 value",
        "value: octet-string 07EA0101FF000000008000FF (2026-01-01 00:00:00Z)",
        "item 2: ACTION",
        "object: class 9 Script table, 0-0:10.0.103.255, set state script",
        "method: 1 execute",
        "parameter: 2528: controller 5, input, level 40 %",
    ]


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (0x0111, "0111: activate switch 1"),
        (0x0312, "0312: deactivate switch 3"),
        (0x0520, "0520: reset to the calendar switch 5"),
        (0x1700, "1700"),
    ],
)
def test_other_script_parameters(word: int, shown: str) -> None:
    item = Item(Choice.ACTION, 9, bytes.fromhex("00000A006BFF"), 1, long_unsigned(word))
    assert lines(AccessRequest(1, (item,)))[-1] == f"parameter: {shown}"


ROW = ScheduleRow(
    1, calendar_selector(CommandedState(2, 50)), time(9, 30), "1111100", "101", CosemDate(2030, 6, 21), CosemDate()
)


def test_calendar_rows_and_special_days() -> None:
    days = SpecialDay(1, CosemDate(None, 12, 25)).to_data(), SpecialDay(2, CosemDate(2030, None, 0xFE, 7)).to_data()
    request = AccessRequest(
        1,
        (
            Item(Choice.SET, 11, bytes.fromhex("00010B0003FF"), 2, array(*days)),
            Item(Choice.SET, 10, bytes.fromhex("00010C0002FF"), 2, array(ROW.to_data(), NULL)),
        ),
    )
    shown = lines(request)
    assert "special day 1: every year, month 12, day 25" in shown
    assert "special day 2: 2030, every month, last day, Sunday" in shown
    assert shown[shown.index("row 1") :] == [
        "row 1",
        "index: 1",
        "enabled: yes",
        "script table: 0-0:10.0.103.255, set state script",
        "selector: 12B2: controller 2, output, level 50 %",
        "switch time: 09:30:00Z",
        "validity window: FFFF",
        "days of week: Monday, Tuesday, Wednesday, Thursday, Friday",
        "special days: 1, 3 of 3",
        "season start: 2030, month 6, day 21",
        "season end: every year, every month, every day",
        "row: null",
    ]


def test_a_response_tells_rows_and_days_by_their_form() -> None:
    data = (array(ROW.to_data()), array(SpecialDay(3, CosemDate()).to_data()), array(unsigned(1)), NULL)
    results = ((Choice.GET, 0), (Choice.GET, 0), (Choice.GET, 0), (Choice.SET, 250))
    shown = lines(AccessResponse(1, data, results), 0x011C, CraFlag.RESPONSE)
    assert {"rows: 1", "special days: 1", "special day 3: every year, every month, every day"} <= set(shown)
    assert shown[-4:] == ["item 3: GET 00 success", "value: array of 1", "1: unsigned 1", "item 4: SET FA other reason"]


def test_special_times_and_units() -> None:
    items = tuple(
        Item(Choice.SET, 9000, bytes.fromhex("00005E2C801A"), 6, octets(value)) for value in (NOW, NEVER, bytes(12))
    )
    shown = lines(AccessRequest(1, items))
    assert f"value: octet-string {NOW.hex().upper()} (now (immediate))" in shown
    assert f"value: octet-string {NEVER.hex().upper()} (never (cancel))" in shown
    assert f"value: octet-string {'00' * 12}" in shown
    assert "attribute: 6 activation date-time" in shown
    unit = structure(Data(Tag.INTEGER, 0), Data(Tag.ENUM, 27))
    response = AccessResponse(1, (unit, bit_string("101")), ((Choice.GET, 0),) * 2)
    shown = lines(response, 0x0028, CraFlag.RESPONSE)
    assert "value: structure of 2 (scaler 0, unit W)" in shown
    assert "value: bit-string 101" in shown


@pytest.mark.parametrize(
    ("code", "alert", "items", "expected"),
    [
        (0x0121, 0x8F86, (unsigned(0x23), STAMP, STAMP, unsigned(40)), "controller: 23: controller 3, input"),
        (0x0121, 0x8F86, (unsigned(0x23), STAMP, STAMP, unsigned(40)), "resulting level: 40 %"),
        (0x0121, 0x8F86, (unsigned(0x23), STAMP, STAMP, unsigned(40)), "limit period end: 2026-01-01 00:00:00Z"),
        (0x0122, 0x8F87, (unsigned(0x15), unsigned(0)), "controller: 15: controller 5, output"),
        (0x0122, 0x8F87, (unsigned(0x35), unsigned(0)), "direction and controller: 35"),
        (0x0120, 0x8F85, (octets(bytes.fromhex("011E0000000000000007")),), "message code: 011E ECS47a"),
        (0x0123, 0x8F88, (utf8("{}"),), "state and associated information: utf8-string {}"),
        (0x00CC, 0x8F66, (octets(bytes.fromhex("011A0000000000000007232800005E2C801A06")),), "originator counter: 7"),
        (0x00CC, 0x8F66, (octets(bytes.fromhex("011A0000000000000007232800005E2C801A06")),), "class: 9000 GBCS"),
        (0x00CC, 0x8F66, (octets(b"\x01"),), "future dated instruction: 01"),
        (0x0120, 0x8F85, (octets(b"\x01"),), "command not supported: 01"),
        (0x0120, 0x8F85, (unsigned(1),), "command not supported: unsigned 1"),
        (0x0122, 0x8F87, (octets(b"\x15"), unsigned(0)), "direction and controller: octet-string 15"),
        (0x1000, 0x8F30, (), "alert code: 8F30 source has no authority for the command"),
    ],
)
def test_alerts_of_load_control(code: int, alert: int, items: tuple[Data, ...], expected: str) -> None:
    content = DataNotification(1, structure(long_unsigned(alert), STAMP, *items))
    shown = lines(content, code, CraFlag.ALERT)
    assert any(expected in line for line in shown), shown
    assert "time stamp: 2026-01-01 00:00:00Z" in shown


def test_a_log_is_told_by_its_message_code() -> None:
    entries = "1C20E100 0211 00 548E2480 1C20E105 0200 01 548E2480"
    raw = bytes.fromhex("DA 20000001 00 00 01 13 0204 06121606 16" + entries + "01 0100")
    shown = lines(raw, 0x00FD, CraFlag.RESPONSE)
    assert shown[-10:] == [
        "entry 1",
        "time: 2014-12-15 00:00:00Z",
        "switch and action: 0211: activate, switch 2",
        "outcome: 0 not known",
        "HAN command id: 548E2480",
        "entry 2",
        "time: 2014-12-15 00:00:05Z",
        "switch and action: 0200: answer of the HCALCS, switch 2",
        "outcome: 1 success",
        "HAN command id: 548E2480",
    ]
    for other in (0x0028, 0x0048):
        assert "1: double-long-unsigned 471916800" in lines(raw, other, CraFlag.RESPONSE)


def test_selective_access_is_a_period() -> None:
    selection = "01 0204 0204 120001 090600005E2C64FF 0F02 120000 061C2F5370 061C374A80 0100"
    shown = lines(bytes.fromhex("D9 20000001 00 01 04 0007 0011636202FF 02" + selection + "01 00"), 0x00FD)
    assert shown[-3:] == ["from: 2014-12-25 23:00:00Z", "to: 2015-01-01 00:00:00Z", "columns: all"]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("01 0702 0007 00 00 00 0602 0703", ["attribute 0206 Current Meter ID", "attribute 0307 Site ID"]),
        ("01 0702 0009 08 00 01 0602 00 21 3412", ["attribute 0206 Current Meter ID: 00 success, uint16 4660"]),
        ("01 0702 0006 08 00 01 0602 C0", ["attribute 0206 Current Meter ID: C0 hardware failure"]),
        ("01 0702 000B 08 00 01 0703 00 42 03 414243", ["attribute 0307 Site ID: 00 success, string ABC"]),
        ("01 0702 0008 08 00 01 1400 00 30 02", ["attribute 0014 Supply Status: 00 success, enum8 02 on"]),
        ("01 0702 0004 08 00 04 00", ["ZCL payload: 00"]),
        ("01 0707 0005 00 00 0B 0487", ["command: 04 Publish Special Days", "status: 87 invalid value"]),
        ("01 0700 0005 00 00 0B FF01", ["command: FF not tried, an earlier one failed", "status: 01 failure"]),
        ("01 0705 0007 01 00 09 40420F00", ["low credit warning level: 1000000"]),
        ("01 0702 0005 08 00 01 0602", ["ZCL payload: 0602"]),
        ("01 0702 0008 08 00 01 0602 00 48 00", ["ZCL payload: 0602004800"]),
        ("01 0705 0005 01 00 02 1234", ["command: 02 Change Debt, client to server", "ZCL payload: 1234"]),
        ("11 0705 0007 00000000 01 00 02", ["control: last, from date-time", "from date-time: now"]),
        ("11 0705 0007 FFFFFFFF 01 00 02", ["from date-time: never (cancel)"]),
        ("11 0705 0007 1C374A80 01 00 02", ["from date-time: 2015-01-01 00:00:00Z"]),
        ("03 0702 0018 0000 18 00 01 0011 3100000000" + "AA" * 12, [f"tag: {'AA' * 12}", "ciphertext: empty"]),
    ],
)
def test_zigbee_components(component: str, expected: list[str]) -> None:
    octets = bytes.fromhex("0109 01" + component)
    shown = lines(octets, 0x0074)
    assert set(expected) <= set(shown), shown


def test_zigbee_alerts() -> None:
    outcome = "0109 01 8F66 1C374A80 0E 00A3 0000000000000007 0700 09 04"
    shown = lines(bytes.fromhex(outcome), 0x00CD, CraFlag.ALERT)
    assert {"alert code: 8F66 future-dated command carried out", "message code: 00A3 GCS01b"} <= set(shown)
    assert "command: 04 Publish Tariff Information, server to client" in shown
    assert "integrity issue: 0005" in lines(bytes.fromhex("0109 01 81A0 1C374A80 0005"), 0x00F2, CraFlag.ALERT)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("020300 8F66", "INTEGER: 36710 (008F66)"),
        ("3003 0A0119", "ENUMERATED: 25 (19)"),
        ("3004 03020780", "BIT STRING: 1 (0780)"),
        ("3009 06072A8648CE3D0201", "OBJECT IDENTIFIER: 1.2.840.10045.2.1"),
        ("3011 180F32303135303130313030303030305A", "GeneralizedTime: 2015-01-01 00:00:00Z"),
        ("3003 180141", "GeneralizedTime: 41, but GeneralizedTime: is YYYYMMDDhhmmssZ, not 'A'"),
        ("3002 0200", "INTEGER: empty, but INTEGER: has at least one octet"),
        ("3003 810101", "[1]: 01"),
        ("0500", "NULL: null"),
        ("3004 0C02C3A9", "UTF8String: é"),
    ],
)
def test_asn1_values(value: str, expected: str) -> None:
    assert lines(bytes.fromhex(value), 0x0102)[-1] == expected


def described(value: str, code: int, cra: CraFlag) -> set[str]:
    """The lines of an ASN.1 content."""
    return set(lines(bytes.fromhex(value), code, cra))


def test_joins_and_device_logs_name_their_values() -> None:
    command = described("3010 020100 0408AABBCCDDEEFF0011 020104", 0x000D, CraFlag.COMMAND)
    assert {"method and role: INTEGER 0 (00), method A, initiator", "device type: INTEGER 4 (04), HCALCS"} <= command
    assert "device: OCTET STRING AABBCCDDEEFF0011" in command
    assert "join response code: INTEGER 0 (00), success" in described("020100", 0x000D, CraFlag.RESPONSE)
    unjoined = described("020101", 0x000F, CraFlag.RESPONSE)
    assert "unjoin response code: INTEGER 1 (01), otherDeviceNotInDeviceLog" in unjoined
    log = described(
        "3023 0203008071 180F32303135303130313030303030305A 300B 3009 0404AABBCCDD 020105", 0x00B2, CraFlag.ALERT
    )
    assert {"alert code: INTEGER 32881 (008071), GPF device log changed", "device type: INTEGER 5 (05), PPMID"} <= log
    assert "time stamp: GeneralizedTime 2015-01-01 00:00:00Z" in log


def test_credentials_name_their_values() -> None:
    control = "300F 02010B A207 020102 03020780 830103"
    shown = described("3011" + control, 0x0126, CraFlag.COMMAND)
    assert {
        "control mode: INTEGER 11 (0B), load controller by supplier",
        "[2] authorising party's cell: [2]",
        "role: INTEGER 2 (02), supplier",
        "key usage: BIT STRING 1 (0780), digital signature",
        "[3] counter: [3] 03, 3",
    } <= shown
    time_stamp = "180F32303135303130313030303030305A"
    replacement = "3018 3007 020108 03020308 0A0119 040101 040102 040103 040104"
    outcome = "3024 020103 02010B 3000 301A" + replacement
    shown = described("303C 0203008F66" + time_stamp + outcome, 0x0124, CraFlag.ALERT)
    assert {"cell: SEQUENCE", "role: INTEGER 8 (08), load controller", "new key id: OCTET STRING 04"} <= shown
    assert "status: ENUMERATED 25 (19), trustAnchorNotFound" in shown
    assert "alert code: INTEGER empty, but INTEGER: has at least one octet" in described(
        "3013 0200" + time_stamp, 0x00CB, CraFlag.ALERT
    )
    assert "control mode: INTEGER empty, but INTEGER: has at least one octet" in described(
        "3004 3002 0200", 0x0102, CraFlag.COMMAND
    )


def test_a_long_integer_is_not_written_in_decimal() -> None:
    shown = lines(b"\x02\x15" + b"\x7f" * 21, 0x0102)[-1]
    assert shown == f"INTEGER: {'7F' * 21}"


def test_what_is_no_message_is_not_described() -> None:
    with pytest.raises(Malformed):
        describe(b"\xdf")
