"""Tunnel client: the Communications Hub's end of the tunnel to one device (ZSE D.6.3, GBCS 10.2.2.1)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from han.clusters import (
    CloseTunnel,
    RequestTunnel,
    RequestTunnelResponse,
    TransferData,
    TransferDataError,
    TransferDataErrorToClient,
    TransferDataToClient,
    TransferStatus,
    TunnelClosureNotification,
    TunnelStatus,
)
from han.tunnel import (
    CLIENT,
    GB_HRGP,
    MAX_TRANSFER,
    NO_MANUFACTURER,
    NOT_ACKNOWLEDGED,
    Event,
    Outbox,
    Output,
    Received,
    State,
    Transmit,
)
from han.tunnel import step as _step
from han.zcl import Frame
from schemas.errors import NotPossible

TIME_OUT = timedelta(seconds=10)
RETRIES = 3
RESTARTED = "the hub has restarted"


class TunnelClient:
    """Opens the tunnel when first needed, queues until it is open, and opens it again when the device loses it.

    Args:
        peer: NWK address of the device.
        next_tsn: gives the node's next ZCL transaction number.
        time_out: how long to wait for RequestTunnelResponse, above 0; our assumption: longer than the APS layer takes
            to give it up.
        retries: how often to ask again after the first time, from 0; our assumption.
    """

    def __init__(
        self, peer: int, next_tsn: Callable[[], int], *, time_out: timedelta = TIME_OUT, retries: int = RETRIES
    ) -> None:
        self.state = State.CLOSED
        self.tunnel_id: int | None = None
        self._peer = peer
        self._next_tsn = next_tsn
        self._time_out = time_out
        self._retries = retries
        self._outbox = Outbox(peer, TransferData, next_tsn)
        self._limit = MAX_TRANSFER
        self._asked: list[int] = []  # transactions of this opening: a late answer to an earlier request is good too
        self._deadline: datetime | None = None
        self._refusal = "no answer to RequestTunnel"

    def open(self, now: datetime) -> list[Output]:
        """Ask for the tunnel, unless it is open or asked for already."""
        return self._request(now) if self.state is State.CLOSED else []

    def send(self, message: bytes, now: datetime) -> list[Output]:
        """Send ``message`` (1 to 1500 octets), now or when the tunnel is open.

        Raises:
            Malformed: too long for one TransferData, or empty.
            NotPossible: 64 messages wait already.
        """
        self._outbox.post(message)
        return self._flush() if self.state is State.OPEN else self.open(now)

    def close(self) -> list[Output]:
        """Close the tunnel; messages still waiting for it fail."""
        if self.state is State.CLOSED:
            return []
        was, tunnel_id = self.state, self.tunnel_id
        self._move(Event.CLOSE)
        failed = self._outbox.fail("tunnel closed")
        if was is State.OPENING or tunnel_id is None:
            return failed
        return [Transmit(self._peer, self._next_tsn(), CloseTunnel(tunnel_id)), *failed]

    def restart(self) -> list[Output]:
        """The hub has lost power: it knows of no tunnel any more, and what waits for one fails."""
        if self.state is not State.CLOSED:
            self._move(Event.CLOSE)
        return self._outbox.fail(RESTARTED)

    def receive(self, peer: int, frame: Frame, now: datetime) -> list[Output]:
        """Take a frame of the tunnel server.

        Raises:
            NotPossible: it answers nothing we asked, or is not for a tunnel client.
        """
        match frame.command:
            case RequestTunnelResponse() as response:
                return self._answered(frame.tsn, response)
            case TransferDataToClient() as transfer:
                return self._transfer(frame.tsn, transfer)
            case TransferDataErrorToClient() as error:
                return self._error(frame.tsn, error, now)
            case TunnelClosureNotification() as closure:
                if not self._ours(closure.tunnel_id):
                    raise NotPossible("TunnelClosureNotification", "is for another tunnel")
                return self._gone(now)
            case other:
                raise NotPossible(type(other).__name__, "is not for a tunnel client without flow control")

    def undelivered(self, frame: Frame, now: datetime) -> list[Output]:
        """A message that nobody has acknowledged fails; a request for the tunnel is made again, or given up."""
        if isinstance(frame.command, TransferData):
            return self._outbox.bounce(frame.tsn, NOT_ACKNOWLEDGED, again=False)
        return self._unanswered(now) if frame.tsn in self._asked[-1:] else []

    def next_timer(self) -> datetime | None:
        """When RequestTunnel is repeated or given up."""
        return self._deadline

    def handle_timer(self, now: datetime) -> list[Output]:
        """Ask again, or give up and fail what waits."""
        return [] if self._deadline is None or now < self._deadline else self._unanswered(now)

    def _unanswered(self, now: datetime) -> list[Output]:
        if len(self._asked) <= self._retries:
            return self._request(now)
        self._move(Event.GIVE_UP)
        return self._outbox.fail(self._refusal)

    def _ours(self, tunnel_id: int) -> bool:
        return self.state is State.OPEN and tunnel_id == self.tunnel_id

    def _move(self, event: Event) -> None:
        self.state = _step(CLIENT, self.state, event)
        if self.state is not State.OPEN:
            self.tunnel_id = None
        if self.state is not State.OPENING:
            self._deadline = None
            self._asked.clear()

    def _flush(self) -> list[Output]:
        assert self.tunnel_id is not None
        return self._outbox.flush(self.tunnel_id, self._limit)

    def _request(self, now: datetime) -> list[Output]:
        if self.state is State.CLOSED:
            self._refusal = "no answer to RequestTunnel"
        self._move(Event.REQUEST)
        self._deadline = now + self._time_out
        self._asked.append(self._next_tsn())
        request = RequestTunnel(
            protocol_id=GB_HRGP,
            manufacturer_code=NO_MANUFACTURER,
            flow_control_support=False,
            max_incoming_transfer_size=MAX_TRANSFER,
        )
        return [Transmit(self._peer, self._asked[-1], request)]

    def _answered(self, tsn: int, response: RequestTunnelResponse) -> list[Output]:
        if tsn not in self._asked:
            raise NotPossible("RequestTunnelResponse", "answers no open request")
        if response.tunnel_status is TunnelStatus.SUCCESS:
            self._move(Event.GRANT)
            self.tunnel_id = int(response.tunnel_id)
            self._limit = min(MAX_TRANSFER, int(response.max_incoming_transfer_size))
            return self._flush()
        self._refusal = f"tunnel refused: {response.tunnel_status.name}"
        if response.tunnel_status is TunnelStatus.BUSY:
            self._move(Event.BUSY)
            return []
        self._move(Event.REFUSE)
        return self._outbox.fail(self._refusal)

    def _transfer(self, tsn: int, transfer: TransferDataToClient) -> list[Output]:
        if not self._ours(transfer.tunnel_id):
            status = TransferStatus.NO_SUCH_TUNNEL
        elif len(transfer.data) > MAX_TRANSFER:
            status = TransferStatus.DATA_OVERFLOW
        else:
            return [Received(self._peer, bytes(transfer.data))]
        return [Transmit(self._peer, tsn, TransferDataError(transfer.tunnel_id, status))]

    def _error(self, tsn: int, error: TransferDataErrorToClient, now: datetime) -> list[Output]:
        ours = self._ours(error.tunnel_id)
        if not ours and not self._outbox.sent(tsn):
            raise NotPossible("TransferDataError", "is for another tunnel")
        gone = error.transfer_status is TransferStatus.NO_SUCH_TUNNEL
        outputs = self._outbox.bounce(tsn, f"device answers {error.transfer_status.name}", again=gone)
        if gone and ours:
            return outputs + self._gone(now)
        if gone and self.state is State.OPEN:  # a late bounce from the tunnel before this one
            return outputs + self._flush()
        return outputs

    def _gone(self, now: datetime) -> list[Output]:
        self._move(Event.GONE)
        self._refusal = "no answer to RequestTunnel"
        return self._request(now)
