"""COSEM objects of a device: which attribute or method is answered by which function, and how a request is run.

Items run in order. The first that fails has result 01 and every later one FA, all with null data, as in all 126
error responses of the vectors; earlier items keep their results.
"""

from collections.abc import Callable
from datetime import datetime

from devices.objects import Member
from devices.origin import Origin
from schemas.errors import NotAllowed, NotPossible, SmartMeterError
from schemas.eui import EUI64
from schemas.gbcs.dlms.access import AccessRequest, AccessResponse, Choice, Item, Result
from schemas.gbcs.dlms.data import NULL, Data
from schemas.record import record

_SUCCESS, _FAILED, _NOT_RUN = Result.SUCCESS, Result.HARDWARE_FAULT, Result.OTHER_REASON
_BY_RANGE = 1
"""The one selector of the vectors."""


def _no_secret(reader: EUI64) -> bytes:
    raise NotAllowed("key agreement", f"is with a remote party this device knows, not {reader}")


@record
class Context:
    """What a handler may know besides the item.

    Attributes:
        hub_time: the world's time, as the hub would give it, UTC.
        now: the device's clock as the command found it, UTC.
        origin: the command; a future-dated outcome alert names it.
        secret: Z with a reader for whom values are encrypted; NotAllowed where the device has no key of it.
    """

    hub_time: datetime
    now: datetime
    origin: Origin
    secret: Callable[[EUI64], bytes] = _no_secret


Handler = Callable[[Data, Context], Data | None]
"""Takes the item's data and answers with data, or with None for null (SET); a SmartMeterError fails the item.

The data is null for a GET, and the selection's parameters for a GET with selection.
"""


class ObjectStore:
    """Handlers by choice and member.

    Attributes:
        faults: members that fail as if their hardware did; a test sets them to see a device's error responses.
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[Choice, int, bytes, int], Handler] = {}
        self.faults: set[Member] = set()

    def add(self, choice: Choice, member: Member, handler: Handler) -> None:
        """Answer ``choice`` on ``member`` by ``handler``."""
        self._handlers[choice, member.class_id, member.obis, member.number] = handler

    def readable(self, member: Member, read: Callable[[datetime], Data]) -> None:
        """Answer GETs of an attribute by a function of the device's clock."""
        self.add(Choice.GET, member, lambda _, context: read(context.now))

    def writable(self, member: Member, write: Callable[[Data, Context], None]) -> None:
        """Let an attribute be SET."""
        self.add(Choice.SET, member, write)

    def invocable(self, member: Member, run: Callable[[Data, Context], None]) -> None:
        """Let a method be invoked; it returns no data."""
        self.add(Choice.ACTION, member, run)

    def execute(self, request: AccessRequest, context: Context) -> tuple[AccessResponse, SmartMeterError | None]:
        """Run a request's items; the response, and why the failing item failed."""
        data: list[Data] = []
        results: list[tuple[Choice, int]] = []
        failure: SmartMeterError | None = None
        for item in request.items:
            value, result = NULL, _NOT_RUN
            if failure is None:
                try:
                    value, result = self._run(item, context), _SUCCESS
                except SmartMeterError as error:
                    failure, result = error, _FAILED
            data.append(value)
            results.append((item.choice, result))
        return AccessResponse(request.liid, tuple(data), tuple(results)), failure

    def _run(self, item: Item, context: Context) -> Data:
        handler = self._handlers.get((item.choice, item.class_id, item.obis, item.member))
        if handler is None:
            raise NotPossible("COSEM object", f"{item.class_id} {item.obis.hex().upper()} is not in this device")
        if self.faults and Member(item.class_id, item.obis, item.member) in self.faults:
            raise NotPossible("COSEM object", f"{item.class_id} {item.obis.hex().upper()} is set to fail")
        if item.selection is not None and item.selection.selector != _BY_RANGE:
            raise NotPossible("selector", f"is {_BY_RANGE}, by range, not {item.selection.selector}")
        # A handler of a read with selection gets the selection's parameters: such an item has no data of its own.
        answer = handler(item.data if item.selection is None else item.selection.parameters, context)
        return NULL if answer is None else answer
