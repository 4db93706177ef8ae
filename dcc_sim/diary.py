"""The part of the store that has dates: requests that wait for theirs, and schedules."""

from datetime import UTC, datetime
from typing import Any

from dcc_sim import tables
from dcc_sim.prepared import Statements
from dcc_sim.requests import Schedule, Waiting
from schemas.duis.request_id import RequestId
from schemas.eui import EUI64


class Diary:
    """Requests and schedules by their dates; each call that changes something is one transaction, or part of one.

    Args:
        sql: of the store.
    """

    def __init__(self, sql: Statements) -> None:
        self._sql = sql

    def keep_waiting(self, waiting: Waiting) -> None:
        """Keep the document of a request until its date."""
        with self._sql.begin() as connection:
            values = {"request_id": str(waiting.request_id), "due": to_utc(waiting.due), "document": waiting.document}
            connection.execute(tables.NEW_WAITING, values)

    def waiting(self) -> list[Waiting]:
        """The requests that wait for their date, earliest first."""
        with self._sql.connect() as connection:
            return [_waiting(row) for row in connection.execute(tables.WAITING)]

    def waiting_for(self, request_id: RequestId) -> Waiting | None:
        """The request of that name, if it waits."""
        with self._sql.connect() as connection:
            row = connection.execute(tables.ONE_WAITING, {"name": str(request_id)}).first()
        return None if row is None else _waiting(row)

    def drop_waiting(self, request_id: RequestId) -> None:
        """Its date has come."""
        with self._sql.begin() as connection:
            connection.execute(tables.NO_LONGER_WAITING, {"name": str(request_id)})

    def add_schedule(self, user: EUI64, device: EUI64, document: bytes, due: datetime) -> int:
        """Keep a schedule; its number, which is above all before it."""
        with self._sql.begin() as connection:
            number = int(connection.execute(tables.LAST_SCHEDULE).scalar() or 0) + 1
            values = {"user": str(user), "device": str(device), "document": document, "due": to_utc(due)}
            connection.execute(tables.NEW_SCHEDULE, {"number": number, **values})
            return number

    def schedules(self) -> list[Schedule]:
        """All schedules, by number."""
        with self._sql.connect() as connection:
            return [_schedule(row) for row in connection.execute(tables.SCHEDULES)]

    def schedule(self, number: int) -> Schedule | None:
        """The schedule of that number, or None."""
        with self._sql.connect() as connection:
            row = connection.execute(tables.ONE_SCHEDULE, {"schedule": number}).first()
        return None if row is None else _schedule(row)

    def reschedule(self, number: int, due: datetime | None) -> None:
        """The next reading of a schedule; None for no more."""
        with self._sql.begin() as connection:
            values = {"schedule": number, "next": None if due is None else to_utc(due)}
            connection.execute(tables.RESCHEDULED, values)

    def drop_schedule(self, number: int) -> None:
        """Forget a schedule."""
        with self._sql.begin() as connection:
            connection.execute(tables.NO_SCHEDULE, {"schedule": number})


def _waiting(row: Any) -> Waiting:
    return Waiting(RequestId.parse(row.request_id), row.due.replace(tzinfo=UTC), row.document)


def _schedule(row: Any) -> Schedule:
    due = None if row.due is None else row.due.replace(tzinfo=UTC)
    return Schedule(row.number, EUI64.parse(row.user), EUI64.parse(row.device), row.document, due)


def to_utc(moment: datetime) -> datetime:
    """As the tables keep it: SQLite keeps no zone, so everything in there is UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)
