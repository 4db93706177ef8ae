"""Transform without a DCC, for the command line: no signature is checked, nothing is stored."""

from dcc_sim.identities import BROKER
from dcc_sim.transform import Broker, transform
from schemas.duis.document import parse
from schemas.duis.request import read_request
from schemas.errors import Malformed, NotAllowed
from schemas.gbcs.use_cases.table import by_name, for_request

BROKER_COUNTER_OFFSET = 300
"""Most RTDS commands of the broker carry the user's counter plus 300; without a store that is as good as any."""
HIGHEST_COUNTER = 2**64 - 1


def transform_file(xml: bytes, use_case: str | None, broker_counter: int | None, direct: bool) -> bytes:
    """The GBCS message of the request in ``xml``.

    Args:
        use_case: name of the use case, where the service alone does not decide.
        broker_counter: the broker's counter; None for the user's plus 300.
        direct: the user originates even where RTDS shows the broker.

    Raises:
        Malformed: the XML or its values. NotAllowed: no use case carries the request.
    """
    request = read_request(parse(xml))
    chosen = for_request(request) if use_case is None else by_name(use_case)
    if chosen.service != request.service_reference_variant:
        raise NotAllowed("use case", f"{chosen.name} carries {chosen.service}, not this request", code="E11")
    if not chosen.applies(request.body):
        raise NotAllowed("use case", f"{chosen.name} carries another body of {chosen.service}", code="E11")
    broker = None
    if chosen.brokered and not direct:
        counter = request.request_id.counter + BROKER_COUNTER_OFFSET if broker_counter is None else broker_counter
        if counter > HIGHEST_COUNTER:
            raise Malformed("broker counter", f"is at most 2^64-1, not {counter}: give one")
        broker = Broker(BROKER, counter)
    return transform(request, chosen, broker).encode()
