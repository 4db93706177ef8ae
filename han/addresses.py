"""zigpy's addresses and packets, without the price of its constructors."""

from typing import cast

import zigpy.types as t


def nwk_address(number: int) -> t.AddrModeAddress:
    """Return the address of the node with this 16-bit number."""
    return t.AddrModeAddress(t.AddrMode.NWK, t.NWK(number))  # type: ignore[no-untyped-call]


def address_number(address: t.AddrModeAddress) -> int:
    """Return the number in a NWK or broadcast address."""
    return cast(int, address.address)


def changed(packet: t.ZigbeePacket, **fields: object) -> t.ZigbeePacket:
    """A copy of ``packet`` with other ``fields``: ``packet.replace`` without a call of its constructor's."""
    copy = object.__new__(t.ZigbeePacket)
    copy.__dict__.update(packet.__dict__, **fields)
    return copy
