"""Zigbee Smart Energy clusters that zigpy leaves empty, declared in zigpy's own form.

Tunneling, 0x0704: ZSE 1.4 annex D.6; the values GB Devices put into it: GBCS 10.2.2.

Two traps of zigpy 2.4.0 are stepped round here:

* A command definition's ``direction`` says who *receives* it, not which way the direction bit points. We leave it unset
  and take the direction from the table a command stands in (``han/zcl.py``).
* TransferData, TransferDataError, AckTransferData and ReadyData exist both ways with different ids, so each needs a
  schema of its own: zigpy writes the command into the schema class, and the second table would overwrite the first.
  Towards a server call ``cluster.command(2, ...)``: ``cluster.transfer_data(...)`` finds the client's table first and
  sends id 1, which a server reads as CloseTunnel.
"""

from typing import Final

import zigpy.types as t
from zigpy.zcl import Cluster
from zigpy.zcl.foundation import BaseCommandDefs, CommandSchema, ZCLCommandDef

SMART_ENERGY: Final = 0x0109
"""Profile identifier of every ZCL frame on a GB HAN (GBCS 10.2)."""


class TunnelStatus(t.enum8):
    """Answer to RequestTunnel (ZSE D.6.2.5.1)."""

    SUCCESS = 0x00
    BUSY = 0x01
    NO_MORE_TUNNEL_IDS = 0x02
    PROTOCOL_NOT_SUPPORTED = 0x03
    FLOW_CONTROL_NOT_SUPPORTED = 0x04


class TransferStatus(t.enum8):
    """Reason of a TransferDataError (ZSE D.6.2.4.5)."""

    NO_SUCH_TUNNEL = 0x00
    WRONG_DEVICE = 0x01
    DATA_OVERFLOW = 0x02


class TunnelProtocol(t.Struct):
    """One protocol a tunnel server speaks."""

    manufacturer_code: t.uint16_t
    protocol_id: t.uint8_t


class RequestTunnel(CommandSchema):
    """C > S 0. ``max_incoming_transfer_size``: octets the client can take in one TransferData."""

    protocol_id: t.uint8_t
    manufacturer_code: t.uint16_t
    flow_control_support: t.Bool
    max_incoming_transfer_size: t.uint16_t


class CloseTunnel(CommandSchema):
    """C > S 1."""

    tunnel_id: t.uint16_t


class TransferData(CommandSchema):
    """C > S 2. ``data``: the rest of the frame."""

    tunnel_id: t.uint16_t
    data: t.Bytes


class TransferDataError(CommandSchema):
    """C > S 3."""

    tunnel_id: t.uint16_t
    transfer_status: TransferStatus


class AckTransferData(CommandSchema):
    """C > S 4. Flow control, which GBCS 10.2.2 leaves off."""

    tunnel_id: t.uint16_t
    octets_left: t.uint16_t


class ReadyData(CommandSchema):
    """C > S 5. Flow control, which GBCS 10.2.2 leaves off."""

    tunnel_id: t.uint16_t
    octets_left: t.uint16_t


class GetSupportedTunnelProtocols(CommandSchema):
    """C > S 6. ``protocol_offset``: how many list entries to skip."""

    protocol_offset: t.uint8_t


class RequestTunnelResponse(CommandSchema):
    """S > C 0."""

    tunnel_id: t.uint16_t
    tunnel_status: TunnelStatus
    max_incoming_transfer_size: t.uint16_t


class TransferDataToClient(TransferData):
    """S > C 1."""


class TransferDataErrorToClient(TransferDataError):
    """S > C 2."""


class AckTransferDataToClient(AckTransferData):
    """S > C 3."""


class ReadyDataToClient(ReadyData):
    """S > C 4."""


class SupportedTunnelProtocolsResponse(CommandSchema):
    """S > C 5."""

    protocol_list_complete: t.Bool
    protocols: t.LVList[TunnelProtocol, t.uint8_t]


class TunnelClosureNotification(CommandSchema):
    """S > C 6."""

    tunnel_id: t.uint16_t


def _command(command_id: int, schema: type[CommandSchema]) -> ZCLCommandDef:
    return ZCLCommandDef(id=command_id, schema=schema)  # type: ignore[arg-type]  # zigpy converts


class Tunneling(Cluster):
    """Tunneling cluster; declaring it replaces zigpy's empty one in interviews and look-ups."""

    cluster_id = t.uint16_t(0x0704)  # type: ignore[no-untyped-call]
    ep_attribute = "smartenergy_tunneling"
    aps_encryption = True  # GBCS 10.2: Smart Energy data travels under the link key

    class ServerCommandDefs(BaseCommandDefs):
        """What the server receives."""

        request_tunnel: Final = _command(0x00, RequestTunnel)
        close_tunnel: Final = _command(0x01, CloseTunnel)
        transfer_data: Final = _command(0x02, TransferData)
        transfer_data_error: Final = _command(0x03, TransferDataError)
        ack_transfer_data: Final = _command(0x04, AckTransferData)
        ready_data: Final = _command(0x05, ReadyData)
        get_supported_tunnel_protocols: Final = _command(0x06, GetSupportedTunnelProtocols)

    class ClientCommandDefs(BaseCommandDefs):
        """What the client receives."""

        request_tunnel_response: Final = _command(0x00, RequestTunnelResponse)
        transfer_data: Final = _command(0x01, TransferDataToClient)
        transfer_data_error: Final = _command(0x02, TransferDataErrorToClient)
        ack_transfer_data: Final = _command(0x03, AckTransferDataToClient)
        ready_data: Final = _command(0x04, ReadyDataToClient)
        supported_tunnel_protocols_response: Final = _command(0x05, SupportedTunnelProtocolsResponse)
        tunnel_closure_notification: Final = _command(0x06, TunnelClosureNotification)
