"""``dcc-sim pki new``: a whole test SMKI as files."""

from pathlib import Path

import click
from cryptography.hazmat.primitives.serialization import Encoding

from dcc_sim import identities
from dcc_sim.smki import Credentials, Role, Smki, save

_OF_THE_DCC = (
    (identities.BROKER, Role.ACCESS_CONTROL_BROKER, "accessControlBroker"),
    (identities.TRANSITIONAL_COS, Role.TRANSITIONAL_COS, "transitionalCoS"),
    (identities.RECOVERY, Role.RECOVERY, "recovery"),
    (identities.WAN_PROVIDER, Role.WAN_PROVIDER, "wanProvider"),
)
_DEVICES = (identities.HUB, identities.METER, identities.SWITCH, identities.CHARGER)


def whole(seed: str) -> tuple[Smki, list[Credentials]]:
    """An SMKI with every party and device of the ready-made home, grown from ``seed``."""
    from dcc_sim import home

    smki = Smki(seed.encode())
    made = [smki.issue_organisation(eui, role, name) for eui, role, name in _OF_THE_DCC]
    made += home.issue(smki).values()
    return smki, made + [smki.issue_device(eui) for eui in _DEVICES]


@click.group()
def pki() -> None:
    """Test certificates and keys."""


@pki.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default="dcc-sim", show_default=True, help="The same seed gives the same files.")
def new(folder: Path, seed: str) -> None:
    """Write a complete test SMKI into FOLDER: authorities, organisations, devices; ``serve --pki FOLDER`` takes it.

    Files are named EUI-ds and EUI-ka, xml-sign-EUI-ds and dsp-xml-sign-EUI-ds: certificates as .pem, keys as .key.
    """
    if not seed:
        raise click.BadParameter("has at least one character", param_hint="--seed")
    smki, parties = whole(seed)
    folder.mkdir(parents=True, exist_ok=True)
    authorities = {
        "root": smki.root,
        "issuing-organisations": smki.organisation_authority,
        "issuing-devices": smki.device_authority,
    }
    for name, certificate in authorities.items():
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    for party in parties:
        save(party, folder, party.eui.hex())
        click.echo(f"{party.eui}  {party.name}")
    click.echo(f"Serve with: dcc-sim serve --pki {folder}")
