"""The command that lists what this build carries: ``use-cases``."""

import json

import click

from schemas.gbcs.use_cases.access import Access
from schemas.gbcs.use_cases.asn1 import Asn1
from schemas.gbcs.use_cases.declare import UseCase
from schemas.gbcs.use_cases.protected import Protected
from schemas.gbcs.use_cases.table import USE_CASES
from schemas.gbcs.use_cases.zigbee import Zigbee

_CONTENTS = {Access: "DLMS", Protected: "DLMS, encrypted answer", Zigbee: "GBZ", Asn1: "ASN.1"}


@click.command(name="use-cases")
@click.argument("filters", nargs=-1, metavar="[SERVICE|NAME]...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a use case and line.")
def use_cases(filters: tuple[str, ...], as_json: bool) -> None:
    """List the GBCS use cases: name, message code, service request, DUIS element, content, devices.

    With a SERVICE (7.13, or 7 for all of chapter 7) or a NAME (ECS47a, or ECS47) only those.
    """
    for use_case in sorted(USE_CASES, key=_order):
        if not filters or any(_is_meant(use_case, each) for each in filters):
            fields = _fields(use_case)
            click.echo(json.dumps(fields) if as_json else _line(use_case))


def _order(use_case: UseCase) -> tuple[list[int], str]:
    # Those that no service request asks for come last.
    return [int(part) for part in use_case.service.split(".")] if use_case.service else [99], use_case.name


def _is_meant(use_case: UseCase, text: str) -> bool:
    return f"{use_case.service}.".startswith(f"{text}.") or use_case.name.lower().startswith(text.lower())


def _fields(use_case: UseCase) -> dict[str, object]:
    return {
        "name": use_case.name,
        "messageCode": f"{use_case.code:04X}",
        "serviceReferenceVariant": use_case.service or None,
        "element": use_case.element or None,
        "critical": use_case.critical,
        "content": _CONTENTS[type(use_case.content)],
        "devices": sorted(use_case.devices),
        "response": use_case.response,
    }


def _line(use_case: UseCase) -> str:
    kind = "critical" if use_case.critical else "non-critical"
    devices = ", ".join(sorted(use_case.devices))
    return (
        f"{use_case.service or '-':<8}{use_case.name:<38}{use_case.code:04X}  {kind:<14}"
        f"{_CONTENTS[type(use_case.content)]:<24}{use_case.element or '-'} ({devices})"
    )
