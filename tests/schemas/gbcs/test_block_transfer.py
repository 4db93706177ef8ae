"""General Block Transfer: long messages in blocks and back, whatever happens to the blocks on their way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.block_transfer import (
    BLOCK_SIZE,
    MAX_MESSAGE,
    MAX_OPEN,
    Assembler,
    decode_block,
    is_block,
    transfers,
)
from schemas.gbcs.envelope import CraFlag, Message

HUB, METER = EUI64(b"hub  hub"), EUI64(b"themeter")


def message(length: int, counter: int = 7) -> bytes:
    payload = bytes(at % 251 for at in range(length))
    return Message(CraFlag.RESPONSE, counter, METER, HUB, 0x0062, payload, signature=b"", mac=bytes(12)).encode()


def test_what_fits_goes_as_it_is() -> None:
    short = message(100)
    assert list(transfers(short)) == [short] and not is_block(short)
    assert Assembler().take(short) == short
    assert list(transfers(b"anything")) == [b"anything"]


@given(st.integers(MAX_MESSAGE, 5000), st.randoms(use_true_random=False))
def test_blocks_in_any_order_and_twice_make_the_message(length: int, rng: Any) -> None:
    whole = message(length)
    blocks = list(transfers(whole))
    assert len(blocks) == -(-len(whole) // BLOCK_SIZE) > 1
    assert all(is_block(block) and len(block) <= MAX_MESSAGE for block in blocks)
    assert all(decode_block(block).encode() == block for block in blocks)
    rng.shuffle(blocks)
    assembler = Assembler()
    given_twice = [block for block in blocks[:-1] for _ in range(2)] + blocks[-1:]
    *before, last = [assembler.take(block) for block in given_twice]
    assert last == whole and set(before) <= {None}


def test_messages_under_way_at_once_are_kept_apart_and_bounded() -> None:
    wholes = [message(2000, counter) for counter in range(MAX_OPEN + 1)]
    assembler = Assembler()
    for whole in wholes:
        assert assembler.take(next(iter(transfers(whole)))) is None
    results = [assembler.take(list(transfers(whole))[1]) for whole in (*wholes[1:], wholes[0])]
    assert results == [*wholes[1:], None]


def test_blocks_beyond_the_last_are_refused() -> None:
    one, two = transfers(message(1600))
    *_, three = transfers(message(3000))
    assembler = Assembler()
    assembler.take(two)
    with pytest.raises(NotPossible, match="beyond"):
        assembler.take(three)
    assert assembler.take(one) == message(1600)


def test_a_long_text_that_is_no_message_has_no_blocks() -> None:
    with pytest.raises(Malformed):
        list(transfers(bytes(MAX_MESSAGE + 1)))


@given(st.data())
def test_a_changed_block_is_another_block_or_malformed(data: st.DataObject) -> None:
    octets = bytearray(next(iter(transfers(message(2000)))))
    octets[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    try:
        assert decode_block(cut).encode() == cut
    except Malformed:
        return
