"""RequestID: two EUIs and a 64-bit counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.duis.request_id import REQUEST_ID, RequestId
from schemas.errors import Malformed
from schemas.eui import EUI64

EUIS = "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0"


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8), st.integers(0, 2**64 - 1))
def test_round_trip(originator: bytes, target: bytes, counter: int) -> None:
    name = RequestId(EUI64(originator), EUI64(target), counter)
    assert RequestId.parse(str(name)) == name == RequestId.parse(str(name).lower())
    assert REQUEST_ID.read(f" {name}\n") == (str(name), str(name))
    assert name.reversed() == RequestId(EUI64(target), EUI64(originator), counter)


@pytest.mark.parametrize(
    "text",
    [f"{EUIS}:{bad}" for bad in ("", "01", "-1", "+1", str(2**64), "9" * 21, "1 ", "٣")]
    + [EUIS, "", f"90B3D51F30010000:{EUIS[24:]}:1", f"{EUIS}:1:1"],
)
def test_refused(text: str) -> None:
    with pytest.raises(Malformed, match="RequestID"):
        RequestId.parse(text)
