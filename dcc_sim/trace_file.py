"""A trace as one file: JSON lines, a message each, with its octets, what they say, and what it belongs to.

The form has a version and a JSON Schema (``dcc-sim trace --schema``), so that other programs can rely on it.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dcc_sim.trace import Trace, TraceRecord
from han import zcl
from schemas.duis.document import parse
from schemas.duis.node import Node, lexical_of
from schemas.duis.payloads import node_of
from schemas.duis.request import read_request
from schemas.duis.request_id import RequestId
from schemas.duis.response import read_response
from schemas.errors import Malformed
from schemas.gbcs.block_transfer import is_block
from schemas.gbcs.describe import describe, to_json
from schemas.gbcs.envelope import decode

VERSION = 2
"""Of the form; 1 is the index of a folder of files (`Trace.write`), which holds no message."""
_TUNNEL = 0x0704
_TRANSFER_HEADER = 5
"""ZCL header and tunnel id before the octets that a TransferData carries."""


class Line(BaseModel):
    """One message, or one note of a party to itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[2] = 2
    sequence: Annotated[int, Field(ge=1, description="from 1, without gaps; the number in a capture's comments")]
    time: datetime = Field(description="virtual")
    correlation: str = Field("", description="RequestID of what it belongs to, from request to response; or an alert's")
    source: str = Field(description="name of a party")
    target: str = Field(description="name of a party; the same as source for a note")
    what: str = Field(description="in a few words")
    kind: Literal["DUIS", "GBCS", "HAN", "note"]
    verdict: str = Field("", description="ok, or what the target made of it; empty where nobody judges")
    service: str = Field("", description="service reference variant of the request it belongs to")
    message_code: str = Field("", description="GBCS message code, four hex digits")
    frame: Annotated[int | None, Field(ge=1, description="number of its first frame in the capture, if there is one")]
    body: str = Field("", description="as sent: XML for DUIS, hex for everything else")
    decoded: dict[str, Any] | None = Field(None, description="the body, field by field; of DUIS with the GBCS in it")

    @property
    def parties(self) -> frozenset[str]:
        """Names and EUI-64s that it is about, in lower case."""
        named = self.correlation.split(":")[:2] if self.correlation else []
        return frozenset(each.casefold() for each in (self.source, self.target, *named))

    def record(self) -> TraceRecord:
        """As the ladder draws it."""
        octets = self.body.encode() if self.kind == "DUIS" else bytes.fromhex(self.body)
        return TraceRecord(
            self.sequence,
            self.time,
            self.correlation,
            self.source,
            self.target,
            self.what,
            self.kind,
            self.verdict,
            octets,
            "",
        )


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Line.model_json_schema(mode="serialization")}


def lines(trace: Trace) -> Iterator[Line]:
    """Every record of a trace, decoded."""
    services: dict[str, str] = {}
    for record in trace:
        decoded, service, payload = _decoded(record)
        if service and record.correlation:
            services[record.correlation] = service
        yield Line(
            sequence=record.sequence,
            time=record.time,
            correlation=record.correlation,
            source=record.source,
            target=record.target,
            what=record.what,
            kind=record.kind,
            verdict=record.verdict,
            service=services.get(record.correlation, service),
            message_code=_code(payload),
            frame=trace.frames.get(record.sequence),
            body=record.body.decode("utf-8", "replace") if record.kind == "DUIS" else record.body.hex(),
            decoded=decoded,
        )


def write(trace: Trace, path: Path) -> None:
    """Write a trace; the same run gives the same bytes.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text("".join(text(lines(trace))), encoding="utf-8", newline="\n")


def text(shown: Iterable[Line]) -> Iterator[str]:
    """Lines of a file."""
    for line in shown:
        yield line.model_dump_json(exclude_defaults=False) + "\n"


def read(path: Path) -> list[Line]:
    """The lines of a file.

    Raises:
        Malformed: one is not of this form.
        OSError: the file cannot be read.
    """
    found = []
    for number, each in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(Line.model_validate_json(each))
        except ValidationError as error:
            first = error.errors()[0]
            where = f"{path} line {number}, {'.'.join(map(str, first['loc'])) or 'line'}"
            raise Malformed(where, f"is of a trace, version {VERSION}: {first['msg']}") from None
    return found


def _decoded(record: TraceRecord) -> tuple[dict[str, Any] | None, str, bytes]:
    """What a body says, the service it names, and the GBCS message in it."""
    if record.kind == "DUIS":
        return _duis(record.body)
    if record.kind == "GBCS":
        return _gbcs(record.body), "", record.body
    if record.kind == "HAN" and record.cluster is not None:
        fields: dict[str, Any] = zcl.fields(record.cluster, record.body)
        payload = record.body[_TRANSFER_HEADER:] if record.cluster == _TUNNEL and "data" in fields else b""
        if is_block(payload):
            # A part of a message says nothing alone; the whole one stands beside it, on the WAN.
            payload = b""
        return _with_gbcs({"cluster": f"{record.cluster:04X}", **fields}, payload), "", payload
    return None, "", b""


def _duis(body: bytes) -> tuple[dict[str, Any] | None, str, bytes]:
    try:
        document = parse(body)
    except Malformed as error:
        return {"error": str(error)}, "", b""
    try:
        request = read_request(document)
    except Malformed:
        return _duis_response(body)
    payload = request.body.octets("GBCSPayload") if request.body.has("GBCSPayload") else b""
    return (
        _with_gbcs(
            {
                "document": "request",
                "request_id": str(request.request_id),
                "service": request.service_reference_variant,
                "command_variant": request.command_variant,
                "body": _tree(request.body),
            },
            payload,
        ),
        request.service_reference_variant,
        payload,
    )


def _duis_response(body: bytes) -> tuple[dict[str, Any] | None, str, bytes]:
    try:
        answer = read_response(parse(body))
    except Malformed as error:
        return {"error": str(error)}, "", b""
    name: RequestId | None = answer.request_id or answer.response_id
    payload = getattr(answer.payload, "payload", b"")
    told = {
        "document": "response",
        "request_id": str(name or ""),
        "service": answer.service_reference_variant or "",
        "response_code": answer.code,
        "moment": answer.moment.isoformat(),
        **({} if answer.payload is None else {"body": _tree(node_of(answer.payload))}),
    }
    return _with_gbcs(told, payload), answer.service_reference_variant or "", payload


def _with_gbcs(told: dict[str, Any], payload: bytes) -> dict[str, Any]:
    return {**told, "gbcs": _gbcs(payload)} if payload else told


def _gbcs(payload: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(to_json(describe(payload)))
        return found
    except Malformed as error:
        return {"error": str(error)}


def _code(payload: bytes) -> str:
    try:
        return f"{decode(payload).message_code:04X}" if payload else ""
    except Malformed:
        return ""


def _tree(node: Node) -> dict[str, Any]:
    told: dict[str, Any] = {"name": node.name}
    if node.attributes:
        told["attributes"] = {name: lexical_of(value) for name, value in node.attributes.items()}
    if node.value is not None:
        told["value"] = node.lexical if node.lexical is not None else lexical_of(node.value)
    if node.children:
        told["children"] = [_tree(child) for child in node.children]
    return told
