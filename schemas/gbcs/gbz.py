"""GBZ: ZigBee commands inside GBCS (gbcs-reference 2.7; 334 vectors).

A command or response is a list of components, each a ZCL frame with its cluster; an alert is a code, a time, and
content. GBZ headers are big-endian, what follows the ZCL header is ZigBee's little-endian.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import Malformed
from schemas.gbcs.envelope import CraFlag
from schemas.gbcs.reader import Reader

PROFILE = bytes.fromhex("0109")
_LAST, _ENCRYPTED, _FROM_TIME = 0x01, 0x02, 0x10
_KNOWN_CONTROL = _LAST | _ENCRYPTED | _FROM_TIME
_ENCRYPTED_HEAD = bytes.fromhex("3100000000")
_TAG_LENGTH = 12
_MANUFACTURER = 0x04


@dataclass(frozen=True, slots=True)
class Component:
    """One ZCL frame of a GBZ payload.

    Attributes:
        last: the control octet's bit 0.
        cluster: cluster id.
        from_time: seconds since 2000 from which a command counts (0 now, FFFFFFFF cancels), or None.
        frame_control, sequence, command: the ZCL header.
        payload: what follows it; of an encrypted component ``31 00000000``, ciphertext and 12-octet tag.
        encrypted: the control octet's bit 1.
        header_control, frame_counter: additional header of an encrypted component, 0 in every vector.
    """

    last: bool
    cluster: int
    from_time: int | None
    frame_control: int
    sequence: int
    command: int
    payload: bytes
    encrypted: bool = False
    header_control: int = 0
    frame_counter: int = 0

    def encode(self) -> bytes:
        """The component as it travels."""
        control = self.last * _LAST | self.encrypted * _ENCRYPTED | (self.from_time is not None) * _FROM_TIME
        body = bytes((self.header_control, self.frame_counter)) if self.encrypted else b""
        if self.from_time is not None:
            body += self.from_time.to_bytes(4, "big")
        body += bytes((self.frame_control, self.sequence, self.command))
        if self.encrypted:
            body += len(self.payload).to_bytes(2, "big")
        body += self.payload
        return bytes((control,)) + self.cluster.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


@dataclass(frozen=True, slots=True)
class GbzMessage:
    """The content of a GBZ command or response."""

    components: tuple[Component, ...]

    def encode(self) -> bytes:
        """The content as it travels."""
        return PROFILE + bytes((len(self.components),)) + b"".join(each.encode() for each in self.components)


@dataclass(frozen=True, slots=True)
class GbzAlert:
    """The content of a GBZ alert.

    Attributes:
        count: the octet after the profile, 1 where there is content, else 0.
        code: alert code.
        time: seconds since 2000.
        content: the use case's own.
    """

    count: int
    code: int
    time: int
    content: bytes

    def encode(self) -> bytes:
        """The content as it travels."""
        head = PROFILE + bytes((self.count,)) + self.code.to_bytes(2, "big")
        return head + self.time.to_bytes(4, "big") + self.content


Gbz = GbzMessage | GbzAlert


def decode_gbz(payload: bytes, cra: CraFlag) -> Gbz:
    """Read a whole GBZ content.

    Raises:
        Malformed: naming the field.
    """
    reader = Reader(payload)
    reader.expect(PROFILE, "GBZ profile")
    count = reader.byte("component count")
    if cra is CraFlag.ALERT:
        code, at = reader.uint(2, "alert code"), reader.uint(4, "alert time")
        content = reader.take(reader.left, "alert content")
        if count > 1 or bool(count) != bool(content):
            raise Malformed("component count", f"is 1 with content and 0 without, not {count}")
        return GbzAlert(count, code, at, content)
    components = tuple(_component(reader) for _ in range(count))
    reader.finish("GBZ content")
    if [each.last for each in components] != [place == count for place in range(1, count + 1)]:
        raise Malformed("component control", "has bit 0 set in the last component and in no other")
    return GbzMessage(components)


def decode_component(octets: bytes) -> Component:
    """Read one component that is all of ``octets``: the content of a billing data log alert, 8F0A (GCS53).

    Raises:
        Malformed: naming the field.
    """
    reader = Reader(octets)
    component = _component(reader)
    reader.finish("alert content")
    return component


def _component(reader: Reader) -> Component:
    control = reader.byte("component control")
    if control & ~_KNOWN_CONTROL:
        raise Malformed("component control", f"has bits 0, 1 and 4 only, not {control:02X}")
    cluster = reader.uint(2, "cluster id")
    body = Reader(reader.take(reader.uint(2, "component length"), "component"))
    encrypted = bool(control & _ENCRYPTED)
    header = (body.byte("additional header control"), body.byte("frame counter")) if encrypted else (0, 0)
    from_time = body.uint(4, "from date-time") if control & _FROM_TIME else None
    frame_control, sequence, command = (
        body.byte(name) for name in ("ZCL frame control", "ZCL sequence", "ZCL command")
    )
    if frame_control & _MANUFACTURER:
        raise Malformed("ZCL frame control", f"has no manufacturer code in GBCS, not {frame_control:02X}")
    if encrypted and body.uint(2, "encrypted length") != body.left:
        raise Malformed("encrypted length", f"is that of what follows, {body.left}")
    payload = body.take(body.left, "ZCL payload")
    if encrypted and (not payload.startswith(_ENCRYPTED_HEAD) or len(payload) < len(_ENCRYPTED_HEAD) + _TAG_LENGTH):
        raise Malformed("encrypted payload", "is 31 00000000, ciphertext and a 12-octet tag")
    last = bool(control & _LAST)
    return Component(last, cluster, from_time, frame_control, sequence, command, payload, encrypted, *header)
