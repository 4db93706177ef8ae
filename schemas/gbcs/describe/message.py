"""The envelope, described in the order of its octets, and the content by its kind.

The octets of the fields, one after the other, are the message: every octet belongs to one field.
"""

from schemas.gbcs.asn1 import Ber
from schemas.gbcs.describe.asn1 import describe_ber
from schemas.gbcs.describe.certificates import certificate
from schemas.gbcs.describe.data import date_time
from schemas.gbcs.describe.dlms import describe_dlms
from schemas.gbcs.describe.gbz import describe_gbz
from schemas.gbcs.describe.sealed import with_plaintext
from schemas.gbcs.describe.tree import Tree
from schemas.gbcs.envelope import Message, Supplementary, decode
from schemas.gbcs.gbz import GbzAlert, GbzMessage
from schemas.gbcs.names.message_codes import message_code
from schemas.gbcs.payload import decode_payload
from schemas.gbcs.reader import encode_length
from schemas.gbcs.sealed import Opener

_SECURITY_HEADER_LENGTH = 5
_EUI_LENGTH = b"\x08"


def describe(data: bytes, opener: Opener | None = None) -> Tree:
    """Every field of the message in ``data``.

    Args:
        opener: of its encrypted parts, whose plaintext is then a field inside them.

    Raises:
        Malformed: it is not exactly one GBCS message.
    """
    message = decode(data)
    counter = message.originator_counter
    fields = [
        Tree("kind", _kind(message)),
        *_mac_header(message, data),
        Tree("grouping header", "general signing", (), bytes.fromhex("DF09")),
        Tree("CRA flag", f"{message.cra:02X} {message.cra.name.lower()}", (), bytes((message.cra,))),
        Tree("originator counter", str(counter), (), counter.to_bytes(8, "big")),
        Tree("business originator", str(message.originator), (), _EUI_LENGTH + message.originator),
        Tree("business target", str(message.target), (), _EUI_LENGTH + message.target),
        _date_time(message.date_time),
        *_other_information(message),
        _content(message, opener),
    ]
    if message.signature is not None:
        fields.append(_signature(message.signature))
    if message.mac is not None:
        fields.append(Tree("MAC", message.mac.hex().upper(), (), message.mac))
    return Tree("GBCS message", f"{len(data)} octets", tuple(fields), data)


def _kind(message: Message) -> str:
    if message.is_pre_command:
        return "pre-command" if message.cra == 1 else "unsigned"
    signed = "signed" if message.signature else ""
    maced = "MACed" if message.mac is not None else ""
    return ", then ".join(each for each in (signed, maced) if each) or "neither signed nor MACed"


def _mac_header(message: Message, data: bytes) -> tuple[Tree, ...]:
    if message.mac is None:
        return ()
    end = len(data) - len(message.grouped()) - len(message.mac)
    start = end - _SECURITY_HEADER_LENGTH
    security = data[start:end]
    return (
        Tree("MAC header", f"general ciphering, {len(data) - start} octets follow", (), data[:start]),
        Tree("security header", f"{security[0]:02X}, invocation counter {security[1:].hex()}", (), security),
    )


def _date_time(octets: bytes) -> Tree:
    return Tree("date-time", date_time(octets) if octets else "none", (), bytes((len(octets),)) + octets)


def _other_information(message: Message) -> tuple[Tree, ...]:
    code, extra = message.message_code, message.supplementary
    tail = b"" if extra is None else extra.encode()
    raw = code.to_bytes(2, "big")
    named = Tree("message code", f"{code:04X} {message_code(code)}", (), encode_length(len(raw + tail)) + raw)
    if extra is None:
        return (named,)
    return named, Tree("supplementary fields", "", _supplementary(extra), tail)


def _supplementary(extra: Supplementary) -> tuple[Tree, ...]:
    fields = [Tree("remote party", str(extra.remote_party), (), bytes(extra.remote_party))]
    counters = ("remote party counter", extra.remote_party_counter), ("originator counter", extra.originator_counter)
    for name, counter in counters:
        if counter is not None:
            fields.append(Tree(name, str(counter), (), counter.to_bytes(8, "big")))
    if extra.certificate:
        unread = Tree("key agreement certificate", extra.certificate.hex().upper(), (), extra.certificate)
        fields.append(certificate(extra.certificate) or unread)
    return tuple(fields)


def _content(message: Message, opener: Opener | None) -> Tree:
    content = decode_payload(message)
    size = len(message.payload)
    raw = encode_length(size) + message.payload
    if isinstance(content, Ber):
        return Tree(
            "content", f"ASN.1, {size} octets", (describe_ber(message.message_code, message.cra, content),), raw
        )
    if isinstance(content, GbzMessage | GbzAlert):
        return Tree("content", f"GBZ, {size} octets", describe_gbz(message.message_code, content, opener), raw)
    tree = Tree("content", f"DLMS, {size} octets", describe_dlms(message.message_code, content), raw)
    return tree if opener is None else with_plaintext(message.message_code, tree, opener)


def _signature(signature: bytes) -> Tree:
    raw = bytes((len(signature),)) + signature
    if not signature:
        return Tree("signature", "none (length 00)", (), raw)
    half = len(signature) // 2
    parts = tuple(
        Tree(name, part.hex().upper(), (), part) for name, part in (("r", signature[:half]), ("s", signature[half:]))
    )
    return Tree("signature", f"ECDSA P-256, {len(signature)} octets", parts, raw)
