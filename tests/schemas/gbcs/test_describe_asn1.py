"""ASN.1 contents are described by name to the last value: over every vector, and where a content does not fit."""

from collections.abc import Iterator

import pytest

from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.describe import Tree
from schemas.gbcs.describe.asn1 import describe_ber
from schemas.gbcs.envelope import CraFlag, decode
from schemas.gbcs.payload import decode_payload
from tests.schemas.gbcs.conftest import Tell, Vectors

TYPES = {
    "BOOLEAN",
    "INTEGER",
    "BIT STRING",
    "OCTET STRING",
    "NULL",
    "OBJECT IDENTIFIER",
    "ENUMERATED",
    "UTF8String",
    "PrintableString",
    "UTCTime",
    "GeneralizedTime",
    "SEQUENCE",
    "SET",
    *(f"[{number}]" for number in range(31)),
}
"""What a value without a name of its own is called."""
WORDED = ("role", "status", "control mode", "key usage", "cell usage", "device type", "method and role", "result")
"""Fields whose number stands for a word."""


def fields(tree: Tree) -> Iterator[Tree]:
    """Every field, outermost first."""
    yield tree
    for child in tree.children:
        yield from fields(child)


def names(tree: Tree) -> list[str]:
    """The names of every field."""
    return [each.name for each in fields(tree)]


def test_no_value_of_any_vector_is_unnamed(vectors: Vectors, tell: Tell) -> None:
    """Each has a name, numbers that stand for words have their word, and the octets are all there."""
    seen, documents = 0, 0
    for name, octets in vectors:
        message = decode(octets)
        content = decode_payload(message)
        if not isinstance(content, Ber):
            continue
        seen += 1
        tree = describe_ber(message.message_code, message.cra, content)
        assert tree.raw == message.payload, name
        for each in fields(tree):
            assert each.name not in TYPES, f"{name}: {each.name} {each.value}"
            if each.name in WORDED and not each.children:
                assert "," in each.value or ")" not in each.value, f"{name}: {each.name} {each.value} has no word"
            documents += each.name in ("Certificate", "CertificationRequest")
    assert seen >= 150
    assert documents >= 60
    tell(f"{seen} ASN.1 contents named to the last value, with {documents} certificates and requests for them")


def test_a_request_for_a_certificate_says_which_device_and_what_for(vectors: Vectors) -> None:
    """CS02c: key usage, device, public key, and its own signature."""
    compared = 0
    for name, octets in vectors:
        if not name.startswith("CS02c_") or "SUCCESS_RESPONSE" not in name:
            continue
        message = decode(octets)
        tree = describe_ber(message.message_code, message.cra, decode_ber(message.payload))
        told = {each.name: each.value for each in tree.children}
        assert told["subject device"] == str(message.originator)
        assert told["usage"] in ("digital signature", "key agreement")
        assert len(told["public key"]) == 2 * 65
        assert told["self-signed"] == "holds"
        assert told["DER"] == message.payload.hex().upper()
        compared += 1
    assert compared


@pytest.mark.parametrize(
    ("code", "cra", "content", "expected"),
    [
        # One value more than declared, one of another type, one in another's place.
        (0x000F, CraFlag.COMMAND, "020101", ["INTEGER"]),
        (0x0013, CraFlag.RESPONSE, "3006 020100 020101", ["device log", "result", "INTEGER"]),
        (0x0129, CraFlag.RESPONSE, "3006 020100 040101", ["firmware", "INTEGER", "OCTET STRING"]),
        (0x0013, CraFlag.RESPONSE, "3005 020100 3000", ["device log", "result", "devices"]),
        (0x0013, CraFlag.RESPONSE, "3008 020100 3003 020101", ["device log", "result", "devices", "INTEGER"]),
        (0x0102, CraFlag.RESPONSE, "3002 0500", ["response", "accepted"]),
        (0xFFFF, CraFlag.COMMAND, "3003 020101", ["SEQUENCE", "INTEGER"]),
        (0xFFFF, CraFlag.ALERT, "3007 0203008F30 0500", ["alert", "alert code", "NULL"]),
    ],
)
def test_what_does_not_fit_goes_by_its_type(code: int, cra: CraFlag, content: str, expected: list[str]) -> None:
    """Names end where the content leaves its declaration: nothing gets the name of something else."""
    octets = bytes.fromhex(content)
    assert names(describe_ber(code, cra, decode_ber(octets))) == expected


def test_what_is_no_certificate_is_shown_as_asn1() -> None:
    """The library refuses it: the octets are still there, value by value."""
    tree = describe_ber(0x000B, CraFlag.COMMAND, decode_ber(bytes.fromhex("3003 020101")))
    assert names(tree) == ["certificate", "INTEGER"]
    assert tree.raw == bytes.fromhex("3003 020101")
