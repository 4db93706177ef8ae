"""Tunnel server: the device's end (ZSE D.6.2, GBCS 10.2.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from han.clusters import (
    CloseTunnel,
    GetSupportedTunnelProtocols,
    RequestTunnel,
    RequestTunnelResponse,
    SupportedTunnelProtocolsResponse,
    TransferData,
    TransferDataError,
    TransferDataErrorToClient,
    TransferDataToClient,
    TransferStatus,
    TunnelClosureNotification,
    TunnelProtocol,
    TunnelStatus,
)
from han.tunnel import (
    GB_HRGP,
    MAX_TRANSFER,
    NO_MANUFACTURER,
    NOT_ACKNOWLEDGED,
    SERVER,
    Event,
    Outbox,
    Output,
    Received,
    State,
    Transmit,
)
from han.tunnel import step as _step
from han.zcl import TO_SERVER, Frame
from schemas.errors import Malformed, NotPossible

NO_TUNNEL = 0xFFFF
"""Tunnel identifier in a refusal (ZSE D.6.2.5.1)."""


@dataclass(slots=True)
class Tunnel:
    """One that is open: its number, what its client takes in octets, and when it was used last."""

    tunnel_id: int
    limit: int
    used: datetime


WAITING: Final = timedelta(seconds=60)
"""How long a message waits for a tunnel that the hub has not opened: more than the hub takes to give it up; ours."""
NO_REQUEST: Final = "the hub has not opened the tunnel"


class TunnelServer:
    """Grants tunnels and passes messages both ways.

    Args:
        next_tsn: gives the node's next ZCL transaction number.
        max_tunnels: how many clients may have one, from 1. A GB device has one, with its hub.
        idle_close: CloseTunnelTimeout, after which an unused tunnel is closed; ``None`` for never. GBCS's value is not
            known to us; ZSE's default, 0xFFFF s, is as good as never.

    Raises:
        Malformed: ``idle_close`` is not above 0.

    Attributes:
        busy: while true, new tunnels are refused with BUSY.
    """

    def __init__(
        self, next_tsn: Callable[[], int], *, max_tunnels: int = 1, idle_close: timedelta | None = None
    ) -> None:
        if idle_close is not None and idle_close <= timedelta(0):
            raise Malformed("CloseTunnelTimeout", "is above 0")
        self.busy = False
        self._next_tsn = next_tsn
        self._max_tunnels = max_tunnels
        self._idle_close = idle_close
        self._tunnels: dict[int, Tunnel] = {}
        self._outboxes: dict[int, Outbox] = {}
        self._granted = 0

    def state(self, peer: int) -> State:
        """Of the tunnel with ``peer``: open or closed."""
        return State.OPEN if peer in self._tunnels else State.CLOSED

    def send(self, peer: int, message: bytes, now: datetime) -> list[Output]:
        """Send ``message`` (1 to 1500 octets) to ``peer``, now or when it opens its tunnel; a server cannot ask.

        It fails when there is no tunnel within ``WAITING``.

        Raises:
            Malformed: too long for one TransferData, or empty.
            NotPossible: 64 messages wait already.
        """
        self._outbox(peer).post(message, now + WAITING)
        return self._flush(peer, now)

    def restart(self, reason: str) -> list[Output]:
        """Power was lost: no tunnel is known any more, and what waits for one fails; what is on its way fails later."""
        self._tunnels.clear()
        return [output for outbox in self._outboxes.values() for output in outbox.fail(reason)]

    def receive(self, peer: int, frame: Frame, now: datetime) -> list[Output]:
        """Take a frame of a tunnel client.

        Raises:
            NotPossible: for another tunnel, or not for a tunnel server.
        """
        if frame.direction is not TO_SERVER:
            raise NotPossible(type(frame.command).__name__, "is not for a tunnel server")
        match frame.command:
            case RequestTunnel() as request:
                return self._requested(peer, frame.tsn, request, now)
            case TransferData() as transfer:
                return self._transfer(peer, frame.tsn, transfer, now)
            case TransferDataError() as error:
                return self._error(peer, frame.tsn, error, now)
            case CloseTunnel() as close:
                if not self._owns(peer, close.tunnel_id):
                    raise NotPossible("CloseTunnel", "is for another tunnel")
                self._drop(peer, Event.CLOSE)
                return []
            case GetSupportedTunnelProtocols() as ask:
                protocols = [TunnelProtocol(NO_MANUFACTURER, GB_HRGP)][ask.protocol_offset :]
                return [Transmit(peer, frame.tsn, SupportedTunnelProtocolsResponse(True, protocols))]
            case other:
                raise NotPossible(type(other).__name__, "is flow control, which is off (GBCS 10.2.2)")

    def undelivered(self, frame: Frame, now: datetime) -> list[Output]:
        """A message that nobody has acknowledged fails."""
        sent = (outbox for outbox in self._outboxes.values() if isinstance(frame.command, TransferDataToClient))
        return [output for outbox in sent for output in outbox.bounce(frame.tsn, NOT_ACKNOWLEDGED, again=False)]

    def next_timer(self) -> datetime | None:
        """When the next idle tunnel is closed, or a message has waited long enough for one."""
        dues = [outbox.next_timer() for outbox in self._outboxes.values()]
        if self._idle_close is not None:
            dues += [tunnel.used + self._idle_close for tunnel in self._tunnels.values()]
        return min((due for due in dues if due is not None), default=None)

    def handle_timer(self, now: datetime) -> list[Output]:
        """Close idle tunnels and tell their clients; give up what has waited long enough for a tunnel."""
        failed = [output for outbox in self._outboxes.values() for output in outbox.expire(now, NO_REQUEST)]
        idle = self._idle_close
        if idle is None:
            return failed
        late = [peer for peer, tunnel in self._tunnels.items() if tunnel.used + idle <= now]
        return [*failed, *(self._closure(peer, Event.IDLE) for peer in late)]

    def _outbox(self, peer: int) -> Outbox:
        if peer not in self._outboxes:
            self._outboxes[peer] = Outbox(peer, TransferDataToClient, self._next_tsn)
        return self._outboxes[peer]

    def _owns(self, peer: int, tunnel_id: int) -> bool:
        return peer in self._tunnels and self._tunnels[peer].tunnel_id == tunnel_id

    def _flush(self, peer: int, now: datetime) -> list[Output]:
        tunnel = self._tunnels.get(peer)
        if tunnel is None:
            return []
        tunnel.used = now
        return self._outbox(peer).flush(tunnel.tunnel_id, tunnel.limit)

    def _drop(self, peer: int, event: Event) -> int:
        _step(SERVER, self.state(peer), event)
        return self._tunnels.pop(peer).tunnel_id

    def _closure(self, peer: int, event: Event) -> Transmit:
        return Transmit(peer, self._next_tsn(), TunnelClosureNotification(self._drop(peer, event)))

    def _status(self, peer: int, request: RequestTunnel) -> TunnelStatus:
        if (request.protocol_id, request.manufacturer_code) != (GB_HRGP, NO_MANUFACTURER):
            return TunnelStatus.PROTOCOL_NOT_SUPPORTED
        if request.flow_control_support:
            return TunnelStatus.FLOW_CONTROL_NOT_SUPPORTED
        if self.busy:
            return TunnelStatus.BUSY
        if peer not in self._tunnels and len(self._tunnels) >= self._max_tunnels:
            return TunnelStatus.NO_MORE_TUNNEL_IDS
        return TunnelStatus.SUCCESS

    def _requested(self, peer: int, tsn: int, request: RequestTunnel, now: datetime) -> list[Output]:
        status = self._status(peer, request)
        if status is not TunnelStatus.SUCCESS:
            return [Transmit(peer, tsn, RequestTunnelResponse(NO_TUNNEL, status, MAX_TRANSFER))]
        limit = min(MAX_TRANSFER, int(request.max_incoming_transfer_size))
        if _step(SERVER, self.state(peer), Event.GRANT) is State.OPEN and peer not in self._tunnels:
            # Each new tunnel has a new number, so that a frame for an old one is told apart.
            self._tunnels[peer] = Tunnel(self._granted % NO_TUNNEL, limit, now)
            self._granted += 1
        tunnel = self._tunnels[peer]
        tunnel.limit = limit
        response = RequestTunnelResponse(tunnel.tunnel_id, status, MAX_TRANSFER)
        return [Transmit(peer, tsn, response), *self._flush(peer, now)]

    def _transfer(self, peer: int, tsn: int, transfer: TransferData, now: datetime) -> list[Output]:
        if not any(tunnel.tunnel_id == transfer.tunnel_id for tunnel in self._tunnels.values()):
            status = TransferStatus.NO_SUCH_TUNNEL
        elif not self._owns(peer, transfer.tunnel_id):
            status = TransferStatus.WRONG_DEVICE
        elif len(transfer.data) > MAX_TRANSFER:
            status = TransferStatus.DATA_OVERFLOW
        else:
            self._tunnels[peer].used = now
            return [Received(peer, bytes(transfer.data))]
        return [Transmit(peer, tsn, TransferDataErrorToClient(transfer.tunnel_id, status))]

    def _error(self, peer: int, tsn: int, error: TransferDataError, now: datetime) -> list[Output]:
        outbox = self._outbox(peer)
        ours = self._owns(peer, error.tunnel_id)
        if not ours and not outbox.sent(tsn):
            raise NotPossible("TransferDataError", "is for another tunnel")
        gone = error.transfer_status is TransferStatus.NO_SUCH_TUNNEL
        outputs = outbox.bounce(tsn, f"hub answers {error.transfer_status.name}", again=gone)
        if gone and ours:
            # The client has lost it, or never got our grant: closing aloud makes it ask again.
            outputs.append(self._closure(peer, Event.GONE))
        elif gone:  # a late bounce from the tunnel before this one
            outputs += self._flush(peer, now)
        return outputs
