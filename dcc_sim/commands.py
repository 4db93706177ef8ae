"""Step 3 of the road, whole: the message of a request, with what the DCC adds, in the name of who speaks to the device.

A device knows some parties by their certificates. Anyone else is spoken for by the access control broker, with its own
counter; and a few services are the DCC's own business, which one of its parties commands in its own name.
"""

from datetime import datetime

from dcc_sim.dcc import Dcc
from dcc_sim.inventory import DeviceEntry
from dcc_sim.known import known
from dcc_sim.transform import CREDENTIALS, Broker, transform
from schemas.duis.request import Request
from schemas.gbcs.envelope import Message
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.table import for_request
from schemas.record import record


@record
class Made:
    """A message made of a request.

    Attributes:
        party: of the DCC, if it is the originator, with the counter that this message uses.
    """

    use_case: UseCase
    message: Message
    party: Broker | None


def make(request: Request, device: DeviceEntry, now: datetime, dcc: Dcc, *, brokered: bool = False) -> Made:
    """The unsigned message of ``request`` at ``now``.

    Args:
        brokered: the broker speaks, whether the device knows the user or not.

    Raises:
        Malformed: the request says what GBCS cannot carry.
        NotAllowed: E11, no use case takes it to this type of device.
    """
    facts = known(request, device, now, dcc.inventory, dcc.smki, dcc.rng)
    use_case = for_request(request, device.device_type, facts)
    party = _party(request, use_case, device, dcc)
    if party is None and brokered:
        party = dcc.next_counter(dcc.access_control.eui)
    return Made(use_case, transform(request, use_case, party, facts), party)


def protect(use_case: UseCase, message: Message, dcc: Dcc) -> Message:
    """The command: with the signature of the DCC's party, where the device asks for one, and the broker's MAC."""
    return dcc.access_control.protect(dcc.access_control.sign(message, use_case))


def _party(request: Request, use_case: UseCase, device: DeviceEntry, dcc: Dcc) -> Broker | None:
    if use_case.dcc_party is not None or use_case.broker_signs:
        return dcc.next_counter(dcc.access_control.party(use_case).eui)
    known_to_it = request.request_id.originator in device.known_parties and not request.body.has(CREDENTIALS)
    if use_case.critical or known_to_it:
        # A critical command has its user's signature, and nobody else can speak for it.
        return None
    return dcc.next_counter(dcc.access_control.eui)
