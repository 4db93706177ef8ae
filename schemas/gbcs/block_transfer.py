"""General Block Transfer: a GBCS message that is longer than one tunnel transfer, in blocks (GBCS 7.2.11).

A block is a general-ciphering APDU around a general-block-transfer APDU (IEC 62056-5-3): ``DD``, the message's own
transaction id, originator, target and message code, no key information, security octet and counter of 0, then ``E0``,
block control, block number from 1, block number acknowledged, and the data. Security octet, window and block size are
assumed: no public message shows them. Blocks are streamed; a lost one is not asked for again.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.envelope import decode
from schemas.gbcs.reader import Reader, encode_length

MAX_MESSAGE: Final = 1500
"""Octets of a message that goes in one transfer (GBCS 10.2.2)."""
BLOCK_SIZE: Final = 1200
MAX_OPEN: Final = 16
"""Messages under way at once; the one that has waited longest gives way to a new one."""

_MARK = b"\xdd\x09"
_SECURITY = bytes(5)
_TAG = b"\xe0"
_LAST, _STREAMING, _WINDOW = 0x80, 0x40, 6
_LAST_NUMBER = 0xFFFF


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        name: transaction id, originator, target and message code of the message, as on the wire.
        number: 1 to 65535.
        last: whether it is the message's last.
    """

    name: bytes
    number: int
    last: bool
    data: bytes

    def encode(self) -> bytes:
        """The block as it travels."""
        control = _LAST * self.last | _STREAMING | _WINDOW
        service = _SECURITY + _TAG + bytes((control,)) + self.number.to_bytes(2, "big") + bytes(2)
        service += encode_length(len(self.data)) + self.data
        return self.name + b"\x00" + encode_length(len(service)) + service


def is_block(octets: bytes) -> bool:
    """Whether this is a block, by the octets that tell it from a message: a MAC header has no transaction id."""
    return octets.startswith(_MARK)


def transfers(message: bytes, limit: int = MAX_MESSAGE) -> Iterator[bytes]:
    """What goes through the tunnel, one transfer each: the message itself, or its blocks.

    Args:
        limit: octets that go in one transfer.

    Raises:
        Malformed: longer than one transfer, and no GBCS message; or longer than 65535 blocks.
    """
    if len(message) <= limit:
        yield message
        return
    about = decode(message)
    name = _MARK + bytes((about.cra,)) + about.originator_counter.to_bytes(8, "big")
    name += b"\x08" + about.originator + b"\x08" + about.target + b"\x00\x02" + about.message_code.to_bytes(2, "big")
    count = -(-len(message) // BLOCK_SIZE)
    if count > _LAST_NUMBER:
        raise Malformed("block number", f"is at most {_LAST_NUMBER}, and this message has {count} blocks")
    for number in range(1, count + 1):
        piece = message[(number - 1) * BLOCK_SIZE : number * BLOCK_SIZE]
        yield Block(name, number, number == count, piece).encode()


def decode_block(octets: bytes) -> Block:
    """Read one block.

    Raises:
        Malformed: naming the field, for anything that is not exactly one.
    """
    reader = Reader(octets)
    reader.expect(_MARK, "general ciphering")
    if not 1 <= reader.byte("CRA flag") <= 3:
        raise Malformed("CRA flag", "is 01 command, 02 response or 03 alert")
    reader.uint(8, "originator counter")
    for party in ("originator", "target"):
        reader.expect(b"\x08", f"{party} length")
        EUI64(reader.take(8, party))
    reader.expect(b"\x00\x02", "date-time and other information length")
    reader.uint(2, "message code")
    name = octets[: reader.position]
    reader.expect(b"\x00", "key information")
    if reader.length("ciphered service length") != reader.left:
        raise Malformed("ciphered service length", "is that of the rest")
    reader.expect(_SECURITY, "security header")
    reader.expect(_TAG, "general block transfer")
    control, number = reader.byte("block control"), reader.uint(2, "block number")
    reader.expect(bytes(2), "block number acknowledged")
    if control & ~_LAST != _STREAMING | _WINDOW:
        raise Malformed("block control", f"is streaming, window {_WINDOW}, not 0x{control:02X}")
    if number == 0:
        raise Malformed("block number", "is 1 or more")
    data = reader.take(reader.length("block length"), "block data")
    reader.finish("block")
    return Block(name, number, bool(control & _LAST), data)


@dataclass(slots=True)
class _Open:
    last: int | None = None
    pieces: dict[int, bytes] = field(default_factory=dict)


class Assembler:
    """Puts messages together again; blocks may come in any order, and more than once."""

    def __init__(self) -> None:
        self._open: OrderedDict[bytes, _Open] = OrderedDict()

    def take(self, octets: bytes) -> bytes | None:
        """The message: at once if ``octets`` is no block, with its last missing block if it is; None before.

        Raises:
            Malformed: no good block.
            NotPossible: beyond the last block of its message.
        """
        if not is_block(octets):
            return octets
        block = decode_block(octets)
        known = self._open.get(block.name)
        if known is None:
            while len(self._open) >= MAX_OPEN:
                self._open.popitem(last=False)
            known = self._open[block.name] = _Open()
        if block.last and known.last is None and all(number <= block.number for number in known.pieces):
            known.last = block.number
        if (block.last and known.last != block.number) or (known.last is not None and block.number > known.last):
            raise NotPossible("block number", "is not beyond the last block")
        known.pieces.setdefault(block.number, block.data)
        if known.last is None or len(known.pieces) < known.last:
            return None
        del self._open[block.name]
        return b"".join(known.pieces[number] for number in range(1, known.last + 1))

    def unfinished(self) -> set[bytes]:
        """The names of the messages of which some blocks are here, and not all."""
        return set(self._open)
