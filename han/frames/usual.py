"""The usual frame: APS data to one node or its acknowledgement, under the network key and a link key, both ends named.

Nearly every frame of a HAN is one. Its headers have fixed places, so that it is built and read by a few ``Struct``s, in
half the time of the general way through ``MacFrame``, ``NwkFrame`` and ``ApsFrame``. Octets and fields are the same:
tests hold the two to each other. What is not usual, or not in order, is left to the general way, which says why.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from han.frames.aps import ApsFrame, ApsType, Block, Mode, Part
from han.frames.mac import FCS_LENGTH, MAX_PSDU, MacFrame, MacType, check_sequence, is_checked
from han.frames.nwk import RADIUS, NwkFrame, NwkType
from han.frames.security import LAST_COUNTER, LEVEL, MIC_LENGTH, Auxiliary, KeyId, cipher, on_air_eui, used_up
from schemas.errors import Malformed
from schemas.eui import EUI64

if TYPE_CHECKING:
    from han.frames.station import Station

LinkKeys = Callable[[EUI64 | None], tuple[bytes, ...]]
"""The link keys that may secure a frame, by the EUI-64 that made it."""
Named = tuple[int, int, int, int]
"""Endpoint, cluster, profile and source endpoint of an APS header."""

_MAC, _NWK, _LINK = Struct("<HBHHH"), Struct("<HHHBBBI8sB"), Struct("<BI8s")
_OUTER = Struct("<HBHHHHHHBBBI8sB")  # MAC header, NWK header, NWK auxiliary header
_APS, _DATA_BLOCK, _ANSWER_BLOCK = Struct("<BBHHBB"), Struct("<BBHHBBBB"), Struct("<BBHHBBBBB")
_NONCE = Struct("<8sIB")
_NWK_SECURITY = 8
"""Where the security control is in a NWK frame."""

# What the general way gives for the headers that all usual frames have in common.
_MAC_CONTROL = int.from_bytes(MacFrame(MacType.DATA, 0, 0, 0, 0, ack_request=True).encode()[:2], "little")
_NWK_CONTROL = int.from_bytes(NwkFrame(NwkType.DATA, 0, 0, 0, b"").header(secured=True)[:2], "little")
_DATA, _ANSWER = (
    ApsFrame(kind, 0, b"", 0, 0, 0, 0, ack_request=kind is ApsType.DATA).header(secured=True)[0]
    for kind in (ApsType.DATA, ApsType.ACKNOWLEDGEMENT)
)
_LINK_CONTROL, _NETWORK_CONTROL = (
    Auxiliary(kind, 0, EUI64(bytes(8))).encode()[0] for kind in (KeyId.LINK, KeyId.NETWORK)
)
_LINK_LEVEL, _NETWORK_LEVEL = _LINK_CONTROL | LEVEL, _NETWORK_CONTROL | LEVEL
_ON_AIR = {level: bytes((level ^ LEVEL,)) for level in (_LINK_LEVEL, _NETWORK_LEVEL)}
_INSIDE = {level: bytes((level,)) for level in (_LINK_LEVEL, _NETWORK_LEVEL)}

_EXTENDED = 0x80
_KINDS = {_DATA: ApsType.DATA, _ANSWER: ApsType.ACKNOWLEDGEMENT}
_PARTS = {int(part): part for part in Part}
# A named tuple of all its fields, without the price of its constructor.
_made = tuple.__new__


def data_header(named: Named, counter: int, block: Block | None) -> bytes:
    """The APS header of data, or of a block of it."""
    if block is None:
        return _APS.pack(_DATA, *named, counter)
    return _DATA_BLOCK.pack(_DATA | _EXTENDED, *named, counter, block.part, block.number)


def acknowledgement_header(named: Named, counter: int, block: Block | None) -> bytes:
    """The APS header of an acknowledgement, with the acknowledgement's own block."""
    if block is None:
        return _APS.pack(_ANSWER, *named, counter)
    return _ANSWER_BLOCK.pack(_ANSWER | _EXTENDED, *named, counter, *block)


def seal(sender: Station, destination: int, header: bytes, piece: bytes, key: bytes) -> bytes:
    """The PSDU, under the sender's next counters.

    Args:
        destination: NWK address, 0x0000 to 0xFFF7.
        header: of the APS layer.
        key: link key of both ends.

    Raises:
        Malformed: longer than 127 octets.
        NotAuthentic: a frame counter is used up.
    """
    maker, address, counter = sender.eui[::-1], sender.address, sender.next_under(key)
    if counter >= LAST_COUNTER:
        raise used_up()
    inner = _LINK.pack(_LINK_LEVEL, counter, maker)
    sealed = cipher(key).encrypt(_NONCE.pack(maker, counter, _LINK_LEVEL), piece, header + inner)
    payload = header + _ON_AIR[_LINK_LEVEL] + inner[1:] + sealed
    sequence, counter = next(sender.nwk_sequence), next(sender.nwk_counter)
    if counter >= LAST_COUNTER:
        raise used_up()
    outer = _NWK.pack(
        _NWK_CONTROL, destination, address, RADIUS, sequence, _NETWORK_LEVEL, counter, maker, sender.key_sequence
    )
    sealed = cipher(sender.network_key).encrypt(_NONCE.pack(maker, counter, _NETWORK_LEVEL), payload, outer)
    octets = (
        _MAC.pack(_MAC_CONTROL, next(sender.mac_sequence), sender.pan, destination, address)
        + outer[:_NWK_SECURITY]
        + _ON_AIR[_NETWORK_LEVEL]
        + outer[_NWK_SECURITY + 1 :]
        + sealed
    )
    if len(octets) + FCS_LENGTH > MAX_PSDU:
        raise Malformed("PSDU", f"has at most {MAX_PSDU} octets, not {len(octets) + FCS_LENGTH}")
    return octets + check_sequence(octets)


def open_outer(psdu: bytes, keys: tuple[bytes, ...]) -> tuple[MacFrame, NwkFrame, bytes] | None:
    """What ``decode_mac`` and ``open_nwk`` make of the usual frame, and the network key; None for any other frame."""
    size = len(psdu)
    if not _OUTER.size + MIC_LENGTH + FCS_LENGTH <= size <= MAX_PSDU:
        return None
    (
        mac_control,
        mac_sequence,
        pan,
        to,
        by,
        control,
        destination,
        source,
        radius,
        sequence,
        security,
        counter,
        maker,
        key_sequence,
    ) = _OUTER.unpack_from(psdu)
    usual = mac_control == _MAC_CONTROL and control == _NWK_CONTROL and security == _NETWORK_CONTROL
    if not usual or not is_checked(psdu):
        return None
    at, inside = _MAC.size + _NWK_SECURITY, _INSIDE[_NETWORK_LEVEL]
    authenticated = psdu[_MAC.size : at] + inside + psdu[at + 1 : _OUTER.size]
    found = _opened(_NONCE.pack(maker, counter, _NETWORK_LEVEL), psdu[_OUTER.size : -FCS_LENGTH], authenticated, keys)
    if found is None:
        return None
    plain, key = found
    auxiliary = _made(Auxiliary, (KeyId.NETWORK, counter, on_air_eui(maker), key_sequence))
    fields = NwkType.DATA, destination, source, sequence, plain, auxiliary, radius, 1, None, None, None, 0, False
    frame = MacType.DATA, mac_sequence, pan, to, by, psdu[_MAC.size : -FCS_LENGTH], True, False, None
    return _made(MacFrame, frame), _made(NwkFrame, fields), key


def open_inner(octets: bytes, link_keys: LinkKeys) -> tuple[ApsFrame, bytes] | None:
    """What ``decode_aps`` and ``open_aps`` make of the usual frame, and the link key; None for any other frame."""
    size = len(octets)
    if size < _APS.size:
        return None
    control, endpoint, cluster, profile, source_endpoint, number = _APS.unpack_from(octets)
    kind, at, block = _KINDS.get(control & ~_EXTENDED), _APS.size, None
    end = at + _LINK.size
    if control & _EXTENDED:
        end += 2 if kind is ApsType.DATA else 3
    if kind is None or size < end + MIC_LENGTH:
        return None
    if control & _EXTENDED:
        part = _PARTS.get(octets[at])
        if part is None:
            return None
        block = _made(Block, (part, octets[at + 1], None if kind is ApsType.DATA else octets[at + 2]))
        at = end - _LINK.size
    security, counter, maker = _LINK.unpack_from(octets, at)
    if security != _LINK_CONTROL:
        return None
    source = on_air_eui(maker)
    authenticated = octets[:at] + _INSIDE[_LINK_LEVEL] + octets[at + 1 : end]
    found = _opened(_NONCE.pack(maker, counter, _LINK_LEVEL), octets[end:], authenticated, link_keys(source))
    if found is None:
        return None
    plain, key = found
    auxiliary = _made(Auxiliary, (KeyId.LINK, counter, source, None))
    asked = kind is ApsType.DATA
    fields = kind, number, plain, endpoint, cluster, profile, source_endpoint, Mode.UNICAST, asked, auxiliary, block
    return _made(ApsFrame, fields), key


def _opened(nonce: bytes, sealed: bytes, authenticated: bytes, keys: tuple[bytes, ...]) -> tuple[bytes, bytes] | None:
    for key in keys:
        try:
            return cipher(key).decrypt(nonce, sealed, authenticated), key
        except InvalidTag:
            continue
    return None
