"""EUI-64: the identifier of every party and device (GBCS "Entity Identifier")."""

import re
from functools import lru_cache
from typing import Self

from schemas.errors import Malformed

_TEXT = re.compile(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}|[0-9A-Fa-f]{16}")


class EUI64(bytes):
    """Eight bytes, most significant first; prints as DUIS writes it, ``90-B3-D5-1F-30-01-00-00``.

    Raises:
        Malformed: for any other length.
    """

    __slots__ = ()

    def __new__(cls, value: bytes) -> Self:
        if len(value) != 8:
            raise Malformed("EUI-64", f"has 8 bytes, not {len(value)}")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 16 hex digits, with a hyphen between every two or with none, in any case."""
        if _TEXT.fullmatch(text) is None:
            raise Malformed("EUI-64", f"is 16 hex digits such as 90-B3-D5-1F-30-01-00-00, not {text[:40]!r}")
        return cls(bytes.fromhex(text.replace("-", "")))

    # One request writes its two some twenty times; a value is the same for ever, and few of them are kept.
    @lru_cache(maxsize=4096)  # noqa: B019
    def __str__(self) -> str:
        return self.hex("-").upper()

    def __repr__(self) -> str:
        return f"EUI64({self})"
