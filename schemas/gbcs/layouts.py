"""GBCS bytes, declared: the envelope of every message and the three DLMS contents. Read it to learn the format.

Nothing at run time uses it: the tests hold the hand-written codecs, ``envelope`` and ``dlms``, to these declarations
over every vector and over drawn and mutated messages. It imports none of them. Paragraph numbers are those of our
reference of the RTDS 4.5.0 vectors, from which each line is taken.
"""

from typing import Any

from construct import (
    Array,
    Bytes,
    Check,
    Const,
    ExprAdapter,
    ExprValidator,
    FocusedSeq,
    GreedyBytes,
    GreedyRange,
    GreedyString,
    If,
    Int8sb,
    Int8ub,
    Int16sb,
    Int16ub,
    Int24ub,
    Int32sb,
    Int32ub,
    Int64sb,
    Int64ub,
    LazyBound,
    Mapping,
    OneOf,
    Optional,
    Pass,
    Prefixed,
    PrefixedArray,
    Select,
    Sequence,
    Struct,
    Switch,
    Terminated,
    len_,
    this,
)

# 1.4 Lengths: in the shortest form.


def _long_form(head: int, number: Any, lowest: int) -> Any:
    return FocusedSeq("n", Const(bytes((head,))), "n" / ExprValidator(number, lambda n, _: n >= lowest))


LENGTH = Select(
    ExprValidator(Int8ub, lambda n, _: n < 0x80),
    _long_form(0x81, Int8ub, 0x80),
    _long_form(0x82, Int16ub, 0x100),
    _long_form(0x83, Int24ub, 0x1_0000),
)
OCTETS = Prefixed(LENGTH, GreedyBytes)

# 1.5 Other information: the message code, and what identifies the user behind the access control broker.

CERTIFICATE = ExprValidator(
    GreedyBytes, lambda der, _: der[:2] == b"\x30\x82" and len(der) == 4 + int.from_bytes(der[2:4], "big")
)
OTHER_INFORMATION = Struct(
    "message_code" / Int16ub,
    "remote_party" / Optional(Bytes(8)),
    "remote_party_counter" / If(lambda at: at.remote_party is not None, Optional(Int64ub)),
    "originator_counter"  # of the device for that party, when it is all that is left
    / If(lambda at: at.remote_party_counter is not None, Optional(FocusedSeq("n", "n" / Int64ub, Terminated))),
    "certificate"
    / If(lambda at: at.remote_party_counter is not None and at.originator_counter is None, Optional(CERTIFICATE)),
    Terminated,
)

# 1.3 Grouping header, content, signature (1.8: r and s, 32 octets each).

EUI = FocusedSeq("eui", Const(b"\x08"), "eui" / Bytes(8))
SIGNATURE = Prefixed(OneOf(Int8ub, (0, 64)), GreedyBytes)


def _grouping(signature: Any) -> Any:
    return Struct(
        Const(b"\xdf"),
        Const(b"\x09"),  # length of the transaction id: flag and counter
        "cra" / OneOf(Int8ub, (1, 2, 3)),  # command, response, alert
        "originator_counter" / Int64ub,
        "originator" / EUI,
        "target" / EUI,
        "date_time" / Prefixed(OneOf(Int8ub, (0, 12)), GreedyBytes),
        "other" / Prefixed(LENGTH, OTHER_INFORMATION),
        "payload" / OCTETS,
        "signature" / signature,
    )


# 1.1 The four shapes. Without a MAC the signature block may be absent: a pre-command ends with its content.

WITHOUT_MAC = Struct("grouping" / _grouping(Optional(SIGNATURE)), Terminated)

# 1.2 MAC header: the tag, and six empty fields of DLMS general ciphering.

WITH_MAC = Struct(
    Const(bytes.fromhex("DD 00 00 00 00 00 00")),
    "service"
    / Prefixed(
        LENGTH,
        Struct(
            Const(bytes.fromhex("11 00000000")),  # security control, invocation counter
            "grouping" / _grouping(SIGNATURE),
            "mac" / Bytes(12),
            Terminated,
        ),
    ),
    Terminated,
)
ENVELOPE = Select(WITH_MAC, WITHOUT_MAC)

# 2.4 DLMS data: a tag and a value, nested.

NULL, ARRAY, STRUCTURE, BIT_STRING, COMPACT_ARRAY = 0x00, 0x01, 0x02, 0x04, 0x13


def _to_bits(raw: Any, _: Any) -> str:
    return "".join(f"{octet:08b}" for octet in raw.octets)[: raw.count]


def _from_bits(bits: str, _: Any) -> dict[str, object]:
    size = (len(bits) + 7) // 8
    return {"count": len(bits), "octets": int("0" + bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")}


DATA: Any = LazyBound(lambda: _DATA)
DESCRIPTION: Any = LazyBound(lambda: _DESCRIPTION)
VALUES: dict[int, Any] = {
    NULL: Pass,
    ARRAY: PrefixedArray(LENGTH, DATA),
    STRUCTURE: PrefixedArray(LENGTH, DATA),
    0x03: Mapping(Int8ub, {False: 0x00, True: 0xFF}),  # boolean
    BIT_STRING: ExprAdapter(
        Struct(
            "count" / LENGTH,  # of bits; the spare ones of the last octet are 0
            "octets" / Bytes((this.count + 7) // 8),
            Check(lambda at: not at.count % 8 or at.octets[-1] & (0xFF >> at.count % 8) == 0),
        ),
        _to_bits,
        _from_bits,
    ),
    0x05: Int32sb,  # double-long
    0x06: Int32ub,  # double-long-unsigned
    0x09: OCTETS,  # octet-string
    0x0A: Prefixed(LENGTH, GreedyString("ascii")),  # visible-string
    0x0C: OCTETS,  # utf8-string, kept as octets
    0x0F: Int8sb,  # integer
    0x10: Int16sb,  # long
    0x11: Int8ub,  # unsigned
    0x12: Int16ub,  # long-unsigned
    COMPACT_ARRAY: Struct("contents" / DESCRIPTION, "packed" / OCTETS),  # compact_contents reads what is packed
    0x14: Int64sb,  # long64
    0x15: Int64ub,  # long64-unsigned
    0x16: Int8ub,  # enum
}
_DATA: Any = Struct("tag" / OneOf(Int8ub, list(VALUES)), "value" / Switch(this.tag, VALUES))

# What the elements of a compact array are; elements of nothing are refused, for a few octets would hold millions.

_POSITIVE = {number: ExprValidator(number, lambda n, _: n > 0) for number in (LENGTH, Int16ub)}
_DESCRIPTION: Any = Struct(
    "tag" / OneOf(Int8ub, [tag for tag in VALUES if tag not in (NULL, COMPACT_ARRAY)]),
    "elements"
    / Switch(
        this.tag,
        {
            STRUCTURE: PrefixedArray(_POSITIVE[LENGTH], DESCRIPTION),
            ARRAY: Sequence(_POSITIVE[Int16ub], DESCRIPTION),  # count, description
        },
    ),
)


def compact_contents(description: Any) -> Any:
    """The layout of a compact array's packed elements, as many as there are: values without tags and counts."""
    return FocusedSeq("items", "items" / GreedyRange(_untagged(description)), Terminated)


def _untagged(description: Any) -> Any:
    if description["tag"] == STRUCTURE:
        return Sequence(*map(_untagged, description["elements"]))
    if description["tag"] == ARRAY:
        count, element = description["elements"]
        return Array(count, _untagged(element))
    return VALUES[description["tag"]]


# 2.2 Access request: all specifications, then as many data. A GET's data is null.

GET, SET, ACTION, GET_WITH_SELECTION = 1, 2, 3, 4
NO_DATE_TIME = Const(b"\x00")
SPECIFICATION = Struct(
    "choice" / OneOf(Int8ub, (GET, SET, ACTION, GET_WITH_SELECTION)),
    "class_id" / Int16ub,
    "obis" / Bytes(6),
    "member" / Int8ub,  # attribute or method
    "selection" / If(this.choice == GET_WITH_SELECTION, Struct("selector" / Int8ub, "parameters" / DATA)),
)


def _gets_carry_nothing(at: Any) -> bool:
    pairs = zip(at["specifications"], at["data"], strict=True)
    return all(each["tag"] == NULL for asked, each in pairs if asked["choice"] in (GET, GET_WITH_SELECTION))


ACCESS_REQUEST = Struct(
    Const(b"\xd9"),
    "liid" / Int32ub,  # 20 and the low three octets of the originator counter
    NO_DATE_TIME,
    "specifications" / PrefixedArray(LENGTH, SPECIFICATION),
    "data" / PrefixedArray(LENGTH, DATA),
    Check(len_(this.specifications) == len_(this.data)),
    Check(_gets_carry_nothing),
    Terminated,
)

# 2.3 Access response: all data, then as many results.

ACCESS_RESPONSE = Struct(
    Const(b"\xda"),
    "liid" / Int32ub,
    NO_DATE_TIME,
    Const(b"\x00"),  # no specifications
    "data" / PrefixedArray(LENGTH, DATA),
    "results" / PrefixedArray(LENGTH, Sequence(OneOf(Int8ub, (GET, SET, ACTION)), Int8ub)),
    Check(len_(this.results) == len_(this.data)),
    Terminated,
)

# 2.5 Data notification: an alert.

DATA_NOTIFICATION = Struct(Const(b"\x0f"), "liid" / Int32ub, NO_DATE_TIME, "body" / DATA, Terminated)
