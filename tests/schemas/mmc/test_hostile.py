"""Responses and alerts that no device would send: MMC refuses them in its own words, or stays within its schema."""

import random
from dataclasses import replace
from pathlib import Path

from lxml import etree

from dcc_sim.keys import KeyFolder
from schemas.errors import SmartMeterError
from schemas.gbcs.envelope import CraFlag, Message, decode
from schemas.gbcs.sealed import Opener, opener, reader_of
from schemas.gbcs.use_cases.table import USE_CASES
from schemas.mmc.document import write_mmc

MUTANTS = 8
"""Of each vector."""


def mutated(octets: bytes, chance: random.Random) -> bytes:
    """A few bits flipped, an octet set to an extreme, or the end cut off."""
    mutant = bytearray(octets)
    kind = chance.randrange(5)
    if kind < 3:
        for _ in range(chance.choice((1, 1, 2, 4))):
            mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
    elif kind == 3:
        mutant[chance.randrange(len(mutant))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    else:
        del mutant[chance.randrange(len(mutant)) :]
    return bytes(mutant)


def lying(opened: Opener, chance: random.Random) -> Opener:
    """An opener whose plaintext is not what the device sealed: authentic and wrong."""
    return lambda sealed: mutated(opened(sealed), chance)


def test_mutated_answers_are_refused_or_valid(reference: Path, schema: etree.XMLSchema) -> None:
    """Payloads, and what was inside their encrypted parts."""
    keys = KeyFolder.load(reference / "rtds-keystore")
    by_name = {use_case.name: use_case for use_case in USE_CASES}
    chance = random.Random(2026)
    refused = valid = 0
    for path in sorted((reference / "rtds").glob("*/*.HEX")):
        message = decode(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        use_case = by_name.get(path.name.split("_")[0])
        if message.cra is CraFlag.COMMAND or (message.cra is CraFlag.RESPONSE and use_case is None):
            continue
        for mutant, opened in mutants(message, keys, chance):
            try:
                document = write_mmc(mutant, use_case if message.cra is CraFlag.RESPONSE else None, opened)
            except SmartMeterError:
                refused += 1
                continue
            schema.assertValid(etree.fromstring(document))
            valid += 1
    assert refused > 500 and valid > 500, (refused, valid)


def mutants(message: Message, keys: KeyFolder, chance: random.Random) -> list[tuple[Message, Opener | None]]:
    """Of the payload as it travels, and where it has encrypted parts of their plaintext."""
    found: list[tuple[Message, Opener | None]] = [
        (replace(message, payload=mutated(message.payload, chance)), None) for _ in range(MUTANTS)
    ]
    secret = keys.secret(reader_of(message), message.originator)
    if secret is not None:
        found += [(message, lying(opener(secret, message), chance)) for _ in range(MUTANTS)]
    return found
