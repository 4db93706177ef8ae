"""All cluster commands, found by cluster, direction and number."""

from schemas.errors import Malformed
from schemas.gbcs.gbz import Component
from schemas.gbcs.zcl import calendar, management, metering, prepayment, price
from schemas.gbcs.zcl.layout import Fields, Layout

CLUSTER_COMMAND, TO_CLIENT = 0x03, 0x08
"""Bits of the frame control: the frame's kind (0 general, 1 cluster command), and its direction."""

TO_SERVER_COMMANDS: dict[int, dict[int, Layout]] = {
    metering.CLUSTER: metering.TO_SERVER,
    price.CLUSTER: price.TO_SERVER,
    prepayment.CLUSTER: prepayment.TO_SERVER,
    calendar.CLUSTER: calendar.TO_SERVER,
    management.MANAGEMENT: management.MANAGEMENT_TO_SERVER,
    management.EVENTS: management.EVENTS_TO_SERVER,
}
"""Cluster -> command -> payload, from client to server."""

TO_CLIENT_COMMANDS: dict[int, dict[int, Layout]] = {
    metering.CLUSTER: metering.TO_CLIENT,
    price.CLUSTER: price.TO_CLIENT,
    prepayment.CLUSTER: prepayment.TO_CLIENT,
    calendar.CLUSTER: calendar.TO_CLIENT,
    management.MESSAGING: management.MESSAGING_TO_CLIENT,
    management.MANAGEMENT: management.MANAGEMENT_TO_CLIENT,
    management.EVENTS: management.EVENTS_TO_CLIENT,
}
"""Cluster -> command -> payload, from server to client."""


def find(cluster: int, frame_control: int, command: int) -> Layout | None:
    """The layout of a cluster command's payload, or None for a general command and for one not used here."""
    if frame_control & CLUSTER_COMMAND == 0:
        return None
    table = TO_CLIENT_COMMANDS if frame_control & TO_CLIENT else TO_SERVER_COMMANDS
    return table.get(cluster, {}).get(command)


def read(component: Component) -> Fields:
    """The values of a cluster command that is not encrypted.

    Raises:
        Malformed: the command is not one that GBCS uses, or its payload is not that command's.
    """
    layout = find(component.cluster, component.frame_control, component.command)
    if layout is None:
        raise Malformed(
            "ZCL command", f"is one that GBCS uses, not {component.command:02X} of cluster {component.cluster:04X}"
        )
    return layout.read(component.payload)
