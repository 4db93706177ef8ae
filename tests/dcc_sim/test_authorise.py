"""Who may ask what of which device, when and how: the whole policy, over HTTP, with the code of each refusal."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dcc_sim import home
from dcc_sim.authorise import CARRIED
from dcc_sim.inventory import DeviceStatus, Registration, User, UserRole
from dcc_sim.policy import NEVER_REGISTERED, RULES, Kind, Regime
from dcc_sim.smki import Role
from dcc_sim.user import StandInUser
from schemas.duis.node import branch, leaf
from schemas.duis.request import Request
from schemas.eui import EUI64
from tests.dcc_sim.services import SERVICES
from tests.pairs import START, Answer, Pair, set_state

WEB = ("serviceT", "serviceS", "serviceD")
ALWAYS = START - timedelta(days=1)
TARGET, BODY = SERVICES["7.13"]


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


def test_every_carried_service_is_asked() -> None:
    """The table of requests leaves no service out."""
    assert set(SERVICES) == set(CARRIED)


@pytest.mark.parametrize("service", sorted(CARRIED))
def test_every_role(pair: Pair, service: str) -> None:
    """Registered in each role in turn: accepted where the role is eligible, E2 where it is not, and nothing between."""
    eligible = RULES[service].eligible(Regime.SUPPLIER_ONLY)
    accepted = "I0" if variant_of(service) == 4 else "I99"
    for role in UserRole:
        act_as(pair, role)
        before = pair.records()
        answer = ask(pair, service)
        assert answer.code == (accepted if role in eligible else "E2"), (role, answer.reason)
        if answer.code == "E2":
            assert str(role) in answer.reason
            assert pair.records() == before


@pytest.mark.parametrize("role", UserRole)
def test_every_variant_in_every_role(pair: Pair, reference: Path, role: UserRole) -> None:
    """129 variants to the gateway in each role: E2 where the public matrix has it not, and else the next answer."""
    rows = json.loads((reference / "duis-request-matrix.json").read_text(encoding="utf-8"))
    act_as(pair, role)
    asked = 0
    for row in rows:
        service = row["Service Reference Variant"]
        code = ask_any(pair, service).code
        if role not in row["Eligible User Roles"]:
            assert code == "E2", service
        elif service in CARRIED:
            assert code == ("I0" if row["Critical"] == "Yes" else "I99"), service
        else:
            assert code == "E11", service
        asked += 1
    assert asked == 129


def test_every_variant_by_a_load_controller_in_its_regime(reference: Path) -> None:
    """7.16 and nothing else; for the supplier nothing has changed."""
    pair = Pair(policy=Regime.LOAD_CONTROLLER)
    act_as(pair, UserRole.LOAD_CONTROLLER)
    accepted = {service for service in RULES if ask_any(pair, service).code != "E2"}
    assert accepted == {"7.16"}
    act_as(pair, UserRole.IMPORT_SUPPLIER)
    refused_now = {service for service in RULES if ask_any(pair, service).code == "E2"}
    assert refused_now == {service for service, rule in RULES.items() if UserRole.IMPORT_SUPPLIER not in rule.roles}
    pair.store.close()


@pytest.mark.parametrize("service", sorted(service for service in CARRIED if RULES[service].roles))
def test_every_role_without_registration(pair: Pair, service: str) -> None:
    """Not registered, each eligible role gets E4, but for other users, who need no registration."""
    for role in RULES[service].roles:
        act_as(pair, role, registered=False)
        code = ask(pair, service).code
        assert (code == "E4") is (role not in NEVER_REGISTERED), (role, code)


def test_one_eligible_and_registered_role_is_enough(pair: Pair) -> None:
    """Roles are not added up: the role that is eligible must be the one that is registered."""
    act_as(pair, UserRole.IMPORT_SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR)
    assert ask(pair, "7.13").code == "I0"
    registrations = pair.world.dcc.inventory.registrations
    registrations[:] = [entry for entry in registrations if entry.role is UserRole.ELECTRICITY_DISTRIBUTOR]
    assert ask(pair, "7.13").code == "E4"
    assert ask(pair, "7.15").code == "I99"


def test_registration_of_another_meter_point_or_user_is_none(pair: Pair) -> None:
    """E4 for another meter point, and for another user's registration."""
    entry = Registration(home.OTHER_MPAN, UserRole.IMPORT_SUPPLIER, home.SUPPLIER, ALWAYS)
    for other in (entry, replace(entry, mpxn=home.MPAN, user=home.OTHER_SUPPLIER)):
        pair.world.dcc.inventory.registrations[:] = [other]
        assert ask(pair, "7.13").code == "E4"


def test_registration_window(pair: Pair) -> None:
    """From its start, included, to its end, not included."""
    begin, end = START + timedelta(hours=1), START + timedelta(hours=2)
    moment = timedelta(seconds=1)
    pair.world.dcc.inventory.registrations[:] = [
        Registration(home.MPAN, UserRole.IMPORT_SUPPLIER, home.SUPPLIER, begin, end)
    ]
    for at, code in (
        (begin - moment, "E4"),
        (begin, "I0"),
        (end - moment, "I0"),
        (end, "E4"),
        (end + timedelta(days=300), "E4"),
    ):
        pair.at(at)
        assert ask(pair, "7.13").code == code, at


def test_change_of_supplier(pair: Pair) -> None:
    """At the change the old supplier is out and the new one in: a pre-command made before cannot be sent after."""
    change = START + timedelta(hours=1)
    role = UserRole.IMPORT_SUPPLIER
    pair.world.dcc.inventory.registrations[:] = [
        Registration(home.MPAN, role, home.SUPPLIER, ALWAYS, change),
        Registration(home.MPAN, role, home.OTHER_SUPPLIER, change),
    ]
    assert ask(pair, "7.13", pair.other_supplier).code == "E4"
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    pair.at(change)
    assert refused(pair, pair.supplier.sign_pre_command(request, message), "serviceS") == "E4"
    assert ask(pair, "7.13").code == "E4"
    assert ask(pair, "7.13", pair.other_supplier).code == "I0"


def test_unknown_user(pair: Pair) -> None:
    """E1, although the certificate is good: the party is in the SMKI and no user of the DCC."""
    del pair.world.dcc.inventory.users[home.SUPPLIER]
    assert refused(pair, pair.supplier.request(TARGET, "7.13", 4, BODY), "serviceT") == "E1"


def test_suspended_user(pair: Pair) -> None:
    """E3, also for the second half of a request; once it is no longer suspended, the same is accepted."""
    signed = pair.supplier.sign_pre_command(*pair.pre_command(pair.supplier, TARGET, "7.13", BODY))
    users = pair.world.dcc.inventory.users
    user = users[home.SUPPLIER]
    users[home.SUPPLIER] = replace(user, suspended=True)
    assert refused(pair, signed, "serviceS") == "E3"
    assert refused(pair, pair.supplier.request(TARGET, "7.13", 4, BODY), "serviceT") == "E3"
    users[home.SUPPLIER] = user
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "I99"


def test_a_key_of_the_dcc_is_no_users_key(pair: Pair) -> None:
    """A certificate of role DspXmlSign signs no request, though it is for XML and its party were a user."""
    eui = EUI64.parse("90-B3-D5-1F-30-05-00-00")
    posing = StandInUser(
        "Posing", pair.world.smki.issue_organisation(eui, Role.ACCESS_CONTROL_BROKER, "Posing"), pair.world.smki
    )
    pair.world.dcc.inventory.users[eui] = User(eui, "Posing", frozenset({UserRole.OTHER_USER}))
    answer = ask(pair, "7.15", posing)
    assert (answer.code, answer.reason.split(":")[0]) == ("E100", "X509SerialNumber")


@pytest.mark.parametrize("status", [status for status in DeviceStatus if status is not DeviceStatus.COMMISSIONED])
def test_device_status(pair: Pair, status: DeviceStatus) -> None:
    """E5 for every status but Commissioned, to all three ways of asking."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    devices = pair.world.dcc.inventory.devices
    devices[TARGET] = replace(devices[TARGET], status=status)
    assert refused(pair, pair.supplier.sign_pre_command(request, message), "serviceS") == "E5"
    assert refused(pair, pair.supplier.request(TARGET, "7.13", 4, BODY), "serviceT") == "E5"
    reading = pair.supplier.request(TARGET, "7.15", 1, SERVICES["7.15"][1])
    assert refused(pair, reading, "serviceS") == "E5"


@pytest.mark.parametrize(
    ("service", "target"),
    [("7.5", home.CHARGER), ("7.7", home.CHARGER), ("8.11", home.METER), ("7.13", home.HUB), ("7.14", home.HUB)],
)
def test_device_type(still: Pair, service: str, target: EUI64) -> None:
    """E11 for a request that this type of device does not take."""
    request = still.supplier.request(target, service, variant_of(service), SERVICES[service][1])
    assert refused(still, request, "serviceT" if variant_of(service) == 4 else "serviceS") == "E11"


def test_service_that_is_not_carried(still: Pair) -> None:
    """E11 for a DUIS service that this build has not got yet."""
    request = still.supplier.request(home.METER, "2.5", 4, branch("ActivateEmergencyCredit"))
    assert refused(still, request, "serviceT") == "E11"


def test_unknown_device(still: Pair) -> None:
    """E19."""
    unknown = EUI64.parse("00-DB-12-34-56-78-90-FF")
    assert refused(still, still.supplier.request(unknown, "7.13", 4, BODY), "serviceT") == "E19"
    assert refused(still, still.supplier.request(unknown, "7.15", 1, SERVICES["7.15"][1]), "serviceS") == "E19"


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


@pytest.mark.parametrize("service", ["7.7", "7.9", "7.14", "7.15", "11.2"])
def test_future_dating_that_no_device_does(still: Pair, service: str) -> None:
    """A non-critical request for later is not sent at once: the DCC would have to keep it, and this build does not."""
    target, body = SERVICES[service]
    dated = body._replace(children=(leaf("ExecutionDateTime", START + timedelta(days=1)), *body.children))
    assert refused(still, still.supplier.request(target, service, 1, dated), "serviceS") == "E100"


def test_future_dated_signed_pre_command(pair: Pair) -> None:
    """Nor is a signed pre-command with a date of its own."""
    request, message = pair.pre_command(pair.supplier, TARGET, "7.13", BODY)
    signed = pair.supplier.sign_pre_command(request, message)
    later = leaf("ExecutionDateTime", START + timedelta(days=1))
    dated = replace(signed, body=signed.body._replace(children=(later, *signed.body.children)))
    assert refused(pair, dated, "serviceS") == "E100"
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "I99"


def test_add_and_remove_go_by_the_request_type(still: Pair) -> None:
    """8.11: Add without what is to be added is refused, and never carried out as a removal."""
    add = branch("UpdateHANDeviceLog", leaf("DeviceID", home.CHARGER), leaf("RequestType", "Add"))
    assert refused(still, still.supplier.request(home.HUB, "8.11", 1, add), "serviceS") == "E100"


def test_user_that_joins_later(pair: Pair) -> None:
    """A user whose certificates no device holds is carried by the broker, and only in its own role."""
    eui = EUI64.parse("90-B3-D5-1F-30-04-00-00")
    credentials = pair.world.smki.issue_organisation(eui, Role.OTHER, "Newcomer")
    newcomer = StandInUser("Newcomer", credentials, pair.world.smki)
    assert ask(pair, "7.15", newcomer).code == "E1"
    pair.world.dcc.inventory.users[eui] = User(eui, "Newcomer", frozenset({UserRole.OTHER_USER}))
    assert ask(pair, "7.15", newcomer).code == "I99"
    assert ask(pair, "7.13", newcomer).code == "E2"


@pytest.mark.parametrize(("web", "variant"), [("serviceS", 3), ("serviceD", 2)])
def test_local_delivery(still: Pair, web: str, variant: int) -> None:
    """A variant that the request may have, but this build does not do: refused without a code of another meaning."""
    target, body = SERVICES["7.15"]
    assert refused(still, still.supplier.request(target, "7.15", variant, body), web) == "E100"


@pytest.mark.parametrize(("web", "variant"), [("serviceS", 7), ("serviceD", 6)])
def test_local_delivery_of_a_signed_pre_command(pair: Pair, web: str, variant: int) -> None:
    """Likewise, and the pre-command can still go over the WAN."""
    signed = pair.supplier.sign_pre_command(*pair.pre_command(pair.supplier, TARGET, "7.13", BODY))
    assert refused(pair, replace(signed, command_variant=variant), web) == "E100"
    assert pair.post("serviceS", pair.supplier.write(signed)).code == "I99"
