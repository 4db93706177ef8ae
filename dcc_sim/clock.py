"""The virtual clock: the only source of time. It stands still until the world sets it, and never runs backwards."""

from datetime import UTC, datetime

from schemas.errors import NotPossible


class VirtualClock:
    """Time as the world has advanced it, aware UTC."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    @property
    def now(self) -> datetime:
        """The present virtual moment."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Go to ``moment``.

        Raises:
            NotPossible: when it lies in the past.
        """
        if moment < self._now:
            raise NotPossible("clock", f"goes forward only: {moment.isoformat()} is before {self._now.isoformat()}")
        self._now = moment
