"""Private links to come back to a session."""

from __future__ import annotations

from alembic import op

from engross.store.database import links

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table of links."""
    links.create(op.get_bind(), checkfirst=True)
