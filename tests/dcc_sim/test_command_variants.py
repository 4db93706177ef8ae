"""Command variants, web services, bodies and dates: how a request that its sender may send can be sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dcc_sim.inventory import UserRole
from schemas.duis.node import leaf
from tests.dcc_sim.asking import act_as, refused
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Pair, set_state

WEB = ("serviceT", "serviceS", "serviceD")
TARGET, BODY = SERVICES["7.13"]


@pytest.mark.parametrize(
    ("web", "service", "variant", "code"),
    [
        ("serviceT", "7.15", 1, "E13"),
        ("serviceT", "7.13", 5, "E13"),
        ("serviceT", "7.13", 8, "E13"),
        ("serviceS", "7.13", 4, "E13"),
        ("serviceS", "7.13", 8, "E13"),
        *((web, "7.13", variant, "E13") for web in ("serviceT", "serviceS") for variant in (2, 6)),
        *(("serviceT", "7.13", variant, "E13") for variant in (3, 7)),
        *(("serviceS", "7.13", variant, "E12") for variant in (3, 7)),
        *((web, service, 9, "E12") for web in WEB for service in ("7.13", "7.15")),
        *(("serviceD", "7.13", variant, "E12") for variant in (2, 6, 8)),
        *(("serviceD", "7.15", variant, "E12") for variant in (6, 8)),
        *(("serviceD", "7.13", variant, "E13") for variant in (1, 3, 4, 5, 7)),
        ("serviceS", "7.15", 7, "E12"),
        ("serviceT", "7.15", 4, "E12"),
        ("serviceS", "7.13", 1, "E12"),
        ("serviceS", "7.13", 5, "E12"),
        ("serviceS", "7.15", 5, "E12"),
    ],
)
def test_command_variants(still: Pair, web: str, service: str, variant: int, code: str) -> None:
    """E13 for a variant of another web service, E12 for one that the request, the service or the body cannot have."""
    target, body = SERVICES[service]
    assert refused(still, still.supplier.request(target, service, variant, body), web) == code


@pytest.mark.parametrize(("web", "variant"), [("serviceT", 4), ("serviceS", 1)])
def test_signed_pre_command_has_variant_5_only(pair: Pair, web: str, variant: int) -> None:
    """E12: a SignedPreCommand in another variant."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    good = pair.supplier.sign_pre_command(request, message)
    fresh = request.request_id._replace(counter=request.request_id.counter + 1)
    assert refused(pair, replace(good, command_variant=variant, request_id=fresh), web) == "E12"
    assert pair.post("serviceS", pair.supplier.write(good)).code == "I99"


@pytest.mark.parametrize(("reference", "service"), [("7.14", "7.13"), ("6.14", "7.13"), ("7.13", "7.16")])
def test_reference_and_variant_belong_together(pair: Pair, reference: str, service: str) -> None:
    """ServiceReference 7.14 with variant 7.13 names no request: refused, naming the field."""
    act_as(pair, UserRole.IMPORT_SUPPLIER)
    request = pair.supplier.request(TARGET, "7.13", 4, BODY)
    changed = replace(request, service_reference=reference, service_reference_variant=service)
    assert refused(pair, changed, "serviceT") in ("E2", "E100")


def test_body_of_another_service(still: Pair) -> None:
    """The body must be the service's own, though its form is the same."""
    limit = set_state(START, START + timedelta(hours=1), element="LimitAPCLevel")
    assert refused(still, still.supplier.request(TARGET, "7.13", 4, limit), "serviceT") == "E100"


@pytest.mark.parametrize("variant", [2, 3])
def test_a_date_that_nobody_keeps(still: Pair, variant: int) -> None:
    """What is to be delivered locally is not kept."""
    target, body = SERVICES["7.7"]
    dated = body._replace(children=(leaf("ExecutionDateTime", START + timedelta(days=1)), *body.children))
    web = "serviceD" if variant == 2 else "serviceS"
    assert refused(still, still.supplier.request(target, "7.7", variant, dated), web) == "E100"


def test_future_dated_signed_pre_command(pair: Pair) -> None:
    """Nor is a signed pre-command with a date of its own."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    signed = pair.supplier.sign_pre_command(request, message)
    later = leaf("ExecutionDateTime", START + timedelta(days=1))
    dated = replace(signed, body=signed.body._replace(children=(later, *signed.body.children)))
    assert refused(pair, dated, "serviceS") == "E100"
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "I99"
