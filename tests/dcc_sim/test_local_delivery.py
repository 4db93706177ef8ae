"""Commands given out for local delivery: variants 2, 3, 6 and 7, and the response brought back by SR 8.13."""

from dataclasses import replace

import pytest

from dcc_sim import home
from dcc_sim.inventory import UserRole
from devices.output import Send
from schemas.duis.node import Node, branch, leaf
from schemas.duis.payloads import LocalCommand, ServiceResponse
from schemas.duis.request import Request
from schemas.gbcs.envelope import decode
from tests.dcc_sim.asking import act_as, refused
from tests.dcc_sim.services import LATER, SERVICES
from tests.pairs import Answer, Pair, set_state

READ = SERVICES["7.15"]


def command_of(answer: Answer) -> bytes:
    """The command in an answer."""
    assert answer.code == "I0", answer.reason
    assert answer.response is not None and isinstance(answer.response.payload, LocalCommand)
    return answer.response.payload.payload


def local(pair: Pair, variant: int) -> tuple[Request, bytes]:
    """A request whose command is given out, and the command."""
    if variant in (2, 3):
        request = pair.supplier.request(READ[0], "7.15", variant, READ[1])
        answer = pair.post("serviceD" if variant == 2 else "serviceS", pair.supplier.write(request))
        return request, command_of(answer)
    request, message = pair.pre_command(pair.supplier, home.CHARGER, "7.13", set_state(*LATER))
    signed = replace(pair.supplier.sign_pre_command(request, message), command_variant=variant)
    return request, command_of(pair.post("serviceD" if variant == 6 else "serviceS", pair.supplier.write(signed)))


def at_the_device(pair: Pair, command: bytes) -> bytes:
    """A hand-held terminal brings the command to the charge point: its response."""
    outputs = pair.world.home.charger.receive(command, pair.world.clock.now)
    return next(each.message for each in outputs if isinstance(each, Send))


def returning(request: Request, response: bytes) -> Node:
    """The body of SR 8.13."""
    name = leaf("OriginalRequestID", str(request.request_id))
    return branch("ReturnLocalCommandResponse", name, leaf("DeviceGBCSResponse", response))


@pytest.mark.parametrize("variant", [2, 6])
def test_given_out_brought_there_and_brought_back(pair: Pair, variant: int) -> None:
    """Nothing goes over the WAN; the device does it; 8.13 ends the request with the device's own response."""
    pair.watch_han()
    request, command = local(pair, variant)
    pair.pass_time(3600)
    assert pair.packets == []
    assert pair.mailbox(pair.supplier) == []
    response = at_the_device(pair, command)
    assert pair.ask(pair.supplier, home.BROKER, "8.13", 8, returning(request, response), "serviceD").code == "I99"
    (answer,) = pair.mailbox(pair.supplier)
    assert (answer.request_id, answer.code) == (request.request_id, "I0")
    assert answer.payload == ServiceResponse(response)
    assert bool(pair.world.home.charger.auxiliary.controller(1).set_states) == (variant == 6)


@pytest.mark.parametrize("variant", [3, 7])
def test_both_ways_ends_once(pair: Pair, variant: int) -> None:
    """The command goes over the WAN too, and is the one given out; what comes back first ends the request."""
    request, command = local(pair, variant)
    pair.pass_time()
    (answer,) = pair.mailbox(pair.supplier)
    assert (answer.request_id, answer.code) == (request.request_id, "I0")
    assert isinstance(answer.payload, ServiceResponse)
    assert decode(answer.payload.payload).originator_counter == decode(command).originator_counter
    late = pair.supplier.request(home.BROKER, "8.13", 8, returning(request, answer.payload.payload))
    assert refused(pair, late, "serviceD") == "E100"


def test_a_response_that_is_not_the_answer(pair: Pair) -> None:
    """Another request's, a forged one, another user's, an alert: refused, and the request still waits."""
    request, command = local(pair, 6)
    other, other_command = local(pair, 6)
    wrong = at_the_device(pair, command), at_the_device(pair, other_command)
    forged = wrong[0][:-1] + bytes([wrong[0][-1] ^ 1])
    for body in (returning(request, wrong[1]), returning(request, forged), returning(request, b"\x00")):
        assert refused(pair, pair.supplier.request(home.BROKER, "8.13", 8, body), "serviceD") == "E100"
    stranger = pair.other_supplier.request(home.BROKER, "8.13", 8, returning(request, wrong[0]))
    assert refused(pair, stranger, "serviceD", pair.other_supplier) == "E100"
    unknown = replace(request, request_id=request.request_id._replace(counter=9))
    nobody = pair.supplier.request(home.BROKER, "8.13", 8, returning(unknown, wrong[0]))
    assert refused(pair, nobody, "serviceD") == "E100"
    for each, response in ((request, wrong[0]), (other, wrong[1])):
        body = returning(each, response)
        assert pair.ask(pair.supplier, home.BROKER, "8.13", 8, body, "serviceD").code == "I99"
    assert [each.code for each in pair.mailbox(pair.supplier)] == ["I0", "I0"]


def test_a_pre_command_is_given_out_once(pair: Pair) -> None:
    """Variant 6 twice, or 5 after it: the second is a replay."""
    request, message = pair.pre_command(pair.supplier, home.CHARGER, "7.13", set_state(*LATER))
    signed = pair.supplier.sign_pre_command(request, message)
    assert pair.post("serviceD", pair.supplier.write(replace(signed, command_variant=6))).code == "I0"
    assert refused(pair, replace(signed, command_variant=6), "serviceD") == "E100"
    assert refused(pair, signed, "serviceS") == "E100"


def test_who_has_no_local_delivery(pair: Pair) -> None:
    """E17 for a role that could not bring a response back, though it may read."""
    act_as(pair, UserRole.ELECTRICITY_DISTRIBUTOR)
    for web, variant in (("serviceD", 2), ("serviceS", 3)):
        assert refused(pair, pair.supplier.request(READ[0], "7.15", variant, READ[1]), web) == "E17"
    assert pair.ask(pair.supplier, READ[0], "7.15", 1, READ[1]).code == "I99"
