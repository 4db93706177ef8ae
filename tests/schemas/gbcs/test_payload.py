"""The content, told by its first octets: every vector and every drawn one reads back to its octets."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings

from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.payload import Payload, decode_payload, encode_payload
from tests.schemas.gbcs.conftest import Tell, Vectors
from tests.schemas.gbcs.strategies import BER, DLMS, GBZ_ALERTS, GBZ_MESSAGES

EMPTY = Message(CraFlag.COMMAND, 1, EUI64(bytes(8)), EUI64(bytes(8)), 1, b"")


def test_every_vector_content_reads_back_to_its_octets(vectors: Vectors, tell: Tell) -> None:
    kinds: Counter[str] = Counter()
    for name, octets in vectors:
        message = decode(octets)
        content = decode_payload(message)
        assert encode_payload(content) == message.payload, name
        kinds[type(content).__name__] += 1
    assert set(kinds) == {"AccessRequest", "AccessResponse", "DataNotification", "GbzMessage", "GbzAlert", "Ber"}
    tell(f"{kinds.total()} contents: {dict(kinds)}")


@settings(max_examples=250, deadline=None)
@given(DLMS | GBZ_MESSAGES | BER.filter(lambda value: value.tag in (0x30, 0x02, 0x04, 0x05)))
def test_any_content_reads_back(content: Payload) -> None:
    payload = encode_payload(content)
    decoded = decode_payload(replace(EMPTY, payload=payload))
    assert decoded == content
    assert encode_payload(decoded) == payload


@settings(max_examples=50, deadline=None)
@given(GBZ_ALERTS)
def test_any_gbz_alert_reads_back(content: Payload) -> None:
    message = replace(EMPTY, cra=CraFlag.ALERT, payload=encode_payload(content))
    assert decode_payload(message) == content


@pytest.mark.parametrize("payload", ["", "00", "01", "0108", "DB", "FF"])
def test_another_beginning_is_refused(payload: str) -> None:
    with pytest.raises(Malformed):
        decode_payload(replace(EMPTY, payload=bytes.fromhex(payload)))
