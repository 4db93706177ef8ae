"""ZCL UTCTime: seconds since 2000-01-01 UTC, 32 bits; what a value of 0 or 1 means is up to the field."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
MAX_UTC: Final = 0xFFFF_FFFE
"""The highest valid value; 0xFFFFFFFF is none."""


def utc_seconds(moment: datetime) -> int:
    """Seconds since the epoch, 0 to ``MAX_UTC``: a moment outside has the nearest of them."""
    return min(max(int((moment - EPOCH).total_seconds()), 0), MAX_UTC)


def utc_moment(seconds: int) -> datetime:
    """The moment of a UTCTime, 0 to ``MAX_UTC``."""
    return EPOCH + timedelta(seconds=seconds)
