"""The envelope, described, and the content by its kind."""

from schemas.gbcs.asn1 import Ber
from schemas.gbcs.describe.asn1 import describe_ber
from schemas.gbcs.describe.dlms import date_time, describe_dlms
from schemas.gbcs.describe.gbz import describe_gbz
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.envelope import Message, Supplementary, decode
from schemas.gbcs.gbz import GbzAlert, GbzMessage
from schemas.gbcs.names.message_codes import message_code
from schemas.gbcs.payload import decode_payload


def describe(data: bytes) -> Tree:
    """Every field of the message in ``data``.

    Raises:
        Malformed: it is not exactly one GBCS message.
    """
    message = decode(data)
    fields = [
        Tree("kind", _kind(message)),
        Tree("CRA flag", f"{message.cra:02X} {message.cra.name.lower()}"),
        Tree("originator counter", str(message.originator_counter)),
        Tree("business originator", str(message.originator)),
        Tree("business target", str(message.target)),
    ]
    if message.date_time:
        fields.append(Tree("date-time", date_time(message.date_time)))
    fields.append(Tree("message code", f"{message.message_code:04X} {message_code(message.message_code)}"))
    if message.supplementary is not None:
        fields.append(Tree("supplementary fields", children=_supplementary(message.supplementary)))
    fields.append(_content(message))
    if message.signature is not None:
        fields.append(_signature(message.signature))
    if message.mac is not None:
        fields.append(Tree("MAC", message.mac.hex().upper()))
    return Tree("GBCS message", f"{len(data)} octets", tuple(fields))


def _kind(message: Message) -> str:
    if message.is_pre_command:
        return "pre-command" if message.cra == 1 else "unsigned"
    signed = "signed" if message.signature else ""
    maced = "MACed" if message.mac is not None else ""
    return ", then ".join(each for each in (signed, maced) if each) or "neither signed nor MACed"


def _supplementary(extra: Supplementary) -> tuple[Tree, ...]:
    fields = [Tree("remote party", str(extra.remote_party))]
    if extra.remote_party_counter is not None:
        fields.append(Tree("remote party counter", str(extra.remote_party_counter)))
    if extra.originator_counter is not None:
        fields.append(Tree("originator counter", str(extra.originator_counter)))
    if extra.certificate:
        fields.append(Tree("key agreement certificate", extra.certificate.hex().upper()))
    return tuple(fields)


def _content(message: Message) -> Tree:
    content = decode_payload(message)
    size = f"{len(message.payload)} octets"
    if isinstance(content, Ber):
        return Tree("content", f"ASN.1, {size}", (describe_ber(content),))
    if isinstance(content, GbzMessage | GbzAlert):
        return Tree("content", f"GBZ, {size}", describe_gbz(content))
    return Tree("content", f"DLMS, {size}", describe_dlms(content))


def _signature(signature: bytes) -> Tree:
    if not signature:
        return Tree("signature", "none (length 00)")
    half = len(signature) // 2
    parts = (Tree("r", signature[:half].hex().upper()), Tree("s", signature[half:].hex().upper()))
    return Tree("signature", f"ECDSA P-256, {len(signature)} octets", parts)
