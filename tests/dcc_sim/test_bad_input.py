"""Bad input over a real socket, and the control API under schemathesis: right code or 4xx, no 5xx, nothing changed."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dcc_sim import home
from dcc_sim.media import XML
from dcc_sim.server import LOOPBACK
from dcc_sim.user import StandInUser
from tests.dcc_sim.test_hostile_bodies import CORPUS
from tests.pairs import START, Pair, set_state, tables
from tests.served import Served, served

BODY = set_state(START.replace(hour=18), START.replace(hour=19))
PATIENCE = 20.0
SLOW = 1.0
HEAD = f"POST /api/v1/serviceT HTTP/1.1\r\nHost: gateway\r\nContent-Type: {XML}\r\nConnection: close\r\n".encode()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Served]:
    """A served gateway that waits a second for a body."""
    with served(slowest=SLOW) as here:
        yield here


def state(gateway: Served) -> tuple[Any, ...]:
    """Every row of every table, and how much went over WAN and HAN; read where the store lives."""

    async def look() -> tuple[Any, ...]:
        world = gateway.stage.world
        kinds = [each.kind for each in world.trace]
        return tables(world.dcc.store), kinds.count("HAN"), kinds.count("GBCS"), world.home.charger.trust.counters

    return asyncio.run_coroutine_threadsafe(look(), gateway.loop).result(PATIENCE)


def said(gateway: Served, *parts: bytes, pause: float = 0.0) -> int:
    """Write octets to the gateway's socket; the status of what comes back, 0 where it only hangs up."""
    with socket.create_connection((LOOPBACK, gateway.port), PATIENCE) as line:
        answer = b""
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            while chunk := line.recv(65536):
                answer += chunk
        except (BrokenPipeError, ConnectionResetError):
            # It has answered and hung up before all was sent.
            pass
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found[1]) if found else 0


def sized(body: bytes) -> bytes:
    """A whole request."""
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


def supplier(gateway: Served, counter: int) -> StandInUser:
    """The supplier with its keys."""
    world = gateway.stage.world
    return StandInUser("Supplier", world.users[home.SUPPLIER], world.smki, counter)


def signed(gateway: Served, counter: int) -> bytes:
    """A request that would be accepted."""
    user = supplier(gateway, counter)
    return user.write(user.request(home.CHARGER, "7.13", 4, BODY))


@pytest.mark.parametrize("name", CORPUS)
def test_corpus(gateway: Served, name: str) -> None:
    """What is no request is 400."""
    before = state(gateway)
    assert said(gateway, sized(CORPUS[name])) == 400
    assert state(gateway) == before


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
RAW: dict[str, list[bytes]] = {
    "10 MB": [sized(b"<a>" + b"a" * 10_000_000)],
    "10 MB in chunks": [CHUNKED, b"989680\r\n" + b"a" * 10_000_000, b"\r\n0\r\n\r\n"],
    "chunk size is no number": [CHUNKED, b"xyz\r\nabc\r\n0\r\n\r\n"],
    "chunk size below zero": [CHUNKED, b"-1\r\nabc\r\n0\r\n\r\n"],
    "chunk longer than its size": [CHUNKED, b"1\r\nabcdef\r\n0\r\n\r\n"],
    "chunk size without end": [CHUNKED, b"f" * 100_000],
    "length and chunks": [HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"],
    "two lengths": [HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", b"<a/>"],
    "length below zero": [HEAD + b"Content-Length: -1\r\n\r\n", b"<a/>"],
    "length is no number": [HEAD + b"Content-Length: x\r\n\r\n", b"<a/>"],
    "unknown encoding": [HEAD + b"Transfer-Encoding: nonsense\r\n\r\n", b"<a/>"],
    "zipped": [HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n", b"\x1f\x8b\x08\x00"],
    "no content type": [
        b"POST /api/v1/serviceT HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Length: 4\r\n\r\n<a/>"
    ],
    "no HTTP": [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\r\n\r\n"],
    "XML without HTTP": [b"<?xml version='1.0'?><a/>\r\n\r\n"],
}


@pytest.mark.parametrize("name", RAW)
def test_raw(gateway: Served, name: str) -> None:
    """4xx, or the connection is closed without an answer."""
    before = state(gateway)
    status = said(gateway, *RAW[name])
    assert status == 0 or 400 <= status < 500
    assert state(gateway) == before
    assert said(gateway, b"GET /health HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n") == 200


def test_slow_body(gateway: Served) -> None:
    """408 once the time is up, whether nothing comes or an octet now and then; others are answered meanwhile."""
    before = state(gateway)
    assert said(gateway, HEAD + b"Content-Length: 100\r\n\r\n", pause=0.1) == 408
    began = time.monotonic()
    drops = [HEAD + b"Content-Length: 100\r\n\r\n", *[b"<"] * 8]
    assert said(gateway, *drops, pause=SLOW / 4) in (0, 408)
    assert time.monotonic() - began < PATIENCE
    assert state(gateway) == before


def test_body_that_breaks_off(gateway: Served) -> None:
    """Nothing changes, and the gateway serves on."""
    before = state(gateway)
    with socket.create_connection((LOOPBACK, gateway.port), PATIENCE) as line:
        line.sendall(HEAD + b"Content-Length: 100\r\n\r\n<a>")
    assert said(gateway, b"GET /health HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n") == 200
    assert state(gateway) == before


def wrapped(xml: bytes) -> dict[str, bytes]:
    """Signature wrapping: the signed request kept where the signature still holds, another where the DCC reads."""
    declaration, _, whole = xml.partition(b"?>")
    root = whole[: whole.index(b">") + 1]
    inner = whole[len(root) : whole.rindex(b"</sr:Request>")]
    at = inner.index(b"<ds:Signature") if b"<ds:Signature" in inner else inner.index(b"<Signature")
    content, signature = inner[:at], inner[at:]
    forged = content.replace(b"<sr:CommandedStateLevel>50<", b"<sr:CommandedStateLevel>0<")
    assert forged != content
    start, end = declaration + b"?>" + root, b"</sr:Request>"
    twice = content.replace(b"<sr:Body", b'<sr:Body Id="a"')
    with_id = root.replace(b"<sr:Request", b'<sr:Request Id="a"')
    return {
        "another beside": start + forged + signature + end + whole,
        "the signed one inside the signature": start
        + forged
        + signature.replace(b"</SignedInfo>", b"</SignedInfo>", 1)
        .replace(b"</Signature>", b"<Object>" + whole + b"</Object></Signature>")
        .replace(b"</ds:Signature>", b"<ds:Object>" + whole + b"</ds:Object></ds:Signature>")
        + end,
        "two contents": start + forged + content + signature + end,
        "two signatures": start + content + signature + signature + end,
        "forged after": start + content + signature + forged + end,
        "forged alone": start + forged + signature + end,
        "no signature": start + content + end,
        "duplicate ids": declaration + b"?>" + with_id + twice + signature + end,
        "wrong namespace of the signature": xml.replace(b"http://www.w3.org/2000/09/xmldsig#", b"http://example.org/"),
        "wrong namespace of the request": xml.replace(b"ServiceUserGateway", b"serviceusergateway"),
    }


NAMES = [
    "another beside", "the signed one inside the signature", "two contents", "two signatures", "forged after",
    "forged alone", "no signature", "duplicate ids", "wrong namespace of the signature",
    "wrong namespace of the request",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_signature_wrapping(gateway: Served, name: str) -> None:
    """Refused as a request (200 with a code E) or as none (400); no counter moves, and nothing is sent."""
    xml = wrapped(signed(gateway, 5000))[name]
    before = state(gateway)
    with socket.create_connection((LOOPBACK, gateway.port), PATIENCE) as line:
        line.sendall(sized(xml))
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    status = int(answer[9:12])
    assert status in (200, 400)
    if status == 200:
        assert re.search(rb"<sr:ResponseCode>E\d+<", answer)
    assert state(gateway) == before


def test_what_the_wrapped_ones_were_made_of_is_accepted() -> None:
    """Else the tests above would say nothing."""
    with served() as here:
        before = state(here)
        assert said(here, sized(signed(here, 5000))) == 200
        assert state(here) != before


@pytest.fixture(scope="module")
def control() -> Iterator[Pair]:
    """A gateway for schemathesis."""
    pair = Pair(seed=4)
    yield pair
    pair.store.close()


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = "/sim/clock/advance"
"""Months of virtual time are no bad input but a long wait; test_hostile_bodies has its bounds."""


def test_control_api(control: Pair) -> None:
    """Whatever is sent: an answer of the form that OpenAPI describes, and never a server error."""
    api = schemathesis.openapi.from_asgi("/openapi.json", control.app).exclude(path=ENDLESS)
    tried = 0
    for found in api.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(operation.as_strategy(generation_mode=mode))
            def ask(case: schemathesis.Case) -> None:
                nonlocal tried
                tried += 1
                case.call_and_validate(checks=CHECKS)

            # What has nothing to get wrong has no negative cases.
            with suppress(Unsatisfiable):
                ask()
    assert tried > 100
