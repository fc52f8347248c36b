"""The desk counts seats by school and not by group; and reads the language of a home for a letter, once that is noted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Groups are not counted at the desk: counts that move every day can be subtracted from those of the day before, and the
# difference is one child. What there is by group is in the monthly release (reporting.elt_seats).
COUNTS = """
create function access.seat_counts()
returns table (version text, school_id text, listed bigint, offered bigint, accepted bigint, attended bigint,
    waiting bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not access.desk_holds('elt_coordinator') then
        raise exception 'only the coordinator of extended learning counts seats'
        using errcode = 'insufficient_privilege';
    end if;
    return query
    select s.version, s.school_id, count(*),
        count(*) filter (where s.step in ('offered', 'accepted', 'attended')),
        count(*) filter (where s.step in ('accepted', 'attended')),
        count(*) filter (where s.step = 'attended'),
        count(*) filter (where s.place = 'waitlist')
    from lists.standing s
    group by 1, 2;
end
$$;
"""

COUNTS_BEFORE = """
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

# The language of a home is a protected column, and the pages have no grant on it. They get it for letters alone: after a
# transaction that noted for which students one is written, and of those only where the person works on the list of the
# school that the student goes to today and the student has a seat there that can be offered.
LANGUAGES = """
create function access.read_home_languages(ticket uuid) returns table (student_id text, home_language text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not access.is_desk() or not exists (
        select from access.disclosure d
        where d.ticket = read_home_languages.ticket and d.kind = 'letter'
        and d.signed_on_as = session_user and d.login = access.person()
        and d.noted_by <> pg_current_xact_id()::text and d.disclosed_at > now() - interval '15 minutes'
    ) then
        raise exception 'nothing says to whom a letter is written'
        using hint = 'Call access.note_disclosure(reader, ''letter'', …) first, in a transaction of its own.',
        errcode = 'insufficient_privilege';
    end if;
    return query
    select s.student_id, s.home_language
    from marts.dim_student s
    where s.student_id in (
        select t.student_id
        from lists.standing t
        join identity.student_page p on p.student_id = t.student_id and p.school_id = t.school_id
        where t.place = 'seat' and t.school_id in (select access.desk_schools())
        and p.entered_on <= access.today() and (p.exited_on is null or p.exited_on >= access.today())
        and exists (
            select from access.disclosure d
            where d.ticket = read_home_languages.ticket and d.student_id = t.student_id and d.version = t.version
        )
    );
end
$$;
"""

KINDS = ("list_entry", "record", "file", "export")


def upgrade() -> None:
    op.execute("drop function access.seat_counts()")
    op.execute(COUNTS)
    _only_for_the_desk("access.seat_counts()")
    op.drop_constraint("known_kind", "disclosure", schema="access", type_="check")
    _know_kinds((*KINDS, "letter"))
    op.execute(LANGUAGES)
    _only_for_the_desk("access.read_home_languages(uuid)")
    # What is released may be seen by every role for people, so by the coordinator at the desk too.
    op.execute(f"grant usage on schema reporting to {_role('desk')}")
    _default_of_reporting("grant", "to")


def downgrade() -> None:
    op.execute("drop function access.read_home_languages(uuid)")
    op.drop_constraint("known_kind", "disclosure", schema="access", type_="check")
    # A letter is a part of the record that was shown; nothing of the log is taken away.
    op.execute("alter table access.disclosure disable trigger user")
    op.execute("update access.disclosure set kind = 'record' where kind = 'letter'")
    op.execute("alter table access.disclosure enable trigger user")
    _know_kinds(KINDS)
    op.execute("drop function access.seat_counts()")
    op.execute(COUNTS_BEFORE)
    _only_for_the_desk("access.seat_counts()")
    _default_of_reporting("revoke", "from")
    op.execute(f"revoke all on all tables in schema reporting from {_role('desk')}")
    op.execute(f"revoke usage on schema reporting from {_role('desk')}")


def _know_kinds(kinds: tuple[str, ...]) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint("known_kind", "disclosure", f"kind in ({named})", schema="access")


def _default_of_reporting(verb: str, towards: str) -> None:
    for maker in (_role("publisher"), "current_user"):
        op.execute(
            f"alter default privileges for role {maker} in schema reporting"
            f" {verb} select on tables {towards} {_role('desk')}"
        )


def _only_for_the_desk(function: str) -> None:
    op.execute(f"revoke all on function {function} from public")
    op.execute(f"grant execute on function {function} to {_role('desk')}")


def _role(name: str) -> str:
    return op.get_bind().scalar(sa.text("select format('%I', role_name) from access.role where name = :n"), {"n": name})
