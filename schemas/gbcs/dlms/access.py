"""DLMS access request (D9), access response (DA) and data notification (0F)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from struct import Struct

from schemas.errors import Malformed
from schemas.gbcs.dlms.data import NULL, Data, decode_data
from schemas.gbcs.reader import Reader, encode_length
from schemas.record import record

_REQUEST, _RESPONSE, _NOTIFICATION = 0xD9, 0xDA, 0x0F
_LIID_HEAD = 0x20000000
_HEAD = Struct(">BIx")
_RESPONSE_HEAD = Struct(">BIxx")
_NULL_OCTETS = NULL.encode()
_SPECIFICATION = Struct(">BH6sB")


def liid(counter: int) -> int:
    """The long invoke id and priority of a message: ``20`` and the low 24 bits of the originator counter."""
    return _LIID_HEAD | counter & 0xFFFFFF


class Choice(IntEnum):
    """What an item of an access request asks for."""

    GET = 1
    SET = 2
    ACTION = 3
    GET_WITH_SELECTION = 4


_CHOICES = {choice.value: choice for choice in Choice}
_RESULT_CHOICES = {choice: Choice.GET if choice is Choice.GET_WITH_SELECTION else choice for choice in Choice}
_READS = (Choice.GET, Choice.GET_WITH_SELECTION)
_PLAIN_CHOICES = bytes((Choice.GET, Choice.SET, Choice.ACTION))


class Result(IntEnum):
    """Result of one item. The vectors show 0, 1 and 250; the others are the DLMS standard's."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_GET_ABORTED = 15
    NO_LONG_GET_IN_PROGRESS = 16
    LONG_SET_ABORTED = 17
    NO_LONG_SET_IN_PROGRESS = 18
    DATA_BLOCK_NUMBER_INVALID = 19
    OTHER_REASON = 250


@record
class Selection:
    """Selective access: the selector and its parameters."""

    selector: int
    parameters: Data


@record
class Item:
    """One item of an access request: what to do with one attribute or method of one COSEM object.

    Attributes:
        obis: the logical name, 6 octets.
        member: attribute id (GET, SET) or method id (ACTION).
        data: the value to set or the parameter; null for a GET.
        selection: for GET_WITH_SELECTION only.
    """

    choice: Choice
    class_id: int
    obis: bytes
    member: int
    data: Data = NULL
    selection: Selection | None = None


_Specification = tuple[Choice, int, bytes, int, Selection | None]


@record
class AccessRequest:
    """A list of items, carried out in order until one fails."""

    liid: int
    items: tuple[Item, ...]

    def encode(self) -> bytes:
        """All specifications first, then all data."""
        count = encode_length(len(self.items))
        specifications = b"".join([_encode_specification(item) for item in self.items])
        values = b"".join([item.data.encode() for item in self.items])
        return b"".join((_HEAD.pack(_REQUEST, self.liid), count, specifications, count, values))


@record
class AccessResponse:
    """One value and one (choice, result) per item of the request."""

    liid: int
    data: tuple[Data, ...]
    results: tuple[tuple[Choice, int], ...]

    def encode(self) -> bytes:
        """The response as it travels: no specifications, values, results."""
        values = b"".join([_NULL_OCTETS if value is NULL else value.encode() for value in self.data])
        head = _RESPONSE_HEAD.pack(_RESPONSE, self.liid) + encode_length(len(self.data)) + values
        return head + encode_length(len(self.results)) + _encode_results(self.results)

    @property
    def succeeded(self) -> bool:
        """Every item succeeded."""
        return all(result == Result.SUCCESS for _, result in self.results)


@record
class DataNotification:
    """An alert's content: one structure."""

    liid: int
    body: Data

    def encode(self) -> bytes:
        """The notification as it travels."""
        return b"\x0f" + self.liid.to_bytes(4, "big") + b"\x00" + self.body.encode()


Dlms = AccessRequest | AccessResponse | DataNotification


def decode_dlms(payload: bytes) -> Dlms:
    """Read a whole DLMS content.

    Raises:
        Malformed: naming the field.
    """
    if len(payload) >= _HEAD.size and payload[_HEAD.size - 1] == 0:
        tag, number = _HEAD.unpack_from(payload)
        reader = Reader(payload, _HEAD.size)
    else:  # field after field, for the name of the one that is wrong
        reader = Reader(payload)
        tag = reader.byte("DLMS tag")
        number = reader.uint(4, "long invoke id")
        reader.expect(b"\x00", "DLMS date-time")
    decoded: Dlms
    if tag == _REQUEST:
        decoded = AccessRequest(number, _decode_items(reader))
    elif tag == _RESPONSE:
        decoded = _decode_response(reader, number)
    elif tag == _NOTIFICATION:
        decoded = DataNotification(number, decode_data(reader))
    else:
        raise Malformed("DLMS tag", f"is D9, DA or 0F, not {tag:02X}")
    reader.finish("DLMS content")
    return decoded


@lru_cache(maxsize=512)
def _encode_results(results: tuple[tuple[Choice, int], ...]) -> bytes:
    """By nothing but what they are, and mostly that all succeeded; the 512 asked for last are kept."""
    return bytes([octet for choice, result in results for octet in (_RESULT_CHOICES[choice], result)])


def _encode_specification(item: Item) -> bytes:
    head = _SPECIFICATION.pack(item.choice, item.class_id, item.obis, item.member)
    if item.selection is None:
        return head
    return head + bytes((item.selection.selector,)) + item.selection.parameters.encode()


def _count(reader: Reader, field: str) -> int:
    count = reader.length(field)
    if count > reader.end - reader.position:
        raise Malformed(field, f"is {count}, but only {reader.left} octets follow")
    return count


def _choice(reader: Reader, highest: Choice) -> Choice:
    octet = reader.byte("access choice")
    if not 1 <= octet <= highest:
        raise Malformed("access choice", f"is 01 to {highest:02X}, not {octet:02X}")
    return _CHOICES[octet]


def _decode_items(reader: Reader) -> tuple[Item, ...]:
    count = _count(reader, "specification count")
    end = reader.position + count * _SPECIFICATION.size
    block = reader.data[reader.position : end]
    specifications: Sequence[_Specification]
    if end <= reader.end and not block[:: _SPECIFICATION.size].strip(_PLAIN_CHOICES):
        specifications = _plain_specifications(block)
        reader.position = end
    else:
        specifications = [_decode_specification(reader) for _ in range(count)]
    if _count(reader, "data count") != count:
        raise Malformed("data count", f"equals the specification count, {count}")
    items = []
    for choice, class_id, obis, member, selection in specifications:
        data = decode_data(reader)
        # There is one null, so most items end the question here.
        if data is not NULL and choice in _READS:
            raise Malformed("data", "is null (00) for a GET")
        items.append(Item(choice, class_id, obis, member, data, selection))
    return tuple(items)


@lru_cache(maxsize=256)
def _plain_specifications(block: bytes) -> tuple[_Specification, ...]:
    """Whole specifications without selection, by their octets: those of a use case are always the same.

    The 256 that were asked for last are kept; nothing but the octets decides what they are.
    """
    return tuple(
        (_CHOICES[octet], class_id, obis, member, None)
        for octet, class_id, obis, member in _SPECIFICATION.iter_unpack(block)
    )


def _decode_specification(reader: Reader) -> _Specification:
    choice = _choice(reader, Choice.GET_WITH_SELECTION)
    class_id = reader.uint(2, "class id")
    obis = reader.take(6, "logical name")
    member = reader.byte("attribute or method id")
    selection = None
    if choice is Choice.GET_WITH_SELECTION:
        selection = Selection(reader.byte("selector"), decode_data(reader))
    return choice, class_id, obis, member, selection


def _decode_response(reader: Reader, number: int) -> AccessResponse:
    reader.expect(b"\x00", "response specifications")
    data = tuple(decode_data(reader) for _ in range(_count(reader, "data count")))
    count = _count(reader, "result count")
    if count != len(data):
        raise Malformed("result count", f"equals the data count, {len(data)}, not {count}")
    results = tuple((_choice(reader, Choice.ACTION), reader.byte("result")) for _ in range(count))
    return AccessResponse(number, data, results)
