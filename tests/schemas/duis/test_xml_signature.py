"""Signatures: ours against signxml both ways, real ones, and every way we know to cheat."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import signxml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from schemas.duis.document import parse
from schemas.duis.xml_signature import SignerRef, sign, verify
from schemas.errors import Malformed, NotAuthentic, SmartMeterError
from tests.schemas.duis.keys import KEY, OTHER_KEY

SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
PLAIN = (
    f'<sr:Request xmlns:sr="{SR}" xmlns:unused="urn:u" schemaVersion="5.4"><sr:A>é&lt;</sr:A><sr:B/></sr:Request>'
).encode()
SIGNED = sign(PLAIN, KEY, "CN=Z1,OU=07", 1234)
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def ours(issuer: str, serial: int) -> ec.EllipticCurvePublicKey | None:
    return KEY.public_key() if (issuer, serial) == ("CN=Z1,OU=07", 1234) else None


def test_signed_and_verified() -> None:
    document = parse(SIGNED)
    before = etree.tostring(document.root)
    assert verify(document, ours) == SignerRef("CN=Z1,OU=07", 1234)
    assert etree.tostring(document.root) == before


def test_the_form_clients_expect() -> None:
    assert re.fullmatch(
        rb'<\?xml version="1.0" encoding="UTF-8" standalone="no"\?><sr:Request .*</sr:Body>|.*<sr:B/><ds:Signature '
        rb'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="'
        rb'http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="'
        rb'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><ds:Reference URI=""><ds:Transforms><ds:Transform '
        rb'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms><ds:DigestMethod '
        rb'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>.{43}=</ds:DigestValue></ds:Reference>'
        rb"</ds:SignedInfo><ds:SignatureValue>.{76}&#13;\n.{10}==</ds:SignatureValue><ds:KeyInfo><ds:X509Data>"
        rb"<ds:X509IssuerSerial><ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName><ds:X509SerialNumber>1234"
        rb"</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature></sr:Request>",
        SIGNED,
    )


def test_signing_again_replaces_and_repeats() -> None:
    assert sign(SIGNED, KEY, "CN=Z1,OU=07", 1234) == SIGNED
    indented = PLAIN.replace(b"<sr:B/>", b"\n  <sr:B/>\n")
    assert sign(indented, KEY, "CN=Z1,OU=07", 1234) == SIGNED
    assert sign(SIGNED, OTHER_KEY, "CN=Z1,OU=07", 1234) != SIGNED


@pytest.mark.parametrize("xml", [b"<a/>", b"<a>text</a>", b"", b"<!DOCTYPE a><a/>"])
def test_nothing_to_sign(xml: bytes) -> None:
    with pytest.raises(Malformed):
        sign(xml, KEY, "CN=A", 1)


def test_issuer_names_are_escaped() -> None:
    signed = sign(PLAIN, KEY, "CN=<&>é", 7)
    assert verify(parse(signed), lambda issuer, serial: KEY.public_key()) == SignerRef("CN=<&>é", 7)


def test_any_prefix_and_white_space_in_the_signature() -> None:
    for prefix, mark in ((b"sig:", b"xmlns:sig"), (b"", b"xmlns")):
        text = SIGNED.replace(b"xmlns:ds", mark).replace(b"ds:", prefix)
        # SignedInfo has another prefix now, so what was signed has changed.
        with pytest.raises(NotAuthentic, match="SignatureValue"):
            verify(parse(text), ours)
    spaced = SIGNED.replace(b"<ds:KeyInfo>", b"\n <ds:KeyInfo>\n").replace(b"&#13;\n", b" \t&#13; ")
    assert verify(parse(spaced), ours).serial == 1234


def spoil(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(signed: bytes) -> bytes:
        changed = signed.replace(old.encode(), new.encode())
        assert changed != signed
        return changed

    return change


def moved_first(signed: bytes) -> bytes:
    block = re.search(rb"<ds:Signature .*</ds:Signature>", signed, re.DOTALL)
    assert block is not None
    return signed.replace(block[0], b"").replace(b"<sr:A>", block[0] + b"<sr:A>")


def wrapped(signed: bytes) -> bytes:
    """The signed document inside another one, which a lax reader would act on."""
    body = signed[signed.index(b"?>") + 2 :]
    return b'<sr:Request xmlns:sr="' + SR.encode() + b'"><sr:Evil/>' + body + b"</sr:Request>"


def twice(signed: bytes) -> bytes:
    block = re.search(rb"<ds:Signature .*</ds:Signature>", signed, re.DOTALL)
    assert block is not None
    return signed.replace(block[0], block[0] * 2)


CHEATS = {
    "content": spoil("é", "e"),
    "attribute": spoil('"5.4"', '"5.3"'),
    "namespace": spoil("urn:u", "urn:v"),
    "text before the signature": spoil("<ds:Signature ", "x<ds:Signature "),
    "text after the signature": spoil("</ds:Signature>", "</ds:Signature> "),
    "element after the signature": spoil("</ds:Signature>", "</ds:Signature><sr:C/>"),
    "moved": moved_first,
    "wrapped": wrapped,
    "twice": twice,
    "none": lambda signed: PLAIN,
    "digest": spoil("<ds:DigestValue>", "<ds:DigestValue>A"),
    "short digest": lambda signed: re.sub(rb"DigestValue>[^<]*<", b"DigestValue>AAAA<", signed),
    "digest not base64": lambda signed: re.sub(rb"DigestValue>....", b"DigestValue>=A=A", signed, count=1),
    "other reference": spoil('URI=""', 'URI="#a"'),
    "no reference URI": spoil(' URI=""', ""),
    "second reference": lambda signed: re.sub(rb"(<ds:Reference .*</ds:Reference>)", rb"\1\1", signed),
    "reference type": spoil('URI=""', 'Type="a" URI=""'),
    "Ids": spoil("<ds:SignedInfo>", '<ds:SignedInfo Id="a">'),
    "Id on the signature": spoil("<ds:Signature ", '<ds:Signature Id="a" '),
    "inclusive SignedInfo": spoil(
        "http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    ),
    "sha1": spoil("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"),
    "rsa": spoil("xmldsig-more#ecdsa-sha256", "xmldsig-more#rsa-sha256"),
    "transform": spoil("#enveloped-signature", "#base64"),
    "second transform": spoil("</ds:Transforms>", '<ds:Transform Algorithm="a"/></ds:Transforms>'),
    "transform with content": spoil('enveloped-signature"/>', 'enveloped-signature"><sr:A/></ds:Transform>'),
    "inclusive namespaces": spoil('exc-c14n#"/>', 'exc-c14n#"><sr:A/></ds:CanonicalizationMethod>'),
    "comment in the digest": spoil("<ds:DigestValue>", "<ds:DigestValue><!--a-->"),
    "comment in the serial": spoil(">1234<", ">12<!--a-->34<"),
    "instruction": spoil("<ds:KeyInfo>", "<?a?><ds:KeyInfo>"),
    "stray text": spoil("<ds:KeyInfo>", "x<ds:KeyInfo>"),
    "object": spoil("</ds:Signature>", "<ds:Object/></ds:Signature>"),
    "no key": lambda signed: re.sub(rb"<ds:KeyInfo>.*</ds:KeyInfo>", b"", signed),
    "other serial": spoil(">1234<", ">1235<"),
    "serial in hex": spoil(">1234<", ">0x4D2<"),
    "negative serial": spoil(">1234<", ">-1234<"),
    "Arabic serial": spoil(">1234<", ">١٢٣٤<"),
    "endless serial": spoil(">1234<", f">{'1' * 5000}<"),
    "value": lambda signed: re.sub(rb"(SignatureValue>).", rb"\1+", signed, count=1),
    "value of zeros": lambda signed: re.sub(
        rb"(SignatureValue>)[^<]*<", rb"\1" + base64.b64encode(bytes(64)) + b"<", signed
    ),
    "short value": lambda signed: re.sub(rb"(SignatureValue>)[^<]*<", rb"\1AAAA<", signed),
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS)
def test_cheats_are_refused(cheat: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotAuthentic):
        verify(parse(cheat(SIGNED)), ours)


def test_another_key_or_none() -> None:
    for key in (OTHER_KEY.public_key(), ec.derive_private_key(5, ec.SECP384R1()).public_key(), None):
        with pytest.raises(NotAuthentic):
            verify(parse(SIGNED), lambda issuer, serial, key=key: key)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_byte_passes_unless_it_means_the_same(position: int, change: int) -> None:
    changed = bytearray(SIGNED)
    changed[position] ^= change
    try:
        document = parse(bytes(changed))
        verify(document, ours)
    except SmartMeterError:
        return
    original, other = (parse(xml).root for xml in (SIGNED, bytes(changed)))
    for root in (original, other):
        root.remove(root[-1])
    assert etree.tostring(original, method="c14n") == etree.tostring(other, method="c14n")


def certificate() -> x509.Certificate:
    name = x509.Name.from_rfc4514_string("CN=test")
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2049, 1, 1, tzinfo=UTC)
    )
    return builder.serial_number(1234).sign(KEY, SHA256())


CONFIGURATION = signxml.SignatureConfiguration(
    require_x509=False,
    expect_references=1,
    default_reference_c14n_method=signxml.CanonicalizationMethod.CANONICAL_XML_1_0,
)


def test_signxml_accepts_ours() -> None:
    found = signxml.XMLVerifier().verify(etree.fromstring(SIGNED), x509_cert=certificate(), expect_config=CONFIGURATION)
    assert found.signed_xml is not None


def test_ours_accepts_signxml() -> None:
    signer = signxml.XMLSigner(
        method=signxml.methods.enveloped,
        signature_algorithm=signxml.SignatureMethod.ECDSA_SHA256,
        digest_algorithm=signxml.DigestAlgorithm.SHA256,
        c14n_algorithm=signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    info = etree.fromstring(
        f'<ds:KeyInfo xmlns:ds="{DS[1:-1]}"><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=Z1,OU=07'
        f"</ds:X509IssuerName><ds:X509SerialNumber>1234</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
        f"</ds:KeyInfo>"
    )
    # signxml digests the document exclusively when it signs; without unused namespaces the two are the same.
    root = signer.sign(
        etree.fromstring(PLAIN.replace(b' xmlns:unused="urn:u"', b"")),
        key=KEY,
        key_info=info,
        exclude_c14n_transform_element=True,
        always_add_key_value=False,
    )
    assert verify(parse(etree.tostring(root)), ours).serial == 1234


VERIFIABLE = (
    "read-inventory-response-4g.xml",
    "read-inventory-response-5.4.xml",
    "readfw-response-resigned.xml",
    "readfw-response.xml",
)


def test_samples(reference: Path) -> None:
    known = {}
    for path in (reference / "pki").glob("*.pem"):
        if b"BEGIN CERTIFICATE" in (data := path.read_bytes()):
            found = x509.load_pem_x509_certificate(data)
            known[found.serial_number] = found
    for path in sorted((reference / "samples").iterdir()):
        if path.name in VERIFIABLE:
            assert (
                verify(parse(path.read_bytes()), lambda issuer, serial: known.get(serial)).issuer_name == "CN=Z1,OU=07"
            )
        else:
            with pytest.raises(SmartMeterError):
                verify(parse(path.read_bytes()), lambda issuer, serial: known.get(serial))
