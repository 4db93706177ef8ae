"""Signing without a document tree: the same bytes as with one, or not at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.duis.document import parse
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import Other, Payload, PreCommand, ServiceResponse
from schemas.duis.response import write_response
from schemas.duis.signer import Signer
from schemas.duis.writer import DECLARATION, Canonical
from schemas.duis.xml_signature import sign_as, verify
from schemas.errors import Malformed
from tests.schemas.duis.keys import KEY
from tests.schemas.duis.test_response import PAYLOADS, response

SIGNER = Signer(KEY, "CN=Z1, OU=a&b", 1234)
SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
OPEN = f'{DECLARATION}<sr:R xmlns:sr="{SR}" schemaVersion="5.4">'


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
def test_every_answer_is_signed_with_the_same_bytes(payload: Payload | None) -> None:
    xml = write_response(response(payload))
    signed = SIGNER.sign_plain(xml)
    assert signed is not None
    assert signed == sign_as(SIGNER, xml)
    verify(parse(signed), lambda issuer, serial: KEY.public_key())


@given(st.text(), st.text())
def test_any_text_gives_the_same_bytes_or_none(first: str, second: str) -> None:
    try:
        xml = write_response(response(Other(branch("A", leaf("B", first), leaf("C", second, d=second)))))
        with_text = write_response(response(Other(branch("A", leaf("B", first), leaf("C", second)))))
    except Malformed:
        return
    assert SIGNER.sign_plain(xml) is None
    assert SIGNER.sign_plain(with_text) in (None, sign_as(SIGNER, with_text))


@pytest.mark.parametrize("payload", [None, PreCommand("4.3", b"a"), ServiceResponse(b"a")])
def test_the_answers_of_every_request_are_told_to_be_canonical(payload: Payload | None) -> None:
    assert isinstance(write_response(response(payload)), Canonical)


@given(st.sampled_from([None, PreCommand, ServiceResponse]), st.binary(max_size=4), st.text(max_size=4), st.text())
def test_what_is_told_to_be_canonical_is(
    kind: type[PreCommand | ServiceResponse] | None, octets: bytes, version: str, reference: str
) -> None:
    """Signed with the same bytes whether its writer told that or the signer had to look."""
    payload = None
    if kind is not None:
        payload = ServiceResponse(octets) if kind is ServiceResponse else PreCommand(version, octets)
    answer = replace(response(payload), service_reference=reference, service_reference_variant="7.13")
    try:
        xml = write_response(answer)
    except Malformed:
        return
    if isinstance(xml, Canonical):
        assert SIGNER.sign_plain(xml) == SIGNER.sign_plain(bytes(xml)) == sign_as(SIGNER, xml)


@pytest.mark.parametrize(
    "content",
    [
        *("<sr:A>a</sr:A>", "<sr:A>é \n x</sr:A>", "<sr:A>\"quoted\" 'twice'</sr:A>", "<sr:A>a&amp;b</sr:A>"),
        *("<sr:A/>", "<sr:A></sr:A>", "<sr:A>&#13;</sr:A>", "<sr:A> </sr:A>", "<sr:A> a</sr:A>", "<sr:A>a > b</sr:A>"),
        *('<sr:A b="c">a</sr:A>', "<A>a</A>", "<sr:A>a</sr:A> ", "<!-- a --><sr:A>a</sr:A>", "<?a b?><sr:A>a</sr:A>"),
        *("<sr:A><![CDATA[a]]></sr:A>", '<a:A xmlns:a="urn:a">a</a:A>', "<sr:A >a</sr:A>", "<sr:A>a\r\nb</sr:A>"),
    ],
)
def test_any_content_gives_the_same_bytes_or_none(content: str) -> None:
    xml = f"{OPEN}{content}</sr:R>".encode()
    assert SIGNER.sign_plain(xml) in (None, sign_as(SIGNER, xml))
    assert SIGNER.sign_plain(xml + b"\n") is None


def test_a_signed_message_is_not_plain() -> None:
    signed = sign_as(SIGNER, f"{OPEN}<sr:A>a</sr:A></sr:R>".encode())
    assert SIGNER.sign_plain(signed) is None
