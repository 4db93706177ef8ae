"""Which case catches which wrong SAPC: ``python -m tests.dcc_sim.sapc_kit.table --write`` makes docs/sapc-mutants.md.

Every mutant runs all cases, some 90 s. The test takes the first cases that the page names for each, and compares.
"""

import sys
from pathlib import Path

import click

from dcc_sim.sapc_kit.case import Case, shipped
from dcc_sim.sapc_kit.runner import Verdict, run_case
from tests.dcc_sim.sapc_kit.mutants import MUTANTS

PAGE = Path(__file__).parents[3] / "docs" / "sapc-mutants.md"
_HEAD = """# Wrong SAPCs, and the cases that catch them

Made by `python -m tests.dcc_sim.sapc_kit.table --write`; the wrong SAPCs are in
[tests/dcc_sim/sapc_kit/mutants/](../tests/dcc_sim/sapc_kit/mutants/), the cases in
[dcc_sim/sapc_kit/cases/](../dcc_sim/sapc_kit/cases/). The right one passes all. A case that catches nothing is below
the table: it tells right from wrong in a way that no mutant of today is wrong in.

| a SAPC that ... | caught by |
|---|---|
"""


def caught(name: str, cases: list[Case]) -> list[str]:
    """The ids of the cases that a mutant fails."""
    return [case.id for case in cases if run_case(case, MUTANTS[name]()).verdict is Verdict.FAILED]


def rows() -> dict[str, list[str]]:
    """What the page says: the cases of each mutant."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    parts = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return {name: cases.split(" ") if cases else [] for name, cases in parts}


def main() -> None:
    """Write the page, or print it."""
    cases, table = shipped(), {}
    with click.progressbar(MUTANTS, label="mutants", file=sys.stderr) as names:
        for name in names:
            table[name] = caught(name, cases)
    idle = [case.id for case in cases if not any(case.id in found for found in table.values())]
    text = _HEAD + "".join(f"| {name} | {' '.join(found)} |\n" for name, found in table.items())
    text += f"\n{len(table)} wrong SAPCs, {len(cases)} cases. Cases that no mutant fails: {' '.join(idle) or 'none'}.\n"
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        click.echo(text)


if __name__ == "__main__":
    main()
