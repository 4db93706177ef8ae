"""The envelope of every GBCS message: grouping header (DF), and around it the MAC header (DD).

Four shapes, after who has protected what (verified over the RTDS 4.5.0 vectors):

    unsigned            DF .. content                        pre-command
    signed              DF .. content 40 signature           critical response, critical alert
    MACed               DD .. [DF .. content 00] mac         non-critical command, response, alert
    signed, then MACed  DD .. [DF .. content 40 sig] mac     critical command

This is the hand-written fast path; ``schemas.gbcs.layouts`` declares the same format and is its oracle in the tests.
"""

from dataclasses import field
from enum import IntEnum
from functools import lru_cache
from struct import Struct

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.reader import Reader, encode_length
from schemas.record import record

MAC_LENGTH = 12
SIGNATURE_LENGTH = 64
DATE_TIME_LENGTH = 12
_MAC_HEADER = bytes.fromhex("DD000000000000")
_SECURITY_HEADER = bytes.fromhex("1100000000")
_GROUPING_HEADER = Struct(">BBBQB8sB8sB")
_GROUPING_TAG = 0xDF
_TRANSACTION_ID_LENGTH = 9
_USUAL_TAIL = Struct(">BHB")
_USUAL_HEADER = Struct(_GROUPING_HEADER.format + _USUAL_TAIL.format[1:])
"""Up to the length of the content, in a message without date-time whose other information is its code."""
_EUI_LENGTH = 8
_eui = lru_cache(maxsize=4096)(EUI64)
"""A home's messages name its few parties over and over."""


class CraFlag(IntEnum):
    """Command, response or alert: the first octet of the transaction id."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3


_CRA_FLAGS = {flag.value: flag for flag in CraFlag}


@record
class Supplementary:
    """The other information that follows the message code (GBCS "additional header fields").

    Present where the access control broker originates on behalf of a remote party, or where the device is to
    answer one whose certificates it does not hold.

    Attributes:
        remote_party: the user behind the message.
        remote_party_counter: that user's counter (the DUIS RequestID's), absent in one alert only.
        originator_counter: the device's own counter for that party, 2 responses of the vectors.
        certificate: the user's key agreement certificate, X.509 DER.
    """

    remote_party: EUI64
    remote_party_counter: int | None = None
    originator_counter: int | None = None
    certificate: bytes = b""

    def encode(self) -> bytes:
        """The octets after the message code."""
        octets = bytes(self.remote_party)
        if self.remote_party_counter is not None:
            octets += self.remote_party_counter.to_bytes(8, "big")
        if self.originator_counter is not None:
            octets += self.originator_counter.to_bytes(8, "big")
        return octets + self.certificate


@record
class Message:
    """One GBCS message.

    Attributes:
        cra: command, response or alert.
        originator_counter: unsigned 64-bit.
        originator, target: business originator and business target.
        message_code: 16-bit, names the use case.
        payload: the content, DLMS, GBZ or ASN.1.
        date_time: empty, or 12 octets of DLMS date-time (some responses).
        supplementary: further header fields, or none.
        signature: None where no length octet follows the content (a pre-command), empty for the octet ``00``,
            else r and s, 32 octets each.
        mac: None, or 12 octets.
    """

    cra: CraFlag
    originator_counter: int
    originator: EUI64
    target: EUI64
    message_code: int
    payload: bytes
    date_time: bytes = b""
    supplementary: Supplementary | None = None
    signature: bytes | None = None
    mac: bytes | None = None
    _signed_part: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def is_pre_command(self) -> bool:
        """Neither signed nor MACed, and no signature length octet."""
        return self.signature is None

    def signed_part(self) -> bytes:
        """What a signature is made over: from the octet after the tag to the last octet of the content."""
        # A message is signed, MACed, compared and sent: its octets are the same each time.
        if not self._signed_part:
            # The one field that is set late, here and by who knows it already, and only to what the others say.
            self._signed_part = self._written()  # type: ignore[misc]
        return self._signed_part

    def _written(self) -> bytes:
        head = _GROUPING_HEADER.pack(
            _GROUPING_TAG,
            _TRANSACTION_ID_LENGTH,
            self.cra,
            self.originator_counter,
            _EUI_LENGTH,
            self.originator,
            _EUI_LENGTH,
            self.target,
            len(self.date_time),
        )
        payload = self.payload
        if not self.date_time and self.supplementary is None and len(payload) < 0x80:
            return head[1:] + _USUAL_TAIL.pack(2, self.message_code, len(payload)) + payload
        other = self.message_code.to_bytes(2, "big")
        if self.supplementary is not None:
            other += self.supplementary.encode()
        return b"".join(
            (
                head[1:],
                self.date_time,
                encode_length(len(other)),
                other,
                encode_length(len(payload)),
                payload,
            )
        )

    def grouped(self) -> bytes:
        """The whole grouping message: DF to the end of the signature block."""
        if self.signature is None:
            return b"\xdf" + self.signed_part()
        return b"\xdf" + self.signed_part() + bytes((len(self.signature),)) + self.signature

    def encode(self) -> bytes:
        """The message as it travels."""
        grouped = self.grouped()
        if self.mac is None:
            return grouped
        service = _SECURITY_HEADER + grouped + self.mac
        return _MAC_HEADER + encode_length(len(service)) + service

    def stripped(self) -> "Message":
        """The message with neither signature nor MAC: for a command, its pre-command."""
        return self.protected(None, None)

    def stripped_octets(self) -> bytes:
        """What ``stripped().encode()`` gives."""
        return b"\xdf" + self.signed_part()

    def protected(self, signature: bytes | None, mac: bytes | None) -> "Message":
        """The same message with this signature and MAC in place of its own."""
        other = Message(
            self.cra,
            self.originator_counter,
            self.originator,
            self.target,
            self.message_code,
            self.payload,
            self.date_time,
            self.supplementary,
            signature,
            mac,
        )
        other._signed_part = self._signed_part  # type: ignore[misc]
        return other


@lru_cache(maxsize=256)
def decode(data: bytes) -> Message:
    """Read one GBCS message. Broker, hub and device each read the same octets: the last few are remembered.

    Raises:
        Malformed: naming the field, for anything that is not exactly one well-formed message.
    """
    usual = _usual(data)
    if usual is not None:
        return usual
    reader = Reader(data)
    if data[:1] != b"\xdd":
        message = _decode_grouping(reader, None)
        reader.finish("GBCS message")
        return message
    reader.expect(_MAC_HEADER, "MAC header")
    length = reader.length("ciphered service length")
    if length != reader.left:
        raise Malformed("ciphered service length", f"is {length}, but {reader.left} octets follow")
    reader.expect(_SECURITY_HEADER, "security header")
    reader.end -= MAC_LENGTH
    if reader.left < 0:
        raise Malformed("MAC", f"has {MAC_LENGTH} octets, the message ends before")
    message = _decode_grouping(reader, data[-MAC_LENGTH:])
    reader.finish("grouping message")
    if message.signature is None:
        raise Malformed("signature length", "is there (00 or 40) in a message with a MAC")
    return message


def _usual(data: bytes) -> Message | None:
    """A message of the form that most have, in one go; None for any other, and for what is none."""
    start, end, mac = 0, len(data), None
    if data.startswith(_MAC_HEADER) and end > _USUAL_HEADER.size:
        inside = 8 if data[7] < 0x80 else 9
        # The shortest form of a length: itself, or 81 and then it.
        if inside == 9 and (data[7] != 0x81 or data[8] < 0x80):
            return None
        if data[inside - 1] != end - inside or not data.startswith(_SECURITY_HEADER, inside):
            return None
        start, end, mac = inside + len(_SECURITY_HEADER), end - MAC_LENGTH, data[-MAC_LENGTH:]
    content = start + _USUAL_HEADER.size
    if content > end:
        return None
    tag, of_id, cra, counter, of_originator, originator, of_target, target, of_time, of_other, code, length = (
        _USUAL_HEADER.unpack_from(data, start)
    )
    lengths = of_id == _TRANSACTION_ID_LENGTH and of_originator == of_target == _EUI_LENGTH and of_other == 2
    if not lengths or of_time or tag != _GROUPING_TAG or not 1 <= cra <= 3 or length >= 0x80:
        return None
    after = content + length
    left = end - after
    if left == 1 + SIGNATURE_LENGTH and data[after] == SIGNATURE_LENGTH:
        signature: bytes | None = data[after + 1 : end]
    elif left == 1 and data[after] == 0:
        signature = b""
    elif left == 0 and mac is None:
        signature = None
    else:
        return None
    flag, payload = _CRA_FLAGS[cra], data[content:after]
    message = Message(flag, counter, _eui(originator), _eui(target), code, payload, b"", None, signature, mac)
    message._signed_part = data[start + 1 : after]  # type: ignore[misc]
    return message


def _decode_grouping(reader: Reader, mac: bytes | None) -> Message:
    start = reader.position
    head = reader.take(_GROUPING_HEADER.size, "grouping header")
    tag, id_length, cra, counter, originator_length, originator, target_length, target, time_length = (
        _GROUPING_HEADER.unpack(head)
    )
    if tag != _GROUPING_TAG:
        raise Malformed("message tag", f"is DD or DF, not {tag:02X}")
    if id_length != _TRANSACTION_ID_LENGTH:
        raise Malformed("transaction id length", f"is 9, not {id_length}")
    if not 1 <= cra <= 3:
        raise Malformed("CRA flag", f"is 01 command, 02 response or 03 alert, not {cra:02X}")
    if originator_length != _EUI_LENGTH:
        raise Malformed("originator length", f"is 8, not {originator_length}")
    if target_length != _EUI_LENGTH:
        raise Malformed("target length", f"is 8, not {target_length}")
    if time_length not in (0, DATE_TIME_LENGTH):
        raise Malformed("date-time length", f"is 0 or 12, not {time_length}")
    date_time = reader.take(time_length, "date-time")
    other = reader.take(reader.length("other information length"), "other information")
    if len(other) < 2:
        raise Malformed("other information", "holds at least the message code, 2 octets")
    payload = reader.take(reader.length("content length"), "content")
    end = reader.position
    message = Message(
        _CRA_FLAGS[cra],
        counter,
        _eui(originator),
        _eui(target),
        int.from_bytes(other[:2], "big"),
        payload,
        date_time,
        _decode_supplementary(other[2:]) if len(other) > 2 else None,
        _decode_signature(reader),
        mac,
    )
    # There is one way to write a message, lengths in their shortest form: what was read is what would be written.
    message._signed_part = reader.data[start + 1 : end]  # type: ignore[misc]
    return message


def _decode_supplementary(octets: bytes) -> Supplementary:
    reader = Reader(octets)
    party = EUI64(reader.take(8, "supplementary remote party id"))
    if not reader.left:
        return Supplementary(party)
    counter = reader.uint(8, "supplementary remote party counter")
    if not reader.left:
        return Supplementary(party, counter)
    # A certificate is a DER sequence of more than 127 octets, 30 8x; a counter is exactly the 8 octets left.
    if reader.left == 8:
        return Supplementary(party, counter, reader.uint(8, "supplementary originator counter"))
    certificate = reader.take(reader.left, "remote party certificate")
    if not certificate.startswith(b"\x30\x82") or len(certificate) != 4 + int.from_bytes(certificate[2:4], "big"):
        raise Malformed("other information", "is the code, an id, a counter, and then a counter or one certificate")
    return Supplementary(party, counter, None, certificate)


def _decode_signature(reader: Reader) -> bytes | None:
    if not reader.left:
        return None
    length = reader.byte("signature length")
    if length not in (0, SIGNATURE_LENGTH):
        raise Malformed("signature length", f"is 00 or 40, not {length:02X}")
    return reader.take(length, "signature")
