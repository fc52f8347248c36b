"""targets and priorities of schools' plans"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plans_school_priority',
    sa.Column('school_id', sa.Text(), nullable=False, comment='The school.'),
    sa.Column('fiscal_year', sa.Integer(), nullable=False, comment='Calendar year in which the fiscal year ends.'),
    sa.Column('priority', sa.Text(), nullable=False, comment="The priority, in the plan's words."),
    sa.Column('moves_kind', sa.Text(), nullable=False, comment='What the next column names.'),
    sa.Column('moves', sa.Text(), nullable=False, comment='The budget service or function that the money is meant for.'),
    sa.Column('planned_amount', sa.Numeric(precision=14, scale=2), nullable=False, comment='Dollars that the plan means to spend on it.'),
    sa.Column('posted_on', sa.Date(), nullable=True, comment='Day the plan was approved or last amended.'),
    sa.Column('_version_id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('_feed', sa.Text(), nullable=False, comment='The feed in district.yml that brought the row.'),
    sa.Column('_key', sa.UUID(), nullable=False, comment='md5 of the key columns.'),
    sa.Column('_hash', sa.UUID(), nullable=False, comment='md5 of every contract column and _extra.'),
    sa.Column('_load_id', sa.BigInteger(), nullable=False, comment='ops.load that brought this version.'),
    sa.Column('_line', sa.Integer(), nullable=False, comment='Line of the source file, header included.'),
    sa.Column('_extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Source columns that nobody mapped.'),
    sa.Column('_known_on', sa.Date(), nullable=False, comment='The day this version became known.'),
    sa.Column('_superseded_on', sa.Date(), nullable=True, comment="The day a newer version, or the row's absence, became known; null while current."),
    sa.PrimaryKeyConstraint('_version_id'),
    schema='landing',
    comment='One row per school, fiscal year, priority of the plan and what it is meant to move: a budget service or function.'
    )
    op.create_index('ux_plans_school_priority_current', 'plans_school_priority', ['_feed', '_key'], unique=True, schema='landing', postgresql_where=sa.text('_superseded_on is null'))
    op.create_table('plans_school_target',
    sa.Column('school_id', sa.Text(), nullable=False, comment='The school.'),
    sa.Column('indicator', sa.Text(), nullable=False, comment='The indicator, as the seed indicator names it.'),
    sa.Column('school_year', sa.Integer(), nullable=False, comment='Calendar year in which the school year ends by which the target is to be reached.'),
    sa.Column('baseline_year', sa.Integer(), nullable=False, comment='Calendar year in which the school year of the baseline ends.'),
    sa.Column('baseline', sa.Numeric(precision=9, scale=6), nullable=False, comment="The figure that the plan starts from, in the indicator's unit."),
    sa.Column('target', sa.Numeric(precision=9, scale=6), nullable=False, comment="The figure that the plan wants, in the indicator's unit."),
    sa.Column('posted_on', sa.Date(), nullable=True, comment='Day the plan was approved or last amended.'),
    sa.Column('_version_id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('_feed', sa.Text(), nullable=False, comment='The feed in district.yml that brought the row.'),
    sa.Column('_key', sa.UUID(), nullable=False, comment='md5 of the key columns.'),
    sa.Column('_hash', sa.UUID(), nullable=False, comment='md5 of every contract column and _extra.'),
    sa.Column('_load_id', sa.BigInteger(), nullable=False, comment='ops.load that brought this version.'),
    sa.Column('_line', sa.Integer(), nullable=False, comment='Line of the source file, header included.'),
    sa.Column('_extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment='Source columns that nobody mapped.'),
    sa.Column('_known_on', sa.Date(), nullable=False, comment='The day this version became known.'),
    sa.Column('_superseded_on', sa.Date(), nullable=True, comment="The day a newer version, or the row's absence, became known; null while current."),
    sa.PrimaryKeyConstraint('_version_id'),
    schema='landing',
    comment='One row per school, indicator and year of a target: where the plan starts from, and where it wants to be.'
    )
    op.create_index('ux_plans_school_target_current', 'plans_school_target', ['_feed', '_key'], unique=True, schema='landing', postgresql_where=sa.text('_superseded_on is null'))


def downgrade() -> None:
    op.drop_index('ux_plans_school_target_current', table_name='plans_school_target', schema='landing', postgresql_where=sa.text('_superseded_on is null'))
    op.drop_table('plans_school_target', schema='landing')
    op.drop_index('ux_plans_school_priority_current', table_name='plans_school_priority', schema='landing', postgresql_where=sa.text('_superseded_on is null'))
    op.drop_table('plans_school_priority', schema='landing')
