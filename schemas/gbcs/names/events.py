"""Names of events of electricity meters that are alerted, sounded and logged, in our words.

From the appendices of event codes in the published user manuals of two SMETS2 meters, single-phase and polyphase. Each
voltage event has four codes: of a single-phase meter, then of the phases. That an event of the second set ends one of
the first, and the order of those of swell, extreme under voltage and sag in the first set, is assumed from the second.
"""

from collections.abc import Iterator

_VOLTAGE = {
    0x8002: "average RMS voltage above the over voltage threshold",
    0x8006: "average RMS voltage below the under voltage threshold",
    0x8020: "RMS voltage above the extreme over voltage threshold",
    0x8024: "RMS voltage above the swell threshold",
    0x8028: "RMS voltage below the extreme under voltage threshold",
    0x802C: "RMS voltage below the sag threshold",
    0x8085: "average RMS voltage back below the over voltage threshold",
    0x8089: "average RMS voltage back above the under voltage threshold",
    0x808D: "RMS voltage no longer above the extreme over voltage threshold",
    0x8091: "RMS voltage no longer above the swell threshold",
    0x8095: "RMS voltage no longer below the extreme under voltage threshold",
    0x8099: "RMS voltage no longer below the sag threshold",
}
_PHASES = (1, 2, 3)

_OTHERS = {
    0x8010: "over current",
    0x8011: "over current, phase 1",
    0x8013: "over current, phase 3",
    0x8014: "power factor below its threshold",
    0x8015: "power factor within its threshold again",
    0x8016: "over current, phase 2",
    0x810D: "combined credit below the low credit threshold",
    0x8119: "emergency credit available",
    0x8168: "supply disabled, then armed by activating emergency credit",
    0x81A4: "close tunnel command rejected",
    0x81A5: "communication from the local port",
    0x81A6: "customer acknowledged a message",
    0x81A7: "time debt 1 collected",
    0x81A8: "time debt 2 collected",
    0x81A9: "payment debt collected",
    0x81AA: "emergency credit exhausted",
    0x81AB: "emergency credit activated",
    0x81AC: "measurement fault",
    0x81AD: "metrology firmware verification failed",
    0x81AE: "non-volatile memory error",
    0x81B2: "unexpected hardware reset",
    0x81B3: "watchdog error",
    0x81B8: "incorrect polarity",
    0x81B9: "meter cover closed",
    0x81BA: "request tunnel command rejected",
    0x81BB: "reverse current",
    0x81BC: "strong magnetic field removed",
    0x81BE: "supply disabled, then locked by the supply tamper state",
    0x81C1: "terminal cover closed",
    0x81C4: "manual entry of UTRNs suspended",
    0x81C5: "UTRN rejected as locked out",
    0x8F0F: "credit below the disablement threshold",
    0x8F47: "credit would take the meter balance above its maximum",
    0x8F57: "supply interrupted",
    0x8F83: "disablement for lack of credit suspended",
}


def _of_phases() -> Iterator[tuple[int, str]]:
    for code, event in _VOLTAGE.items():
        yield code, event
        yield from ((code + phase, f"{event}, phase {phase}") for phase in _PHASES)


EVENT_CODES: dict[int, str] = {**dict(_of_phases()), **_OTHERS}
