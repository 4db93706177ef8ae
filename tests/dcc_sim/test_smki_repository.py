"""The SMKI repository over HTTP, as the real client reads it (peers 2.3)."""

import asyncio
from base64 import b64decode
from datetime import datetime

import httpx
import pytest
from cryptography import x509
from lxml import etree

from dcc_sim import home, identities
from dcc_sim.smki import Role, Smki, Usage
from dcc_sim.smki_repository import build
from schemas.eui import EUI64
from tests.pairs import START

SMKI = Smki(b"test")
METER = SMKI.issue_device(home.METER)
SUPPLIER = SMKI.issue_organisation(home.SUPPLIER, Role.SUPPLIER, "Supplier")


def ask(path: str, body: str | bytes, smki: Smki = SMKI, at: datetime = START) -> httpx.Response:
    """One POST."""

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app=build(lambda: (smki, at)))
        async with httpx.AsyncClient(transport=transport, base_url="http://smki") as client:
            return await client.post(path, params={"apikey": "any"}, content=body)

    return asyncio.run(post())


def search(eui: EUI64 | str, element: str = "CertificateSubjectAltName", **more: object) -> httpx.Response:
    """A search for a party."""
    body = f"<CertificateSearchRequest><{element}>{eui}</{element}></CertificateSearchRequest>"
    return ask("/services/certificatesearch", body, **more)  # type: ignore[arg-type]


def retrieve(serial: str) -> httpx.Response:
    """A certificate by its serial."""
    body = f"<CertificateDataRequest><CertificateSerial>{serial}</CertificateSerial></CertificateDataRequest>"
    return ask("/services/retrievecertificate", body)


def results(answer: httpx.Response) -> list[dict[str, str]]:
    """The results of a search."""
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/xml"
    root = etree.fromstring(answer.content)
    assert root.tag == "CertificateSearchResponse" and root.findtext("ResponseCode") == "200"
    return [{child.tag: child.text or "" for child in result} for result in root.findall("Result")]


@pytest.mark.parametrize("text", [str(home.METER), str(home.METER).lower(), home.METER.hex()])
def test_a_device_is_found_by_its_name_in_any_case(text: str) -> None:
    """One certificate in use for each usage, with what the client looks at."""
    found = {each["CertificateUsage"]: each for each in results(search(text))}
    assert found.keys() == {"DS", "KA"}
    for each in found.values():
        assert each["CertificateStatus"] == "I" and each["CertificateSubjectAltName"] == str(home.METER)
        assert each["ManufacturingFlag"] == "false" and "CertificateRole" not in each


def test_an_organisation_has_its_role() -> None:
    """Supplier with signing, key agreement and XML signing certificates."""
    found = results(search(home.SUPPLIER, "CertificateSubjectName"))
    assert sorted((each["CertificateUsage"], each["CertificateRole"]) for each in found) == [
        ("DS", "135"),
        ("DS", "2"),
        ("KA", "2"),
    ]


def test_a_certificate_by_its_serial_as_a_number() -> None:
    """Lower case without leading zeros, or as the search gives it: the same DER."""
    serial = METER.signing.certificate.serial_number
    for text in (f"{serial:x}", f"{serial:X}", f"000{serial:x}"):
        root = etree.fromstring(retrieve(text).content)
        assert root.tag == "CertificateDataResponse"
        body = root.findtext("CertificateResponse/CertificateBody")
        assert body is not None
        assert x509.load_der_x509_certificate(b64decode(body)) == METER.signing.certificate
        assert root.findtext("CertificateResponse/CertificateSubjectAltName") == str(home.METER)


def test_statuses() -> None:
    """A replaced certificate is not in use, a revoked one is revoked, all are expired after their time."""
    smki = Smki(b"statuses")
    old = smki.issue_device(home.METER)
    smki.issue_device(home.METER, generation=1)
    smki.revoke(old.key_agreement.certificate.serial_number)
    found = {
        int(each["CertificateSerial"], 16): each["CertificateStatus"] for each in results(search(home.METER, smki=smki))
    }
    assert found[old.signing.certificate.serial_number] == "N"
    assert found[old.key_agreement.certificate.serial_number] == "R"
    assert found[smki.certificate(home.METER, Usage.SIGNING).serial_number] == "I"
    later = results(search(home.METER, smki=smki, at=datetime(2051, 1, 1, tzinfo=START.tzinfo)))
    assert {each["CertificateStatus"] for each in later} == {"E", "R"}


def test_what_is_not_found_and_what_is_no_search() -> None:
    """402 and 401, and the client's next request is answered."""
    assert search(identities.CHARGER).status_code == 402
    assert retrieve("1234").status_code == 402
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><CertificateSearchRequest>&a;</CertificateSearchRequest>'
    for body in ("", "<a", "<Other/>", "<CertificateSearchRequest/>", bomb, b"x" * 20_000):
        assert ask("/services/certificatesearch", body).status_code == 401, body
    assert search("no eui").status_code == 401
    assert retrieve("xyz").status_code == 401
    assert ask("/services/other", "<a/>").status_code == 404
