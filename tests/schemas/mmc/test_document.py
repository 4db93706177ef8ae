"""GBCS responses as MMC: valid by the official schema, with the vector's values, and failures left out and named."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import AccessResponse, Choice, decode_dlms
from schemas.gbcs.envelope import CraFlag, Message
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.table import by_name
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.vectors import COVERED, alerts, message, responses

RA = "{http://www.dccinterface.co.uk/ResponseAndAlert}"
RESPONSES = responses()
ALERTS = alerts()
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def mmc(vector: Message, use_case: UseCase | None) -> etree._Element:
    """The document of a message, parsed."""
    return etree.fromstring(write_mmc(vector, use_case))


def texts(root: etree._Element, name: str) -> list[str]:
    """The texts of every element of that name, in document order."""
    return [element.text or "" for element in root.iter(RA + name)]


def answered(vector: Message) -> AccessResponse | None:
    """The DLMS response in a vector, or None for other contents."""
    if vector.payload[:1] != b"\xda":
        return None
    content = decode_dlms(vector.payload)
    assert isinstance(content, AccessResponse)
    return content


def of(name: str) -> list[tuple[Message, AccessResponse, etree._Element]]:
    """Every response vector of a use case, its content and its document."""
    found = []
    for use_case, path in RESPONSES:
        if use_case.name == name:
            vector = message(path)
            content = answered(vector)
            assert content is not None
            found.append((vector, content, mmc(vector, use_case)))
    return found


def values(content: AccessResponse) -> list[dlms.Data | None]:
    """The value of each item, None where it failed."""
    return [value if result == 0 else None for value, (_, result) in zip(content.data, content.results, strict=True)]


def test_there_is_something_to_compare(reference: Path) -> None:
    """The parametrised tests are not empty."""
    assert len(RESPONSES) >= 40
    assert len(ALERTS) >= 20


@pytest.mark.parametrize(("use_case", "path"), RESPONSES, ids=lambda value: getattr(value, "stem", ""))
def test_response_vector(schema: etree.XMLSchema, use_case: UseCase, path: Path) -> None:
    """Valid; the header is the message's; success is told as it is, with every item's result in its place."""
    vector = message(path)
    root = mmc(vector, use_case)
    schema.assertValid(root)
    assert texts(root, "BusinessOriginatorID") == [str(vector.originator)]
    assert texts(root, "BusinessTargetID") == [str(vector.target)]
    assert texts(root, "OriginatorCounter") == [str(vector.originator_counter)]
    assert texts(root, "GBCSHexadecimalMessageCode") == [f"{vector.message_code:04X}"]
    assert texts(root, "ServiceReferenceVariant") == [use_case.service]
    content = answered(vector)
    if content is None:
        return
    (body,) = root.iter(RA + use_case.response)
    assert body.get("MessageSuccess") == ("true" if all(result == 0 for _, result in content.results) else "false")
    told = [(each.get("Position"), each.get("ResponseCode"), each[0].tag) for each in root.iter(RA + "COSEMResponse")]
    names = {Choice.ACTION: RA + "ActionResult"}
    assert told == [
        (str(place), str(result), names.get(choice, RA + "DataAccessResult"))
        for place, (choice, result) in enumerate(content.results, start=1)
    ]
    words = {0: "success", 1: "hardware-fault", 250: "other-reason"}
    for each in root.iter(RA + "COSEMResponse"):
        assert each[0].text == words[int(each.get("ResponseCode") or "")]


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_alert_vector(schema: etree.XMLSchema, path: Path) -> None:
    """Valid, with the code and time that stand in the bytes, and a description in words."""
    vector = message(path)
    root = mmc(vector, None)
    schema.assertValid(root)
    assert texts(root, "GBCSHexAlertCode") == [vector.payload[9:11].hex().upper()]
    at = vector.payload[13:25]
    moment = datetime(int.from_bytes(at[:2]), at[2], at[3], at[5], at[6], at[7], tzinfo=UTC)
    assert texts(root, "Timestamp") == [moment.strftime("%Y-%m-%dT%H:%M:%SZ")]
    (description,) = texts(root, "AlertDescription")
    assert 0 < len(description) <= 250


@pytest.mark.parametrize("path", [path for path in ALERTS if "_8F66_" in path.name], ids=lambda path: path.stem)
def test_future_dated_alert(path: Path) -> None:
    """The command's code and counter, and the instruction's class, object and attribute."""
    payload = message(path).payload
    assert payload[25:27].hex() == "0913"
    inner = payload[27:]
    root = mmc(message(path), None)
    assert texts(root, "FutureDatedCommandMessageCode") == [inner[:2].hex().upper()]
    assert texts(root, "FutureDatedCommandOriginatorCounter") == [str(int.from_bytes(inner[2:10]))]
    assert texts(root, "ClassId") == [inner[10:12].hex().upper()]
    assert texts(root, "InstanceId") == [inner[12:18].hex().upper()]
    assert texts(root, "AttributeId") == [inner[18:19].hex().upper()]


@pytest.mark.parametrize("path", [path for path in ALERTS if "8F86" in path.name or "8F87" in path.name], ids=str)
def test_limit_alert(path: Path) -> None:
    """Controller after the time, level at the end; input only where the file says so."""
    payload = message(path).payload
    root = mmc(message(path), None)
    assert texts(root, "AuxiliaryControllerN") == [str(payload[26] & 0x0F)]
    assert texts(root, "ResultingLevel") == [str(payload[-1])]
    assert len(texts(root, "InputFromControlledLoad")) == ("_INPUT_" in path.name)


def test_operational_data(reference: Path) -> None:
    """7.15: types of the controllers and the levels of their states; failed ones are left out."""
    kinds = {"ff": "APC", "00" * 8: "ALCS", "": "None"}
    for _, content, root in of("ECS61e"):
        got = values(content)
        types = [value.octets for value in got[:5] if value is not None]
        assert texts(root, "AuxiliaryControllerType") == [kinds.get(each.hex(), "HCALCS") for each in types]
        hubs = [str(EUI64(each)) for each in types if len(each) == 8 and any(each)]
        assert texts(root, "HCALCSID") == hubs
        states = [value.octets.decode() for value in got[5:] if value is not None]
        assert texts(root, "StateAndAssociatedInformation") == states
        levels = [json.loads(state) for state in states]
        assert texts(root, "OutputState") == [str(each["outputState"]) for each in levels if "outputState" in each]
        assert texts(root, "InputState") == [str(each["inputState"]) for each in levels if "inputState" in each]
        numbers = [
            element.get("auxiliaryControllerN") for element in root.iter(RA + "AuxiliaryControllerOperationalData")
        ]
        answering = [str(n + 1) for n in range(5) if got[n] is not None or got[n + 5] is not None]
        assert sorted(str(number) for number in numbers) == answering


def test_configuration_data(reference: Path) -> None:
    """7.14: descriptions, rows and special days."""
    for _, content, root in of("ECS61d"):
        *described, days, rows = values(content)
        assert texts(root, "AuxiliaryControlDescription") == [value.text for value in described if value is not None]
        told_rows = [] if rows is None else list(rows.items)
        assert texts(root, "SwitchTime") == ["{:02}:{:02}:{:02}".format(*row.items[4].octets[:3]) for row in told_rows]
        levels = [row.items[3].number & 0x7F for row in told_rows]
        assert texts(root, "CommandedStateLevel") == [str(level) for level in levels]
        actions = [element.get("auxiliaryControllerN") for element in root.iter(RA + "AuxiliaryControllerAction")]
        assert actions == [str(row.items[3].number >> 8 & 0x0F) for row in told_rows]
        assert len(texts(root, "DayOfWeekID")) == sum(row.items[6].bits.count("1") for row in told_rows)
        defined = [element.get("identifier") for element in root.iter(RA + "AuxiliaryControllerSpecialDayDefinition")]
        assert defined == ([] if days is None else [str(day.items[0].number) for day in days.items])


def test_switch_data(reference: Path) -> None:
    """7.7: descriptions, states."""
    for _, content, root in of("ECS61a"):
        got = values(content)
        assert texts(root, "Description") == [value.text for value in got[:5] if value is not None]
        states = ["true" if value.value else "false" for value in got[-5:] if value is not None]
        assert texts(root, "State") == states


def test_boost_button_data(reference: Path) -> None:
    """7.11: periods in order, and what the button controls."""
    for _, content, root in of("ECS61c"):
        available, log, *controls = values(content)
        periods = [] if log is None else [[item.number for item in row.items] for row in log.items]
        moments = [[f"{EPOCH + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ}" for at in row] for row in periods]
        assert texts(root, "BoostStart") == [row[0] for row in moments]
        assert texts(root, "BoostEnd") == [row[1] for row in moments]
        assert len(texts(root, "BoostFunctionAvailability")) == (available is not None)
        for number, control in enumerate(controls, start=1):
            told = [] if control is None else ["true" if control.value else "false"]
            assert texts(root, f"BoostFunctionControl{number}Value") == told


@pytest.mark.parametrize("name", ["ECS35f", "ECS35g"])
def test_event_log(reference: Path, name: str) -> None:
    """6.13: every entry with time, switch, outcome and the HAN command."""
    for _, content, root in of(name):
        (log,) = values(content)
        rows = [] if log is None else [[item.number for item in row.items] for row in log.items]
        stamps = [f"{EPOCH + timedelta(seconds=row[0]):%Y-%m-%dT%H:%M:%SZ}" for row in rows]
        assert [each.findtext(RA + "Timestamp") for each in root.iter(RA + "ALCSEventLogEntry")] == stamps
        assert texts(root, "SwitchNumber") == [str(row[1] >> 8) for row in rows]
        outcomes = ("Outcome not known", "Success", "Failure")
        assert texts(root, "Outcome") == [outcomes[row[2]] for row in rows]
        assert texts(root, "HANCommandID") == [str(row[3]) for row in rows]


def test_small_reads(reference: Path) -> None:
    """11.2, 6.2.2 and 4.16."""
    for _, content, root in of("ECS52"):
        assert texts(root, "FirmwareVersion") == [v.octets.hex().upper() for v in values(content) if v is not None]
    for _, content, root in of("ECS26c"):
        names = ("RandomisedOffset", "RandomisedOffsetNumber", "RandomisedOffsetLimit")
        for name, value in zip(names, values(content), strict=True):
            assert texts(root, name) == ([] if value is None else [str(value.number)])
    for _, content, root in of("ECS17c"):
        (power,) = values(content)
        assert texts(root, "PrimaryActivePowerImportValue") == ([] if power is None else [str(power.items[2].number)])


# Without vectors: what must hold for any device.


def response(use_case: UseCase, content: AccessResponse) -> Message:
    """A response to 7.15 and its like."""
    device, user = EUI64.parse("00-DB-12-34-56-78-90-A6"), EUI64.parse("90-B3-D5-1F-30-01-00-00")
    return Message(CraFlag.RESPONSE, 1, device, user, use_case.code, content.encode(), signature=b"", mac=bytes(12))


def states(*content: bytes) -> Message:
    """7.15 with five APCs in the given states."""
    items = [dlms.octets(b"\xff")] * 5 + [dlms.Data(dlms.Tag.UTF8_STRING, each) for each in content]
    return response(by_name("ECS61e"), AccessResponse(1, tuple(items), ((Choice.GET, 0),) * 10))


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"outputState": 101}',
        b'{"outputState": -1}',
        b'{"outputState": true}',
        b'{"outputState": 1.5}',
        b'{"outputState": "\xd9\xa1"}',
        b'{"outputState": NaN}',
        b'{"outputState": ' + b"9" * 5000 + b"}",
        b'{"outputState": "' + b"9" * 5000 + b'"}',
        b"[" * 100_000,
        b'{"a": "\xef\xbf\xbe"}',
    ],
)
def test_state_that_is_none(state: bytes) -> None:
    """A device's text that is not the state object: Malformed, whatever it is, and nothing else."""
    with pytest.raises(Malformed):
        write_mmc(states(*(state,) * 5), by_name("ECS61e"))


def test_state_text_is_escaped(schema: etree.XMLSchema) -> None:
    """XML's own characters in a device's text stay text; octets that are no UTF-8 become replacement characters."""
    text = b'{"outputState": 7, "other-data": "<a>&amp;]]>"}'
    root = mmc(states(*(text,) * 4, b'{"a": "\xff"}'), by_name("ECS61e"))
    schema.assertValid(root)
    assert texts(root, "StateAndAssociatedInformation")[:4] == [text.decode()] * 4
    assert texts(root, "OutputState") == ["7"] * 4


def test_failed_items_leave_their_values_out(schema: etree.XMLSchema) -> None:
    """Each item in turn fails: its value is out, the others stay, and the result is named."""
    text = b'{"outputState": 7, "inputState": 0}'
    good = states(*(text,) * 5)
    content = decode_dlms(good.payload)
    assert isinstance(content, AccessResponse)
    for place in range(10):
        data = tuple(dlms.NULL if n == place else each for n, each in enumerate(content.data))
        results = tuple((Choice.GET, 1 if n == place else 0) for n in range(10))
        root = mmc(replace(good, payload=AccessResponse(1, data, results).encode()), by_name("ECS61e"))
        schema.assertValid(root)
        assert len(texts(root, "AuxiliaryControllerType")) == (4 if place < 5 else 5)
        assert len(texts(root, "OutputState")) == (5 if place < 5 else 4)
        assert [
            each.get("Position") for each in root.iter(RA + "COSEMResponse") if each.get("ResponseCode") != "0"
        ] == [str(place + 1)]
        (body,) = root.iter(RA + "ReadAuxiliaryControllerOperationalDataRsp")
        assert body.get("MessageSuccess") == "false"


def test_unknown_result_codes_get_no_invented_name(schema: etree.XMLSchema) -> None:
    """A result that DLMS does not know is said to be unknown, with its number."""
    use_case = by_name("ECS47a")
    results = ((Choice.SET, 0), (Choice.SET, 77), (Choice.ACTION, 199))
    root = mmc(response(use_case, AccessResponse(1, (dlms.NULL,) * 3, results)), use_case)
    schema.assertValid(root)
    assert [each[0].text for each in root.iter(RA + "COSEMResponse")][1:] == ["response-code-not-known"] * 2


@pytest.mark.parametrize("use_case", COVERED, ids=lambda use_case: use_case.name)
def test_content_of_another_kind(use_case: UseCase) -> None:
    """A response with no content, noise, a request, or too few values is Malformed."""
    good = response(use_case, AccessResponse(1, (), ()))
    for payload in (b"", b"\x00", b"\xff" * 30, bytes.fromhex("d920000001000000"), bytes.fromhex("da2000000100")):
        with pytest.raises(Malformed):
            write_mmc(replace(good, payload=payload), use_case)


def test_commands_have_no_mmc() -> None:
    """MMC is for responses and alerts; a response needs its use case."""
    good = response(by_name("ECS47a"), AccessResponse(1, (dlms.NULL,) * 3, ((Choice.SET, 0),) * 3))
    with pytest.raises(Malformed, match="CRA flag"):
        write_mmc(replace(good, cra=CraFlag.COMMAND), by_name("ECS47a"))
    with pytest.raises(Malformed, match="message code"):
        write_mmc(good, None)
