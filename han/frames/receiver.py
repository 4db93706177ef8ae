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
from han.frames.nwk import NwkFrame, NwkType, open_nwk
from han.frames.security import FrameCounters, KeyId
from han.frames.usual import LinkKeys, open_inner, open_outer
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
        network_keys, link_keys: 16 octets each; tried in turn. A node that knows whose key is whose gives a function:
            the keys that it shares with the EUI-64 that made a frame, None where the frame does not name it.

    Attributes:
        dropped: how many frames were dropped, by reason.
    """

    def __init__(self, network_keys: Iterable[bytes], link_keys: Iterable[bytes] | LinkKeys) -> None:
        self.dropped: Counter[str] = Counter()
        self._network_keys = tuple(network_keys)
        self._link_keys = link_keys if callable(link_keys) else _always(tuple(link_keys))
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
        return self.whole(self.open(psdu))

    def whole(self, heard: Heard) -> Heard:
        """With the payload, if this frame makes one complete.

        Raises:
            Malformed, NotPossible: a fragment that cannot be of its payload, or comes without a first one.
        """
        nwk, aps = heard.nwk, heard.aps
        if nwk is None or aps is None or aps.kind is not ApsType.DATA:
            return heard
        if aps.block is None:
            return _made(Heard, (heard.mac, nwk, aps, aps.payload))
        name = nwk.source, nwk.destination, aps.counter, aps.cluster, aps.endpoint
        return _made(Heard, (heard.mac, nwk, aps, self._fragments.take(name, aps.block, aps.payload)))

    def forget(self) -> None:
        """Lose payloads that are not whole yet; counters are kept."""
        self._fragments = Reassembler()

    def open(self, psdu: bytes) -> Heard:
        """Take one PSDU as it is, a fragment as a fragment: without ``payload``.

        Raises:
            Malformed, NotAuthentic: as ``receive``.
        """
        key: bytes | None
        outer = open_outer(psdu, self._network_keys)
        if outer is not None:
            frame, nwk, key = outer
        else:
            frame = decode_mac(psdu)
            if frame.kind is not MacType.DATA:
                return Heard(frame)
            nwk, key = open_nwk(frame.payload, self._network_keys)
        if nwk.auxiliary is None or key is None:
            return self._joining(frame, nwk)
        assert nwk.auxiliary.source is not None  # or no key would have fitted
        self._counters.take(KeyId.NETWORK, key, nwk.auxiliary.source, nwk.auxiliary.counter)
        if nwk.kind is not NwkType.DATA:
            return Heard(frame, nwk)
        inner = open_inner(nwk.payload, self._link_keys)
        if inner is None:
            return Heard(frame, nwk, self._opened(decode_aps(nwk.payload), nwk.auxiliary.source))
        aps, key = inner
        assert aps.auxiliary is not None and aps.auxiliary.source is not None  # of the usual frame
        self._counters.take(KeyId.LINK, key, aps.auxiliary.source, aps.auxiliary.counter)
        return _made(Heard, (frame, nwk, aps, None))

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
        source = auxiliary.source or transmitter
        aps, key = open_aps(aps, self._keys(auxiliary.key_id, source), transmitter)
        assert source is not None
        self._counters.take(auxiliary.key_id, key, source, auxiliary.counter)
        return aps

    def _keys(self, key_id: KeyId, source: EUI64 | None) -> tuple[bytes, ...]:
        if key_id is KeyId.NETWORK:
            return self._network_keys
        keys = self._link_keys(source)
        if key_id is KeyId.LINK:
            return keys
        derive = _transport_key if key_id is KeyId.KEY_TRANSPORT else _load_key
        return tuple(derive(key) for key in keys)


def _always(keys: tuple[bytes, ...]) -> LinkKeys:
    return lambda source: keys


# A named tuple without the price of its constructor.
_made = tuple.__new__
