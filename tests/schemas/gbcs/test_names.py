"""Names agree with the vectors' own file names and with each other."""

import re

import pytest

from schemas.gbcs.describe.zcl import command_name
from schemas.gbcs.dlms.access import AccessRequest, Choice, Result
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.names.alerts import ALERT_CODES, alert
from schemas.gbcs.names.cosem import CLASSES, class_name, member_name, obis_text, object_name
from schemas.gbcs.names.cosem_members import ATTRIBUTES, METHODS
from schemas.gbcs.names.message_codes import MESSAGE_CODES, message_code
from schemas.gbcs.names.results import RESULTS, result_name, zcl_status
from schemas.gbcs.names.zigbee import CLUSTERS, cluster
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.zcl.table import TO_CLIENT_COMMANDS, TO_SERVER_COMMANDS
from tests.schemas.gbcs.conftest import Vectors


def test_message_codes_are_the_use_cases_of_the_files(vectors: Vectors) -> None:
    seen = set()
    for name, octets in vectors:
        message = decode(octets)
        seen.add(message.message_code)
        assert message.message_code in MESSAGE_CODES, name
        # "GCA-DLMS", "CS02aMAC" and "CCS05CCS04" are files of GCA, CS02a and CCS05/CCS04; CS04B has one of CS04AC's.
        use_case = re.split(r"[ ,/]", MESSAGE_CODES[message.message_code])[0].removesuffix("AC")
        if message.cra is not CraFlag.ALERT:
            assert name.startswith(use_case), (name, use_case)
    assert len(seen) > 200


def test_every_member_addressed_has_a_name(vectors: Vectors) -> None:
    for name, octets in vectors:
        content = decode_payload(decode(octets))
        for item in content.items if isinstance(content, AccessRequest) else ():
            assert item.class_id in CLASSES, name
            known = member_name(item.class_id, item.member, item.choice is Choice.ACTION)
            assert known, (name, item.class_id, item.member, item.choice)


def test_members_are_of_named_classes() -> None:
    assert set(ATTRIBUTES) | set(METHODS) <= set(CLASSES)
    assert set(TO_SERVER_COMMANDS) | set(TO_CLIENT_COMMANDS) <= set(CLUSTERS)
    assert set(RESULTS) == set(Result)


@pytest.mark.parametrize(
    ("obis", "name"),
    [
        ("00005E2C000D", "description of controller 3"),
        ("00005E2C7502", "set state end of controller 1"),
        ("00005E2C7903", "limit start of controller 5"),
        ("00010C0002FF", "controllers' calendar, passive"),
        ("000460030AFF", "state of switch 4"),
        ("00005E2C0010", ""),
        ("000660030AFF", ""),
        ("00005E2C7A01", ""),
    ],
)
def test_objects(obis: str, name: str) -> None:
    assert object_name(bytes.fromhex(obis)) == name


def test_a_logical_name_is_written_as_people_do() -> None:
    assert obis_text(bytes.fromhex("001E61620BFF")) == "0-30:97.98.11.255"


def test_what_has_no_name_says_so() -> None:
    assert "not public" in alert(0xFFFF)
    for text in (message_code(0xFFFF), class_name(0), result_name(99), zcl_status(0x55), cluster(0xFFFF)):
        assert "not known here" in text
    for frame_control in (0x00, 0x01, 0x09):
        assert "not known here" in command_name(0x0705, frame_control, 0xEE)
    assert member_name(1, 99, False) == ""


def test_codes_fit_their_fields() -> None:
    assert all(0 <= code <= 0xFFFF for code in (*MESSAGE_CODES, *ALERT_CODES))
    assert all(code >> 8 in (0x80, 0x81, 0x8F) for code in ALERT_CODES)
