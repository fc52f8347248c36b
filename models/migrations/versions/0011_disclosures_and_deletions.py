"""What was seen of students and by whom, what parents asked for, and what was deleted"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Nobody changes what they hold, the owner and whoever runs the application included.
APPEND_ONLY = ("disclosure", "inspection_request", "inspection_answer", "deletion")

FUNCTIONS = """
create function access.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'access.% is only added to: what stands there stays', tg_table_name
    using hint = 'Add a row that puts the mistake right.', errcode = 'insufficient_privilege';
end
$$;

-- Writes down that somebody is about to look at a list, a row for each student on it, and gives the number to read
-- it with. Reading is a statement of its own, in a later transaction: otherwise whoever reads could roll back the note.
create function access.note_list(reader text, version text, school text, interest text) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    ticket uuid := gen_random_uuid();
    found bigint;
begin
    if not exists (
        select from access.assignment_today t
        where t.login = reader and t.role in ('principal', 'intervention_team') and t.school_id = school
    ) then
        raise exception '% holds no role that sees the list of school %', reader, school
        using errcode = 'insufficient_privilege';
    end if;
    insert into access.disclosure (ticket, login, kind, student_id, school_id, version, interest)
    select ticket, reader, 'list_entry', e.student_id, e.school_id, e.version, note_list.interest
    from lists.elt_list_entry e
    where e.version = note_list.version and e.school_id = school;
    get diagnostics found = row_count;
    if found = 0 then
        raise exception 'there is no list % with students of school %', version, school;
    end if;
    return ticket;
end
$$;

create function access.ask_for_list(version text, school text, interest text) returns uuid
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select access.note_list(session_user, $1, $2, $3) $$;

create function access.ask_for_list_of(reader text, version text, school text, interest text) returns uuid
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select access.note_list($1, $2, $3, $4) $$;

create function access.read_list(ticket uuid)
returns table (student_id text, school_id text, rank integer, place text, band text, reasons jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from access.disclosure d
        where d.ticket = read_list.ticket and d.signed_on_as = session_user
        and d.noted_by <> pg_current_xact_id()::text and d.disclosed_at > now() - interval '15 minutes'
    ) then
        raise exception 'nothing says why this list is read'
        using hint = 'Call access.ask_for_list(version, school, interest) first, in a transaction of its own.',
        errcode = 'insufficient_privilege';
    end if;
    return query
    select e.student_id, e.school_id, e.rank, e.place, e.band, e.reasons
    from access.disclosure d
    join lists.elt_list_entry e on e.version = d.version and e.student_id = d.student_id
    where d.ticket = read_list.ticket
    order by e.school_id, e.rank;
end
$$;

-- For what the desk shows or hands out beside lists: records, files, exports.
create function access.note_disclosure(reader text, kind text, students text[], what text, interest text) returns uuid
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with given as (select gen_random_uuid() as ticket),
    noted as (
        insert into access.disclosure (ticket, login, kind, student_id, version, interest)
        select g.ticket, $1, $2, s.student_id, $4, $5 from given g, unnest($3) as s (student_id)
    )
    select ticket from given
$$;

-- Whom a parent may be told that the record was shown to.
create function access.disclosures_of(student text)
returns table (disclosed_at timestamptz, login text, kind text, version text, interest text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select d.disclosed_at, d.login, d.kind, d.version, d.interest
    from access.disclosure d where d.student_id = $1 order by d.disclosed_at, d.disclosure_id
$$;

create function access.note_request(student text, asked_by text, kind text, asked_on date, what text) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    insert into access.inspection_request (student_id, asked_by, kind, asked_on, what)
    values ($1, $2, $3, $4, $5) returning request_id
$$;

create function access.note_answer(request bigint, answered_by text, answer text, note text) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    insert into access.inspection_answer (request_id, answered_by, answer, note)
    values ($1, $2, $3, $4) returning answer_id
$$;
"""

FOR_PEOPLE = "access.ask_for_list(text, text, text), access.read_list(uuid)"
FOR_THE_DESK = (
    "access.ask_for_list_of(text, text, text, text), access.read_list(uuid),"
    " access.note_disclosure(text, text, text[], text, text), access.disclosures_of(text),"
    " access.note_request(text, text, text, date, text), access.note_answer(bigint, text, text, text)"
)


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("disclosure_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket", sa.UUID(), nullable=False, comment="The same for all students seen at once."),
        sa.Column(
            "disclosed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("login", sa.Text(), nullable=False, comment="Who saw it."),
        sa.Column(
            "signed_on_as",
            sa.Text(),
            server_default=sa.text("session_user"),
            nullable=False,
            comment="The login of the session: the person's own, or the desk's.",
        ),
        sa.Column(
            "noted_by",
            sa.Text(),
            server_default=sa.text("pg_current_xact_id()::text"),
            nullable=False,
            comment="The transaction that wrote the row.",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True, comment="Version of the list, or name of the file or export."),
        sa.Column("interest", sa.Text(), nullable=False, comment="The legitimate educational interest."),
        sa.CheckConstraint("interest ~ '[[:alpha:]]{3}'", name="has_an_interest"),
        sa.CheckConstraint("kind in ('list_entry', 'record', 'file', 'export')", name="known_kind"),
        sa.PrimaryKeyConstraint("disclosure_id"),
        schema="access",
        comment="Who saw or took out which student's list entry, record, file or export, when, and why.",
    )
    op.create_index("ix_disclosure_student", "disclosure", ["student_id"], schema="access")
    op.create_index("ix_disclosure_ticket", "disclosure", ["ticket"], schema="access")
    op.create_table(
        "inspection_request",
        sa.Column("request_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False, comment="The parent, or the student who is of age."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="What is to be seen, or put right and how."),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("signed_on_as", sa.Text(), server_default=sa.text("session_user"), nullable=False),
        sa.CheckConstraint("kind in ('inspection', 'amendment')", name="known_kind"),
        sa.PrimaryKeyConstraint("request_id"),
        schema="access",
        comment="Parents' requests to see a record or to have it put right.",
    )
    op.create_table(
        "inspection_answer",
        sa.Column("answer_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("signed_on_as", sa.Text(), server_default=sa.text("session_user"), nullable=False),
        sa.CheckConstraint("answer in ('shown', 'amended', 'refused', 'hearing', 'statement')", name="known_answer"),
        sa.ForeignKeyConstraint(["request_id"], ["access.inspection_request.request_id"]),
        sa.PrimaryKeyConstraint("answer_id"),
        schema="access",
        comment="What became of a request; the newest answer counts.",
    )
    op.create_table(
        "deletion",
        sa.Column("deletion_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False, comment="The rule of retention, as it was read."),
        sa.Column("before", sa.Date(), nullable=False, comment="Rows of days before this one went."),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("deletion_id"),
        schema="access",
        comment="What was deleted because its time was over.",
    )
    op.execute(FUNCTIONS)
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger stays before update or delete or truncate on access.{table}"
            " for each statement execute function access.refuse_change()"
        )
        # Also where a session says that it only replicates.
        op.execute(f"alter table access.{table} enable always trigger stays")
    op.execute("revoke all on all functions in schema access from public")
    people = _names("not is_service and is_of_school")
    op.execute(f"grant execute on function {FOR_PEOPLE} to {people}")
    op.execute(f"grant execute on function {FOR_THE_DESK} to {_names('name = ' + chr(39) + 'desk' + chr(39))}")


def downgrade() -> None:
    for signature in (*FOR_PEOPLE.split("), "), *FOR_THE_DESK.split("), ")):
        op.execute(f"drop function if exists {signature.strip().rstrip(')')})")
    op.execute("drop function access.note_list(text, text, text, text)")
    for table in reversed(APPEND_ONLY):
        op.execute(f"drop table access.{table}")
    op.execute("drop function access.refuse_change()")


def _names(condition: str) -> str:
    bind = op.get_bind()
    return bind.scalar(
        sa.text(f"select string_agg(format('%I', role_name), ', ') from access.role where {condition}")  # noqa: S608
    )
