"""A device of an emulated HAN: its node, its way on to the air and its end of the tunnel."""

from datetime import timedelta

from han.blocks import Blocks
from han.node import Node
from han.port import Port
from han.radio import COORDINATOR
from han.sleepy import DeviceEnd
from han.tunnel_server import TunnelServer
from schemas.gbcs.block_transfer import MAX_MESSAGE


class Device:
    """A device on the network.

    Args:
        address: its NWK address.
        idle_close: after how long without use it closes its tunnel; ``None`` for never.

    Attributes:
        down, up: what goes in blocks from the hub to it, and from it to the hub.
        limit: octets of a message that goes in one transfer.
        server: its end of the tunnel.
    """

    def __init__(self, address: int, idle_close: timedelta | None) -> None:
        self.address = address
        self.node = Node()
        self.port: Port
        self.down, self.up = Blocks(), Blocks()
        self.limit = MAX_MESSAGE
        self.end(TunnelServer(self.node.next_tsn, idle_close=idle_close))

    def end(self, end: DeviceEnd) -> None:
        """This is the device's end of its tunnel from now on."""
        self.server = end
        self.node.sides[COORDINATOR] = end
