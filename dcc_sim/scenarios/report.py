"""What came of scenarios: JUnit for machines, HTML for people."""

from collections.abc import Sequence
from datetime import UTC
from html import escape

from lxml import etree

from dcc_sim.ladder_picture import svg
from dcc_sim.scenarios.play import Done, Played


def junit(played: Sequence[Played]) -> bytes:
    """JUnit XML: a suite a file, a case a step."""
    root = etree.Element("testsuites", name="dcc-sim run")
    for each in played:
        failed = sum(1 for step in each.steps if step.faults)
        suite = etree.SubElement(
            root,
            "testsuite",
            name=each.scenario.scenario,
            file=each.path,
            tests=str(len(each.steps) + bool(each.broken)),
            failures=str(failed),
            errors=str(int(bool(each.broken))),
            time="0",
        )
        for step in each.steps:
            case = etree.SubElement(suite, "testcase", name=f"line {step.line}: {step.words}", classname=each.path)
            if step.faults:
                failure = etree.SubElement(case, "failure", message=_printable(step.faults[0].partition("\n")[0]))
                failure.text = _printable("\n".join(step.faults))
        if each.broken:
            case = etree.SubElement(suite, "testcase", name="to its end", classname=each.path)
            etree.SubElement(case, "error", message=_printable(each.broken))
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def html(played: Sequence[Played]) -> str:
    """One page: a table of scenarios, and of each its steps, its faults and its ladder."""
    good = sum(each.good for each in played)
    rows = "".join(
        f'<tr class="{_mark(each.good)}"><td><a href="#s{number}">{escape(each.scenario.scenario)}</a></td>'
        f"<td>{escape(each.path)}</td><td>{_word(each.good)}</td></tr>"
        for number, each in enumerate(played)
    )
    parts = "\n".join(_section(number, each) for number, each in enumerate(played))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>dcc-sim scenarios</title><style>'
        "body{font:14px sans-serif;margin:1.5em}td{padding:.2em .8em}.bad{color:#b3261e}.good{color:#1b6e3c}"
        "pre{background:#f6f6f6;padding:.6em;overflow:auto}.scroll{overflow:auto}</style></head>\n"
        f"<body><h1>{good} of {len(played)} scenarios hold</h1>\n<table>{rows}</table>\n{parts}\n</body></html>\n"
    )


def lines_of(step: Done, each: Played) -> str:
    """The faults of a step for the terminal."""
    return "".join(f"\n  {each.path}:{step.line}: {fault}" for fault in step.faults)


def _section(number: int, each: Played) -> str:
    steps = "".join(_step(step) for step in each.steps)
    broken = f'<p class="bad">{escape(each.broken)}</p>' if each.broken else ""
    ladders = "".join(
        f"<details{'' if each.good else ' open'}><summary>{escape(name)}: {len(shown)} messages</summary>"
        f'<div class="scroll">{svg(shown)}</div></details>'
        for name, shown in each.messages.items()
    )
    title = f"{escape(each.scenario.scenario)}: {_word(each.good)}"
    return f'<h2 id="s{number}" class="{_mark(each.good)}">{title}</h2>\n<table>{steps}</table>{broken}{ladders}'


def _step(step: Done) -> str:
    faults = "".join(f"<pre>{escape(fault)}</pre>" for fault in step.faults)
    moment = f"{step.moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    mark = _mark(not step.faults)
    return f'<tr class="{mark}"><td>{step.line}</td><td>{moment}</td><td>{escape(step.words)}{faults}</td></tr>'


def _mark(good: bool) -> str:
    return "good" if good else "bad"


def _word(good: bool) -> str:
    return "holds" if good else "does not hold"


def _printable(text: str) -> str:
    # XML has no control characters.
    return "".join(each if each in "\n\t" or each.isprintable() else "?" for each in text)
