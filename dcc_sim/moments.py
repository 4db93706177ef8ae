"""Moments and spans of time as people write them in tests and scenario files."""

import re
from datetime import UTC, datetime, timedelta

from schemas.errors import Malformed

When = datetime | timedelta | str
"""``datetime`` with a zone, ``timedelta`` from now, ``"18:00"`` (the next, UTC), ``"+1h30m"``, or ISO 8601."""

_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?")


def span(text: str) -> timedelta:
    """A span such as ``1h30m``, ``10s``, ``2d`` or ``1.5s``.

    Raises:
        Malformed: it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None or not text:
        raise Malformed("span of time", f"is written as 1d2h30m10s, in this order, not {text!r}")
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def moment(when: When, now: datetime) -> datetime:
    """The moment that is meant, aware UTC.

    Raises:
        Malformed: the text is none of the forms, or a moment has no zone.
    """
    if isinstance(when, timedelta):
        return now + when
    if isinstance(when, str):
        if when.startswith("+"):
            return now + span(when[1:])
        clock = _TIME.fullmatch(when)
        if clock is not None:
            return _next(now, [int(part or 0) for part in clock.groups()])
        when = _parsed(when)
    if when.tzinfo is None:
        raise Malformed("moment", f"has a zone: {when.isoformat()}Z is UTC")
    return when.astimezone(UTC)


def _next(now: datetime, parts: list[int]) -> datetime:
    hour, minute, second = parts
    if hour > 23 or minute > 59 or second > 59:
        raise Malformed("time of day", f"is from 00:00 to 23:59:59, not {hour:02}:{minute:02}:{second:02}")
    today = now.astimezone(UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)
    return today if today >= now else today + timedelta(days=1)


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("moment", f"is 18:00, +1h30m or ISO 8601 with a zone, not {text!r}") from None
