"""Hypothesis strategies for GBCS values: whatever they give encodes and must read back the same."""

from dataclasses import replace

from hypothesis import strategies as st

from schemas.eui import EUI64
from schemas.gbcs.asn1 import Ber
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, DataNotification, Dlms, Item, Selection
from schemas.gbcs.dlms.data import NULL, Data, Tag, TypeDescription
from schemas.gbcs.envelope import CraFlag, Message, Supplementary
from schemas.gbcs.gbz import Component, GbzAlert, GbzMessage
from schemas.gbcs.reader import encode_length

U8, U16, U32, U64 = (st.integers(0, (1 << bits) - 1) for bits in (8, 16, 32, 64))
EUIS = st.binary(min_size=8, max_size=8).map(EUI64)
CODES = U16
_NUMBERS = {
    Tag.DOUBLE_LONG: (32, True),
    Tag.DOUBLE_LONG_UNSIGNED: (32, False),
    Tag.INTEGER: (8, True),
    Tag.LONG: (16, True),
    Tag.UNSIGNED: (8, False),
    Tag.LONG_UNSIGNED: (16, False),
    Tag.LONG64: (64, True),
    Tag.LONG64_UNSIGNED: (64, False),
    Tag.ENUM: (8, False),
}
_BITS = st.text("01", max_size=20) | st.integers(0, 600).map(lambda count: "1" * count)
_ASCII = st.text(st.characters(max_codepoint=127), max_size=20)


def _simple(tag: Tag) -> st.SearchStrategy[Data]:
    if tag in _NUMBERS:
        bits, signed = _NUMBERS[tag]
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        return st.integers(low, high).map(lambda value: Data(tag, value))
    contents: dict[Tag, st.SearchStrategy[object]] = {
        Tag.NULL: st.none(),
        Tag.BOOLEAN: st.booleans(),
        Tag.BIT_STRING: _BITS,
        Tag.OCTET_STRING: st.binary(max_size=300),
        Tag.UTF8_STRING: st.text(max_size=20).map(str.encode),
        Tag.VISIBLE_STRING: _ASCII,
    }
    return contents[tag].map(lambda value: Data(tag, value))  # type: ignore[arg-type]


_SIMPLE_TAGS = [tag for tag in Tag if tag not in (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY)]
_DESCRIPTIONS: st.SearchStrategy[TypeDescription] = st.recursive(
    st.sampled_from([tag for tag in _SIMPLE_TAGS if tag is not Tag.NULL]).map(TypeDescription),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4).map(lambda each: TypeDescription(Tag.STRUCTURE, tuple(each)))
        | st.tuples(inner, st.integers(1, 3)).map(lambda pair: TypeDescription(Tag.ARRAY, (pair[0],), pair[1]))
    ),
    max_leaves=4,
)


def _element(contents: TypeDescription) -> st.SearchStrategy[Data]:
    if contents.tag is Tag.STRUCTURE:
        return st.tuples(*map(_element, contents.elements)).map(lambda items: Data(Tag.STRUCTURE, items))
    if contents.tag is Tag.ARRAY:
        inner, count = _element(contents.elements[0]), contents.count
        return st.lists(inner, min_size=count, max_size=count).map(lambda items: Data(Tag.ARRAY, tuple(items)))
    return _simple(contents.tag)


def _compact(contents: TypeDescription) -> st.SearchStrategy[Data]:
    return st.lists(_element(contents), max_size=4).map(lambda items: Data(Tag.COMPACT_ARRAY, tuple(items), contents))


DATA: st.SearchStrategy[Data] = st.recursive(
    st.sampled_from(_SIMPLE_TAGS).flatmap(_simple) | _DESCRIPTIONS.flatmap(_compact),
    lambda inner: st.tuples(st.sampled_from((Tag.ARRAY, Tag.STRUCTURE)), st.lists(inner, max_size=4)).map(
        lambda pair: Data(pair[0], tuple(pair[1]))
    ),
    max_leaves=8,
)


def _item(choice: Choice) -> st.SearchStrategy[Item]:
    obis = st.binary(min_size=6, max_size=6)
    gets = choice in (Choice.GET, Choice.GET_WITH_SELECTION)
    selection = st.builds(Selection, U8, DATA) if choice is Choice.GET_WITH_SELECTION else st.none()
    return st.builds(Item, st.just(choice), U16, obis, U8, st.just(NULL) if gets else DATA, selection)


_RESULTS = st.tuples(st.sampled_from((Choice.GET, Choice.SET, Choice.ACTION)), U8)
_ANSWERS = st.lists(st.tuples(DATA, _RESULTS), max_size=4)
DLMS: st.SearchStrategy[Dlms] = st.one_of(
    st.builds(AccessRequest, U32, st.lists(st.sampled_from(Choice).flatmap(_item), max_size=4).map(tuple)),
    st.builds(
        lambda liid, answers: AccessResponse(liid, tuple(a for a, _ in answers), tuple(b for _, b in answers)),
        U32,
        _ANSWERS,
    ),
    st.builds(DataNotification, U32, DATA),
)

_CERTIFICATES = st.integers(100, 700).map(lambda size: b"\x30\x82" + size.to_bytes(2, "big") + bytes(size))
SUPPLEMENTARY = st.one_of(
    st.builds(Supplementary, EUIS),
    st.builds(Supplementary, EUIS, U64),
    st.builds(Supplementary, EUIS, U64, U64),
    st.builds(Supplementary, EUIS, U64, st.none(), _CERTIFICATES),
)


def messages(payloads: st.SearchStrategy[bytes]) -> st.SearchStrategy[Message]:
    """Messages of all shapes around ``payloads``."""
    mac = st.binary(min_size=12, max_size=12)
    signature = st.just(b"") | st.binary(min_size=64, max_size=64)
    protection = st.tuples(st.none(), st.none()) | st.tuples(signature, st.none() | mac)
    return st.builds(
        lambda cra, counter, originator, target, code, payload, at, extra, protected: Message(
            cra, counter, originator, target, code, payload, at, extra, *protected
        ),
        st.sampled_from(CraFlag),
        U64,
        EUIS,
        EUIS,
        CODES,
        payloads,
        st.just(b"") | st.binary(min_size=12, max_size=12),
        st.none() | SUPPLEMENTARY,
        protection,
    )


_SEALED = st.binary(max_size=40).map(lambda inside: bytes.fromhex("3100000000") + inside + bytes(12))
_FRAME_CONTROLS = U8.map(lambda octet: octet & ~0x04)
_COMPONENTS = st.builds(
    lambda cluster, at, control, sequence, command, encrypted, plain, sealed, header: Component(
        False, cluster, at, control, sequence, command, sealed if encrypted else plain, encrypted, *header
    ),
    U16,
    st.none() | U32,
    _FRAME_CONTROLS,
    U8,
    U8,
    st.booleans(),
    st.binary(max_size=40),
    _SEALED,
    st.tuples(U8, U8),
).map(lambda each: each if each.encrypted else _without_header(each))


def _without_header(each: Component) -> Component:
    head = (each.last, each.cluster, each.from_time, each.frame_control, each.sequence, each.command)
    return Component(*head, each.payload)


def _closed(components: list[Component]) -> GbzMessage:
    # The last component says so, and no other.
    count = len(components)
    return GbzMessage(tuple(replace(each, last=place == count) for place, each in enumerate(components, start=1)))


GBZ_MESSAGES = st.lists(_COMPONENTS, max_size=4).map(_closed)
GBZ_ALERTS = st.builds(
    lambda code, at, content: GbzAlert(bool(content) * 1, code, at, content), U16, U32, st.binary(max_size=40)
)


def _lengthened(value: Ber) -> st.SearchStrategy[Ber]:
    size = len(value.encode()) - 1 - value.length_octets
    shortest = len(encode_length(size))
    return st.integers(shortest, 4).map(lambda octets: Ber(value.tag, value.content, value.children, octets))


def _primitive() -> st.SearchStrategy[Ber]:
    tags = U8.filter(lambda tag: not tag & 0x20 and tag & 0x1F != 0x1F)
    plain = st.builds(lambda tag, content: Ber(tag, content), tags, st.binary(max_size=300))
    return plain.map(lambda value: Ber(value.tag, value.content, (), len(encode_length(len(value.content)))))


def _constructed(inner: st.SearchStrategy[Ber]) -> st.SearchStrategy[Ber]:
    tags = U8.filter(lambda tag: bool(tag & 0x20) and tag & 0x1F != 0x1F)

    def build(tag: int, children: list[Ber]) -> Ber:
        size = sum(len(child.encode()) for child in children)
        return Ber(tag, b"", tuple(children), len(encode_length(size)))

    return st.builds(build, tags, st.lists(inner, max_size=4)).flatmap(_lengthened)


BER: st.SearchStrategy[Ber] = st.recursive(_primitive().flatmap(_lengthened), _constructed, max_leaves=8)
