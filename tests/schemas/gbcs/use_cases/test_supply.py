"""Supply use cases: templates become their vectors, responses become MMC with the state by name."""

from pathlib import Path

import pytest

from dcc_sim.identities import METER, SUPPLIER
from dcc_sim.transform import transform
from schemas.duis.document import parse
from schemas.duis.request import read_request
from schemas.errors import Malformed
from schemas.gbcs.dlms.access import AccessResponse, Choice, liid
from schemas.gbcs.dlms.data import enum
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.supply import READ_SUPPLY, SUPPLY
from schemas.mmc.document import write_mmc
from tests.schemas.gbcs.use_cases.vectors import octets

NAMES = [use_case.name for use_case in SUPPLY]


@pytest.mark.parametrize("use_case", SUPPLY, ids=NAMES)
def test_template_becomes_its_vector(reference: Path, use_case: UseCase) -> None:
    """Every template with a vector, octet for octet up to what protection adds."""
    compared = 0
    for path in sorted((reference / "duis-templates").glob(f"{use_case.name}_*.XML")):
        stem = path.name.removesuffix("_REQUEST_DUIS.XML")
        for vector in sorted((reference / "rtds").glob(f"*/{stem}_*COMMAND_GBCS.HEX")):
            made = transform(read_request(parse(path.read_bytes())), use_case)
            assert made.encode() == decode(octets(vector)).stripped().encode()
            compared += 1
    assert compared


def supply_status(state: int) -> Message:
    """A meter's answer to SRV 7.4."""
    content = AccessResponse(liid(1), (enum(state),), ((Choice.GET, 0),)).encode()
    return Message(CraFlag.RESPONSE, 1, METER, SUPPLIER, READ_SUPPLY.code, content, signature=b"")


@pytest.mark.parametrize(("state", "word"), [(0, "Disabled"), (1, "Enabled"), (2, "Armed")])
def test_supply_state_by_name(state: int, word: str) -> None:
    """The control state of the disconnect control object."""
    assert f"<ra:SupplyState>{word}</ra:SupplyState>".encode() in write_mmc(supply_status(state), READ_SUPPLY)


def test_other_states_are_refused() -> None:
    """There are three."""
    with pytest.raises(Malformed, match="control state"):
        write_mmc(supply_status(3), READ_SUPPLY)
