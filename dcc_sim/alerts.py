"""DCC alerts: what the DCC itself tells the users who must know of an event.

The schema does not say which code goes with which event. One pair is public, in the tests of a public client: N24 with
UpdateHANDeviceLogResult. N16 stands with DeviceStatusChangeEvent in a document that the public clients take (assumed):
tell events by their element, not by their code.
"""

from collections.abc import Iterable
from datetime import datetime

from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import DccAlert
from schemas.duis.request_id import RequestId
from schemas.duis.response import Response, write_response
from schemas.eui import EUI64

STATUS_CHANGE = "N16"
LOG_RESULT = "N24"


def tell(users: Iterable[EUI64], code: str, event: Node, now: datetime, dcc: Dcc) -> None:
    """Put an alert into the mailbox of each of ``users``; inside the transaction of what they are told."""
    broker = dcc.access_control.eui
    for user in sorted(set(users)):
        # Alerts of the DCC have no counter of their own to name them by: they take one of the broker's.
        counter = dcc.store.counter(broker) + 1
        dcc.store.raise_counter(broker, counter)
        name = RequestId(broker, user, counter)
        document = write_response(Response(None, name, "I0", now, None, None, DccAlert(code, event)))
        dcc.store.put(user, str(name), dcc.sign(document))


def status_change(entry: DeviceEntry, change: Node) -> Node:
    """DeviceStatusChangeEvent with one of its changes."""
    return branch("DeviceStatusChangeEvent", leaf("DeviceID", entry.eui), branch("DeviceStatusChange", change))


def meter_points(name: str, entry: DeviceEntry) -> Node:
    """The element ``name`` with a meter's meter points."""
    more = (("SecondaryImportMPAN", entry.details.secondary_mpan), ("ExportMPAN", entry.details.export_mpan))
    return branch(name, leaf("ImportMPxN", entry.mpxn), *(leaf(each, point) for each, point in more if point))


def concerned(entry: DeviceEntry, now: datetime, dcc: Dcc) -> set[EUI64]:
    """Everybody who is registered for one of the device's meter points at ``now``."""
    return {user for point in entry.meter_points for user in dcc.inventory.registered_users(point, now)}
