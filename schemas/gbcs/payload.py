"""Which kind of content a message has, told by its first octets, and the content itself."""

from schemas.errors import Malformed
from schemas.gbcs.asn1 import Ber, decode_ber
from schemas.gbcs.dlms.access import Dlms, decode_dlms
from schemas.gbcs.envelope import Message
from schemas.gbcs.gbz import PROFILE, Gbz, decode_gbz

Payload = Dlms | Gbz | Ber

_DLMS = (0xD9, 0xDA, 0x0F)
_ASN1 = (0x30, 0x02, 0x04, 0x05)


def decode_payload(message: Message) -> Payload:
    """The content of ``message``; ``encode`` of what comes back gives the same octets.

    Raises:
        Malformed: no kind of content begins like this, or it is not well formed.
    """
    payload = message.payload
    if not payload:
        raise Malformed("content", "is not empty")
    if payload[0] in _DLMS:
        return decode_dlms(payload)
    if payload.startswith(PROFILE):
        return decode_gbz(payload, message.cra)
    if payload[0] in _ASN1:
        return decode_ber(payload)
    raise Malformed("content", f"begins as DLMS, GBZ or ASN.1 does, not with {payload[0]:02X}")


def encode_payload(content: Payload) -> bytes:
    """The octets of a content as they travel: the ``payload`` of its Message."""
    return content.encode()
