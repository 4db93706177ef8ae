"""What a device keeps over a power loss: its trust anchor cells, counters and floors, replacements for later, its keys,
its clock, and what it was told: calendars, set states, limits, randomised offset, boost button, supply, load limiting.

As JSON text, public things only: a device grows its own key pairs from its first one, so their numbers are enough.
Event and security log, energy registers and profiles begin anew.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from devices.credentials import Pending
from devices.plain import from_plain, to_plain
from devices.replacement import MODES, read_replacement
from devices.trust import Anchor, Cell, Role, Use
from schemas.eui import EUI64
from schemas.gbcs.asn1 import decode_ber

if TYPE_CHECKING:
    from devices.device import Device


def fingerprint(device: Device) -> tuple[object, ...]:
    """Equal to an earlier one of the same device while there is nothing new to save; cheaper than saving."""
    trust, keys = device.trust, device.keys
    held = trust.version, trust.counters, device.credentials.pending, dict(keys.generations), device.alert_counter
    return *held, device.kept()


def save(device: Device) -> str:
    """What ``restore`` gives a device that was built like this one."""
    kept = {name: to_plain(value) for name, value in device.kept().items()}
    return json.dumps({"alert_counter": device.alert_counter, **credentials(device), "kept": kept})


def credentials(device: Device) -> dict[str, Any]:
    """Its trust anchor cells, counters, floors, replacements for later and keys, as JSON values."""
    trust, keys = device.trust, device.keys
    return {
        "anchors": [[*_name(cell), anchor.party.hex(), _point(anchor)] for cell, anchor in trust.anchors.items()],
        "counters": {party.hex(): counter for party, counter in trust.counters.items()},
        "floors": {str(int(role)): floor for role, floor in trust.floors.items()},
        "top_up_floors": {str(int(role)): floor for role, floor in trust.top_up_floors.items()},
        "pending": [
            [code, each.originator.hex(), each.replacement.counter, each.content.encode().hex(), _text(each.due)]
            for code, each in device.credentials.pending.items()
        ],
        "generations": {use.name: generation for use, generation in keys.generations.items()},
        "certificates": {use.name: certificate.hex() for use, certificate in keys.certificates.items()},
    }


def restore(device: Device, text: str) -> None:
    """Give a newly built device back what it had; its alert counter never goes back."""
    held: dict[str, Any] = json.loads(text)
    device.alert_counter = max(device.alert_counter, held["alert_counter"])
    give_credentials(device, held)
    device.take_back({name: from_plain(plain) for name, plain in held.get("kept", {}).items()})


def give_credentials(device: Device, held: dict[str, Any]) -> None:
    """What ``credentials`` gave, to a device that was built like that one."""
    anchors = {
        Cell(Role(role), Use[use]): Anchor.of(EUI64.parse(party), _key(point))
        for role, use, party, point in held["anchors"]
    }
    device.trust.restore(
        anchors,
        {EUI64.parse(party): counter for party, counter in held["counters"].items()},
        {Role(int(role)): floor for role, floor in held["floors"].items()},
        {Role(int(role)): floor for role, floor in held["top_up_floors"].items()},
    )
    device.credentials.pending = {
        code: _pending(code, EUI64.parse(originator), counter, bytes.fromhex(content), datetime.fromisoformat(due))
        for code, originator, counter, content, due in held["pending"]
    }
    device.keys.restore(
        {Use[use]: (made, used) for use, (made, used) in held["generations"].items()},
        {Use[use]: bytes.fromhex(certificate) for use, certificate in held["certificates"].items()},
    )


def _pending(code: int, originator: EUI64, counter: int, content: bytes, due: datetime) -> Pending:
    value = decode_ber(content)
    return Pending(originator, read_replacement(value, MODES[code], counter), due, value)


def _name(cell: Cell) -> tuple[int, str]:
    return int(cell.role), cell.use.name


def _point(anchor: Anchor) -> str:
    return anchor.key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()


def _key(point: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(point))


def _text(moment: datetime) -> str:
    return moment.isoformat()
