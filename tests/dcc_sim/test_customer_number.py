"""SR 9.1: the DCC draws a number, the meter shows it, and who asked is told it."""

from pathlib import Path

import pytest

from dcc_sim import home
from schemas.duis.node import branch
from schemas.duis.payloads import Other
from schemas.errors import Malformed
from schemas.gbcs.envelope import decode
from schemas.gbcs.use_cases.customer_number import customer_number
from tests.pairs import Pair
from tests.schemas.gbcs.use_cases.vectors import ROOT, octets

BODY = branch("RequestCustomerIdentificationNumber")


def asked(pair: Pair) -> str:
    """The number that the other user is told."""
    before = len(pair.mailbox(pair.other_user))
    pair.read(pair.other_user, home.METER, "9.1", BODY)
    pair.pass_time()
    (answer,) = pair.mailbox(pair.other_user)[before:]
    assert answer.code == "I0" and isinstance(answer.payload, Other)
    assert answer.payload.node.name == "CINMessage"
    response = decode(answer.payload.node.octets("GBCSPayload"))
    assert (response.originator, response.message_code) == (home.METER, 0x0058)
    return answer.payload.node.text("CustomerIdentificationNumber")


def test_the_meter_shows_what_the_user_is_told(pair: Pair) -> None:
    """Four digits, others each time, the same for the same seed."""
    numbers = []
    for _ in range(3):
        numbers.append(asked(pair))
        assert pair.world.home.meter.customer_number == numbers[-1]
        assert len(numbers[-1]) == 4 and numbers[-1].isdecimal()
    assert len(set(numbers)) == 3
    again = Pair()
    assert asked(again) == numbers[0]
    again.store.close()


def test_a_supplier_may_not_ask(pair: Pair) -> None:
    """E2: it is for other users."""
    assert pair.ask(pair.supplier, home.METER, "9.1", 1, BODY).code == "E2"


@pytest.mark.parametrize("stem", ["ECS50_9.1_SUCCESS", "GCS36_9.1_SUCCESS"])
def test_the_number_of_a_vector(reference: Path, stem: str) -> None:
    """Of electricity and gas: the commands have 1234."""
    (path,) = (ROOT / "rtds").glob(f"*/{stem}_COMMAND_GBCS.HEX")
    assert customer_number(decode(octets(path))) == "1234"


def test_another_command_has_none(reference: Path) -> None:
    """Told by its code."""
    path = next((ROOT / "rtds").glob("*/CS02aMAC_6.24.1_SUCCESS_COMMAND_GBCS.HEX"))
    with pytest.raises(Malformed, match="message code"):
        customer_number(decode(octets(path)))
