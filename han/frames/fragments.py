"""APS fragmentation: a payload cut into blocks, and put together again (Zigbee 2.2.8.4.5). Window size 1."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from han.frames.aps import Block, Part
from schemas.errors import Malformed, NotPossible

MAX_BLOCKS: Final = 255
MAX_OPEN: Final = 64
"""Payloads under way at once; the one that has waited longest gives way to a new one."""


def split(payload: bytes, size: int) -> list[tuple[Block, bytes]]:
    """Blocks of at most ``size`` octets, which is above 0.

    Raises:
        Malformed: it takes more than 255 blocks, or none.
    """
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)]
    if not 1 <= len(pieces) <= MAX_BLOCKS:
        raise Malformed("APS fragments", f"are 1 to {MAX_BLOCKS}, not {len(pieces)}")
    first = Block(Part.FIRST, len(pieces)), pieces[0]
    return [first, *((Block(Part.LATER, index), piece) for index, piece in enumerate(pieces[1:], 1))]


@dataclass(slots=True)
class _Open:
    total: int
    pieces: dict[int, bytes]


class Reassembler:
    """Puts blocks together, whoever they are from; ``name`` tells one payload from another."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[object, ...], _Open] = OrderedDict()

    def take(self, name: tuple[object, ...], block: Block, piece: bytes) -> bytes | None:
        """The whole payload, once its last block is there. A block that came before is passed over.

        Raises:
            Malformed: a block that cannot be of its payload.
            NotPossible: a later block without a first one.
        """
        if block.part is Part.FIRST:
            if block.number == 0:
                raise Malformed("APS block number", "of a first block says how many there are, from 1")
            known = self._open.get(name)
            # A counter comes round again after 256 payloads, so a first block that differs begins another one.
            if known is None or known.pieces[0] != piece or known.total != block.number:
                self._begin(name, block.number, piece)
        else:
            known = self._open.get(name)
            if known is None:
                raise NotPossible("APS block", "follows the first block of its payload")
            if not 1 <= block.number < known.total:
                raise Malformed("APS block number", f"is 1 to {known.total - 1} here, not {block.number}")
            known.pieces.setdefault(block.number, piece)
        known = self._open[name]
        if len(known.pieces) < known.total:
            return None
        del self._open[name]
        return b"".join(known.pieces[index] for index in range(known.total))

    def _begin(self, name: tuple[object, ...], total: int, piece: bytes) -> None:
        self._open.pop(name, None)
        while len(self._open) >= MAX_OPEN:
            self._open.popitem(last=False)
        self._open[name] = _Open(total, {0: piece})
