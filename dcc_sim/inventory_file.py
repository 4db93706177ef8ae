"""What a DCC knows of devices, from a JSON file: what the command line needs to transform every request.

    {
      "at": "2015-01-01T00:00:00Z",
      "customerNumber": "1234",
      "devices": {
        "00-DB-12-34-56-78-90-A1": {"type": "GSME", "certificate": "gsme-ka.pem"},
        "00-DB-12-34-56-78-90-A2": {
          "type": "CHF",
          "network": "0011223344556677",
          "log": {"00-DB-12-34-56-78-90-A0": "000102030405060708090A0B0C0D0E0F", "00-DB-12-34-56-78-90-A1": ""}
        },
        "00-DB-12-34-56-78-90-A3": {"type": "GPF", "proxyLog": {"00-DB-12-34-56-78-90-A1": "GSME"}}
      }
    }

Only ``type`` is needed. ``twin`` marks a meter with two elements. ``certificate`` is the file of the device's key
agreement certificate, PEM or DER, beside this one; ``log`` has the hash of each device's link key, hex, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from dcc_sim.identities import CHARGER, DISPLAY, GAS_METER, GAS_PROXY, HUB, METER, SWITCH
from schemas.duis.request import Request
from schemas.errors import Malformed
from schemas.eui import EUI64
from schemas.gbcs.use_cases.declare import DeviceType, HubLog, Known, OtherDevice

T = TypeVar("T")


def _octets(value: object) -> bytes:
    if not isinstance(value, str):
        raise ValueError("is hex digits")
    return bytes.fromhex(value)


Octets = Annotated[bytes, BeforeValidator(_octets)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class DeviceEntry(_Strict):
    """One device."""

    type: DeviceType
    twin: bool = False
    certificate: Path | None = None
    network: Octets = b""
    log: dict[str, Octets] | None = None
    proxy_log: dict[str, DeviceType] | None = None


class _File(_Strict):
    at: AwareDatetime = datetime(2015, 1, 1, tzinfo=UTC)
    customer_number: Annotated[str, Field(pattern="^[0-9]{4}$")] | None = None
    devices: dict[str, DeviceEntry] = {}


_JOINED = "00-DB-12-34-56-78-90-"
_CAST = {
    device: DeviceEntry(type=kind)
    for device, kind in (
        (METER, DeviceType.ESME),
        (GAS_METER, DeviceType.GSME),
        (HUB, DeviceType.CHF),
        (GAS_PROXY, DeviceType.GPF),
        (DISPLAY, DeviceType.PPMID),
        (SWITCH, DeviceType.HCALCS),
        (CHARGER, DeviceType.SAPC),
        (EUI64.parse(f"{_JOINED}93"), DeviceType.ESME),
        (EUI64.parse(f"{_JOINED}94"), DeviceType.GSME),
        (EUI64.parse(f"{_JOINED}98"), DeviceType.PPMID),
        (EUI64.parse(f"{_JOINED}9A"), DeviceType.HCALCS),
        (EUI64.parse(f"{_JOINED}9C"), DeviceType.GPF),
    )
}
"""The devices of public test tools, and those that they join to them; others come from a file."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Devices, and what the DCC adds to their commands. Without a file it knows the devices of public test tools.

    Attributes:
        devices: of the file, besides those.
        given: what the file says of no device.
        folder: where the file's certificates are.
    """

    devices: Mapping[EUI64, DeviceEntry] = field(default_factory=lambda: _CAST)
    given: Known = field(default_factory=Known)
    folder: Path = Path()

    @classmethod
    def load(cls, path: Path) -> Inventory:
        """The inventory in the file at ``path``.

        Raises:
            Malformed: naming what in the file is not as above.
        """
        try:
            content = _File.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(map(str, first["loc"])) or path.name
            raise Malformed(where, f"is as the inventory file has it: {first['msg']}") from None
        devices = _CAST | {EUI64.parse(name): entry for name, entry in content.devices.items()}
        return cls(devices, Known(customer_number=content.customer_number, at=content.at), path.parent)

    def type_of(self, device: EUI64) -> DeviceType | None:
        """A device's type, if it is known."""
        entry = self.devices.get(device)
        return None if entry is None else entry.type

    def known(self, request: Request) -> Known:
        """What the DCC adds to the command of ``request``.

        Raises:
            Malformed: a device's certificate is not one, or its log is not that of a hub.
        """
        target = self.devices.get(request.request_id.target)
        other, hub, proxy = (self._named(request, name) for name in ("OtherDeviceID", "OldCHFID", "OldGPFID"))
        return Known(
            customer_number=self.given.customer_number,
            hub_log=None if hub is None or hub.log is None else HubLog(hub.network, _parsed(hub.log)),
            twin=target is not None and target.twin,
            at=self.given.at,
            other=None if other is None else OtherDevice(other.type, self._certificate(other)),
            proxy_log=None if proxy is None or proxy.proxy_log is None else _parsed(proxy.proxy_log),
        )

    def _named(self, request: Request, element: str) -> DeviceEntry | None:
        return self.devices.get(request.body.eui(element)) if request.body.has(element) else None

    def _certificate(self, entry: DeviceEntry) -> bytes:
        if entry.certificate is None:
            return b""
        try:
            octets = (self.folder / entry.certificate).read_bytes()
            load = x509.load_pem_x509_certificate if octets.startswith(b"-----") else x509.load_der_x509_certificate
            return load(octets).public_bytes(Encoding.DER)
        except (OSError, ValueError) as error:
            raise Malformed("certificate", f"is a file with a certificate, PEM or DER: {error}") from None


def _parsed(log: dict[str, T]) -> tuple[tuple[EUI64, T], ...]:
    return tuple((EUI64.parse(name), value) for name, value in log.items())
