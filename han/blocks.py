"""Messages that one end sends in blocks: a block that is lost is sent again, and a message fails once, as a whole."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from schemas.gbcs.block_transfer import MAX_MESSAGE, decode_block, is_block, transfers

MAX_BLOCK_TRIES: Final = 3
"""How often one block is sent before its message fails; our choice, as no public text has the rule."""
MAX_OPEN: Final = 64
"""Messages remembered: more than are under way at once."""


@dataclass(slots=True)
class _Whole:
    message: bytes
    blocks: list[bytes]
    tries: dict[bytes, int] = field(default_factory=dict)


class Blocks:
    """What one node has sent to another in blocks."""

    def __init__(self) -> None:
        self._sent: OrderedDict[bytes, _Whole] = OrderedDict()

    def cut(self, message: bytes, limit: int = MAX_MESSAGE) -> list[bytes]:
        """The transfers of ``message``: itself, or its blocks.

        Raises:
            Malformed: longer than ``limit`` and no GBCS message, or longer than its blocks can be.
        """
        cut = list(transfers(message, limit))
        if len(cut) > 1:
            whole = _Whole(message, cut)
            self._sent.update(dict.fromkeys(cut, whole))
            while len({id(each) for each in self._sent.values()}) > MAX_OPEN:
                self._forget(next(iter(self._sent.values())))
        return cut

    def failed(self, transfer: bytes, *, again: bool) -> tuple[bytes | None, bytes | None]:
        """What is to be sent again, and the message that has failed, after ``transfer`` was not delivered.

        Args:
            again: whether it makes sense to try once more.
        """
        if not is_block(transfer):
            return None, transfer
        whole = self._sent.get(transfer)
        if whole is None:
            # Its message has failed before.
            return None, None
        tries = whole.tries[transfer] = whole.tries.get(transfer, 1) + 1
        if again and tries <= MAX_BLOCK_TRIES:
            return transfer, None
        self._forget(whole)
        return None, whole.message

    def abandon(self, names: set[bytes]) -> list[bytes]:
        """Give up the messages whose blocks have one of these names, and return them."""
        wholes = {id(whole): whole for block, whole in self._sent.items() if decode_block(block).name in names}
        for whole in wholes.values():
            self._forget(whole)
        return [whole.message for whole in wholes.values()]

    def _forget(self, whole: _Whole) -> None:
        for block in whole.blocks:
            self._sent.pop(block, None)
