"""The benches measure what they say: the bare chain does the whole work, and every round is answered."""

from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from benchmarks import dcc_chain, frames, home_days
from benchmarks.bare_chain import BareChain
from benchmarks.dcc_chain import MEMORY, chain, one_pass, rounds_of
from dcc_sim.demo import START
from dcc_sim.testing import Emulator
from dcc_sim.world import World
from schemas.duis.document import parse
from schemas.duis.payloads import PreCommand, ServiceResponse
from schemas.duis.response import read_response
from schemas.duis.xml_signature import verify


def test_the_bare_chain_does_the_whole_work() -> None:
    """Its answers are ours but for their header and the name of the certificate, and its signatures hold."""
    world = World(1, START, traced=False)
    (first,) = rounds_of(world, 1)
    signing = world.dcc.xml_signing.certificate.public_key()
    assert isinstance(signing, ec.EllipticCurvePublicKey)
    by_hand = chain(world, first.response, our_operations=True)
    answers = [by_hand.transform(first.transform_request, first.pre_command), *by_hand.send(first.signed)]
    for answer in answers:
        verify(parse(answer), lambda issuer, serial: signing)
    read = [read_response(parse(answer)) for answer in answers]
    assert [each.code for each in read] == ["I0", "I99", "I0"]
    # The device of the bare chain signs as ours does (RFC 6979): the same response, octet for octet.
    payloads = [each.payload for each in read]
    assert payloads[2] == ServiceResponse(first.response)
    assert isinstance(payloads[0], PreCommand) and payloads[0].payload == first.pre_command


@pytest.mark.parametrize("which", ["user_xml", "user"])
def test_the_bare_chain_checks_signatures(which: str) -> None:
    """With another key of the user it refuses: the verifications are made."""
    world = World(1, START, traced=False)
    (first,) = rounds_of(world, 1)
    by_hand = chain(world, first.response)
    other = ec.derive_private_key(5, ec.SECP256R1()).public_key()
    wrong = BareChain(replace(by_hand.keys, **{which: other}), by_hand.response)
    with pytest.raises(InvalidSignature):
        wrong.send(first.signed)


def test_a_pass_answers_every_round() -> None:
    """All lines of the table have a time, each has documents, and each of our worlds an answer to each request."""
    figures = one_pass(1, 3, MEMORY)
    ours = (dcc_chain.DCC, dcc_chain.WITH_DEVICE, dcc_chain.WITHOUT_RADIO, dcc_chain.WHOLE)
    assert tuple(figures) == (dcc_chain.BARE, dcc_chain.BARE_OURS, *ours)
    assert len(figures) == dcc_chain.WORKS
    assert all(figure > 0 for figure in figures.values())


def test_the_bench_of_frames_builds_reads_and_seals_the_same_frames() -> None:
    """The floor's operations give the octets that are in our frames."""
    seconds, psdus = frames.build(2)
    todo = frames.operations(psdus)
    assert seconds > 0 and frames.parse(psdus) > 0 and all(each > 0 for each in frames.floor(todo))
    assert len(psdus) == 24 and len(todo) == 48 and frames.round_trips(2) > 0
    for psdu, (key, nonce, plain, data) in zip(psdus, todo[::2], strict=True):
        assert key == frames.NETWORK and psdu[:-2].endswith(AESCCM(key, tag_length=4).encrypt(nonce, plain, data))


def test_home_days_are_lived() -> None:
    """Each day has its charge, its limit and its answers; a refusal would end the bench."""
    with Emulator(seed=1, car=False) as dcc:
        home_days.with_commands(dcc, 2)
        assert [each.code for each in dcc.supplier.received] == ["I0"] * 4
        assert dcc.meter.device.energy.registers(dcc.clock.now).import_wh > 60_000  # type: ignore[attr-defined]
