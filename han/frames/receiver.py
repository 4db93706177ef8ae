"""A receiving side: PSDUs become payloads, or are dropped and counted. It hears as a sniffer does, with given keys."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from han.clusters import SMART_ENERGY
from han.frames.aps import ApsFrame, ApsType, Mode, decode_aps, open_aps
from han.frames.fragments import Reassembler
from han.frames.keys import key_load_key, key_transport_key
from han.frames.mac import MacFrame, MacType, decode_mac
from han.frames.nwk import NwkFrame, NwkType, decode_nwk, open_nwk
from han.frames.security import FrameCounters, KeyId
from schemas.errors import NotAuthentic, SmartMeterError
from schemas.eui import EUI64

_transport_key = lru_cache(maxsize=256)(key_transport_key)
_load_key = lru_cache(maxsize=256)(key_load_key)


class Heard(NamedTuple):
    """A frame that is in order.

    Attributes:
        nwk: None for a MAC acknowledgement or command; else opened.
        aps: None for a NWK command too; else opened.
        payload: of APS data that is complete with this frame: of a fragmented one, all blocks together.
    """

    mac: MacFrame
    nwk: NwkFrame | None = None
    aps: ApsFrame | None = None
    payload: bytes | None = None


class Receiver:
    """Opens, checks and puts together.

    Smart Energy data to one node must come under a link key, all else at least under the network key. The one
    exception is what a joiner without a network key is sent: a command under the key-transport key.

    Args:
        network_keys, link_keys: 16 octets each; tried in turn.

    Attributes:
        dropped: how many frames were dropped, by reason.
    """

    def __init__(self, network_keys: Iterable[bytes], link_keys: Iterable[bytes]) -> None:
        self.dropped: Counter[str] = Counter()
        self._network_keys = tuple(network_keys)
        self._link_keys = tuple(link_keys)
        self._counters = FrameCounters()
        self._fragments = Reassembler()

    def hear(self, psdu: bytes) -> Heard | None:
        """Like ``receive``; a frame that is not in order is dropped and counted, and gives None."""
        try:
            return self.receive(psdu)
        except SmartMeterError as error:
            self.dropped[error.field] += 1
            return None

    def receive(self, psdu: bytes) -> Heard:
        """Take one PSDU.

        Raises:
            Malformed: its form, at any layer.
            NotAuthentic: unsecured, under a key that we do not hold, changed on its way, or a replay.
            NotPossible: a fragment without a first one.
        """
        frame = decode_mac(psdu)
        if frame.kind is not MacType.DATA:
            return Heard(frame)
        nwk = decode_nwk(frame.payload)
        if nwk.auxiliary is None:
            return self._joining(frame, nwk)
        nwk, key = open_nwk(nwk, self._network_keys)
        assert nwk.auxiliary is not None and nwk.auxiliary.source is not None
        self._counters.take(KeyId.NETWORK, key, nwk.auxiliary.source, nwk.auxiliary.counter)
        if nwk.kind is not NwkType.DATA:
            return Heard(frame, nwk)
        aps = self._opened(decode_aps(nwk.payload), nwk.auxiliary.source)
        if aps.kind is not ApsType.DATA:
            return Heard(frame, nwk, aps)
        if aps.block is None:
            return Heard(frame, nwk, aps, aps.payload)
        name = nwk.source, nwk.destination, aps.counter, aps.cluster, aps.endpoint
        return Heard(frame, nwk, aps, self._fragments.take(name, aps.block, aps.payload))

    def _joining(self, frame: MacFrame, nwk: NwkFrame) -> Heard:
        if nwk.kind is not NwkType.DATA:
            raise NotAuthentic("NWK frame", "is secured with the network key")
        aps = decode_aps(nwk.payload)
        auxiliary = aps.auxiliary
        if auxiliary is None or aps.kind is not ApsType.COMMAND or auxiliary.key_id is not KeyId.KEY_TRANSPORT:
            raise NotAuthentic("NWK frame", "is secured with the network key")
        return Heard(frame, nwk, self._opened(aps, None))

    def _opened(self, aps: ApsFrame, transmitter: EUI64 | None) -> ApsFrame:
        auxiliary = aps.auxiliary
        if auxiliary is None:
            if aps.kind is ApsType.DATA and aps.profile == SMART_ENERGY and aps.mode is Mode.UNICAST:
                raise NotAuthentic("APS frame", "of the Smart Energy profile is secured with a link key")
            return aps
        aps, key = open_aps(aps, self._keys(auxiliary.key_id), transmitter)
        source = auxiliary.source or transmitter
        assert source is not None
        self._counters.take(auxiliary.key_id, key, source, auxiliary.counter)
        return aps

    def _keys(self, key_id: KeyId) -> tuple[bytes, ...]:
        if key_id is KeyId.LINK:
            return self._link_keys
        if key_id is KeyId.NETWORK:
            return self._network_keys
        derive = _transport_key if key_id is KeyId.KEY_TRANSPORT else _load_key
        return tuple(derive(key) for key in self._link_keys)
