"""What the nodes of one network have in common once they have joined: identifier, network key, addresses, link keys."""

from collections.abc import Callable, Iterator

from han.frames.keys import stand_in_key
from schemas.errors import NotPossible
from schemas.eui import EUI64


class Pan:
    """One network.

    Link keys grow from a secret, the same for both ends: what stands for key establishment (CBKE), whose certificates
    are not public (docs/conformance.md).

    Args:
        hub: EUI-64 of the trust centre, at address 0x0000.
        pan_id: 1 to 0xFFFE.
        secret: from which the keys grow.

    Attributes:
        euis: EUI-64 by NWK address.
        new_key: told each link key when it is first there, with what it is for.
    """

    def __init__(self, hub: EUI64, pan_id: int, secret: bytes = b"") -> None:
        self.hub = hub
        self.pan_id = pan_id
        self.network_key = stand_in_key(secret, hub)
        self.new_key: Callable[[str, bytes], None] | None = None
        self.euis: dict[int, EUI64] = {}
        self._addresses: dict[EUI64, int] = {}
        self._secret = secret
        self._link_keys: dict[tuple[EUI64, EUI64], bytes] = {}
        self.assign(hub, 0x0000)

    def assign(self, eui: EUI64, address: int) -> None:
        """Give a node its NWK address, 0x0000 to 0xFFF7.

        Raises:
            NotPossible: another node has it.
        """
        if self.euis.get(address, eui) != eui:
            raise NotPossible("NWK address", f"0x{address:04X} is already on this network")
        self.forget(eui)
        self.euis[address], self._addresses[eui] = eui, address

    def forget(self, eui: EUI64) -> None:
        """Take a node's address from it, if it has one; its link keys stay."""
        address = self._addresses.pop(eui, None)
        if address is not None:
            del self.euis[address]

    def address(self, eui: EUI64) -> int | None:
        """The NWK address of a node, if it has one."""
        return self._addresses.get(eui)

    def link_key(self, one: EUI64, other: EUI64) -> bytes:
        """The key that two nodes share, in any order."""
        pair = (one, other) if one < other else (other, one)
        key = self._link_keys.get(pair)
        if key is None:
            key = stand_in_key(self._secret, *pair)
            self.set_link_key(one, other, key)
        return key

    def set_link_key(self, one: EUI64, other: EUI64, key: bytes) -> None:
        """Let two nodes share ``key``, 16 octets, from now on."""
        pair = (one, other) if one < other else (other, one)
        self._link_keys[pair] = key
        if self.new_key is not None:
            self.new_key(f"link key {pair[0]} {pair[1]}", key)

    def link_keys(self) -> Iterator[tuple[EUI64, EUI64, bytes]]:
        """Every link key there is, with both ends."""
        return ((*pair, key) for pair, key in self._link_keys.items())
