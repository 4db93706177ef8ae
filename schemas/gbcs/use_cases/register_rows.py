"""Rows of an electricity meter's billing and daily logs: registers by tariff, and prepayment balances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.duis.node import Node, branch, leaf
from schemas.errors import Malformed
from schemas.gbcs.dlms.data import Data, Tag
from schemas.gbcs.use_cases.profile_reads import time_stamp

TIMES_OF_USE, SECOND_TIMES_OF_USE, TIMES_IN_BLOCK, BLOCKS = 48, 4, 8, 4
"""Sizes of the matrices: times of use, of the second element, in a block, and blocks."""

BALANCES = (
    "EmergencyCreditBalance",
    "MeterBalance",
    "PaymentDebtRegister",
    "TimeDebtRegisters1",
    "TimeDebtRegisters2",
    "AccumulatedDebtRegister",
)
"""In the order of a row. The vectors show that the second may be negative, as only a meter balance can, and that the
last is the sum of the three before it; which of those three is which is assumed: the order of SMETS."""

_BALANCES_OF_MMC = ("AccumulatedDebtRegister", *BALANCES[:-1])


@dataclass(frozen=True, slots=True)
class Registers:
    """A row of registers.

    Attributes:
        at: when.
        active: active import, Wh.
        second: of the second element of a meter that has two.
        times: by time of use, 48; second_times: 4 of the second element.
        blocks: by time of use, 8 in each of 4 blocks.
    """

    at: Data
    active: tuple[Node, ...]
    second: tuple[Node, ...]
    times: tuple[Node, ...]
    second_times: tuple[Node, ...]
    blocks: tuple[Node, ...]


def registers(row: Sequence[Data], active: str, second: str) -> Registers:
    """The columns of a row, told by their form: numbers are registers, arrays matrices of their own sizes.

    A meter with two elements adds a number and an array of 4. The alert ECS68 shows where; these logs' vectors do
    not, and it does not matter here.

    Args:
        active: what MMC calls the active import register here; the second element's is ``second``.

    Raises:
        Malformed: other columns.
    """
    at, *columns = row
    numbers = [column.number for column in columns if column.tag is Tag.DOUBLE_LONG_UNSIGNED]
    matrices = [[item.number for item in column.items] for column in columns if column.tag is Tag.ARRAY]
    times, second_times, blocks = (
        [matrix for matrix in matrices if len(matrix) == size]
        for size in (TIMES_OF_USE, SECOND_TIMES_OF_USE, TIMES_IN_BLOCK)
    )
    twin = len(numbers) - 1
    counts = (len(times), len(second_times), len(blocks), len(columns))
    if twin not in (0, 1) or counts != (1, twin, BLOCKS, 2 + 2 * twin + BLOCKS):
        raise Malformed("log entry", "has a register, 48 of time of use, 4 times 8 of blocks, and a second element's")
    return Registers(
        at,
        (leaf(active, numbers[0]),),
        tuple(leaf(second, number) for number in numbers[1:]),
        indexed("TariffTOURegisterMatrixValue", times[0]),
        tuple(node for matrix in second_times for node in indexed("SecondaryTariffTOURegisterMatrixValue", matrix)),
        tuple(
            node
            for block, matrix in enumerate(blocks, start=1)
            for node in indexed(f"TariffTOUBlock{block}RegisterMatrixValue", matrix)
        ),
    )


def indexed(name: str, numbers: Sequence[int]) -> tuple[Node, ...]:
    """The numbers of a matrix, each with its index from 1."""
    return tuple(leaf(name, number, index=index) for index, number in enumerate(numbers, start=1))


def balances(name: str, row: Sequence[Data]) -> Node:
    """The element ``name`` with the balances of a row: time, then thousandths of a penny, signed.

    Raises:
        Malformed: other columns.
    """
    at, *values = row
    if len(values) != len(BALANCES):
        raise Malformed("prepayment log entry", f"has {len(BALANCES) + 1} columns, not {len(row)}")
    read = {each: value.expect(Tag.DOUBLE_LONG).number for each, value in zip(BALANCES, values, strict=True)}
    return branch(name, *(leaf(each, read[each]) for each in _BALANCES_OF_MMC), time_stamp(at))
