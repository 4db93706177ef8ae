"""Requests in flight, originator counters, mailboxes: the tables of the builds before there were revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "requests",
        sa.Column("request_id", sa.String(80), primary_key=True),
        sa.Column("service", sa.String(8), nullable=False),
        sa.Column("use_case", sa.String(40), nullable=False),
        sa.Column("pre_command", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("command", sa.LargeBinary, nullable=False),
        sa.Column("deadline", sa.DateTime, nullable=True),
    )
    op.create_index("ix_requests_state", "requests", ["state"])
    op.create_table(
        "counters",
        sa.Column("originator", sa.String(23), primary_key=True),
        sa.Column("counter", sa.String(20), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("user", sa.String(23), nullable=False),
        sa.Column("request", sa.String(80), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("mmc", sa.LargeBinary, nullable=False),
        sa.Column("delivered", sa.Boolean, nullable=False),
    )
    op.create_index("ix_deliveries_user", "deliveries", ["user"])
