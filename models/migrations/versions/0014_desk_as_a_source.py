"""What people decide at the desk, as a source of landing; and what they are told about lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What landing reads each night: every step with what the list said of the student, and requests for enrichment. Who
# decided or entered them, and why, stays here.
VIEWS = """
create view lists.elt_decision_to_land with (security_invoker = true) as
select
    d.decision_id, d.version, d.student_id, d.school_id, d.elt_term, d.program, e.place, d.step,
    d.on_date as decided_on, u.on_date as undone_on
from lists.elt_decision d
left join lists.elt_list_entry e on e.version = d.version and e.student_id = d.student_id
left join lists.elt_decision u on u.undoes = d.decision_id
where d.step <> 'undone';

create view lists.elt_request_to_land with (security_invoker = true) as
select
    'desk.' || r.request_id as request_id, r.student_id, r.school_id, r.elt_term, r.program, r.origin, r.requested_on
from desk.enrichment_request r
"""

# Students by school, and by school and group, for the coordinator's session alone; the page withholds what is small.
# Groups are those of the newest school year in the marts; of programmes only the two that a team plans around.
COUNTS = """
create function access.seat_counts()
returns table (version text, school_id text, race text, program text, listed bigint, offered bigint, accepted bigint,
    attended bigint, waiting bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not access.desk_holds('elt_coordinator') then
        raise exception 'only the coordinator of extended learning counts seats'
        using errcode = 'insufficient_privilege';
    end if;
    create temporary table grouped (student_id text, race text, program text) on commit drop;
    insert into pg_temp.grouped select distinct s.student_id, 'everyone', 'everyone' from lists.standing s;
    if to_regclass('marts.brg_student_subgroup') is not null then
        insert into pg_temp.grouped
        select g.student_id, case when g.subgroup_kind = 'race' then coalesce(g.subgroup, 'unknown') else 'everyone' end,
            case when g.subgroup_kind = 'program' then g.subgroup else 'everyone' end
        from marts.brg_student_subgroup g
        where g.school_year = (select max(b.school_year) from marts.brg_student_subgroup b) and g.is_current
        and (g.subgroup_kind = 'race' or (g.subgroup_kind = 'program' and g.subgroup in ('el', 'swd')));
    end if;
    return query
    select s.version, s.school_id, g.race, g.program, count(*),
        count(*) filter (where s.step in ('offered', 'accepted', 'attended')),
        count(*) filter (where s.step in ('accepted', 'attended')),
        count(*) filter (where s.step = 'attended'),
        count(*) filter (where s.place = 'waitlist')
    from lists.standing s join pg_temp.grouped g on g.student_id = s.student_id
    group by 1, 2, 3, 4;
end
$$;
"""


def upgrade() -> None:
    op.create_table(
        "programs_elt_decision",
        sa.Column(
            "decision_id",
            sa.Text(),
            nullable=False,
            comment="Number of the decision; steps of a student follow each other by it.",
        ),
        sa.Column("version", sa.Text(), nullable=False, comment="The list that was decided on."),
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The site."),
        sa.Column("elt_term", sa.Text(), nullable=False, comment="The ELT term."),
        sa.Column("program", sa.Text(), nullable=False, comment="The ELT programme."),
        sa.Column(
            "place",
            sa.Text(),
            nullable=True,
            comment="Where the list had the student; null for one who was not on it.",
        ),
        sa.Column("step", sa.Text(), nullable=False, comment="What was decided."),
        sa.Column("decided_on", sa.Date(), nullable=False, comment="Day of the decision."),
        sa.Column("undone_on", sa.Date(), nullable=True, comment="Day on which it was taken back; null while it stands."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
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
        comment="One row per step that people decided about a student of a list: what the desk knows, as a source like"
        " others.",
    )
    op.create_index(
        "ux_programs_elt_decision_current",
        "programs_elt_decision",
        ["_key", "_feed"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.execute(VIEWS)
    op.execute(COUNTS)
    op.execute("revoke all on function access.seat_counts() from public")
    desk = op.get_bind().scalar(
        sa.text("select format('%I', role_name) from access.role where name = 'desk'")
    )
    op.execute(f"grant execute on function access.seat_counts() to {desk}")
    op.create_table(
        "message_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "version",
            sa.Text(),
            nullable=False,
            comment="The list that is out, or for one that is held the one that stays.",
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "addressed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its mails were written; null before.",
        ),
        sa.CheckConstraint("event in ('released', 'superseded', 'held')", name="known_event"),
        sa.PrimaryKeyConstraint("event_id"),
        sa.UniqueConstraint("event", "elt_term", "program", "as_of", "version"),
        schema="lists",
        comment="What people are told about lists: written in the transaction in which it happened, so once.",
    )
    op.create_table(
        "message",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "sent_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the mail server took it; null while it waits.",
        ),
        sa.Column(
            "refused",
            sa.Text(),
            nullable=True,
            comment="What the mail server said of an address that it will not take.",
        ),
        sa.CheckConstraint("sent_at is null or refused is null", name="sent_or_refused"),
        sa.ForeignKeyConstraint(["event_id"], ["lists.message_event.event_id"]),
        sa.PrimaryKeyConstraint("event_id", "login"),
        schema="lists",
        comment="One mail of an event to one person.",
    )


def downgrade() -> None:
    op.execute("drop function access.seat_counts()")
    op.drop_table("message", schema="lists")
    op.drop_table("message_event", schema="lists")
    op.execute("drop view lists.elt_request_to_land")
    op.execute("drop view lists.elt_decision_to_land")
    op.drop_table("programs_elt_decision", schema="landing")
