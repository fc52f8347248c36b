"""community, ELT, payroll, formula"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "community_registration",
        sa.Column("application_id", sa.Text(), nullable=False, comment="Identifier of the application."),
        sa.Column("student_id", sa.Text(), nullable=True, comment="The student, once there is a record of one."),
        sa.Column(
            "school_id", sa.Text(), nullable=True, comment="The school applied for, then the school of the placement."
        ),
        sa.Column("grade", sa.Text(), nullable=False, comment="Grade applied for: PK, KG, 01 to 12."),
        sa.Column(
            "home_language",
            sa.Text(),
            nullable=True,
            comment="Language spoken at home, ISO 639-1 where the source has it.",
        ),
        sa.Column("program", sa.Text(), nullable=True, comment="Programme asked for or needed, as the source says."),
        sa.Column("submitted_on", sa.Date(), nullable=False, comment="The family applied."),
        sa.Column("completed_on", sa.Date(), nullable=True, comment="The last document came in."),
        sa.Column("placed_on", sa.Date(), nullable=True, comment="A seat was found."),
        sa.Column("notified_on", sa.Date(), nullable=True, comment="The family was told."),
        sa.Column(
            "enrolled_on", sa.Date(), nullable=True, comment="The family accepted, and the student was enrolled."
        ),
        sa.Column("withdrawn_on", sa.Date(), nullable=True, comment="The family withdrew."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per application for a place at a school, with the day of each step.",
    )
    op.create_index(
        "ux_community_registration_current",
        "community_registration",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_formula_input",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column(
            "student_group",
            sa.Text(),
            nullable=False,
            comment="Grade (KG, 01 to 12) or need (el, low_income, swd and its levels).",
        ),
        sa.Column(
            "projected_students",
            sa.Numeric(precision=9, scale=2),
            nullable=False,
            comment="Projected enrolment of the group.",
        ),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school, fiscal year and group of the student-funding formula: what the formula counts.",
    )
    op.create_index(
        "ux_finance_formula_input_current",
        "finance_formula_input",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_payroll_line",
        sa.Column("staff_id", sa.Text(), nullable=False, comment="The person."),
        sa.Column(
            "position_id", sa.Text(), nullable=True, comment="The position; null where the payroll system names none."
        ),
        sa.Column("account_code", sa.Text(), nullable=False, comment="The account charged."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column("pay_run", sa.Text(), nullable=False, comment="Identifier of the pay run."),
        sa.Column("period_ends_on", sa.Date(), nullable=False, comment="Last day of the pay period."),
        sa.Column("fte", sa.Numeric(precision=9, scale=2), nullable=True, comment="Full-time equivalents paid."),
        sa.Column(
            "amount",
            sa.Numeric(precision=14, scale=2),
            nullable=False,
            comment="Gross dollars; corrections downwards are negative.",
        ),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day of the pay run."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per person, position, account and pay period. Corrections are rows of their own pay run.",
    )
    op.create_index(
        "ux_finance_payroll_line_current",
        "finance_payroll_line",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_school_allocation",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column(
            "line",
            sa.Text(),
            nullable=False,
            comment="Line of the formula: foundation, base, grade, a need group, hold_harmless, transition.",
        ),
        sa.Column(
            "amount", sa.Numeric(precision=14, scale=2), nullable=False, comment="Dollars allocated by the line."
        ),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school, fiscal year and formula line: what the district allocated.",
    )
    op.create_index(
        "ux_finance_school_allocation_current",
        "finance_school_allocation",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_leave",
        sa.Column("staff_id", sa.Text(), nullable=False, comment="The person."),
        sa.Column("begins_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="Last day; null while it lasts."),
        sa.Column("kind", sa.Text(), nullable=False, comment="Kind of leave."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per leave of absence of a week or more.",
    )
    op.create_index(
        "ux_hr_leave_current",
        "hr_leave",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_separation",
        sa.Column("staff_id", sa.Text(), nullable=False, comment="The person."),
        sa.Column("separated_on", sa.Date(), nullable=False, comment="Last day of employment."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it ended."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per end of an employment.",
    )
    op.create_index(
        "ux_hr_separation_current",
        "hr_separation",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "programs_elt_attendance",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The site."),
        sa.Column("elt_term", sa.Text(), nullable=False, comment="The ELT term."),
        sa.Column("program", sa.Text(), nullable=False, comment="The ELT programme."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day."),
        sa.Column("is_present", sa.Boolean(), nullable=False, comment="Whether the student came."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student and session: whether the student came.",
    )
    op.create_index(
        "ux_programs_elt_attendance_current",
        "programs_elt_attendance",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "programs_elt_request",
        sa.Column("request_id", sa.Text(), nullable=False, comment="Identifier of the request."),
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The site."),
        sa.Column("elt_term", sa.Text(), nullable=False, comment="The ELT term."),
        sa.Column("program", sa.Text(), nullable=False, comment="The ELT programme."),
        sa.Column("stream", sa.Text(), nullable=False, comment="Intervention or enrichment."),
        sa.Column("origin", sa.Text(), nullable=False, comment="Who asked."),
        sa.Column(
            "screening_score",
            sa.Numeric(precision=9, scale=3),
            nullable=True,
            comment="Score of the district's own screening, where that decided.",
        ),
        sa.Column("requested_on", sa.Date(), nullable=False, comment="Day of the request or of the screening."),
        sa.Column("decision", sa.Text(), nullable=True, comment="What the site decided."),
        sa.Column("decided_on", sa.Date(), nullable=True, comment="Day of the decision."),
        sa.Column("answer", sa.Text(), nullable=True, comment="What the family answered."),
        sa.Column("answered_on", sa.Date(), nullable=True, comment="Day of the answer."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student, ELT term and programme: who was recommended or asked, and what became of it.",
    )
    op.create_index(
        "ux_programs_elt_request_current",
        "programs_elt_request",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "programs_elt_session",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The site."),
        sa.Column("elt_term", sa.Text(), nullable=False, comment="The ELT term."),
        sa.Column("program", sa.Text(), nullable=False, comment="The ELT programme."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day."),
        sa.Column("minutes", sa.Integer(), nullable=False, comment="Length."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per session that a site held.",
    )
    op.create_index(
        "ux_programs_elt_session_current",
        "programs_elt_session",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_school_autonomy",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("network_id", sa.Text(), nullable=True, comment="The network."),
        sa.Column(
            "autonomy",
            sa.Text(),
            nullable=False,
            comment="Staffing, budget, curriculum, calendar or schedule, as the source says.",
        ),
        sa.Column("begins_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="Last day; null while it lasts."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school and autonomy: what its network lets the school decide, and since when.",
    )
    op.create_index(
        "ux_sis_school_autonomy_current",
        "sis_school_autonomy",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "state_benchmark_rate",
        sa.Column(
            "indicator",
            sa.Text(),
            nullable=False,
            comment="The indicator's name, as chronic_absence or proficiency_math.",
        ),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("subgroup_kind", sa.Text(), nullable=False, comment="All, race or program."),
        sa.Column("subgroup", sa.Text(), nullable=False, comment="The group; all_students for everyone."),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=False, comment="The rate, 0 to 1."),
        sa.Column("students", sa.Integer(), nullable=True, comment="Students behind it."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per indicator, school year and group: the rate that the state published for all its districts.",
    )
    op.create_index(
        "ux_state_benchmark_rate_current",
        "state_benchmark_rate",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )


def downgrade() -> None:

    op.drop_index(
        "ux_state_benchmark_rate_current",
        table_name="state_benchmark_rate",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("state_benchmark_rate", schema="landing")
    op.drop_index(
        "ux_sis_school_autonomy_current",
        table_name="sis_school_autonomy",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_school_autonomy", schema="landing")
    op.drop_index(
        "ux_programs_elt_session_current",
        table_name="programs_elt_session",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("programs_elt_session", schema="landing")
    op.drop_index(
        "ux_programs_elt_request_current",
        table_name="programs_elt_request",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("programs_elt_request", schema="landing")
    op.drop_index(
        "ux_programs_elt_attendance_current",
        table_name="programs_elt_attendance",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("programs_elt_attendance", schema="landing")
    op.drop_index(
        "ux_hr_separation_current",
        table_name="hr_separation",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_separation", schema="landing")
    op.drop_index(
        "ux_hr_leave_current",
        table_name="hr_leave",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_leave", schema="landing")
    op.drop_index(
        "ux_finance_school_allocation_current",
        table_name="finance_school_allocation",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_school_allocation", schema="landing")
    op.drop_index(
        "ux_finance_payroll_line_current",
        table_name="finance_payroll_line",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_payroll_line", schema="landing")
    op.drop_index(
        "ux_finance_formula_input_current",
        table_name="finance_formula_input",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_formula_input", schema="landing")
    op.drop_index(
        "ux_community_registration_current",
        table_name="community_registration",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("community_registration", schema="landing")
