"""Responses: written ones are valid, and come back the same."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from schemas.duis.document import parse
from schemas.duis.node import branch, leaf
from schemas.duis.payloads import (
    DccAlert,
    DeviceAlert,
    FutureDatedDeviceAlert,
    LocalCommand,
    Other,
    Payload,
    PreCommand,
    ServiceResponse,
    node_of,
)
from schemas.duis.request_id import RequestId
from schemas.duis.response import Response, read_response, write_response
from schemas.duis.writer import write
from schemas.errors import Malformed
from schemas.eui import EUI64

REQUEST_ID = RequestId.parse("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000")
MOMENT = datetime(2026, 11, 22, 22, 31, 20, 712_000, tzinfo=UTC)
EVENT = branch(
    "CommandFailure", leaf("CommandRequestID", str(REQUEST_ID)), leaf("DeviceID", EUI64.parse("00DB1234567890A0"))
)
PAYLOADS: list[Payload | None] = [
    None,
    PreCommand("4.1", b"\xdf\x09"),
    ServiceResponse(b"\xdd\x00"),
    LocalCommand(b"\xdd\x00"),
    FutureDatedDeviceAlert(0x8F66, b"\xdd", 1, 2),
    DeviceAlert(0x8F0A, b"\xdd"),
    DeviceAlert(0x8F0A, b"\xdd", 1, 2),
    DccAlert("N12", EVENT),
    Other(leaf("DSPScheduleID", 17)),
]


def response(payload: Payload | None, code: str = "I0") -> Response:
    service = None if isinstance(payload, DeviceAlert | DccAlert) else "7.13"
    return Response(REQUEST_ID, REQUEST_ID.reversed(), code, MOMENT, service, service, payload)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
def test_written_and_read_again(payload: Payload | None) -> None:
    assert read_response(parse(write_response(response(payload)))) == response(payload)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
def test_written_ones_are_valid(payload: Payload | None, xsd: etree.XMLSchema) -> None:
    assert xsd.validate(parse(write_response(response(payload))).root), xsd.error_log


@pytest.mark.parametrize("payload", [each for each in PAYLOADS if each], ids=lambda payload: type(payload).__name__)
def test_written_as_its_element_is(payload: Payload) -> None:
    """The payloads that are written without nodes are written as their nodes would be."""
    assert write(node_of(payload)).encode() in write_response(response(payload))


def test_acknowledgement_as_clients_expect_it() -> None:
    given = Response(REQUEST_ID, None, "I99", MOMENT, "4.1", "4.1.1")
    xml = write_response(given)
    assert b"<sr:ResponseCode>I99</sr:ResponseCode><sr:ResponseDateTime>2026-11-22T22:31:20.712Z</" in xml
    assert b"ResponseID" not in xml and xml.endswith(
        b"</sr:ServiceReferenceVariant></sr:ResponseMessage></sr:Body></sr:Response>"
    )


def test_samples(reference: Path) -> None:
    read = 0
    for path in sorted((reference / "samples").glob("*.xml")):
        if path.name in ("duis-xxe.xml", "readfw-response-invalid.xml"):
            with pytest.raises(Malformed):
                read_response(parse(path.read_bytes()))
        else:
            given = read_response(parse(path.read_bytes()))
            assert read_response(parse(write_response(given))) == given
            read += 1
    assert read == 9


def test_what_cannot_be_written() -> None:
    for wrong in (
        response(None, code="E9"),
        Response(None, None, "I0", datetime(2026, 1, 1), "7.13", "7.13"),  # noqa: DTZ001
        Response(None, None, "I0", MOMENT, None, None),
        Response(None, None, "I0", MOMENT, "7.13", "7.13", DeviceAlert(1, b"")),
        Response(None, None, "I0", MOMENT, None, None, DeviceAlert(0x10000, b"")),
    ):
        with pytest.raises(Malformed):
            write_response(wrong)


def test_another_root_is_refused() -> None:
    with pytest.raises(Malformed, match="Response: is the root"):
        read_response(parse(b"<Response/>"))
