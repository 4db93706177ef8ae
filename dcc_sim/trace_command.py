"""The command on a trace's file: ``trace`` filters it, and draws or prints what is left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.errors import SmartMeterError

if TYPE_CHECKING:
    from dcc_sim.trace_file import Line

_FORMATS = ("text", "svg", "html", "jsonl")


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--schema", "show_schema", is_flag=True, help="Print the JSON Schema of a line, and nothing else.")
@click.option("--device", help="EUI-64, or a name such as SAPC.")
@click.option("--user", help="EUI-64, or a name such as Supplier.")
@click.option("--service", help="Service reference variant, such as 7.13.")
@click.option("--code", help="GBCS message code, four hex digits.")
@click.option("--kind", type=click.Choice(["DUIS", "GBCS", "HAN", "note"]), multiple=True, help="May be repeated.")
@click.option("--request", help="A RequestID: everything that belongs to it.")
@click.option("--from", "start", help="ISO 8601 with a zone: not before.")
@click.option("--to", "end", help="ISO 8601 with a zone: not after.")
@click.option("--refused", is_flag=True, help="Only what was refused or lost.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Into this file, not the terminal.")
def trace(
    file: Path | None,
    show_schema: bool,
    device: str | None,
    user: str | None,
    service: str | None,
    code: str | None,
    kind: tuple[str, ...],
    request: str | None,
    start: str | None,
    end: str | None,
    refused: bool,
    form: str,
    output: Path | None,
) -> None:
    """Filter the trace in FILE, and draw its ladder (text, svg, html) or print its lines (jsonl).

    FILE is JSON lines: of `dcc-sim run --trace`, of GET /sim/trace.jsonl, or `dcc.write_trace()` in a test.
    """
    from dcc_sim import ladder_picture
    from dcc_sim.trace_file import read, schema, text

    if show_schema:
        click.echo(json.dumps(schema(), indent=2))
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE'.")
    since, until = _moment("--from", start), _moment("--to", end)

    def kept(line: Line) -> bool:
        parties = {each.casefold() for each in (device, user) if each is not None}
        return (
            parties <= line.parties
            and service in (None, line.service)
            and (code is None or code.upper() == line.message_code)
            and (not kind or line.kind in kind)
            and request in (None, line.correlation)
            and (since is None or line.time >= since)
            and (until is None or line.time <= until)
            and not (refused and ladder_picture.good(line))
        )

    try:
        lines = [line for line in read(file) if kept(line)]
        if form == "jsonl":
            shown = "".join(text(lines))
        elif form == "text":
            shown = "".join(_ladder(lines))
        else:
            shown = ladder_picture.svg(lines) if form == "svg" else ladder_picture.html(lines, str(file))
        if output is None:
            click.echo(shown, nl=False)
        else:
            output.write_text(shown, encoding="utf-8", newline="\n")
    except (SmartMeterError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _ladder(lines: list[Line]) -> Iterator[str]:
    from dcc_sim.ladder import WIDTH, draw

    records = [line.record() for line in lines]
    try:
        yield draw(records)
    except ValueError:
        yield draw(records, width=WIDTH * 8)


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"is ISO 8601 with a zone, not {text}", param_hint=option)
    return moment
