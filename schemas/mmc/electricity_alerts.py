"""Payloads of an electricity meter's alerts in MMC: firmware verified, outage, integrity warning, billing data log."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag, decode_data
from schemas.gbcs.dlms.times import decode_date_time, from_seconds
from schemas.gbcs.reader import Reader
from schemas.gbcs.sealed import is_sealed

_HASH_LENGTH = 32
_WARNINGS = (
    "Other",
    "Error Non Volatile Memory",
    "Error Program Execution",
    "Error Program Storage",
    "Error RAM",
    "Error Unexpected Hardware Reset",
    "Error Watchdog",
    "Error Metrology Firmware Verification Failure",
    "Error Measurement Fault",
    "Unspecified Smart Meter Operational Integrity Error",
)
"""Integrity issues 0 to 9; the vectors have 5 (the rest: parser, and the order of the MMC schema)."""

_BLOCKS = tuple(f"TariffTOUBlock{number}RegisterMatrixValue" for number in range(1, 5))
_SINGLE_COLUMNS, _TWIN_COLUMNS = 3 + len(_BLOCKS), 5 + len(_BLOCKS)


def firmware_verified(extra: Sequence[Data]) -> Node | None:
    """FDRA, 8F72 and 8F1C: hash of the manufacturer image, 32 octets. None for an alert without a hash.

    Raises:
        Malformed: another layout.
    """
    if not extra:
        return None
    return hash_node(only(extra, 1)[0].octets)


def hash_node(octets: bytes) -> Node:
    """FDRA's payload, from the hash of the manufacturer image.

    Raises:
        Malformed: it has not 32 octets.
    """
    if len(octets) != _HASH_LENGTH:
        raise Malformed("manufacturer image hash", f"has {_HASH_LENGTH} octets, not {len(octets)}")
    return branch("FirmwareVerificationDeviceAlert", leaf("ManufacturerImageHash", octets.hex().upper()))


def supply_restored(extra: Sequence[Data]) -> Node | None:
    """ECS80, 8F35 to 8F3C: when the supply was interrupted and restored. None for an alert without the times.

    Raises:
        Malformed: another layout.
    """
    if not extra:
        return None
    interrupted, restored = (decode_date_time(at.octets) for at in only(extra, 2))
    return branch(
        "SupplyOutageRestoreAlert", leaf("interruptionValue", interrupted), leaf("restorationValue", restored)
    )


def integrity_warning(extra: Sequence[Data]) -> Node | None:
    """MIIWA, 81A0: the issue, 2 octets. None for an alert without one.

    Raises:
        Malformed: another layout, or an issue without a public name.
    """
    if not extra:
        return None
    return warning_node(only(extra, 1)[0].octets)


def warning_node(octets: bytes) -> Node:
    """MIIWA's payload, from the issue.

    Raises:
        Malformed: not 2 octets, or an issue without a public name.
    """
    number = int.from_bytes(octets, "big")
    if len(octets) != 2 or number >= len(_WARNINGS):
        raise Malformed("integrity issue", f"is 0000 to {len(_WARNINGS) - 1:04X}, not {octets.hex().upper()}")
    return branch("SmartMeterIntegrityIssueWarningDeviceAlert", leaf("Warning", _WARNINGS[number]))


def sealed_billing_log(extra: Sequence[Data]) -> bytes | None:
    """The encrypted log of ECS68, 8F0A; None once its plaintext stands in its place.

    Raises:
        Malformed: another layout.
    """
    octets = only(extra, 2)[1].octets
    return octets if is_sealed(octets) else None


def billing_log(extra: Sequence[Data]) -> Node | None:
    """ECS68, 8F0A: the billing data log, in Wh; None while it is encrypted.

    Whoever has the key puts the plaintext in the place of the encrypted octets and asks again.

    Raises:
        Malformed: another layout.
    """
    if sealed_billing_log(extra) is not None:
        return None
    reader = Reader(extra[1].octets)
    (entries,) = decode_data(reader).fields(1)
    reader.finish("billing data log")
    if len(entries.items) != 1:
        raise Malformed("billing data log", f"has one entry in an alert, not {len(entries.items)}")
    return branch("BillingDataLogDeviceAlert", _billing_entry(entries.items[0]))


def _billing_entry(entry: Data) -> Node:
    columns = list(entry.items)
    if entry.tag is not Tag.STRUCTURE or len(columns) not in (_SINGLE_COLUMNS, _TWIN_COLUMNS):
        raise Malformed("billing data log entry", f"has {_SINGLE_COLUMNS} or {_TWIN_COLUMNS} columns")
    twin = len(columns) == _TWIN_COLUMNS
    names = ["TariffTOURegisterMatrixValue", *(["SecondaryTariffTOURegisterMatrixValue"] if twin else []), *_BLOCKS]
    at, active, *rest = columns
    nodes = [
        leaf("Timestamp", from_seconds(at.expect(Tag.DOUBLE_LONG_UNSIGNED).number)),
        leaf("ActiveImportRegisterValueConsumption", active.number),
    ]
    if twin:
        secondary, *rest = rest
        nodes.append(leaf("SecondaryActiveImportRegisterValueConsumption", secondary.number))
    for name, matrix in zip(names, rest, strict=True):
        nodes.extend(leaf(name, value.number, index=index) for index, value in enumerate(matrix.items, start=1))
    return branch("ESMEBillingDataLogEntry", *nodes)


def only(extra: Sequence[Data], count: int) -> Sequence[Data]:
    """The elements after code and time stamp, which must be ``count``.

    Raises:
        Malformed: there are others.
    """
    if len(extra) != count:
        raise Malformed("alert content", f"has {count + 2} elements, not {len(extra) + 2}")
    return extra
