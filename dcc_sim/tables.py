"""The DCC's tables, and the statements over them: built once, because building one costs more than running it."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

METADATA = MetaData()
"""The tables as this build wants them; the revisions in dcc_sim/migrations make the same."""
_COUNTER = String(20)
"""Decimal digits: counters are unsigned 64-bit, more than SQL's BIGINT holds, and SQLite's NUMERIC is a float."""

REQUESTS = Table(
    "requests",
    METADATA,
    Column("request_id", String(80), primary_key=True),
    Column("service", String(8), nullable=False),
    Column("use_case", String(40), nullable=False),
    Column("pre_command", LargeBinary, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("command", LargeBinary, nullable=False),
    Column("deadline", DateTime, nullable=True),
    Column("schedule", Integer, nullable=True),
    Column("user", String(23), nullable=True),
)
_COUNTERS = Table(
    "counters",
    METADATA,
    Column("originator", String(23), primary_key=True),
    Column("counter", _COUNTER, nullable=False),
)
_DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("user", String(23), nullable=False, index=True),
    Column("request", String(80), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("use_case", String(40), nullable=False),
    Column("delivered", Boolean, nullable=False),
)
CLOCK = Table(
    "clock",
    METADATA,
    Column("world", Integer, primary_key=True, autoincrement=False),
    Column("moment", DateTime, nullable=False),
)
_CALLBACKS = Table(
    "callbacks",
    METADATA,
    Column("user", String(23), primary_key=True),
    Column("url", String(2100), nullable=False),
)
_DCC_COMMANDS = Table(
    "dcc_commands",
    METADATA,
    Column("command", String(80), primary_key=True),
    Column("request_id", String(80), nullable=False),
)
"""Commands that a party of the DCC sent in its own name, and the user's request that each belongs to."""
_DEVICE_STATES = Table(
    "device_states",
    METADATA,
    Column("device", String(23), primary_key=True),
    Column("state", Text, nullable=False),
)
"""What a virtual device keeps over a power loss, JSON."""
_WAITING = Table(
    "waiting",
    METADATA,
    Column("request_id", String(80), primary_key=True),
    Column("due", DateTime, nullable=False),
    Column("document", LargeBinary, nullable=False),
)
_SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("user", String(23), nullable=False),
    Column("device", String(23), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("due", DateTime, nullable=True),
)

_DEVICES = Table(
    "devices",
    METADATA,
    Column("device", String(23), primary_key=True),
    Column("entry", Text, nullable=False),
)
"""The inventory's entries that users or devices have changed, as JSON; an empty one was deleted."""

NEW_REQUEST = insert(REQUESTS)
CHANGED_REQUEST = (
    update(REQUESTS)
    .where(REQUESTS.c.request_id == bindparam("name"), REQUESTS.c.state == bindparam("before"))
    .values(state=bindparam("state"), command=bindparam("command"), deadline=bindparam("deadline"))
)
ONE_REQUEST = select(REQUESTS).where(REQUESTS.c.request_id == bindparam("name"))
REQUESTS_IN_STATE = (
    select(REQUESTS).where(REQUESTS.c.state == bindparam("state")).order_by(REQUESTS.c.deadline, REQUESTS.c.request_id)
)
REQUEST_COUNTS = select(REQUESTS.c.state, func.count().label("number")).group_by(REQUESTS.c.state)
DELIVERY_COUNTS = select(_DELIVERIES.c.delivered, func.count().label("number")).group_by(_DELIVERIES.c.delivered)
COUNTER_OF = select(_COUNTERS.c.counter).where(_COUNTERS.c.originator == bindparam("party"))
NEW_COUNTER = insert(_COUNTERS)
RAISED_COUNTER = (
    update(_COUNTERS)
    .where(_COUNTERS.c.originator == bindparam("party"), _COUNTERS.c.counter == bindparam("before"))
    .values(counter=bindparam("counter"))
)
NEW_WAITING = insert(_WAITING)
WAITING = select(_WAITING).order_by(_WAITING.c.due, _WAITING.c.request_id)
ONE_WAITING = select(_WAITING).where(_WAITING.c.request_id == bindparam("name"))
NO_LONGER_WAITING = delete(_WAITING).where(_WAITING.c.request_id == bindparam("name"))
NEW_SCHEDULE = insert(_SCHEDULES)
SCHEDULES = select(_SCHEDULES).order_by(_SCHEDULES.c.number)
ONE_SCHEDULE = select(_SCHEDULES).where(_SCHEDULES.c.number == bindparam("schedule"))
LAST_SCHEDULE = select(func.max(_SCHEDULES.c.number).label("number"))
RESCHEDULED = update(_SCHEDULES).where(_SCHEDULES.c.number == bindparam("schedule")).values(due=bindparam("next"))
NO_SCHEDULE = delete(_SCHEDULES).where(_SCHEDULES.c.number == bindparam("schedule"))
NEW_DELIVERY = insert(_DELIVERIES)
MAILBOX = (
    select(_DELIVERIES)
    .where(_DELIVERIES.c.user == bindparam("user"), _DELIVERIES.c.number > bindparam("after"))
    .order_by(_DELIVERIES.c.number)
)
OF_THAT_NAME = select(_DELIVERIES.c.number).where(
    _DELIVERIES.c.user == bindparam("party"), _DELIVERIES.c.request == bindparam("name")
)
UNDELIVERED = select(_DELIVERIES).where(_DELIVERIES.c.delivered.is_(False)).order_by(_DELIVERIES.c.number)
TAKEN = update(_DELIVERIES).where(_DELIVERIES.c.number == bindparam("taken")).values(delivered=True)
MOMENT = select(CLOCK.c.moment)
NEW_MOMENT = insert(CLOCK)
LATER_MOMENT = update(CLOCK).where(CLOCK.c.moment < bindparam("now")).values(moment=bindparam("now"))
CALLBACKS = select(_CALLBACKS)
NEW_CALLBACK = insert(_CALLBACKS)
CHANGED_CALLBACK = update(_CALLBACKS).where(_CALLBACKS.c.user == bindparam("party")).values(url=bindparam("url"))
NEW_DCC_COMMAND = insert(_DCC_COMMANDS)
REQUEST_OF_COMMAND = select(_DCC_COMMANDS.c.request_id).where(_DCC_COMMANDS.c.command == bindparam("name"))
DEVICE_STATES = select(_DEVICE_STATES)
NEW_DEVICE_STATE = insert(_DEVICE_STATES)
CHANGED_DEVICE_STATE = (
    update(_DEVICE_STATES).where(_DEVICE_STATES.c.device == bindparam("name")).values(state=bindparam("state"))
)
DEVICES = select(_DEVICES).order_by(_DEVICES.c.device)
NEW_DEVICE = insert(_DEVICES)
CHANGED_DEVICE = update(_DEVICES).where(_DEVICES.c.device == bindparam("name")).values(entry=bindparam("entry"))
