"""The trust centre: the hub's side of joining and leaving (Zigbee 4.6.3, GBCS 13 as far as it is public). Sans-IO.

Frames come in opened, frames and what became of a joiner go out. Whom it takes is for others to say: it asks for the
link key that the device log holds for an EUI-64, and takes nobody without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from han.frames.aps import ApsType
from han.frames.keys import key_load_key, key_transport_key
from han.frames.mac import MacType
from han.frames.management import (
    ASSOCIATION_REQUEST,
    ASSOCIATION_RESPONSE,
    BEACON_REQUEST,
    DATA_REQUEST,
    NO_ADDRESS,
    REJOIN_REQUEST,
    REJOIN_RESPONSE,
    REQUEST_KEY,
    Announcement,
    Beacon,
    KeyType,
    Response,
    TransportKey,
    Verdict,
    leave,
    read_request_key,
)
from han.frames.nwk import NwkType
from han.frames.receiver import Heard
from han.frames.security import KeyId
from han.frames.station import Station
from schemas.errors import Malformed
from schemas.eui import EUI64

ANNOUNCE_WITHIN: Final = timedelta(seconds=10)
"""How long a joiner has from its association to its announcement; our choice."""
KEY_DELAY: Final = timedelta(milliseconds=50)
"""From the association response to the network key: the joiner has its address by then; our choice."""
KEY_AGAIN: Final = timedelta(seconds=3)
"""When the network key is sent again to who has not announced itself; our choice."""
NOT_IN_LOG: Final = "is not in the hub's device log"
NOT_OPEN: Final = "the hub takes no new devices now"
NO_PARTNER: Final = "asks for a key with a partner that is not on this network, or not in the hub's device log"
NO_LINK_KEY: Final = "asks for a key without its link key, or for another kind of key"
NOT_ANNOUNCED: Final = "has not announced itself: its install code is another one, or it is out of reach"


@dataclass(frozen=True, slots=True)
class OnAir:
    """Send this frame."""

    psdu: bytes
    about: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A node is on the network, and has the network key."""

    eui: EUI64


@dataclass(frozen=True, slots=True)
class Refused:
    """A node has tried to join, and is not on the network."""

    eui: EUI64
    reason: str


Outcome = OnAir | Joined | Refused


@dataclass(slots=True)
class _Awaited:
    address: int
    until: datetime
    key_at: datetime | None

    @property
    def due(self) -> datetime:
        return self.until if self.key_at is None else min(self.until, self.key_at)


class TrustCentre:
    """The hub as trust centre of its network.

    Args:
        station: the hub's sending side.
        link_key: the key that seals what a node is sent: of its install code for a new one, that of the device and the
            hub for one that was here before; None for a node that is not in the device log.
        address: gives a node its NWK address.
        find: the NWK address of a node that has one.
        shared: the key that two nodes share, 16 octets: what stands for CBKE where the hub is one of them.

    Attributes:
        open_until: new devices are taken before this time.
        refused: how often joining, or a key with another device, was refused, by reason.
    """

    def __init__(
        self,
        station: Station,
        link_key: Callable[[EUI64], bytes | None],
        address: Callable[[EUI64], int],
        find: Callable[[EUI64], int | None],
        shared: Callable[[EUI64, EUI64], bytes],
    ) -> None:
        self.open_until: datetime | None = None
        self.refused: Counter[str] = Counter()
        self._station = station
        self._link_key = link_key
        self._address = address
        self._find = find
        self._shared = shared
        self._answers: dict[EUI64, Response] = {}
        self._awaited: dict[EUI64, _Awaited] = {}

    def is_open(self, now: datetime) -> bool:
        """Whether it takes new devices."""
        return self.open_until is not None and now < self.open_until

    def hear(self, heard: Heard, now: datetime) -> list[Outcome]:
        """Take a frame that is for no cluster. What makes no sense here is passed over."""
        command = heard.mac.payload[:1]
        if heard.mac.kind is MacType.COMMAND and command:
            return self._mac(heard, command[0], now)
        nwk, aps = heard.nwk, heard.aps
        if nwk is not None and nwk.auxiliary is not None and aps is not None and aps.kind is ApsType.COMMAND:
            asked = aps.payload[:1] == bytes((REQUEST_KEY,)) and nwk.auxiliary.source is not None
            return self._requested(heard) if asked else []
        if nwk is None or nwk.kind is not NwkType.COMMAND or nwk.auxiliary is None:
            return []
        # A node that has lost the network key comes anew: it is not let in without one (assumed).
        eui = nwk.auxiliary.source
        return [] if eui is None or nwk.payload[:1] != bytes((REJOIN_REQUEST,)) else self._rejoin(nwk.source, eui, now)

    def announced(self, said: Announcement) -> list[Outcome]:
        """A node has said who it is, under the network key."""
        if self._awaited.pop(said.eui, None) is None:
            return []
        self._answers.pop(said.eui, None)
        return [Joined(said.eui)]

    def send_away(self, eui: EUI64, address: int) -> list[Outcome]:
        """Take a node off the network, as CCS02 takes it off the log."""
        self._awaited.pop(eui, None)
        self._answers.pop(eui, None)
        return [OnAir(self._station.nwk_command(address, leave(), eui), "NWK Leave")]

    def next_timer(self) -> datetime | None:
        """When a joiner is given up."""
        return min((each.due for each in self._awaited.values()), default=None) if self._awaited else None

    def handle_timer(self, now: datetime) -> list[Outcome]:
        """Send the network key to who has been taken, again while it is silent; give up who stays silent."""
        outcomes: list[Outcome] = []
        for eui, each in [item for item in self._awaited.items() if item[1].due <= now]:
            if each.until <= now:
                del self._awaited[eui]
                self._answers.pop(eui, None)
                outcomes.append(self._refuse(eui, NOT_ANNOUNCED))
            else:
                each.key_at = now + KEY_AGAIN
                outcomes += self._send_key(eui, each.address)
        return outcomes

    def _mac(self, heard: Heard, command: int, now: datetime) -> list[Outcome]:
        source = heard.mac.source
        if command == BEACON_REQUEST:
            content = Beacon(self.is_open(now), self._station.eui).encode()
            return [OnAir(self._station.beacon(content), "beacon")]
        if not isinstance(source, EUI64):
            return []
        if command == ASSOCIATION_REQUEST:
            return self._associate(source, now)
        if command == DATA_REQUEST and source in self._answers:
            return self._answer(source, now)
        return []

    def _associate(self, eui: EUI64, now: datetime) -> list[Outcome]:
        reason = NOT_OPEN if not self.is_open(now) else NOT_IN_LOG if self._link_key(eui) is None else None
        if reason is not None:
            self._answers[eui] = Response(NO_ADDRESS, Verdict.DENIED)
            return [self._refuse(eui, reason)]
        self._answers[eui] = Response(self._address(eui), Verdict.TAKEN)
        return []

    def _answer(self, eui: EUI64, now: datetime) -> list[Outcome]:
        response = self._answers[eui]
        psdu = self._station.mac_command(
            response.encode(ASSOCIATION_RESPONSE), eui, self._station.eui, ack_request=True
        )
        if response.verdict is Verdict.TAKEN:
            self._awaited[eui] = _Awaited(response.address, now + ANNOUNCE_WITHIN, now + KEY_DELAY)
        return [OnAir(psdu, f"association response: {response.verdict.name}")]

    def _send_key(self, eui: EUI64, address: int) -> list[Outcome]:
        key = self._link_key(eui)
        if key is None:
            return []
        station = self._station
        command = TransportKey(KeyType.NETWORK, station.network_key, eui, station.eui, station.key_sequence)
        psdu = station.key_command(
            address, command.encode(), key_transport_key(key), KeyId.KEY_TRANSPORT, secured=False
        )
        return [OnAir(psdu, "Transport-Key: network key")]

    def _rejoin(self, source: int, eui: EUI64, now: datetime) -> list[Outcome]:
        if self._link_key(eui) is None:
            denied = Response(NO_ADDRESS, Verdict.DENIED).encode(REJOIN_RESPONSE)
            psdu = self._station.nwk_command(source, denied, eui)
            return [OnAir(psdu, "NWK rejoin response: DENIED"), self._refuse(eui, NOT_IN_LOG)]
        self._awaited[eui] = _Awaited(source, now + ANNOUNCE_WITHIN, None)
        taken = Response(source, Verdict.TAKEN).encode(REJOIN_RESPONSE)
        return [OnAir(self._station.nwk_command(source, taken, eui), "NWK rejoin response: TAKEN")]

    def _requested(self, heard: Heard) -> list[Outcome]:
        """Give both ends the same key, each with the EUI-64 of the other (4.4.9.5)."""
        aps, nwk = heard.aps, heard.nwk
        assert aps is not None and nwk is not None and nwk.auxiliary is not None
        asker = nwk.auxiliary.source
        try:
            partner = read_request_key(aps.payload)
        except Malformed:
            partner = None
        if asker is None or partner is None or aps.auxiliary is None or aps.auxiliary.key_id is not KeyId.LINK:
            self.refused[NO_LINK_KEY] += 1
            return []
        strange = partner in (asker, self._station.eui)
        if strange or any(self._link_key(each) is None or self._find(each) is None for each in (asker, partner)):
            self.refused[NO_PARTNER] += 1
            return []
        return [self._application_key(asker, partner, True), self._application_key(partner, asker, False)]

    def _application_key(self, eui: EUI64, partner: EUI64, initiator: bool) -> OnAir:
        station, address = self._station, self._find(eui)
        assert address is not None  # looked up before
        key = self._shared(eui, partner)
        command = TransportKey(KeyType.APPLICATION_LINK, key, partner, initiator=initiator).encode()
        load = key_load_key(self._shared(station.eui, eui))
        return OnAir(station.key_command(address, command, load, KeyId.KEY_LOAD), "Transport-Key: application link key")

    def _refuse(self, eui: EUI64, reason: str) -> Refused:
        self.refused[reason] += 1
        return Refused(eui, reason)
