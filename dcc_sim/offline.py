"""Transform without a DCC, for the command line: no signature is checked, nothing is stored."""

from dataclasses import dataclass, field

from dcc_sim.identities import BROKER, TRANSITIONAL_COS
from dcc_sim.inventory_file import Inventory
from dcc_sim.keys import KeyFolder
from dcc_sim.transform import CREDENTIALS, Broker, transform
from schemas.duis.document import parse
from schemas.duis.request import Request, read_request
from schemas.errors import Malformed, NotAllowed, NotPossible
from schemas.gbcs.envelope import Message
from schemas.gbcs.protection import add_mac, sign
from schemas.gbcs.use_cases.declare import DccParty, DeviceType, Known, UseCase
from schemas.gbcs.use_cases.table import by_name, for_request

BROKER_COUNTER_OFFSET = 300
"""Most RTDS commands of the broker carry the user's counter plus 300; without a store that is as good as any."""
HIGHEST_COUNTER = 2**64 - 1
_PARTIES = {DccParty.BROKER: BROKER, DccParty.COS: TRANSITIONAL_COS}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the request itself does not say.

    Attributes:
        use_case: name of the use case, where the service alone does not decide.
        device: type of the target, which chooses between electricity, gas and hub; None for the inventory's.
        broker_counter: the broker's counter; None for the user's plus 300.
        direct: the user originates even where RTDS shows the broker.
        inventory: what the DCC knows of devices.
    """

    use_case: str | None = None
    device: DeviceType | None = None
    broker_counter: int | None = None
    direct: bool = False
    inventory: Inventory = field(default_factory=Inventory)


def transform_offline(xml: bytes, choices: Choices) -> tuple[UseCase, Message]:
    """The use case and the unsigned GBCS message of the request in ``xml``.

    Raises:
        Malformed: the XML or its values.
        NotAllowed: no use case carries the request.
    """
    request = read_request(parse(xml))
    known = choices.inventory.known(request)
    chosen = _chosen(request, choices, known)
    broker = None
    # Who sends its certificate along is not known to the device: the broker speaks for it.
    unknown = request.body.has(CREDENTIALS)
    party = BROKER if chosen.dcc_party is None else _PARTIES[chosen.dcc_party]
    own = chosen.dcc_party is not None and request.request_id.originator != party
    if (chosen.brokered or unknown or own) and not choices.direct:
        counter = choices.broker_counter
        if counter is None:
            counter = request.request_id.counter + BROKER_COUNTER_OFFSET
        if counter > HIGHEST_COUNTER:
            raise Malformed("broker counter", f"is at most 2^64-1, not {counter}: give one")
        broker = Broker(party, counter)
    return chosen, transform(request, chosen, broker, known)


def command(use_case: UseCase, message: Message, keys: KeyFolder) -> Message:
    """The command that goes to the device: signed by its originator where the device asks for it, and with the
    broker's MAC.

    Raises:
        NotPossible: the folder lacks a key for it.
    """
    if use_case.critical or use_case.broker_signs:
        key = keys.private.get((message.originator, "ds"))
        if key is None:
            raise NotPossible("keys", f"hold the signing key of {message.originator}")
        message = sign(message, key)
    secret = keys.secret(BROKER, message.target)
    if secret is None:
        raise NotPossible("keys", f"hold the broker's key agreement key and the certificate of {message.target}")
    return add_mac(message, secret)


def _chosen(request: Request, choices: Choices, known: Known) -> UseCase:
    if choices.use_case is None:
        device = choices.device or choices.inventory.type_of(request.request_id.target)
        return for_request(request, device, known)
    chosen = by_name(choices.use_case)
    if chosen.service != request.service_reference_variant:
        raise NotAllowed("use case", f"{chosen.name} carries {chosen.service}, not this request", code="E11")
    if not chosen.applies(request.body):
        raise NotAllowed("use case", f"{chosen.name} carries another body of {chosen.service}", code="E11")
    return chosen
