"""The part of the store that anomaly detection has: settings, what was counted, and what is in quarantine."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Integer, String, Table, Text, bindparam, delete, func, insert, select, update

from dcc_sim.anomaly import Breach, Limit, Setting, Threshold
from dcc_sim.diary import to_utc
from dcc_sim.prepared import Statements
from dcc_sim.tables import METADATA
from schemas.duis.request_id import RequestId
from schemas.eui import EUI64

_SETTINGS = Table(
    "anomaly_settings",
    METADATA,
    Column("name", String(120), primary_key=True),
    Column("setting", Text, nullable=False),
)
"""Thresholds and limits, JSON."""
_COUNTED = Table(
    "anomaly_counted",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("user", String(23), nullable=False),
    Column("service", String(8), nullable=False),
    Column("moment", DateTime, nullable=False, index=True),
)
_OUTSIDE = Table(
    "anomaly_outside",
    METADATA,
    Column("request_id", String(80), primary_key=True),
    Column("name", String(120), primary_key=True),
)
"""Pre-commands whose request had a value outside a limit: the signed message does not show it any more."""
_QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("event", Integer, primary_key=True, autoincrement=True),
    Column("request_id", String(80), nullable=False, unique=True),
    Column("breach", String(30), nullable=False),
    Column("setting", Text, nullable=False),
    Column("moment", DateTime, nullable=False),
)

_ALL_SETTINGS = select(_SETTINGS).order_by(_SETTINGS.c.name)
_NEW_SETTING = insert(_SETTINGS)
_CHANGED_SETTING = update(_SETTINGS).where(_SETTINGS.c.name == bindparam("known")).values(setting=bindparam("setting"))
_NO_SETTING = delete(_SETTINGS).where(_SETTINGS.c.name == bindparam("known"))
_NEW_COUNTED = insert(_COUNTED)
_FORGOTTEN = delete(_COUNTED).where(_COUNTED.c.moment <= bindparam("since"))
_COUNT = (
    select(func.count(_COUNTED.c.number).label("counted"))
    .where(_COUNTED.c.moment > bindparam("since"))
    .where(_COUNTED.c.user.like(bindparam("party")), _COUNTED.c.service.like(bindparam("variant")))
)
_NEW_OUTSIDE = insert(_OUTSIDE)
_LIMITS_BROKEN = select(_OUTSIDE.c.name).where(_OUTSIDE.c.request_id == bindparam("request")).order_by(_OUTSIDE.c.name)
_LAST_EVENT = select(func.max(_QUARANTINE.c.event).label("event"))
_NEW_EVENT = insert(_QUARANTINE)
_EVENTS = select(_QUARANTINE).order_by(_QUARANTINE.c.event)
_ANY = "%"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One request that went into quarantine, whatever became of it.

    Attributes:
        event: QuarantineEventRef, from 1.
        setting: the threshold or limit that it broke, JSON.
    """

    event: int
    request_id: RequestId
    breach: Breach
    setting: str
    moment: datetime


class AnomalyStore:
    """Each call that changes something is one transaction, or part of one.

    Args:
        sql: of the store.
    """

    def __init__(self, sql: Statements) -> None:
        self._sql = sql

    def settings(self) -> dict[str, Setting]:
        """All settings, by name."""
        with self._sql.connect() as connection:
            return {
                row.name: (Limit if row.name.startswith("limit ") else Threshold).model_validate_json(row.setting)
                for row in connection.execute(_ALL_SETTINGS)
            }

    def keep_setting(self, setting: Setting) -> None:
        """Keep a setting, in the place of the one before it."""
        text = setting.model_dump_json()
        with self._sql.begin() as connection:
            if not connection.execute(_CHANGED_SETTING, {"known": setting.key, "setting": text}).rowcount:
                connection.execute(_NEW_SETTING, {"name": setting.key, "setting": text})

    def drop_setting(self, name: str) -> bool:
        """Forget a setting; whether there was one."""
        with self._sql.begin() as connection:
            return bool(connection.execute(_NO_SETTING, {"known": name}).rowcount)

    def count(self, user: EUI64, service: str, now: datetime, forget: datetime) -> None:
        """Count a request, and forget those not after ``forget``."""
        with self._sql.begin() as connection:
            connection.execute(_FORGOTTEN, {"since": to_utc(forget)})
            connection.execute(_NEW_COUNTED, {"user": str(user), "service": service, "moment": to_utc(now)})

    def counted(self, threshold: Threshold, now: datetime) -> int:
        """How many requests a threshold counts in the period that ends now."""
        values = {
            "since": to_utc(now - threshold.span),
            "party": _ANY if threshold.user is None else str(EUI64.parse(threshold.user)),
            "variant": threshold.service or _ANY,
        }
        with self._sql.connect() as connection:
            return int(connection.execute(_COUNT, values).scalar() or 0)

    def keep_outside(self, request: RequestId, names: list[str]) -> None:
        """The request broke the limits of these names."""
        with self._sql.begin() as connection:
            for name in names:
                connection.execute(_NEW_OUTSIDE, {"request_id": str(request), "name": name})

    def outside(self, request: RequestId) -> list[str]:
        """The names of the limits that a transformed request broke."""
        with self._sql.connect() as connection:
            return [row.name for row in connection.execute(_LIMITS_BROKEN, {"request": str(request)})]

    def keep_event(self, request: RequestId, breach: Breach, setting: Setting, now: datetime) -> int:
        """A request goes into quarantine; the event's number."""
        with self._sql.begin() as connection:
            event = int(connection.execute(_LAST_EVENT).scalar() or 0) + 1
            values = {"event": event, "request_id": str(request), "breach": breach.value, "moment": to_utc(now)}
            connection.execute(_NEW_EVENT, {**values, "setting": setting.model_dump_json(exclude_none=True)})
            return event

    def events(self) -> list[Quarantined]:
        """All that ever went into quarantine, oldest first."""
        with self._sql.connect() as connection:
            return [
                Quarantined(
                    row.event,
                    RequestId.parse(row.request_id),
                    Breach(row.breach),
                    row.setting,
                    row.moment.replace(tzinfo=UTC),
                )
                for row in connection.execute(_EVENTS)
            ]
