"""Values that interview code keeps for more than one session."""

from __future__ import annotations

from alembic import op

from engross.store.database import commons

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    commons.create(op.get_bind(), checkfirst=True)
