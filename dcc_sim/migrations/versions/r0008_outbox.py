"""Several processes over one store: the outbox of the workers, and the version of what is known."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the two tables, and the one row of the second."""
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("hub", sa.String(23), nullable=True),
    )
    known = op.create_table(
        "known",
        sa.Column("world", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("parties", sa.Text, nullable=False),
    )
    op.bulk_insert(known, [{"world": 1, "version": 0, "parties": ""}])
