"""Service requests 6.28 to 6.32: the Sub-GHz radio of a dual-band communications hub."""

from schemas.duis.bodies.parts import LOG_PERIOD
from schemas.duis.shape import EMPTY, Part, Shape, one, optional, shape
from schemas.duis.xsd import fraction, integer

_PERCENT = fraction("1", "100", 2)


def _channels(first: int, last: int) -> tuple[Part, ...]:
    return tuple(optional(f"Channel{number}", EMPTY) for number in range(first, last + 1))


SUB_GHZ_CONFIGURATION = shape(
    one("LowerBandSubGHzChannels0To26", *_channels(0, 26)),
    one("LowerBandSubGHzChannels27To34", *_channels(27, 34)),
    one("LowerBandSubGHzChannels35To61", *_channels(35, 61)),
    one("UpperBandSubGHzChannels0To26", *_channels(0, 26)),
    one("NormalLimitedDutyCycleThreshold", fraction("0.5", "2.0", 1)),
    one("LimitedCriticalDutyCycleThreshold", fraction("1.5", "2.5", 1, inside=True)),
    one("MaximumSubGHzChannelChangesPerWeek", integer(1, 7)),
    one("GSMECurfew", integer(2, 65_535)),
    one("ChannelQuieterThreshold", integer(1, 255)),
    one("ChannelNoisierThreshold", integer(0, 20)),
    one("NonGSMEPoorCommsPercentageThreshold", _PERCENT),
    one("NonGSMEPoorCommsMeasurementPeriods", integer(50, 150)),
    one("LocalCHNoiseMeasurementPeriod", integer(61, 65_535)),
    one("LocalCHFailurePercentage", _PERCENT),
    one("LocalCHRetryPercentage", _PERCENT),
)

BODIES: dict[str, Shape] = {
    "SetCHFSubGHzConfiguration": SUB_GHZ_CONFIGURATION,
    "RequestCHFSubGHzChannelScan": EMPTY,
    "ReadCHFSubGHzConfiguration": EMPTY,
    "ReadCHFSubGHzChannel": EMPTY,
    "ReadCHFSubGHzChannelLog": shape(one("ReadLogPeriod", LOG_PERIOD)),
}
"""By element name."""
