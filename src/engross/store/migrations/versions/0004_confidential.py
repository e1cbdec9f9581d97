"""Confidential sessions: keys that are lent to work in the background, and the visitor's secret behind a link."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engross.store.database import lent_keys

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table, and the column where an older version made the table of links."""
    lent_keys.create(op.get_bind(), checkfirst=True)
    if not any(column["name"] == "half" for column in sa.inspect(op.get_bind()).get_columns("links")):
        op.add_column("links", sa.Column("half", sa.LargeBinary))
