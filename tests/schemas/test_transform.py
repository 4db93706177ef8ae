"""DUIS to GBCS is exact: unmodified public templates become the reference vectors, byte for byte."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from dcc_sim.transform import Broker, transform
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessRequest, Choice, decode_dlms
from schemas.gbcs.envelope import decode
from schemas.gbcs.protection import add_mac, shared_secret
from schemas.gbcs.use_cases.table import for_request
from tests.schemas.gbcs.use_cases import read_back
from tests.schemas.gbcs.use_cases.vectors import Template, message, octets, templates

TEMPLATES = templates()
PAIRS = [(template, path) for template in TEMPLATES for path in template.vectors]
BROKER = EUI64.parse("90-B3-D5-1F-30-00-00-02")

WITH_OWN_NAME = {"ECS35f"}
"""Asked for by name: DUIS alone does not choose them."""


def stem(value: object) -> str:
    """Test ids: names of files without their ends."""
    if isinstance(value, Template):
        return value.stem
    return value.stem.removesuffix("_GBCS") if isinstance(value, Path) else ""


def broker_of(path: Path) -> Broker | None:
    """The broker as originator, where the vector shows it: its counter is the DCC's, not the request's."""
    vector = message(path)
    return None if vector.supplementary is None else Broker(vector.originator, vector.originator_counter)


def test_there_is_something_to_compare(reference: Path) -> None:
    """The parametrised tests are not empty: every declared use case has a template, most have vectors."""
    assert len(TEMPLATES) >= 20
    assert len(PAIRS) >= 30
    names = {template.use_case.name for template in TEMPLATES}
    assert {"ECS47a", "ECS46d", "ECS61d", "ECS61e", "ECS47e", "ECS46a", "ECS46c"} <= names


@pytest.mark.parametrize(("template", "path"), PAIRS, ids=stem)
def test_template_becomes_its_vector(template: Template, path: Path) -> None:
    """A pre-command is equal as a whole; of a command, everything that signature and MAC are made over."""
    made = transform(template.request, template.use_case, broker_of(path))
    if "_PRECOMMAND" in path.name:
        assert made.encode().hex() == octets(path).hex()
    else:
        assert made.signed_part().hex() == message(path).signed_part().hex()


@pytest.mark.parametrize(("template", "path"), [pair for pair in PAIRS if not pair[0].use_case.critical], ids=stem)
def test_non_critical_command_is_the_vector_with_its_mac(reference: Path, template: Template, path: Path) -> None:
    """With the broker's key of the public keystore, the whole command comes out: header, body and MAC."""
    made = transform(template.request, template.use_case, broker_of(path))
    secret = shared_secret(private_key(reference, BROKER), public_key(reference, made.target))
    assert add_mac(made, secret).encode().hex() == octets(path).hex()


@pytest.mark.parametrize("template", TEMPLATES, ids=stem)
def test_template_reads_back(template: Template) -> None:
    """Vector or not, what the command says, read from its bytes, is what the request asks for."""
    use_case, request = template.use_case, template.request
    made = decode(transform(request, use_case).encode())
    assert (made.originator, made.target, made.originator_counter) == tuple(request.request_id)
    assert made.message_code == use_case.code
    if made.payload[:1] != b"\xd9":
        return  # GBZ and ASN.1 contents: their values are compared in the vectors' tests above
    content = decode_dlms(made.payload)
    assert isinstance(content, AccessRequest)
    assert content.liid == 0x20000000 | request.request_id.counter & 0xFFFFFF
    if read_back.known(use_case.name):
        assert read_back.said(use_case.name, content.items) == read_back.asked(use_case.name, request.body)
    elif use_case.name != "ECS15c":
        assert {item.choice for item in content.items} == {Choice.GET}


@pytest.mark.parametrize("template", TEMPLATES, ids=stem)
def test_request_finds_its_use_case(template: Template) -> None:
    """The table finds the use case of the file's name by the request alone."""
    if template.use_case.name not in WITH_OWN_NAME:
        assert for_request(template.request).name == template.use_case.name


@pytest.mark.parametrize("template", TEMPLATES, ids=stem)
def test_broker_copies_the_user_into_the_supplementary_fields(template: Template) -> None:
    """Through the broker only header and invoke id change; the user's id and counter go beside the message code."""
    request = template.request
    direct = transform(request, template.use_case)
    brokered = decode(transform(request, template.use_case, Broker(BROKER, 2**64 - 1)).encode())
    assert (brokered.originator, brokered.originator_counter) == (BROKER, 2**64 - 1)
    assert brokered.supplementary is not None
    assert brokered.supplementary.remote_party == request.request_id.originator
    assert brokered.supplementary.remote_party_counter == request.request_id.counter
    if direct.payload[:1] == b"\xd9":
        assert brokered.payload[5:] == direct.payload[5:]
        assert brokered.payload[:5].hex() == "d920ffffff"


def private_key(reference: Path, eui: EUI64) -> ec.EllipticCurvePrivateKey:
    """A party's key agreement key of the reference keystore."""
    key = load_pem_private_key((reference / "rtds-keystore" / f"{eui.hex()}-ka.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def public_key(reference: Path, eui: EUI64) -> ec.EllipticCurvePublicKey:
    """A device's key agreement key of the reference keystore."""
    pem = (reference / "rtds-keystore" / f"{eui.hex()}-ka.pem").read_bytes()
    key = load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key
