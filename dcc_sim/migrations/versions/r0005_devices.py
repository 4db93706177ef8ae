"""The inventory's entries that users or devices have changed outlive the process."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "devices",
        sa.Column("device", sa.String(23), primary_key=True),
        sa.Column("entry", sa.Text, nullable=False),
    )
