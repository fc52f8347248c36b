"""The schema withheld, which holds true counts, under row security as all others are"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHANGE = """
do $$ begin
    execute replace(pg_get_functiondef('access.protect_schemas()'::regprocedure), '{}', '{}');
end $$
"""


def upgrade() -> None:
    op.execute(CHANGE.format("^(landing|ops|", "^(landing|withheld|ops|"))


def downgrade() -> None:
    op.execute("drop policy if exists platform on withheld.part")
    op.execute("alter table withheld.part disable row level security, no force row level security")
    op.execute(CHANGE.format("^(landing|withheld|ops|", "^(landing|ops|"))
