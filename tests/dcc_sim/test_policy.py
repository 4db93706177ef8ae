"""The policy's table against the public request matrix, row by row, and against what the rest of the tree declares."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dcc_sim import policy_table
from dcc_sim.authorise import TO_DEVICES
from dcc_sim.inventory import UserRole
from dcc_sim.non_device import CARRIED
from dcc_sim.policy import RULES, Kind, Regime, When
from schemas.duis.services import SERVICE_REFERENCE_VARIANT
from schemas.gbcs.use_cases.table import USE_CASES, by_service

LOAD_CONTROL = ("6.14.1", "6.14.2", "6.14.3", "7.5", "7.6", "7.8", "7.9", "7.10", "7.12", "7.13")
"""Every request that changes what auxiliary load does, but for 7.16."""


@pytest.fixture(scope="module")
def matrix(reference: Path) -> dict[str, dict[str, Any]]:
    """The public request matrix by service reference variant."""
    rows = json.loads((reference / "duis-request-matrix.json").read_text(encoding="utf-8"))
    return {row["Service Reference Variant"]: row for row in rows}


def test_every_variant(matrix: dict[str, dict[str, Any]]) -> None:
    """All 129, none more, and each is one that the schema lists."""
    assert len(RULES) == 129
    assert set(RULES) == set(matrix)
    assert set(RULES) == SERVICE_REFERENCE_VARIANT.texts


@pytest.mark.parametrize("role", UserRole)
def test_every_variant_and_role(matrix: dict[str, dict[str, Any]], role: UserRole) -> None:
    """Who is eligible by default is who is listed: 129 variants for each of the roles."""
    here = {variant for variant, rule in RULES.items() if role in rule.eligible(Regime.SUPPLIER_ONLY)}
    assert here == {variant for variant, row in matrix.items() if role in row["Eligible User Roles"]}


def test_every_role_of_the_matrix_is_one_of_ours(matrix: dict[str, dict[str, Any]]) -> None:
    """And the matrix knows no load controller."""
    listed = {role for row in matrix.values() for role in row["Eligible User Roles"]}
    assert listed == set(UserRole) - {UserRole.LOAD_CONTROLLER}


def test_criticality_and_timing(matrix: dict[str, dict[str, Any]]) -> None:
    """Critical, non-device, on demand, future dated response pattern, DCC scheduled: all columns of all rows."""
    for variant, row in matrix.items():
        rule = RULES[variant]
        yes = {name for name, value in row.items() if value == "Yes"}
        assert (rule.kind is Kind.CRITICAL) == ("Critical" in yes), variant
        assert (rule.kind is Kind.NON_DEVICE) == ("Non-Device Request" in yes), variant
        assert (When.NOW in rule.when) == ("On Demand" in yes), variant
        assert (When.REPEAT in rule.when) == ("DCC Scheduled" in yes), variant
        pattern = row["Future Dated Response Pattern"]
        assert (When.DSP in rule.when) == ("DSP" in pattern), variant
        assert (When.DEVICE in rule.when) == ("Device" in pattern), variant


def test_names(matrix: dict[str, dict[str, Any]]) -> None:
    """Names are told in our spelling; the first word is the matrix's, and no two are alike."""
    for variant, row in matrix.items():
        assert RULES[variant].name.split()[0] == row["Service Request Name"].split()[0], variant
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


def test_use_cases_are_as_critical_as_the_policy_says() -> None:
    """A device request has GBCS use cases, all as critical as the request; a non-device request has none."""
    for variant, rule in RULES.items():
        critical = {use_case.critical for use_case in by_service(variant)}
        assert critical == {Kind.CRITICAL: {True}, Kind.OTHER: {False}, Kind.NON_DEVICE: set()}[rule.kind], variant
    assert {use_case.service for use_case in USE_CASES if use_case.service} <= set(RULES)


def test_command_variants() -> None:
    """Critical 4 to 7, other 1 to 3, non-device 8; 9 is nobody's."""
    assert RULES["7.13"].command_variants == {4, 5, 6, 7}
    assert RULES["7.15"].command_variants == {1, 2, 3}
    assert RULES["8.2"].command_variants == {8}


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("variant", LOAD_CONTROL)
def test_only_the_import_supplier_changes_load_control(variant: str, regime: Regime) -> None:
    """In either regime: network operators, other users and load controllers set no state and no calendar."""
    assert RULES[variant].eligible(regime) == {UserRole.IMPORT_SUPPLIER}


def test_limit_level_is_the_load_controllers_and_only_in_its_regime() -> None:
    """7.16: nobody by default, the load controller with the switch on, and never the supplier (assumed)."""
    assert not RULES["7.16"].eligible(Regime.SUPPLIER_ONLY)
    assert RULES["7.16"].eligible(Regime.LOAD_CONTROLLER) == {UserRole.LOAD_CONTROLLER}
    added = {variant for variant, rule in RULES.items() if rule.eligible(Regime.LOAD_CONTROLLER) != rule.roles}
    assert added == {"7.16"}


def test_the_page_is_what_the_policy_says() -> None:
    """docs/authorisation.md holds the tables as they are written now; --check, as make check calls it, agrees."""
    page = policy_table.DOCUMENT.read_text(encoding="utf-8")
    assert policy_table.updated(page) == page
    assert CliRunner().invoke(policy_table.main, ["--check"]).exit_code == 0


def test_a_stale_page_is_told_and_put_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--check fails without touching the file; --write changes the generated part alone."""
    page = policy_table.DOCUMENT.read_text(encoding="utf-8")
    stale = tmp_path / "authorisation.md"
    stale.write_text(page.replace("| 7.16 | Limit APC Level |", "| 7.16 | Other |"), encoding="utf-8")
    monkeypatch.setattr(policy_table, "DOCUMENT", stale)
    result = CliRunner().invoke(policy_table.main, ["--check"])
    assert result.exit_code == 1
    assert "--write" in result.output
    assert "Other" in stale.read_text(encoding="utf-8")
    assert CliRunner().invoke(policy_table.main, ["--write"]).exit_code == 0
    assert stale.read_text(encoding="utf-8") == page


def test_a_page_without_its_marks_is_not_written() -> None:
    """Nothing is guessed: both marks, once each."""
    page = policy_table.DOCUMENT.read_text(encoding="utf-8")
    for broken in (page.replace(policy_table.BEGIN, ""), page.replace(policy_table.END, ""), page + page):
        with pytest.raises(ValueError, match="mark"):
            policy_table.updated(broken)


def test_the_tables_have_every_row() -> None:
    """One row a variant, with a yes for every eligible role, and the switch for 7.16 alone."""
    printed = CliRunner().invoke(policy_table.main).output
    rows = {row.split(" | ")[0].removeprefix("| "): row for row in printed.splitlines() if row.startswith("| ")}
    for variant, rule in RULES.items():
        assert rule.name in rows[variant]
        cells = [cell.strip() for cell in rows[variant].strip("|").split("|")]
        assert cells[6:14].count("yes") == len(rule.roles), variant
        assert ("switch" in cells) == (variant == "7.16")
        assert (cells[14] == "yes") == (variant in TO_DEVICES | CARRIED)
