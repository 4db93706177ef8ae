"""``dcc-sim conformance sapc``."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcc_sim.sapc_kit.case import Case, read_case, shipped
from dcc_sim.sapc_kit.process import over_pipe, over_tcp
from dcc_sim.sapc_kit.provision import provision
from dcc_sim.sapc_kit.report import FIRM, to_html, to_json, to_junit, totals
from dcc_sim.sapc_kit.runner import CaseResult, Verdict, run_case
from dcc_sim.sapc_kit.target import BuiltIn, Feature, Target
from dcc_sim.sapc_kit.zep import OverZep
from schemas.errors import NotPossible, SmartMeterError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOM = 10**12
"""Counters of a case, at a device that does not begin anew."""
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def conformance() -> None:
    """Validate a device against the reference behaviour, case by case."""


@conformance.command()
@click.option(
    "--target",
    default="built-in",
    show_default=True,
    help="built-in; MODULE:ATTRIBUTE, which when called gives an object with the target's methods; pipe:COMMAND; "
    "tcp:HOST:PORT; zep:HOST:PORT, or zep:HOST:PORT:COMMAND to start it anew for each case.",
)
@click.option(
    "--case", "only", multiple=True, help="By its id, or the start of it, such as SEC; more than once for more."
)
@click.option(
    "--cases",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Case files of your own, *.yaml, in the place of those of the kit.",
)
@click.option("--seed", default=1, show_default=True, help="The keys of everyone grow from it.")
@click.option("--html", type=_FILE, help="Write the report for people.")
@click.option("--junit", type=_FILE, help="Write JUnit XML.")
@click.option("--json", "as_json", type=_FILE, help="Write everything as JSON.")
@click.option("--firm", is_flag=True, help="Exit with 1 for failures by vectors and public text alone.")
@click.option("--list", "listed", is_flag=True, help="Print the cases with grade and source, and run none.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of case files.")
@click.option("--provision", "provisioned", is_flag=True, help="Print what a device starts with, and run nothing.")
def sapc(
    target: str,
    only: tuple[str, ...],
    folder: Path | None,
    seed: int,
    html: Path | None,
    junit: Path | None,
    as_json: Path | None,
    firm: bool,
    listed: bool,
    schema: bool,
    provisioned: bool,
) -> None:
    """Run the cases against a SAPC: a stand-alone auxiliary proportional controller, such as a charge point."""
    try:
        if schema:
            click.echo(json.dumps(Case.model_json_schema(), indent=1))
            return
        if provisioned:
            click.echo(provision(seed).to_json())
            return
        cases = _chosen(shipped() if folder is None else _of(folder), only)
        if listed:
            for case in cases:
                click.echo(f"{case.id:<8} {case.grade:<12} {case.group:<24} {case.title}  [{case.source}]")
            return
        results = _run(cases, _target(target), seed)
    except (SmartMeterError, EOFError, OSError) as error:
        raise click.ClickException(str(error)) from None
    for path, write in ((html, to_html), (junit, to_junit), (as_json, to_json)):
        if path is not None:
            path.write_text(write(results, target), encoding="utf-8")
    _tell(results)
    failed = [result for result in results if result.verdict is Verdict.FAILED]
    sys.exit(int(any(result.case.grade in FIRM or not firm for result in failed)))


def _run(cases: Iterable[Case], target: Target, seed: int) -> list[CaseResult]:
    results = []
    try:
        with click.progressbar(list(cases), label="cases", file=sys.stderr) as shown:
            for number, case in enumerate(shown):
                anew = Feature.PROVISION in target.features
                results.append(run_case(case, target, seed, 1000 if anew else 1000 + _ROOM * number))
    finally:
        target.close()
    return results


def _tell(results: list[CaseResult]) -> None:
    for result in results:
        if result.verdict is Verdict.FAILED:
            click.echo(f"{result.case.id} failed ({result.case.grade}: {result.case.source})")
            click.echo(f"  {result.case.title}\n  step {len(result.steps)}: {result.reason}")
    for grade, counts in totals(results).items():
        click.echo(f"{grade:<12} " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))


def _target(name: str) -> Target:
    if name == "built-in":
        return BuiltIn()
    if name.startswith("pipe:"):
        return over_pipe(name.removeprefix("pipe:"))
    if name.startswith("tcp:"):
        host, _, port = name.removeprefix("tcp:").rpartition(":")
        if not port.isdecimal() or not host:
            raise NotPossible("target", f"is tcp:HOST:PORT, not {name}")
        return over_tcp(host, int(port))
    if name.startswith("zep:"):
        host, _, rest = name.removeprefix("zep:").partition(":")
        port, _, command = rest.partition(":")
        if not port.isdecimal() or not host:
            raise NotPossible("target", f"is zep:HOST:PORT or zep:HOST:PORT:COMMAND, not {name}")
        return OverZep(host, int(port), command)
    module, _, attribute = name.partition(":")
    try:
        sys.path.insert(0, "")
        made: Target = getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError, ValueError) as error:
        raise NotPossible("target", f"is built-in, MODULE:ATTRIBUTE, pipe:COMMAND or tcp:HOST:PORT: {error}") from None
    return made


def _of(folder: Path) -> list[Case]:
    return [read_case(path.name, path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))]


def _chosen(cases: list[Case], only: tuple[str, ...]) -> list[Case]:
    if not only:
        return cases
    chosen = [case for case in cases if case.id.startswith(only)]
    if not chosen:
        raise NotPossible("case", f"is one of this kit, or the start of one, not {', '.join(only)}")
    return chosen
