"""The cursor that everything reads with: nothing past the end, nothing left over, lengths in one form only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Malformed
from schemas.gbcs.reader import Reader, encode_length


@given(st.integers(0, 0xFFFFFF))
def test_lengths_read_back(value: int) -> None:
    reader = Reader(encode_length(value))
    assert reader.length("length") == value
    reader.finish("length")


@pytest.mark.parametrize(
    "octets", ["", "80", "8100", "817F", "820001", "8200FF", "8300FFFF", "8401000000", "81", "8201"]
)
def test_other_lengths_are_refused(octets: str) -> None:
    with pytest.raises(Malformed) as caught:
        Reader(bytes.fromhex(octets)).length("content length")
    assert caught.value.field == "content length"


@given(st.binary(max_size=20), st.integers(0, 30), st.integers(0, 20))
def test_nothing_is_read_past_the_end(data: bytes, count: int, end: int) -> None:
    end = min(end, len(data))
    reader = Reader(data, 0, end)
    if count <= end:
        assert reader.take(count, "field") == data[:count]
        assert reader.left == end - count
    else:
        with pytest.raises(Malformed, match="field"):
            reader.take(count, "field")
        assert reader.left == end


def test_each_read_names_its_field() -> None:
    reader = Reader(b"\x01\x02\x03")
    assert reader.uint(2, "number") == 0x0102
    with pytest.raises(Malformed, match="tag: is FF, not 03"):
        reader.expect(b"\xff", "tag")
    with pytest.raises(Malformed, match="octet: needs 1 byte"):
        reader.byte("octet")
    reader.finish("message")
    with pytest.raises(Malformed, match="message: ends here, but 1 bytes follow"):
        Reader(b"\x00").finish("message")
