"""The command that plays scenario files: ``run``."""

import json
import sys
from pathlib import Path

import click

from schemas.errors import SmartMeterError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, metavar="FILE|FOLDER...", type=click.Path(exists=True, path_type=Path))
@click.option("--junit", type=_FILE, help="Write a JUnit report.")
@click.option("--html", type=_FILE, help="Write a report for people, with every ladder.")
@click.option("--trace", "traces", type=click.Path(file_okay=False, path_type=Path), help="Write traces in here.")
@click.option(
    "--capture",
    "captures",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the frames of each home's HAN in here, as pcapng with its keys.",
)
@click.option("--seed", type=int, help="In the place of the files' own.")
@click.option("--schema", "show_schema", is_flag=True, help="Print the JSON Schema of a file, and nothing else.")
@click.option("--quiet", is_flag=True, help="Only what does not hold, and the sum.")
def run(
    files: tuple[Path, ...],
    junit: Path | None,
    html: Path | None,
    traces: Path | None,
    captures: Path | None,
    seed: int | None,
    show_schema: bool,
    quiet: bool,
) -> None:
    """Play scenario FILEs (of a FOLDER, every *.yaml), and say what does not hold: what was seen, when, and why.

    The exit status is 0 where everything holds, 1 where something does not, 2 where a file is no scenario.
    """
    from dcc_sim.scenarios import model, report
    from dcc_sim.scenarios.play import Done, Played, play
    from dcc_sim.scenarios.reading import read
    from dcc_sim.trace_file import text

    if show_schema:
        click.echo(json.dumps(model.schema(), indent=2))
        return
    paths = [path for each in files for path in (sorted(each.glob("*.yaml")) if each.is_dir() else [each])]
    if not paths:
        raise click.UsageError("no scenario file is given.")
    try:
        read_files = [read(path) for path in paths]
    except (SmartMeterError, OSError, UnicodeDecodeError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    if captures is not None:
        captures.mkdir(parents=True, exist_ok=True)
    played: list[Played] = []
    for number, file in enumerate(read_files, 1):

        def progress(step: Done) -> None:
            if not quiet and sys.stderr.isatty():
                click.echo(f"\r\033[K  {step.moment:%H:%M:%S} {step.words}", nl=False, err=True)

        each = play(file, seed, progress, captures)
        played.append(each)
        if not quiet and sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)
        faults = "".join(report.lines_of(step, each) for step in each.steps)
        broken = f"\n  {each.broken}" if each.broken else ""
        if not quiet or not each.good:
            mark = "ok  " if each.good else "FAIL"
            click.echo(f"[{number}/{len(paths)}] {mark} {file.path}: {each.scenario.scenario}{faults}{broken}")
    if traces is not None:
        traces.mkdir(parents=True, exist_ok=True)
        for each in played:
            for name, lines in each.messages.items():
                out = traces / f"{Path(each.path).stem}-{name}.jsonl"
                out.write_text("".join(text(lines)), encoding="utf-8", newline="\n")
    if junit is not None:
        junit.write_bytes(report.junit(played))
    if html is not None:
        html.write_text(report.html(played), encoding="utf-8")
    bad = sum(not each.good for each in played)
    click.echo(f"{len(played) - bad} of {len(played)} scenarios hold")
    sys.exit(int(bad > 0))
