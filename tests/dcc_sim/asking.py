"""Ask the gateway as a user does, and see a refusal leave everything as it was."""

from datetime import timedelta

from dcc_sim import home
from dcc_sim.inventory import Registration, User, UserRole
from dcc_sim.policy import RULES, Kind
from dcc_sim.user import StandInUser
from schemas.duis.node import branch
from schemas.duis.request import Request
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Answer, Pair

ALWAYS = START - timedelta(days=1)


def variant_of(service: str) -> int:
    """4 for a critical request, 1 else."""
    return 4 if RULES[service].kind is Kind.CRITICAL else 1


def ask(pair: Pair, service: str, user: StandInUser | None = None) -> Answer:
    """The legal request of a service, in its right variant."""
    target, body = SERVICES[service]
    return pair.ask(user or pair.supplier, target, service, variant_of(service), body)


def ask_any(pair: Pair, service: str) -> Answer:
    """Any of the 129, of the right kind for its web service; where the build carries it, legal in all."""
    kind = RULES[service].kind
    if kind is Kind.NON_DEVICE:
        return pair.ask(pair.supplier, home.BROKER, service, 8, branch("ReadFirmwareVersion"), "serviceD")
    target, body = SERVICES.get(service, (home.METER, branch("ReadFirmwareVersion")))
    return pair.ask(pair.supplier, target, service, variant_of(service), body)


def refused(pair: Pair, request: Request, web: str, user: StandInUser | None = None) -> str:
    """The code of a refusal that leaves everything as it was, and gives its reason beside the document."""
    sender = user or pair.supplier
    before = pair.records()
    answer = pair.post(web, sender.write(request))
    assert answer.status == 200
    assert answer.reason
    assert answer.response is not None
    assert answer.response.request_id == request.request_id
    assert answer.response.payload is None
    pair.pass_time()
    assert pair.records() == before
    return answer.code


def act_as(pair: Pair, *roles: UserRole, registered: bool = True) -> None:
    """Let the supplier's EUI act in other roles, registered for the home's meter point or not."""
    inventory = pair.world.dcc.inventory
    inventory.users[home.SUPPLIER] = User(home.SUPPLIER, "Supplier", frozenset(roles))
    inventory.registrations[:] = [Registration(home.MPAN, role, home.SUPPLIER, ALWAYS) for role in roles if registered]
