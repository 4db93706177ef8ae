"""Registers and balances of an electricity meter, encrypted: SR 4.1.1, 4.1.2, 4.1.3 and 4.3.

The DCC keeps a request's ExecutionDateTime and sends the command then: GBCS carries no date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.access import attribute
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.profile_reads import METERS
from schemas.gbcs.use_cases.protected import READ_PROTECTED, Protected
from schemas.gbcs.use_cases.register_rows import BLOCKS, SECOND_TIMES_OF_USE, TIMES_IN_BLOCK, TIMES_OF_USE, indexed

_UNITS = {30: ("ActiveEnergyUnit", "Wh"), 32: ("ReactiveEnergyUnit", "varh")}
"""By COSEM unit: the element of MMC and its only value."""

_BALANCES = (
    "MeterBalance",
    "EmergencyCreditBalance",
    "AccumulatedDebtRegister",
    "PaymentDebtRegister",
    "TimeDebtRegister1",
    "TimeDebtRegister2",
)
"""In the order of the answer. The first is the meter balance that SR 4.18 reads too; the others stand in the order in
which SMETS lists them (assumed)."""

_BALANCES_OF_MMC = (*_BALANCES[1:], _BALANCES[0])


def _registers(values: Sequence[Data]) -> Iterator[Node]:
    """Active and reactive import, each with its unit; a meter with two elements adds the second's active import."""
    items = values[0].expect(Tag.STRUCTURE).items
    if len(items) not in (4, 5):
        raise Malformed("import registers", f"are a structure of 4 or 5, not of {len(items)}")
    active, active_unit, reactive, reactive_unit, *second = items
    yield _register("ActiveImportRegister", active, _unit(active_unit, 30))
    yield _register("ReactiveImportRegister", reactive, _unit(reactive_unit, 32))
    for value in second:
        yield _register("SecondaryActiveImportRegister", value, _unit(active_unit, 30))


def _register(name: str, value: Data, unit: Node) -> Node:
    return branch(name, leaf("Value", value.expect(Tag.DOUBLE_LONG_UNSIGNED).number), unit)


def _unit(value: Data, expected: int) -> Node:
    """The element of a scaler and unit."""
    scaler, unit = (item.number for item in value.fields(2))
    name, word = _UNITS[expected]
    if (scaler, unit) != (0, expected):
        raise Malformed("scaler and unit", f"are 0 and {expected} ({word}), not {scaler} and {unit}")
    return leaf(name, word)


def _times_of_use(values: Sequence[Data]) -> Iterator[Node]:
    """48 registers; of a meter with two elements 4 more, in the same array or one of their own (assumed)."""
    numbers = _numbers(values[0])
    if len(numbers) not in (TIMES_OF_USE, TIMES_OF_USE + SECOND_TIMES_OF_USE):
        raise Malformed("time of use registers", f"are 48, or 52 with two elements, not {len(numbers)}")
    yield branch(
        "TariffTOURegisterCollection",
        *indexed("TOUPrimaryRegisterValue", numbers[:TIMES_OF_USE]),
        *indexed("TOUSecondRegisterValue", numbers[TIMES_OF_USE:]),
    )


def _blocks(values: Sequence[Data]) -> Iterator[Node]:
    """64 numbers: 8 registers of each of 4 blocks, then 8 counters of each (assumed: one vector, random numbers)."""
    numbers = _numbers(values[0])
    size = BLOCKS * TIMES_IN_BLOCK
    if len(numbers) != 2 * size:
        raise Malformed("block registers", f"are {2 * size}, not {len(numbers)}")
    blocks = (
        branch(
            "TariffBlock",
            *indexed("RegisterMatrixTOUValue", numbers[start : start + TIMES_IN_BLOCK]),
            *indexed("CounterMatrixTOUValue", numbers[size + start : size + start + TIMES_IN_BLOCK]),
            index=number,
        )
        for number, start in enumerate(range(0, size, TIMES_IN_BLOCK), start=1)
    )
    yield branch("TariffBlockTOURegisterCollection", *blocks)


def _balances(values: Sequence[Data]) -> Iterator[Node]:
    """Balances and debts in thousandths of a penny, signed."""
    read = {name: value.number for name, value in zip(_BALANCES, values[0].fields(len(_BALANCES)), strict=True)}
    for name in _BALANCES_OF_MMC:
        yield leaf(name, read[name])


def _numbers(value: Data) -> list[int]:
    """All numbers of the arrays of a structure."""
    arrays = value.expect(Tag.STRUCTURE).items
    return [item.number for array in arrays for item in array.expect(Tag.ARRAY).items]


def _use_case(name: str, code: int, service: str, element: str, content: Protected) -> UseCase:
    return UseCase(
        name=name,
        code=code,
        service=service,
        element=element,
        critical=False,
        devices=METERS,
        content=content,
        response=f"{element}Rsp",
        dated_response=True,
    )


IMPORT_REGISTERS = _use_case(
    "ECS17b",
    0x0027,
    "4.1.1",
    "ReadInstantaneousImportRegisters",
    Protected(
        through=attribute(30, "0-0:43.2.8.255", READ_PROTECTED),
        sources=(attribute(1, "0-0:94.44.34.10", 2),),
        name="ImportRegisters",
        read=_registers,
    ),
)

IMPORT_TIMES_OF_USE = _use_case(
    "ECS17d",
    0x0029,
    "4.1.2",
    "ReadInstantaneousImportTOUMatrices",
    Protected(
        through=attribute(30, "0-0:43.2.9.255", READ_PROTECTED),
        sources=(attribute(1, "0-0:94.44.34.1", 2),),
        name="TariffTOURegisterCollection",
        read=_times_of_use,
    ),
)

IMPORT_BLOCKS = _use_case(
    "ECS17e",
    0x002A,
    "4.1.3",
    "ReadInstantaneousImportTOUWithBlocksMatrices",
    Protected(
        through=attribute(30, "0-0:43.2.10.255", READ_PROTECTED),
        sources=(attribute(1, "0-0:94.44.34.2", 2),),
        name="TariffBlockTOURegisterCollection",
        read=_blocks,
        under=None,
    ),
)

PREPAYMENT_BALANCES = _use_case(
    "ECS19",
    0x002D,
    "4.3",
    "ReadInstantaneousPrepayValues",
    Protected(
        through=attribute(30, "0-0:43.2.1.255", READ_PROTECTED),
        sources=(attribute(1, "0-0:94.44.34.30", 2),),
        name="PrepayValues",
        read=_balances,
        under=None,
    ),
)

PROTECTED_READS = (IMPORT_REGISTERS, IMPORT_TIMES_OF_USE, IMPORT_BLOCKS, PREPAYMENT_BALANCES)
