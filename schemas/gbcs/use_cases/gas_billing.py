"""Gas conversion and billing calendar: SR 6.6 (GCS23), 6.8 (GCS25, GCS25a), 6.2.3 (GCS21d, GCS21k), 6.2.8 (GCS21a)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.times import from_seconds
from schemas.gbcs.use_cases.declare import Context, Part, UseCase
from schemas.gbcs.use_cases.gas_fields import METERS, attribute, issued, provided, second_of
from schemas.gbcs.use_cases.zigbee import Read, ReadAttributes, Readings, Send, Values, Zigbee
from schemas.gbcs.zcl import metering, price
from schemas.gbcs.zcl.fields import NEVER, NOW

_BLOCK_PERIOD, _CONVERSION_FACTOR, _CALORIFIC_VALUE, _BILLING_PERIOD = 0x01, 0x02, 0x03, 0x09
_GET_BILLING_PERIOD = 0x0B
_CONVERSION_DIGITS, _CALORIFIC_DIGITS = 5, 1
_MEGAJOULE_PER_CUBIC_METRE = 0x01
_PERIODS = {
    "Daily": (1, 0x21),
    "Weekly": (1, 0x22),
    "Monthly": (1, 0x23),
    "Quarterly": (3, 0x23),
    "SixMonthly": (6, 0x23),
    "Yearly": (12, 0x23),
}
"""Duration and its type: days, weeks or months, neither from the start nor to the end of one. The vectors show weeks
and months; the day's type is ZigBee's."""

_BLOCKS_FOLLOW_BILLING = 0x02
_COUNTED = 0x0F
"""Low half of the duration type: days, weeks or months. MMC does not tell the high half, from where they count."""

_CUBIC_METRES = 0x01
_CALENDAR = "GasBillingCalendar"


def _scaled(body: Node, path: str, digits: int) -> int:
    return int(body.decimal(path).scaleb(digits))


def _conversion(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "start time": NOW,
        "conversion factor": _scaled(body, "ConversionFactor", _CONVERSION_DIGITS),
        "trailing digit": _CONVERSION_DIGITS << 4,
    }


def _calorific(body: Node, context: Context) -> Values:
    return {
        **issued(context),
        "start time": NOW,
        "calorific value": _scaled(body, "CalorificValue", _CALORIFIC_DIGITS),
        "calorific value unit": _MEGAJOULE_PER_CUBIC_METRE,
        "trailing digit": _CALORIFIC_DIGITS << 4,
    }


def _period(body: Node, context: Context) -> Mapping[str, int]:
    duration, kind = _PERIODS[body.text(f"{_CALENDAR}/Periodicity")]
    return {
        **provided(context),
        "start time": second_of(body, f"{_CALENDAR}/BillingPeriodStart"),
        "duration": duration,
        "duration type": kind,
        "tariff type": 0,
    }


def _block_period(body: Node, context: Context) -> Values:
    return {
        **_period(body, context),
        "block period control": _BLOCKS_FOLLOW_BILLING,
        "tariff resolution period": 1,
    }


def _updating(name: str, code: int, *, monthly: bool) -> UseCase:
    """By the request alone the older one takes the monthly calendar, the newer the others, as ECS30 and ECS30a do."""
    return UseCase(
        name=name,
        code=code,
        service="6.8",
        element="UpdateDeviceConfigurationBillingCalendar",
        critical=True,
        devices=METERS,
        content=Zigbee(
            (
                Send(price.CLUSTER, _BILLING_PERIOD, _period, to_client=True),
                Send(price.CLUSTER, _BLOCK_PERIOD, _block_period, to_client=True),
            )
        ),
        response="UpdateDeviceConfigurationBillingCalendarRsp",
        applies=lambda body: body.has(_CALENDAR) and (body.text(f"{_CALENDAR}/Periodicity") == "Monthly") is monthly,
    )


def _ask(body: Node, context: Context) -> Values:
    return {"earliest start time": NOW, "minimum issuer event id": NEVER, "number of commands": 1, "tariff type": 0}


def _told(readings: Readings) -> Iterable[Part]:
    found = readings.published(price.CLUSTER, _BILLING_PERIOD)
    if len(found) > 1:
        raise Malformed("billing period", f"comes once: MMC has room for no more, not {len(found)}")
    for each in found:
        period = each.integer("duration"), each.integer("duration type")
        words = [
            name for name, (n, kind) in _PERIODS.items() if (n, kind & _COUNTED) == (period[0], period[1] & _COUNTED)
        ]
        if not words:
            raise Malformed(
                "billing period", f"is one that MMC has a word for, not {period[0]} of type {period[1]:02X}"
            )
        start = leaf("BillingPeriodStart", from_seconds(each.integer("start time")))
        yield Part(branch("BillingCalendar", branch(_CALENDAR, start, leaf("Periodicity", words[0]))))


def _reading(name: str, code: int) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service="6.2.3",
        element="ReadDeviceConfigurationBillingCalendar",
        critical=False,
        devices=METERS,
        content=Zigbee((Send(price.CLUSTER, _GET_BILLING_PERIOD, _ask),), (_told,)),
        response="ReadDeviceConfigurationDataBillingCalendarRsp",
    )


def _decimal(number: int, trailing: int, name: str) -> Read:
    """A price cluster value with its trailing digit, whose high half octet counts the decimals."""

    def read(readings: Readings) -> Iterable[Part]:
        value, digits = (readings.attribute(price.CLUSTER, each) for each in (number, trailing))
        if value is not None and digits is not None:
            yield Part(leaf(name, Decimal(value.value).scaleb(-(digits.value >> 4))))

    return read


def _in_unit(cluster: int, number: int, unit: int, name: str, read: Read) -> Read:
    """A value in the unit that MMC means by it; refused where the meter says that it is in another."""

    def checked(readings: Readings) -> Iterable[Part]:
        told = readings.attribute(cluster, number)
        if told is not None and told.value != unit:
            raise Malformed(name, f"is in unit {unit:02X}, not {told.value:02X}")
        return read(readings)

    return checked


def _flow(readings: Readings) -> Iterable[Part]:
    """By multiplier and divisor; without them the threshold means nothing."""
    threshold, multiplier, divisor = (readings.attribute(metering.CLUSTER, each) for each in (0x0B10, 0x0B12, 0x0B13))
    if threshold is not None and multiplier is not None and divisor is not None:
        if not divisor.value:
            raise Malformed("uncontrolled flow divisor", "is not 0")
        rate = Decimal(threshold.value * multiplier.value) / divisor.value
        yield Part(leaf("UncontrolledGasFlowRate", rate))


CONVERSION = UseCase(
    name="GCS23",
    code=0x007C,
    service="6.6",
    element="UpdateDeviceConfigurationGasConversion",
    critical=True,
    devices=METERS,
    content=Zigbee(
        (
            Send(price.CLUSTER, _CONVERSION_FACTOR, _conversion, to_client=True),
            Send(price.CLUSTER, _CALORIFIC_VALUE, _calorific, to_client=True),
        )
    ),
    response="UpdateDeviceConfigurationGasConversionRsp",
)

READ_GAS = UseCase(
    name="GCS21a",
    code=0x007B,
    service="6.2.8",
    element="ReadDeviceConfigurationGas",
    critical=False,
    devices=METERS,
    content=Zigbee(
        (
            ReadAttributes(price.CLUSTER, (0x0306, 0x0305, 0x0304, 0x0303, 0x0302)),
            ReadAttributes(metering.CLUSTER, (0x0B13, 0x0B12, 0x0B11, 0x0B10, 0x0B14, 0x0B15)),
        ),
        (
            _in_unit(
                price.CLUSTER,
                0x0305,
                _MEGAJOULE_PER_CUBIC_METRE,
                "CalorificValue",
                _decimal(0x0304, 0x0306, "CalorificValue"),
            ),
            _decimal(0x0302, 0x0303, "ConversionFactor"),
            _in_unit(metering.CLUSTER, 0x0B11, _CUBIC_METRES, "UncontrolledGasFlowRate", _flow),
            attribute(metering.CLUSTER, 0x0B14, "FlowStabilisationPeriod"),
            attribute(metering.CLUSTER, 0x0B15, "FlowMeasurementPeriod"),
        ),
    ),
    response="ReadDeviceConfigurationGasRsp",
)

GAS_BILLING = (
    CONVERSION,
    _updating("GCS25", 0x007E, monthly=True),
    _updating("GCS25a", 0x00D8, monthly=False),
    # The one that reports every periodicity comes first; the older one is asked for by name.
    _reading("GCS21k", 0x00DA),
    _reading("GCS21d", 0x009D),
    READ_GAS,
)
