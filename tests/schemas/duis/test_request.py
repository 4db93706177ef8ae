"""Requests as a whole: reading, writing, and what an error answer needs."""

from pathlib import Path

import pytest
from lxml import etree

from schemas.duis.document import parse
from schemas.duis.node import branch, leaf
from schemas.duis.request import Request, peek_request_id, read_request, write_request
from schemas.duis.request_id import RequestId
from schemas.duis.xml_signature import sign
from schemas.errors import Malformed
from tests.schemas.duis.keys import KEY

REQUEST_ID = RequestId.parse("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1004")
BODY = branch(
    "SetAuxiliaryControllerState",
    leaf("StartDateTime", "2015-01-03T00:00:00Z"),
    leaf("EndDateTime", "2015-01-03T01:00:00Z"),
    leaf("CommandedStateLevel", 100),
    branch("InputFromControlledLoad"),
    auxiliaryControllerN=5,
)
REQUEST = Request(REQUEST_ID, 4, "7.13", "7.13", "5.4", BODY)


def canonical(element: etree._Element) -> bytes:
    """The element without the white space of indentation and without namespaces it does not use."""
    plain = etree.fromstring(etree.tostring(element, with_tail=False), etree.XMLParser(remove_blank_text=True))
    return etree.tostring(plain, method="c14n", exclusive=True, with_comments=False)


def test_written_and_read_again() -> None:
    xml = write_request(REQUEST)
    assert xml.startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="no"?><sr:Request xmlns:sr=')
    read = read_request(parse(xml))
    assert (read.request_id, read.command_variant, read.service_reference) == (REQUEST_ID, 4, "7.13")
    assert read.body.integer("@auxiliaryControllerN") == 5
    assert read.body.moment("StartDateTime").isoformat() == "2015-01-03T00:00:00+00:00"
    assert write_request(read) == xml


def test_sequence_fields() -> None:
    request = Request(REQUEST_ID, 4, "7.13", "7.13", "5.4", BODY, first_in_sequence=False, preceding=REQUEST_ID)
    read = read_request(parse(write_request(request)))
    assert read.first_in_sequence is False and read.preceding == REQUEST_ID


def test_templates_come_back_the_same(templates: list[Path]) -> None:
    for path in templates:
        document = parse(path.read_bytes())
        request = read_request(document)
        again = parse(write_request(request), limit=20_000_000)
        body = "{http://www.dccinterface.co.uk/ServiceUserGateway}Body"
        assert canonical(document.root.find(body)) == canonical(again.root.find(body)), path.name
        assert read_request(again) == request, path.name


def test_text_is_escaped() -> None:
    body = branch("UpdateInventory", leaf("DeviceModel", 'a<b>&\r\n\t"é'))
    xml = write_request(Request(REQUEST_ID, 8, "8.4", "8.4", "5.4", body))
    assert parse(xml).root[1][0][0].text == 'a<b>&\r\n\t"é'
    with pytest.raises(Malformed):
        write_request(Request(REQUEST_ID, 8, "8.4", "8.4", "5.4", branch("A", leaf("B", "\x01"))))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "Level>100<",
            "Level>101<",
            "SetAuxiliaryControllerState/CommandedStateLevel: is a whole",
        ),
        ("Variant>4<", "Variant>10<", "Header/CommandVariant: is a whole number from 1 to 9, not '10'"),
        ("SetAuxiliaryControllerState", "SetNothing", "SetNothing: is not expected here"),
        ("sr:Request", "sr:Response", "Request: is the root"),
    ],
)
def test_errors_say_where(old: str, new: str, message: str) -> None:
    xml = write_request(REQUEST).decode().replace(old, new)
    with pytest.raises(Malformed) as caught:
        read_request(parse(xml.encode()))
    assert message in str(caught.value)


def test_peek() -> None:
    xml = write_request(REQUEST)
    assert peek_request_id(parse(xml)) == REQUEST_ID
    assert peek_request_id(parse(xml.replace(b"Body", b"Nonsense"))) == REQUEST_ID
    assert peek_request_id(parse(xml.replace(b":1004<", b":x<"))) is None
    assert peek_request_id(parse(b"<a/>")) is None


def test_a_signature_of_the_one_form_is_not_read_again_and_any_other_is() -> None:
    """Whatever is wrong in a signature is told as before, also where the rest of its form is right."""
    signed = sign(write_request(REQUEST), KEY, "CN=Z1,OU=07", 1234)
    expected = read_request(parse(signed))
    assert expected == read_request(parse(write_request(REQUEST)))
    for old, new, rule in (
        (b"<ds:DigestValue>", b"<ds:DigestValue>=", "DigestValue: is base64"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue>A", "SignatureValue: is base64"),
        (b"<ds:KeyInfo>", b'<ds:KeyInfo a="b">', "KeyInfo: has no attribute"),
        (b"</ds:Signature>", b"</ds:Signature>text", "has no text of its own"),
        (b"</ds:Signature>", b"</ds:Signature><ds:Signature/>", "Signature"),
        (b"</sr:Body>", b"</sr:Body><sr:More/>", "More: is not expected here"),
    ):
        assert old in signed
        with pytest.raises(Malformed, match=rule):
            read_request(parse(signed.replace(old, new)))
    spaced = signed.replace(b"</ds:Signature>", b"</ds:Signature>\n").replace(b"<ds:KeyInfo>", b"\n<ds:KeyInfo>")
    assert read_request(parse(spaced)) == expected
