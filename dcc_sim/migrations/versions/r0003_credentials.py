"""Commands of the DCC's own parties, and what devices keep over a power loss."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "dcc_commands",
        sa.Column("command", sa.String(80), primary_key=True),
        sa.Column("request_id", sa.String(80), nullable=False),
    )
    op.create_table(
        "device_states",
        sa.Column("device", sa.String(23), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
