"""DLMS contents described: nothing anonymous in any vector, forms by object, values by what they mean."""

from collections.abc import Iterator

from dcc_sim.keys import KeyFolder
from schemas.gbcs.describe import Tree, describe, to_text
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification
from schemas.gbcs.dlms.data import (
    NULL,
    Data,
    Tag,
    array,
    bit_string,
    double_long_unsigned,
    enum,
    integer,
    long_unsigned,
    octets,
    structure,
)
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.payload import decode_payload
from tests.schemas.gbcs.conftest import Tell, Vectors
from tests.schemas.gbcs.described import AT, METER, NO_MOMENT, SUPPLIER, alerted, answered, written


def walk(tree: Tree) -> Iterator[Tree]:
    """A field and all in it."""
    yield tree
    for child in tree.children:
        yield from walk(child)


def anonymous(tree: Tree) -> list[str]:
    """Fields whose name is no more than their place, and values without a meaning that their name would give."""
    found = []
    for field in walk(tree):
        placed = field.name.isdecimal() or field.name.startswith(("element ", "column "))
        bulk = field.value.startswith(("structure of", "array of", "compact-array of"))
        # A name gives numbers and texts their meaning; octets as such have one only as the moment beside them.
        raw = field.value.startswith("octet-string") and "(" not in field.value
        bits = field.value.startswith("bit-string")
        if placed or bulk or raw or bits:
            found.append(f"{field.name}: {field.value}")
    return found


def test_no_dlms_value_of_any_vector_is_anonymous(vectors: Vectors, keys: KeyFolder, tell: Tell) -> None:
    """Requests, responses and alerts; the encrypted parts opened too."""
    seen, values = 0, 0
    for name, raw in vectors:
        message = decode(raw)
        if not isinstance(decode_payload(message), AccessRequest | AccessResponse | DataNotification):
            continue
        opener = None if message.cra is CraFlag.COMMAND else keys.opener(message)
        content = next(field for field in describe(raw, opener).children if field.name == "content")
        assert not anonymous(content), name
        seen += 1
        values += sum(not field.children for field in walk(content))
    assert seen > 100
    tell(f"{seen} DLMS contents with {values} values, each under a name with its meaning")


def test_every_object_and_member_that_a_vector_addresses_has_a_name(vectors: Vectors) -> None:
    """Also in responses that carry a value: their items say what was asked for."""
    addressed, answers = 0, 0
    for name, raw in vectors:
        content = decode_payload(decode(raw))
        shown = [line.strip() for line in to_text(describe(raw)).splitlines()]
        if isinstance(content, AccessRequest):
            objects = [line for line in shown if line.startswith("object: class ")]
            members = [line for line in shown if line.startswith(("attribute: ", "method: "))]
            # Class, logical name, then the name; number, then the word.
            assert all(len(line.split(", ")) >= 3 for line in objects), (name, objects)
            assert all(len(line.split(" ")) >= 3 for line in members), (name, members)
            addressed += len(objects)
        elif isinstance(content, AccessResponse):
            for place, value in enumerate(content.data, start=1):
                item = next(line for line in shown if line.startswith(f"item {place}: "))
                assert value == NULL or ", " in item, (name, item)
                answers += value != NULL
    assert addressed > 100
    assert answers > 50


def test_units_stand_beside_the_value_of_a_register() -> None:
    """Its scale and unit are another item of the response; where that failed, the bare number stays."""
    watts = structure(integer(-1), enum(27))
    shown = answered(0x002B, AT, double_long_unsigned(4775), watts, NO_MOMENT)
    assert shown == [
        "item 1: GET 00 success, last reset of the maximum demand of export, value",
        "value: 2026-01-01 00:00:00Z",
        "item 2: GET 00 success, maximum demand of active power export, value",
        "value: 477.5 W",
        "item 3: GET 00 success, maximum demand of active power export, scaler_unit",
        "value",
        "scaler: -1 (powers of ten)",
        "unit: 27 W",
        "item 4: GET 00 success, maximum demand of active power export, capture_time",
        "value: not specified",
    ]
    for scale in (NULL, structure(integer(0), integer(27)), long_unsigned(1)):
        assert "value: double-long-unsigned 4775" in answered(0x002B, AT, double_long_unsigned(4775), scale, AT)
    assert "value: visible-string x" in answered(0x002B, AT, Data(Tag.VISIBLE_STRING, "x"), watts, AT)
    assert "unit: 77 unit not known here" in answered(0x002B, AT, NULL, structure(integer(0), enum(77)), AT)


def test_alert_behaviour_by_alert_code() -> None:
    """A command says what to switch on and off, an answer what is on."""
    bits = ["0"] * 512
    for number in (0xA0, 0x0E):
        bits[255 - number] = "1"
    bits[256 + 255 - 0x0E] = "1"
    shown = written(1, "0-30:97.98.12.255", 2, bit_string("".join(bits)))
    assert shown == ["value: switch on: 810E credit added locally; switch off: 81A0 integrity issue warning"]
    network = answered(0x00EF, bit_string("".join(bits[256:])), bit_string("0" * 256))
    assert network[1::2] == ["value: on: 800E", "value: on: none"]
    assert written(1, "0-33:97.98.14.255", 2, bit_string("101")) == ["value: bit-string 101"]


def test_items_of_a_response_say_what_was_asked_for() -> None:
    """Also where nothing came back; of one object of several, which it is the command alone knows."""
    assert answered(0x0058, NULL, choice=Choice.SET, result=1) == [
        "item 1: SET 01 hardware fault, customer identification number, value"
    ]
    boosts = answered(0x005F, *(NULL,) * 5, choice=Choice.SET)
    assert boosts[4] == "item 5: SET 00 success, boost function control, value"
    resets = answered(0x005A, *(NULL,) * 3, choice=Choice.ACTION)
    assert resets[2] == "item 3: ACTION 00 success, maximum demand of active power export, reset"
    assert answered(0x005A, NULL, choice=Choice.ACTION) == ["item 1: ACTION 00 success"]
    assert answered(0xFFFF, integer(1)) == ["item 1: GET 00 success", "value: integer 1"]


def test_hub_channels_and_devices() -> None:
    """Sub-GHz channels by page and number; what a scan was for."""
    mask = bit_string(f"{29:05b}" + "0" * 25 + "11")
    assert answered(0x010A, mask)[1:] == [f"value: {mask.bits} page 29, channels 27, 28"]
    assert answered(0x010A, bit_string("1"))[1:] == ["value: bit-string 1"]
    entry = structure(double_long_unsigned(0), long_unsigned(0x8F26), octets(bytes.fromhex("E0000001090102")))
    assert answered(0x010B, array(entry))[1:] == [
        "log: 1 entries",
        "entry 1",
        "time: 2000-01-01 00:00:00Z",
        "code: 8F26 sub-GHz channel changed",
        "channel and scan trigger: E0000001090102: page 28, channels 0, scan trigger 2 gas meter missed its curfew",
    ]
    other = structure(double_long_unsigned(0), long_unsigned(0x8F26), octets(b"1"))
    assert answered(0x010B, array(other))[-1] == "channel and scan trigger: octet-string 31"
    device = structure(octets(METER), octets(b""))
    backup = structure(AT, octets(SUPPLIER), array(device))
    assert answered(0x00FE, backup, backup, choice=Choice.ACTION)[2:7] == [
        "time: 2026-01-01 00:00:00Z",
        "extended PAN id: 11-22-33-44-55-66-77-88",
        "devices: 1",
        "device 1",
        "device: AA-BB-CC-DD-EE-FF-00-11",
    ]


def test_event_log_names_the_command_that_an_entry_is_about() -> None:
    """8154 and 8155 carry a message code; other events whatever they have."""
    rows = ((0x8154, b"\x00\x9b"), (0x8155, b"\xff\xff"), (0x8161, b"\x00\x02"), (0x8002, b""))
    entries = (structure(double_long_unsigned(0), long_unsigned(code), octets(other)) for code, other in rows)
    shown = answered(0x0048, array(*entries))
    assert [line for line in shown if line.startswith(("code", "other"))] == [
        "code: 8154 immediate HAN command carried out",
        "other information: 009B PCS01",
        "code: 8155 immediate HAN command failed",
        "other information: FFFF message code not known here",
        "code: 8161 user interface command carried out",
        "other information: 0002",
        "code: 8002 average RMS voltage above the over voltage threshold",
        "other information: empty",
    ]
    assert "entry 1: null" in answered(0x0048, array(NULL))


def test_alerts_of_meters_and_hubs() -> None:
    """The elements of each by name; of another form, as plain data."""
    assert alerted(0x0067, 0x8F36, AT, NO_MOMENT)[0] == "outage start: 2026-01-01 00:00:00Z"
    assert alerted(0x0110, 0x8F20, octets(METER)) == ["device: AA-BB-CC-DD-EE-FF-00-11"]
    assert alerted(0x0112, 0x8F28, structure(octets(b"\x07"), octets(b"\x01"))) == [
        "scan request",
        "scan trigger: 7 home area network formed",
        "assessment: 01",
    ]
    assert "scan trigger: octet-string 0708" in alerted(0x0112, 0x8F28, structure(octets(b"\x07\x08"), octets(b"")))
    discarded = bytes(SUPPLIER) + bytes(METER) + b"\x01" + (7).to_bytes(8, "big")
    assert alerted(0x0114, 0x8F2C, octets(discarded)) == [
        "discarded message",
        "business originator: 11-22-33-44-55-66-77-88",
        "business target: AA-BB-CC-DD-EE-FF-00-11",
        "CRA flag: 01 command",
        "originator counter: 7",
    ]
    assert alerted(0x0114, 0x8F2C, octets(b"12")) == ["discarded message: 3132"]
    assert alerted(0x0061, 0x8F0A, integer(1), octets(b"12")) == ["protection: integer 1", "encrypted part: 3132"]
