"""ZCL frames both ways, strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han import clusters as c
from han.zcl import decode, describe, encode, made
from schemas.errors import Malformed

TUNNELING = 0x0704

# han-reference 4.4 gives the first; the others follow from the tables of ZSE D.6.
FRAMES = [
    ("11010006ffff00dc05", c.RequestTunnel(6, 0xFFFF, False, 1500)),
    ("1102010700", c.CloseTunnel(7)),
    ("1103020700df01", c.TransferData(7, b"\xdf\x01")),
    ("110403070000", c.TransferDataError(7, c.TransferStatus.NO_SUCH_TUNNEL)),
    ("1105040700dc05", c.AckTransferData(7, 1500)),
    ("1106050700dc05", c.ReadyData(7, 1500)),
    ("11070600", c.GetSupportedTunnelProtocols(0)),
    ("190100070000dc05", c.RequestTunnelResponse(7, c.TunnelStatus.SUCCESS, 1500)),
    ("1903010700df01", c.TransferDataToClient(7, b"\xdf\x01")),
    ("190402070002", c.TransferDataErrorToClient(7, c.TransferStatus.DATA_OVERFLOW)),
    ("1905030700dc05", c.AckTransferDataToClient(7, 1500)),
    ("1906040700dc05", c.ReadyDataToClient(7, 1500)),
    ("1907050101ffff06", c.SupportedTunnelProtocolsResponse(True, [c.TunnelProtocol(0xFFFF, 6)])),
    ("1908060700", c.TunnelClosureNotification(7)),
]


@pytest.mark.parametrize(("raw", "command"), FRAMES, ids=lambda x: x if isinstance(x, str) else type(x).__name__)
def test_both_ways(raw: str, command: object) -> None:
    data = bytes.fromhex(raw)
    frame = decode(TUNNELING, data)
    assert frame.command == command and type(frame.command) is type(command)
    assert encode(frame.command, frame.tsn) == data
    assert "undecodable" not in describe(TUNNELING, data)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("1101", "ZCL header: has 3 octets, not 2"),
        ("100100", "ZCL frame type: is cluster command, not GLOBAL_COMMAND"),
        ("150100", "ZCL frame control: is not manufacturer-specific"),
        ("f10100", "ZCL frame control: has reserved bits 0"),
        ("110107", "ZCL command: 0x07 of cluster 0x0704 is unknown"),
        ("11010107", "CloseTunnel: is cut short"),
        ("110101070000", "CloseTunnel: is followed by 1 octets"),
        ("110103070009", "transfer_status: has no value 0x09"),
        ("11010006ffff02dc05", "flow_control_support: has no value 0x02"),
    ],
)
def test_strict(raw: str, says: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode(TUNNELING, bytes.fromhex(raw))
    assert str(caught.value) == says
    assert describe(TUNNELING, bytes.fromhex(raw)) == f"undecodable: {says}"


def test_other_cluster_is_unknown() -> None:
    with pytest.raises(Malformed, match="cluster 0x0705"):
        decode(0x0705, bytes.fromhex("11010006ffff00dc05"))


def test_description_is_one_line_without_content() -> None:
    assert describe(TUNNELING, bytes.fromhex("1903010700df01")) == "TransferData tunnel_id=7 data=2 octets"
    assert describe(TUNNELING, bytes.fromhex("190100070001dc05")) == (
        "RequestTunnelResponse tunnel_id=7 tunnel_status=BUSY max_incoming_transfer_size=1500"
    )


@given(st.binary(max_size=40))
def test_any_octets_decode_or_are_malformed(data: bytes) -> None:
    try:
        frame = decode(TUNNELING, data)
    except Malformed:
        return
    again = encode(frame.command, frame.tsn)
    assert again[1:] == data[1:]  # the first octet may differ in its default-response bit only
    assert again[0] & ~0x10 == data[0] & ~0x10


@given(st.sampled_from([c.TransferData, c.TransferDataToClient]), st.integers(0, 0xFFFF), st.binary(max_size=1500))
def test_made_by_hand_as_zigpy_makes_it(schema: type[c.TransferData], tunnel_id: int, data: bytes) -> None:
    ours, zigpys = made(schema, tunnel_id, data), schema(tunnel_id, data)
    assert ours == zigpys
    assert (type(ours), repr(ours), ours.serialize()) == (type(zigpys), repr(zigpys), zigpys.serialize())
    assert {name: type(value) for name, value in vars(ours).items()} == {
        name: type(value) for name, value in vars(zigpys).items()
    }
    read, rest = schema.deserialize(ours.serialize())
    assert (read, rest) == (ours, b"")
