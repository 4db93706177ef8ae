"""A strict cursor over bytes: every read names its field, nothing is read past the end, nothing is left over."""

from schemas.errors import Malformed


class Reader:
    """Reads big-endian fields from ``data`` between ``position`` and ``end``.

    Raises:
        Malformed: from every method, naming the field, when the bytes end early or break the rule.
    """

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return self.end - self.position

    def take(self, count: int, field: str) -> bytes:
        """The next ``count`` bytes."""
        start = self.position
        stop = start + count
        if stop > self.end:
            raise Malformed(field, f"needs {count} bytes, only {self.end - start} left")
        self.position = stop
        return self.data[start:stop]

    def byte(self, field: str) -> int:
        """The next byte."""
        position = self.position
        if position >= self.end:
            raise Malformed(field, "needs 1 byte, none left")
        self.position = position + 1
        return self.data[position]

    def uint(self, size: int, field: str) -> int:
        """An unsigned integer of ``size`` bytes."""
        return int.from_bytes(self.take(size, field), "big")

    def expect(self, constant: bytes, field: str) -> None:
        """Bytes that the format fixes."""
        stop = self.position + len(constant)
        if stop > self.end or not self.data.startswith(constant, self.position):
            seen = self.take(len(constant), field)
            raise Malformed(field, f"is {constant.hex().upper()}, not {seen.hex().upper()}")
        self.position = stop

    def length(self, field: str) -> int:
        """A DER-style length in its minimal form (every envelope and DLMS length in the vectors is minimal)."""
        position = self.position
        if position < self.end and self.data[position] < 0x80:
            self.position = position + 1
            return self.data[position]
        first = self.byte(field)
        size = first & 0x7F
        if not 1 <= size <= 3:
            raise Malformed(field, f"takes 1 to 3 length octets after 8x, not {size}")
        value = self.uint(size, field)
        if value < 0x80 or value < 1 << (8 * (size - 1)):
            raise Malformed(field, f"is in its shortest form; {value} is not")
        return value

    def finish(self, field: str) -> None:
        """Nothing may be left."""
        if self.position != self.end:
            raise Malformed(field, f"ends here, but {self.end - self.position} bytes follow")


def encode_length(value: int) -> bytes:
    """The minimal DER-style length of ``value`` (0 up)."""
    if value < 0x80:
        return bytes((value,))
    body = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(body),)) + body
