"""The short way reads what the long way reads, or nothing at all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.duis.document import parse
from schemas.duis.familiar import MOST_FORMS, MOST_OCTETS, Familiar
from schemas.duis.node import Node, branch, leaf
from schemas.duis.request import Request, read_request, write_request
from schemas.duis.request_id import RequestId
from schemas.duis.signature_form import octets_of
from schemas.duis.xml_signature import Signed, sign, signed, verify
from schemas.errors import SmartMeterError
from schemas.eui import EUI64
from tests.schemas.duis.keys import KEY, OTHER_KEY

PIECES = [b"<", b">", b"&", b"]]>", b"<!-- -->", b" ", b"1", b"50", b"\x00", b"</sr:Body>"]
USER, DEVICE = EUI64.parse("90-B3-D5-1F-30-01-00-00"), EUI64.parse("00-DB-12-34-56-78-90-A6")


def set_state(level: int = 50, counter: int = 1, hour: int = 18) -> bytes:
    """A signed 7.13."""
    body = branch(
        "SetAuxiliaryControllerState",
        leaf("StartDateTime", datetime(2026, 1, 15, hour, tzinfo=UTC)),
        leaf("EndDateTime", datetime(2026, 1, 15, hour + 1, tzinfo=UTC)),
        leaf("CommandedStateLevel", level),
        auxiliaryControllerN=1,
    )
    return made(body, counter)


def made(body: Node, counter: int = 1) -> bytes:
    request = Request(RequestId(USER, DEVICE, counter), 4, "7.13", "7.13", "5.4", body)
    return sign(write_request(request), KEY, "CN=Z1,OU=07", 1234)


def taught(*documents: bytes) -> Familiar:
    familiar = Familiar()
    for document in documents:
        familiar.learn(document, parse(document))
    return familiar


def told(message: Signed) -> tuple[object, ...]:
    """What is signed and how; the base64 may be broken into lines in two ways."""
    form = message.form
    digest, value = octets_of(form.digest, "DigestValue", 32), octets_of(form.value, "SignatureValue", 64)
    return digest, value, form.signer, form.signed_info, message.unsigned


def long_way(xml: bytes) -> tuple[tuple[object, ...], Request] | None:
    document = parse(xml)
    return told(signed(document)), read_request(document)


def alike(familiar: Familiar, xml: bytes) -> bool:
    """Whether the short way was taken; if it was, it gives what the long way gives."""
    read = familiar.read(xml)
    if read is None:
        return False
    request = read_request(parse(xml))
    assert read[1] == request
    try:
        short = told(read[0])
    except SmartMeterError:
        with pytest.raises(SmartMeterError):
            long_way(xml)
        return True
    assert (short, request) == long_way(xml)
    return True


def test_another_request_of_the_same_markup() -> None:
    """Other counter, level and times: nothing of them is kept from the first."""
    familiar = taught(set_state())
    assert familiar.read(made(branch("ReadDeviceLog"))) is None
    for level, counter, hour in ((0, 2, 1), (100, 2**64 - 1, 3), (7, 3, 18)):
        other = set_state(level, counter, hour)
        assert alike(familiar, other)
        read = familiar.read(other)
        assert read is not None
        assert (read[1].body.integer("CommandedStateLevel"), read[1].request_id.counter) == (level, counter)
        assert verify(read[0], lambda issuer, serial: KEY.public_key()).serial == 1234


def test_what_was_refused_is_refused_again() -> None:
    """A text that is not of its type is not what is remembered of its element."""
    familiar = taught(set_state())
    assert familiar.read(set_state(7)) is not None
    spoilt = set_state().replace(b">50<", b">101<")
    assert familiar.read(spoilt) is None
    assert familiar.read(spoilt) is None
    assert alike(familiar, set_state(8))


def test_what_is_signed_is_checked() -> None:
    """A text that is not the one that was signed, and another's key."""
    familiar = taught(set_state())
    spoilt = set_state().replace(b">50<", b">51<")
    read = familiar.read(spoilt)
    assert read is not None
    with pytest.raises(SmartMeterError, match="DigestValue"):
        verify(read[0], lambda issuer, serial: KEY.public_key())
    good = familiar.read(set_state())
    assert good is not None
    with pytest.raises(SmartMeterError, match="SignatureValue"):
        verify(good[0], lambda issuer, serial: OTHER_KEY.public_key())


@pytest.mark.parametrize(
    "before, after",
    [
        (b">50<", b"> 50<"),
        (b">50<", b">5\n0<"),
        (b">50<", b">&#53;0<"),
        (b">50<", b">5<!-- -->0<"),
        (b">50<", b"><![CDATA[50]]><"),
        (b">50<", b">5>0<"),
        (b">50<", b">101<"),
        (b">50<", b">\xc3\xa9<"),
        (b">50<", b"><"),
        (b"<sr:Body>", b"<sr:Body> "),
        (b"<sr:Body>", b"<sr:Body>x"),
        (b'standalone="no"', b'standalone="yes"'),
        (b'schemaVersion="5.4"', b'schemaVersion="5.3"'),
        (b"auxiliaryControllerN=", b" auxiliaryControllerN="),
        (b"</ds:SignatureValue>", b"A</ds:SignatureValue>"),
        (b"</ds:DigestValue>", b"A</ds:DigestValue>"),
        (b"<ds:DigestValue>", b"<ds:DigestValue>?"),
        (b">1234<", b">12x4<"),
        (b">1234<", b">" + b"1" * 50 + b"<"),
        (b"CN=Z1", b"CN=Z1&amp;"),
    ],
)
def test_another_form(before: bytes, after: bytes) -> None:
    """Of each changed document the short way reads what the long way reads, or nothing."""
    document = set_state()
    changed = document.replace(before, after)
    assert changed != document
    alike(taught(document), changed)
    try:
        parsed = parse(changed)
        read_request(parsed)
    except SmartMeterError:
        return
    alike(taught(document, changed), changed)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_change(data: st.DataObject) -> None:
    """A piece of a known document in the place of another piece of it, or any octets."""
    document = set_state()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(document))] * 2)))
    end = min(end, start + 30)
    piece = data.draw(st.sampled_from(PIECES))
    changed = document[:start] + piece + document[end:]
    familiar = taught(document)
    if familiar.read(changed) is not None:
        assert alike(familiar, changed)


def test_every_template(templates: list[Path]) -> None:
    """Each is learnt from itself signed, and read with every digit of its counter another."""
    short = 0
    for path in templates:
        document = sign(path.read_bytes(), KEY, "CN=Z1,OU=07", 1234)
        try:
            counter = str(read_request(parse(document)).request_id.counter).encode()
        except SmartMeterError:
            continue
        other = sign(document.replace(b":" + counter + b"<", b":987654321<"), KEY, "CN=Z1,OU=07", 99)
        short += alike(taught(document), other)
    assert short > 0.9 * len(templates)


def test_not_more_than_so_many() -> None:
    """The one that came first is forgotten first; what is too long is never kept."""
    documents = [set_state().replace(b"<sr:Body>", b"<sr:Body>" + b" " * number) for number in range(MOST_FORMS + 1)]
    familiar = taught(*documents)
    assert familiar.read(documents[0]) is None
    assert familiar.read(documents[1]) is not None
    long = set_state().replace(b"<sr:Body>", b"<sr:Body>" + b" " * MOST_OCTETS)
    assert taught(long).read(long) is None
