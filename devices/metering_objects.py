"""The COSEM objects of a meter's registers and logs: read in clear, or through a data protection object.

What tells of the home's habits travels encrypted for its reader (class 30, vectors of ECS17b, ECS22b, ECS66): the
device encrypts the values with the key that it shares with the party that asked, or with the one whose certificate
the access control broker sends along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices import objects
from devices.log_objects import selected
from schemas.errors import Malformed, NotPossible
from schemas.eui import EUI64
from schemas.gbcs.dlms import data as dlms
from schemas.gbcs.dlms.access import Choice
from schemas.gbcs.dlms.data import Data, Tag, TypeDescription
from schemas.gbcs.dlms.times import decode_date_time, to_seconds
from schemas.gbcs.protection import ENCRYPTION_FLAG, derive_key, encrypt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from devices.cosem import Context, ObjectStore
    from devices.metering import EnergyMeter, Period
    from devices.objects import Member

    Rows = Callable[[], Iterable[tuple[Period, tuple[int, ...]]]]
    Protected = Callable[[Data, datetime], Data]

_WATT, _WATT_HOUR, _VAR_HOUR = 27, 30, 32
_WHOLE, _BY_DATE = 0, 1
_SECONDS = TypeDescription(Tag.DOUBLE_LONG_UNSIGNED)
_ONE = TypeDescription(Tag.STRUCTURE, (_SECONDS, _SECONDS))
_TWO = TypeDescription(Tag.STRUCTURE, (_SECONDS, _SECONDS, _SECONDS))


def unit(number: int) -> Data:
    """Scaler 0 and a COSEM unit."""
    return dlms.structure(dlms.integer(0), dlms.enum(number))


def add_metering(store: ObjectStore, meter: EnergyMeter, device: EUI64) -> None:
    """Let registers, power, profile and daily log be read."""

    def power(now: datetime) -> Data:
        """Power, scaler and unit, and the primary element's power, which is all of it on a single element (ECS17c)."""
        watts = dlms.double_long_unsigned(meter.import_w)
        return dlms.structure(watts, unit(_WATT), watts)

    store.readable(objects.ACTIVE_POWER_IMPORT, power)
    for member, scale, read, kind in (
        (objects.EXPORT_REGISTER, objects.EXPORT_SCALE, lambda now: meter.registers(now).export_wh, _WATT_HOUR),
        (
            objects.REACTIVE_EXPORT_REGISTER,
            objects.REACTIVE_EXPORT_SCALE,
            lambda now: meter.registers(now).reactive_export_varh,
            _VAR_HOUR,
        ),
    ):
        store.readable(member, _number(read))
        store.readable(scale, _fixed(unit(kind)))

    def export_log(selection: Data, context: Context) -> Data:
        meter.settle(context.now)
        return _log(
            meter.profile, *selected(selection), lambda entry: (entry.export_wh, entry.reactive_export_varh), _TWO
        )

    store.add(Choice.GET_WITH_SELECTION, objects.EXPORT_PROFILE, export_log)
    sources: dict[Member, Protected] = {
        objects.IMPORT_REGISTERS: lambda restriction, now: _registers(meter, now),
        objects.IMPORT_PROFILE: _by_date(meter, lambda: meter.profile),
        objects.DAILY_CONSUMPTION: _by_date(meter, lambda: meter.days),
    }
    for through in (objects.PROTECTED_REGISTERS, objects.PROTECTED_PROFILE, objects.PROTECTED_DAYS):
        store.add(Choice.ACTION, through, _protected(sources, device))


def _registers(meter: EnergyMeter, now: datetime) -> Data:
    registers = meter.registers(now)
    imported = dlms.double_long_unsigned(registers.import_wh)
    reactive = dlms.double_long_unsigned(registers.reactive_import_varh)
    return dlms.structure(imported, unit(_WATT_HOUR), reactive, unit(_VAR_HOUR))


def _by_date(meter: EnergyMeter, log: Callable[[], Iterable[Period]]) -> Protected:
    def read(restriction: Data, now: datetime) -> Data:
        kind, parameters = restriction.fields(2)
        if kind.expect(Tag.ENUM).number != _BY_DATE:
            raise Malformed("restriction", "is by date for a log")
        first, last = (to_seconds(decode_date_time(each.octets)) for each in parameters.fields(2))
        meter.settle(now)
        return _log(log(), first, last, lambda entry: (entry.import_wh,), _ONE)

    return read


def _log(
    log: Iterable[Period], first: int, last: int, values: Callable[[Period], tuple[int, ...]], row: TypeDescription
) -> Data:
    chosen = ((to_seconds(entry.end), *values(entry)) for entry in log if first <= to_seconds(entry.end) <= last)
    return dlms.compact_array(row, *(dlms.structure(*map(dlms.double_long_unsigned, each)) for each in chosen))


def _protected(sources: dict[Member, Protected], device: EUI64) -> Callable[[Data, Context], Data]:
    """Read attributes as the parameter says, encrypted as it says; the answer tells how, its parties turned round."""

    def run(parameter: Data, context: Context) -> Data:
        attributes, protection = parameter.fields(2)
        (way,) = protection.expect(Tag.ARRAY).items
        kind, parties = way.fields(2)
        transaction, originator, recipient, other, key = parties.fields(5)
        if recipient.octets != device or transaction.octets[1:] != context.origin.originator_counter.to_bytes(8):
            raise Malformed("protection parameters", "name this device, and the counter of the command")
        values = dlms.structure(*(_value(sources, each, context) for each in attributes.expect(Tag.ARRAY).items))
        reader = EUI64(originator.octets)
        secret = context.secret(reader)
        sealing = derive_key(secret, device, ENCRYPTION_FLAG, context.origin.originator_counter, reader)
        told = dlms.structure(kind, dlms.structure(transaction, dlms.octets(device), dlms.octets(reader), other, key))
        return dlms.structure(dlms.array(told), dlms.octets(encrypt(values.encode(), sealing, device)))

    return run


def _value(sources: dict[Member, Protected], attribute: Data, context: Context) -> Data:
    class_id, obis, member, _, restriction = attribute.fields(5)
    asked = objects.Member(class_id.number, obis.octets, member.number)
    if asked not in sources:
        raise NotPossible("COSEM object", f"{asked.class_id} {asked.obis.hex().upper()} is not in this device")
    return sources[asked](restriction, context.now)


def _number(read: Callable[[datetime], int]) -> Callable[[datetime], Data]:
    return lambda now: dlms.double_long_unsigned(read(now) % 2**32)


def _fixed(value: Data) -> Callable[[datetime], Data]:
    return lambda now: value
