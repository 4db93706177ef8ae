"""What is no DUIS request at all: a clear 4xx, no stack trace, no waiting, nothing changed."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcc_sim import home
from dcc_sim.duis_services import LARGEST_BODY
from dcc_sim.media import PROBLEM
from schemas.duis.document import parse
from schemas.duis.request import read_request, write_request
from tests.dcc_sim.services import SERVICES
from tests.pairs import Answer, Pair

TARGET, BODY = SERVICES["7.13"]
SLOWEST = 5.0
"""Seconds of real time that any hostile body may take, on a shared machine."""


def good(pair: Pair) -> bytes:
    """A signed request that would be accepted, of the counter that the changes below look for."""
    pair.supplier.counter = 1000
    return pair.supplier.write(pair.supplier.request(TARGET, "7.13", 4, BODY))


def check_problem(answer: Answer, status: int = 400) -> str:
    """Problem details with field and rule; gives the text."""
    assert answer.status == status, answer
    text = answer.content.decode()
    assert '"field"' in text
    assert '"rule"' in text
    assert answer.reason
    assert "Traceback" not in text
    assert "File " not in text
    assert "/etc/" not in text
    return text


BOMB = b'<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
ROOT = b'<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">'

CORPUS: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "text": b"hello",
    "JSON": b'{"a": 1}',
    "zeros": bytes(100),
    "high octets": bytes(range(128, 256)) * 10,
    "declaration only": b'<?xml version="1.0"?>',
    "not closed": ROOT,
    "two roots": b"<a/><b/>",
    "wrong root": b"<Response/>",
    "wrong namespace": ROOT.replace(b"ServiceUserGateway", b"Other") + b"</sr:Request>",
    "no namespace": b"<Request/>",
    "empty request": ROOT + b"</sr:Request>",
    "header only": ROOT + b"<sr:Header/></sr:Request>",
    "entity bomb": BOMB + b"]><b>&j;</b>",
    "entity bomb in an attribute": BOMB + b']><b c="&j;"/>',
    "XXE": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "XXE by parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>',
    "external DTD": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
    "internal DTD": b"<!DOCTYPE a []>" + ROOT + b"</sr:Request>",
    "unknown entity": ROOT + b"&x;</sr:Request>",
    "deep nesting": b"<a>" * 50_000 + b"</a>" * 50_000,
    "many attributes": b"<a " + b" ".join(b'b%d=""' % n for n in range(20_000)) + b"/>",
    "many namespaces": b"<a " + b" ".join(b'xmlns:b%d="u%d"' % (n, n) for n in range(5_000)) + b"/>",
    "not UTF-8": b'<?xml version="1.0" encoding="UTF-8"?><a>\xff\xfe</a>',
    "another encoding": b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?><a/>',
    "UTF-16 cut": "<a/>".encode("utf-16")[:-1],
    "UTF-32": "<a/>".encode("utf-32"),
    "XML 1.1": b'<?xml version="1.1"?>' + ROOT + b"</sr:Request>",
    "stylesheet": b'<?xml-stylesheet href="http://127.0.0.1:1/"?><a/>',
    "include": b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></a>',
}


@pytest.mark.parametrize("web", ["serviceT", "serviceS"])
@pytest.mark.parametrize("name", CORPUS)
def test_no_request(still: Pair, name: str, web: str) -> None:
    """HTTP 400 with field and rule, soon, and nothing is changed or disclosed."""
    before, began = still.records(), time.monotonic()
    text = check_problem(still.post(web, CORPUS[name]))
    assert time.monotonic() - began < SLOWEST
    assert "root:" not in text
    assert still.records() == before


def test_utf_16_request_is_read(still: Pair) -> None:
    """UTF-16 is XML's other encoding: it is read, and then its signature is asked for."""
    xml = write_request(still.supplier.request(TARGET, "7.13", 4, BODY)).decode().partition("?>")[2]
    answer = still.post("serviceT", xml.encode("utf-16"))
    assert (answer.code, answer.reason[:9]) == ("E100", "Signature")


VIOLATIONS: list[tuple[str, bytes, bytes]] = [
    ("CommandedStateLevel", b">50<", b">101<"),
    ("CommandedStateLevel", b">50<", b">-1<"),
    ("CommandedStateLevel", b">50<", b">5.0<"),
    ("CommandedStateLevel", b">50<", b"><"),
    ("CommandedStateLevel", b">50<", b">\xc2\xb2<"),
    ("CommandedStateLevel", b">50<", b"><sr:x/><"),
    ("CommandedStateLevel", b">50<", b">" + b"9" * 5000 + b"<"),
    ("auxiliaryControllerN", b'auxiliaryControllerN="1"', b'auxiliaryControllerN="0"'),
    ("auxiliaryControllerN", b'auxiliaryControllerN="1"', b'auxiliaryControllerN="6"'),
    ("auxiliaryControllerN", b' auxiliaryControllerN="1"', b""),
    ("SetAuxiliaryControllerState", b' auxiliaryControllerN="1"', b' auxiliaryControllerN="1" other="1"'),
    ("StartDateTime", b"2026-01-15T17:30:00Z", b"2026-02-30T17:30:00Z"),
    ("StartDateTime", b"2026-01-15T17:30:00Z", b"2026-01-15T17:60:00Z"),
    ("StartDateTime", b"2026-01-15T17:30:00Z", b"2026-01-15"),
    ("StartDateTime", b"2026-01-15T17:30:00Z", b"now"),
    ("EndDateTime", b"EndDateTime>", b"Enddatetime>"),
    ("RequestID", b":1001<", b":01001<"),
    ("RequestID", b":1001<", b":18446744073709551616<"),
    ("RequestID", b":1001<", b":-1<"),
    ("RequestID", b":1001<", b":<"),
    ("RequestID", b"90-B3-D5-1F-30-01-00-00:", b"90-B3-D5-1F-30-01-00:"),
    ("RequestID", b"90-B3-D5-1F-30-01-00-00:", b"90-B3-D5-1F-30-01-00-0G:"),
    ("RequestID", b"90-B3-D5-1F-30-01-00-00:", b"90B3D51F30010000:"),
    ("CommandVariant", b"<sr:CommandVariant>4<", b"<sr:CommandVariant>0<"),
    ("CommandVariant", b"<sr:CommandVariant>4<", b"<sr:CommandVariant>10<"),
    ("CommandVariant", b"<sr:CommandVariant>4<", b"<sr:CommandVariant>four<"),
    ("ServiceReference", b"<sr:ServiceReference>7.13<", b"<sr:ServiceReference>7.99<"),
    ("ServiceReferenceVariant", b"<sr:ServiceReferenceVariant>7.13<", b"<sr:ServiceReferenceVariant>7.13.1<"),
    ("schemaVersion", b'schemaVersion="5.4"', b'schemaVersion="five"'),
    ("schemaVersion", b' schemaVersion="5.4"', b""),
    ("Body", b"<sr:Body>", b"<sr:Body>text"),
    ("SetAuxiliaryControllerState", b"SetAuxiliaryControllerState", b"SetAuxiliaryControllerStates"),
    ("Header", b"<sr:Header>", b"<sr:Header><sr:Other/>"),
    ("Body", b"</sr:Body>", b"</sr:Body><sr:Body/>"),
    (
        "StartDateTime",
        b"<sr:StartDateTime>",
        b"<sr:StartDateTime xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='1'>",
    ),
]


@pytest.mark.parametrize("number", range(len(VIOLATIONS)), ids=lambda n: f"{VIOLATIONS[n][0]}-{n}")
def test_schema_violation(still: Pair, number: int) -> None:
    """One field against the schema: HTTP 400 that names the field."""
    field, old, new = VIOLATIONS[number]
    xml = good(still)
    assert old in xml
    before = still.records()
    text = check_problem(still.post("serviceT", xml.replace(old, new)))
    assert field.lower() in text.lower()
    assert still.records() == before


def test_too_large(pair: Pair) -> None:
    """413, for a body that says its length and for one that does not; the largest allowed is read."""
    padding = b" " * (10_000_000)
    before = pair.records()
    check_problem(pair.post("serviceT", good(pair) + padding), 413)
    check_problem(pair.post("serviceT", b"<a>" + b"a" * LARGEST_BODY), 413)
    xml = good(pair)
    assert pair.post("serviceT", xml + b" " * (LARGEST_BODY - len(xml) + 1)).status == 413
    assert pair.records() == before
    assert pair.post("serviceT", xml + b"\n" * (LARGEST_BODY - len(xml))).status in (200, 400)


@pytest.mark.parametrize(
    "kind", ["", "text/xml", "application/json", "application/x-www-form-urlencoded", "xml", "\xe9"]
)
def test_wrong_content_type(pair: Pair, kind: str) -> None:
    """415 for anything but application/xml, whose parameters and case do not matter."""
    before = pair.records()
    got = pair.http("POST", "/api/v1/serviceT", content=good(pair), headers={"Content-Type": kind.encode("latin-1")})
    assert (got.status_code, got.headers["content-type"]) == (415, PROBLEM)
    assert pair.records() == before
    assert pair.post("serviceT", good(pair), "Application/XML; charset=utf-8").code == "I0"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/serviceT", 405),
        ("PUT", "/api/v1/serviceS", 405),
        ("POST", "/api/v1/other", 404),
        ("POST", "/api/v1/", 404),
        ("GET", "/sim/users/90-B3-D5-1F-30-01-00/responses", 404),
        ("GET", "/sim/users/00-00-00-00-00-00-00-00/responses", 404),
        ("GET", f"/sim/users/{home.SUPPLIER}/responses?after=x", 422),
        ("GET", f"/sim/users/{home.SUPPLIER}/responses?after=-1", 422),
        ("GET", f"/sim/users/{home.SUPPLIER}/responses?after=99999999999999999999", 422),
        ("PUT", f"/sim/users/{home.SUPPLIER}/callback", 422),
        ("POST", "/sim/clock/advance", 422),
    ],
)
def test_wrong_use_of_the_gateway(still: Pair, method: str, path: str, status: int) -> None:
    """4xx for what the gateway does not offer."""
    headers = {"Content-Type": "application/xml"} if path.startswith("/api") else {}
    assert still.http(method, path, headers=headers).status_code == status


@pytest.mark.parametrize("seconds", ["0", "-1", "NaN", "Infinity", "1e300", '"x"', "null", "31622401"])
def test_clock_goes_forward_by_a_sane_amount(still: Pair, seconds: str) -> None:
    """422, and the clock stands where it stood."""
    before = still.world.clock.now
    content = f'{{"seconds": {seconds}}}'.encode()
    headers = {"Content-Type": "application/json"}
    assert still.http("POST", "/sim/clock/advance", content=content, headers=headers).status_code == 422
    assert still.world.clock.now == before


def test_callback_needs_a_gateway_that_posts(still: Pair) -> None:
    """409 where there is nobody to post."""
    got = still.http("PUT", f"/sim/users/{home.SUPPLIER}/callback", json={"url": "http://127.0.0.1:1/"})
    assert got.status_code == 409


@pytest.fixture(scope="module")
def used() -> Iterator[tuple[Pair, bytes]]:
    """A pair, and a request that it has accepted: every further one of this name is refused."""
    pair = Pair(seed=3)
    xml = good(pair)
    assert pair.post("serviceT", xml).code == "I0"
    yield pair, xml
    pair.store.close()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_requests(used: tuple[Pair, bytes], data: st.DataObject) -> None:
    """A good request with octets changed, cut or added anywhere: refused, never a server error, nothing changed.

    Whatever passes as authentic, to be refused as a replay only, says the same as the original.
    """
    pair, original = used
    before = pair.records()
    at, length = data.draw(st.integers(0, len(original) - 1)), data.draw(st.integers(0, 40))
    xml = original[:at] + data.draw(st.binary(max_size=40)) + original[at + length :]
    answer = pair.post(data.draw(st.sampled_from(["serviceT", "serviceS"])), xml)
    assert answer.status in (200, 400)
    assert answer.code.startswith(("E", "HTTP 400"))
    assert answer.reason
    assert pair.records() == before
    if answer.reason.startswith("RequestID counter"):
        assert read_request(parse(xml)) == read_request(parse(original))


def test_reason_is_one_line_of_ascii(still: Pair) -> None:
    """What a client wrote cannot add a header or a line: it is shown escaped."""
    xml = good(still).replace(b">50<", b">&#13;&#10;X-Evil: \xc3\xa9\xe2\x98\x83<")
    answer = still.post("serviceT", xml)
    assert answer.status == 400
    assert answer.reason.isascii()
    assert answer.reason.isprintable()
