"""The name of a request: who asks, which device, and the originator's counter (DUIS "RequestID")."""

import re
from functools import lru_cache
from typing import NamedTuple

from schemas.duis.node import Value
from schemas.duis.simple import WHITE, shown
from schemas.errors import Malformed
from schemas.eui import EUI64

_EUI = "[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}"
_FORM = re.compile(f"({_EUI}):({_EUI}):(0|[1-9][0-9]{{0,19}})")
_HIGHEST = 2**64 - 1
_RULE = "is EUI:EUI:counter, the counter from 0 to 2^64-1 without leading zeros"


class RequestId(NamedTuple):
    """Two requests have the same name exactly if these are equal: the case of the hex digits does not count.

    Attributes:
        originator: the party that asks.
        target: the device asked for, or the DCC itself.
        counter: 0 to 2^64-1; GBCS calls it the originator counter.
    """

    originator: EUI64
    target: EUI64
    counter: int

    @staticmethod
    def parse(text: str) -> "RequestId":
        """Read ``90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1004``; EUIs in any case.

        Raises:
            Malformed: for any other form.
        """
        found = _read(text)
        if found is None:
            raise Malformed("RequestID", f"{_RULE}, not {shown(text)}")
        return found

    def reversed(self) -> "RequestId":
        """The ResponseID that answers this request: target and originator change places."""
        return RequestId(self.target, self.originator, self.counter)

    # A value, the same for ever, and few of them are kept.
    @lru_cache(maxsize=1024)  # noqa: B019
    def __str__(self) -> str:
        return f"{self.originator}:{self.target}:{self.counter}"


@lru_cache(maxsize=1024)
def _read(text: str) -> RequestId | None:
    """What a text says; None for another form. A request and its signed pre-command, each read twice, say the same."""
    found = _FORM.fullmatch(text)
    if found is None or int(found[3]) > _HIGHEST:
        return None
    return RequestId(_eui(found[1]), _eui(found[2]), int(found[3]))


@lru_cache(maxsize=4096)
def _eui(text: str) -> EUI64:
    return EUI64(bytes.fromhex(text.replace("-", "")))


class RequestIdType:
    """The simple type of a RequestID or ResponseID element; the value is its text, for `RequestId.parse`."""

    def read(self, text: str) -> tuple[Value, str]:
        """Give the text."""
        lexical = text.strip(WHITE)
        if _read(lexical) is None:
            raise ValueError(f"{_RULE}, not {shown(text)}")
        return lexical, lexical


REQUEST_ID = RequestIdType()
