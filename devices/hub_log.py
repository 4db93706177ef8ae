"""The communications hub's device log: CCS01 adds a device, CCS02 removes one, and CS14 (alert 8F12) tells the result.
CCS06 and CCS07 read it, CCS03 gives a new hub the log of an old one.

The vectors' enumerations in CCS01 are constant and their meaning is not public: another value is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from devices import objects
from devices.alerts import Alert, AlertCode
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.dlms.times import encode_date_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devices.cosem import Context, Handler, ObjectStore

DEVICE_LOG_CHANGED = 0x0018
_EUI_LENGTH = 8
_INSTALL_CODE_LENGTHS = range(6, 17)
"""Octets that DUIS allows."""
_ON_THE_HAN, _NOT_SEEN = "11001000", "10000000"
"""Status of an active device: authorised, actively reporting, Smart Energy transactions; or authorised alone."""


@dataclass(frozen=True, slots=True)
class HubLog:
    """What a hub knows of the devices on its HAN, one frozen value.

    Attributes:
        network: extended PAN id, 8 octets.
        devices: the hash of the link key, 16 octets, of each device; empty for one without a link key.
        install_codes: of the devices that CCS01 added; secret, never written into a note or an alert.
        historic: the devices that were removed, as ``devices``.
        join_seconds: how long joining is allowed, as CCS01 set it last, seconds.
        joining: whether CCS01 has allowed joining.
    """

    network: bytes = bytes(8)
    devices: Mapping[EUI64, bytes] = field(default_factory=dict)
    install_codes: Mapping[EUI64, bytes] = field(default_factory=dict, repr=False)
    historic: Mapping[EUI64, bytes] = field(default_factory=dict)
    join_seconds: int = 0
    joining: bool = False

    def added(self, device: EUI64, key_hash: bytes = b"", install_code: bytes | None = None) -> HubLog:
        """With ``device``; one that is there already gets the new values (assumed)."""
        codes = self.install_codes if install_code is None else {**self.install_codes, device: install_code}
        return replace(self, devices={**self.devices, device: key_hash}, install_codes=codes)

    def removed(self, device: EUI64) -> HubLog:
        """Without ``device``; one that is not there is no error."""
        devices = {each: held for each, held in self.devices.items() if each != device}
        codes = {each: code for each, code in self.install_codes.items() if each != device}
        gone = {device: self.devices[device]} if device in self.devices else {}
        return replace(self, devices=devices, install_codes=codes, historic={**self.historic, **gone})

    def backup(self, moment: datetime, devices: Mapping[EUI64, bytes]) -> Data:
        """``devices`` as CCS07 and CS14 tell them, at ``moment``."""
        time = dlms.octets(encode_date_time(moment.replace(microsecond=0)))
        rows = (dlms.structure(dlms.octets(device), dlms.octets(held)) for device, held in devices.items())
        return dlms.structure(time, dlms.octets(self.network), dlms.array(*rows))

    def active(self) -> Data:
        """CCS06: a row for each device. Nobody measures an emulated air: its figures are 0, and no date (assumed)."""
        signal = (*[dlms.integer(0)] * 3, *[dlms.unsigned(0)] * 3, dlms.octets(b""), *[dlms.unsigned(0)] * 5)
        rows = (
            dlms.structure(dlms.octets(device), dlms.bit_string(_ON_THE_HAN if held else _NOT_SEEN), *signal)
            for device, held in self.devices.items()
        )
        return dlms.array(*rows)

    def alert(self, moment: datetime) -> Alert:
        """8F12: the log as it is at ``moment``."""
        content = self.backup(moment, self.devices)
        return Alert(DEVICE_LOG_CHANGED, AlertCode.DEVICE_LOG_CHANGED, moment, (content,))


class HubLogHolder:
    """The log of one hub, and what its objects do to it.

    Attributes:
        state: the log.
        changed: whether a command changed its devices since this was last put to False.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.state = HubLog()
        self.changed = False
        store.invocable(objects.DEVICE_LOG_ADD, self._add)
        store.invocable(objects.DEVICE_LOG_REMOVE, self._remove)
        store.invocable(objects.DEVICE_LOG_RESTORE, self._restore)
        store.readable(objects.ACTIVE_DEVICES, lambda now: self.state.active())
        for member, devices in (
            (objects.DEVICE_LOG_BACKUP, lambda: self.state.devices),
            (objects.HISTORIC_LOG_BACKUP, lambda: self.state.historic),
        ):
            store.add(Choice.ACTION, member, self._backup(devices))
        store.writable(objects.JOIN_PERIOD, self._set_period)
        store.writable(objects.JOIN_ALLOWED, self._allow)

    def _add(self, data: Data, context: Context) -> None:
        device, first, code, second = data.fields(4)
        if (first.expect(Tag.ENUM).number, second.expect(Tag.ENUM).number) != (1, 0):
            raise Malformed("device log entry", "has the enumerations 1 and 0")
        install_code = code.expect(Tag.OCTET_STRING).octets
        if len(install_code) not in _INSTALL_CODE_LENGTHS:
            raise Malformed("InstallCode", f"has 6 to 16 octets, not {len(install_code)}")
        # One that is there already keeps its link key (public description of CCS01).
        held = self.state.devices.get(_device(device), b"")
        self.state = self.state.added(_device(device), held, install_code)
        self.changed = True

    def _remove(self, data: Data, context: Context) -> None:
        device = _device(data)
        if device not in self.state.devices:
            raise NotPossible("DeviceID", f"is in the device log, {device} is not")
        self.state = self.state.removed(device)
        self.changed = True

    def _restore(self, data: Data, context: Context) -> None:
        network, rows = data.fields(2)
        devices = {}
        for row in rows.expect(Tag.ARRAY).items:
            device, held = row.fields(2)
            devices[_device(device)] = held.expect(Tag.OCTET_STRING).octets
        self.state = replace(self.state, network=network.expect(Tag.OCTET_STRING).octets, devices=devices)
        self.changed = True

    def _backup(self, devices: Callable[[], Mapping[EUI64, bytes]]) -> Handler:
        return lambda _, context: self.state.backup(context.now, devices())

    def _set_period(self, data: Data, context: Context) -> None:
        self.state = replace(self.state, join_seconds=data.expect(Tag.LONG_UNSIGNED).number)

    def _allow(self, data: Data, context: Context) -> None:
        self.state = replace(self.state, joining=bool(data.expect(Tag.BOOLEAN).value))


def _device(data: Data) -> EUI64:
    octets = data.expect(Tag.OCTET_STRING).octets
    if len(octets) != _EUI_LENGTH:
        raise Malformed("DeviceID", f"has {_EUI_LENGTH} octets, not {len(octets)}")
    return EUI64(octets)
