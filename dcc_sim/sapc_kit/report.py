"""What a run found: HTML for people, JUnit and JSON for machines, each with the messages of each step."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dcc_sim.sapc_kit import answers
from dcc_sim.sapc_kit.case import Grade
from dcc_sim.sapc_kit.runner import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcc_sim.sapc_kit.runner import CaseResult, StepResult

FIRM = (Grade.VECTOR, Grade.PUBLIC_TEXT)
"""Grades whose failures stand on vectors or text; the others stand on our reading and are told apart."""
_MOST_SHOWN = 40
"""Messages of one step that are shown; a hundred alike teach nothing."""


def totals(results: Sequence[CaseResult]) -> dict[str, dict[str, int]]:
    """How many of each verdict, by grade."""
    counted = Counter((result.case.grade, result.verdict) for result in results)
    return {grade.value: {verdict.value: counted[grade, verdict] for verdict in Verdict} for grade in Grade}


def to_json(results: Sequence[CaseResult], target: str) -> str:
    """Everything, as one object."""
    return json.dumps(
        {
            "target": target,
            "totals": totals(results),
            "cases": [
                {
                    "id": result.case.id,
                    "group": result.case.group,
                    "title": result.case.title,
                    "grade": result.case.grade.value,
                    "source": result.case.source,
                    "verdict": result.verdict.value,
                    "reason": result.reason,
                    "steps": [_step(step) for step in result.steps],
                }
                for result in results
            ],
        },
        indent=1,
    )


def to_junit(results: Sequence[CaseResult], target: str) -> str:
    """One suite a grade: so a build can be red for what is firm alone."""
    suites = ET.Element("testsuites", name=f"SAPC conformance of {target}")
    for grade in Grade:
        of_grade = [result for result in results if result.case.grade is grade]
        counted = Counter(result.verdict for result in of_grade)
        suite = ET.SubElement(
            suites,
            "testsuite",
            name=grade.value,
            tests=str(len(of_grade)),
            failures=str(counted[Verdict.FAILED]),
            skipped=str(counted[Verdict.NOT_OBSERVABLE]),
            errors="0",
        )
        for result in of_grade:
            name = f"{result.case.id} {result.case.title}"
            case = ET.SubElement(suite, "testcase", classname=f"sapc.{result.case.group}", name=name)
            if result.verdict is Verdict.FAILED:
                failure = ET.SubElement(case, "failure", message=_xml(result.reason))
                failure.text = _xml(f"{result.case.source}\n\n{_text(result)}")
            elif result.verdict is Verdict.NOT_OBSERVABLE:
                ET.SubElement(case, "skipped", message=_xml(result.reason))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def to_html(results: Sequence[CaseResult], target: str) -> str:
    """A page without anything from elsewhere; failures first, each with its messages."""
    ordered = sorted(results, key=lambda result: (result.verdict is not Verdict.FAILED, result.case.id))
    firm = [result for result in ordered if result.case.grade in FIRM]
    read = [result for result in ordered if result.case.grade not in FIRM]
    rows = "".join(
        f"<tr><th>{escape(grade)}</th>" + "".join(f"<td>{counts[verdict.value]}</td>" for verdict in Verdict) + "</tr>"
        for grade, counts in totals(results).items()
    )
    heads = "".join(f"<th>{verdict.value}</th>" for verdict in Verdict)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>SAPC conformance</title>{_STYLE}</head>'
        "<body>"
        f"<h1>SAPC conformance: {escape(target)}</h1><table><tr><th></th>{heads}</tr>{rows}</table>"
        f"<h2>By vectors and public text</h2>{''.join(map(_case, firm))}"
        "<h2>Inferred and assumed</h2><p>These stand on our reading of the vectors, or on an assumption; each says "
        f"which. A maker who knows better is right to contest them.</p>{''.join(map(_case, read))}</body></html>\n"
    )


_STYLE = (
    "<style>body{font:15px/1.45 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;border:1px solid #bbb;text-align:right}"
    "details{border-left:.4em solid #999;margin:.4em 0;padding:.2em .8em}.failed{border-color:#c22}"
    ".passed{border-color:#282}pre{white-space:pre-wrap;word-break:break-all;background:#f4f4f4;padding:.5em}"
    ".problem{color:#a00;font-weight:600}small{color:#555}</style>"
)


def _case(result: CaseResult) -> str:
    case, verdict = result.case, result.verdict
    kind = verdict.value.replace(" ", "-")
    is_open = " open" if verdict is Verdict.FAILED else ""
    reason = f'<p class="problem">{escape(result.reason)}</p>' if result.reason else ""
    steps = "".join(map(_step_html, result.steps))
    return (
        f'<details class="{kind}" id="{case.id}"{is_open}><summary>{case.id} {verdict.value}: {escape(case.title)} '
        f"<small>{escape(case.group)}; {case.grade.value}: {escape(case.source)}</small></summary>"
        f"{reason}{steps}</details>"
    )


def _step_html(step: StepResult) -> str:
    problem = f'<p class="problem">{escape(step.problem)}</p>' if step.problem else ""
    messages = "".join(
        f"<details><summary>{'to' if seen.to_device else 'from'} the device, {len(seen.octets)} octets</summary>"
        f"<pre>{seen.octets.hex().upper()}</pre><pre>{escape(answers.tree(seen.octets))}</pre></details>"
        for seen in step.messages[-_MOST_SHOWN:]
    )
    return f"<p>{step.moment:%Y-%m-%d %H:%M:%S}Z <b>{escape(said(step))}</b></p>{messages}{problem}"


def said(step: StepResult) -> str:
    """A step in one line: its fields as the case file has them, without the body's."""
    fields = step.step.model_dump(exclude_defaults=True, mode="json", exclude={"body"})
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in fields.items())


def _step(step: StepResult) -> dict[str, object]:
    return {
        "time": f"{step.moment:%Y-%m-%dT%H:%M:%SZ}",
        "step": step.step.model_dump(exclude_defaults=True, mode="json"),
        "messages": [
            {"toDevice": seen.to_device, "octets": seen.octets.hex().upper()} for seen in step.messages[-_MOST_SHOWN:]
        ],
        "problem": step.problem,
    }


def _text(result: CaseResult) -> str:
    lines = []
    for step in result.steps:
        lines.append(f"{step.moment:%Y-%m-%dT%H:%M:%SZ} {said(step)}")
        for seen in step.messages[-_MOST_SHOWN:]:
            lines.append(f"  {'to' if seen.to_device else 'from'} the device: {seen.octets.hex().upper()}")
    return "\n".join([*lines, result.reason])


def _xml(text: str) -> str:
    """Without the characters that XML cannot carry: the text of an exception may have any."""
    return "".join(each if each in "\t\n" or " " <= each <= "\ud7ff" or each >= "\ue000" else "?" for each in text)
