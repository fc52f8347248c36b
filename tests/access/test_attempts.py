"""Ways around the policy that people have found in other places. Each must fail, or show nothing that is withheld."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.warehouse.engine import warehouse_url
from tests.access.world import login_of, signed_on

# {other} is the login of somebody else, {db} the prefix of this warehouse's roles, {owner} the platform's own login.
# The last statement must be refused: with these words, and not merely by a mistake in it.
REFUSED = {
    "a view of one's own": ("principal", "create view public.v as select * from marts.dim_student", "denied"),
    "a view beside the tables": ("principal", "create view marts.v as select 1", "permission denied"),
    "a temporary view": ("principal", "create temp view v as select 1", "permission denied to create temporary"),
    "a temporary table to cast with": ("principal", "create temp table t (x text)", "permission denied to create temp"),
    "a schema of one's own": ("principal", "create schema mine", "permission denied"),
    "a leaky function in public": (
        "principal",
        "create function public.peek(text) returns bool language plpgsql cost 0.0001 as 'begin raise notice ''%'', $1;"
        " return true; end'",
        "permission denied",
    ),
    "a function in the temporary schema": (
        "principal", "create function pg_temp.f() returns int language sql as 'select 1'", "permission denied"),
    "an operator": (
        "principal", "create operator public.=== (leftarg = text, rightarg = text, function = texteq)", "permission"),
    "becoming dbt": ("principal", 'set role "{db}_transformer"', "permission denied to set role"),
    "becoming the owner": ("principal", 'set role "{owner}"', "permission denied to set role"),
    "becoming somebody else": ("principal", 'set role "{other}"', "permission denied to set role"),
    "taking a role that is not held": ("principal", 'set role "{db}_equity_auditor"', "permission denied to set role"),
    "signing on as somebody else": ("principal", 'set session authorization "{other}"', "permission denied"),
    "being nobody": ("principal", "set role none; select 1 from marts.dim_student", "permission denied"),
    "turning row security off": (
        "principal", "set row_security = off; select student_id from marts.dim_student", "affected by row-level"),
    "disabling row security": (
        "principal", "alter table marts.dim_student disable row level security", "must be owner"),
    "dropping a policy": ("principal", "drop policy principal on marts.dim_student", "must be owner"),
    "a policy of one's own": ("principal", "create policy p on marts.dim_student using (true)", "must be owner"),
    "granting it to oneself": ("principal", "grant select on marts.dim_student to public", "permission denied"),
    "giving oneself more": ("principal", "alter role current_user bypassrls", "permission denied"),
    "making the function the own": (
        "principal", "alter function access.holds(text) security invoker", "must be owner"),
    "replacing what a policy calls": (
        "principal",
        "create or replace function access.holds(role text) returns boolean language sql as 'select true'",
        "permission denied",
    ),
    "copying a table out": ("principal", "copy marts.dim_student to stdout", "permission denied"),
    "copying into a program": (
        "principal", "copy (select 1) to program 'cat'", "permission denied"),
    "copying from a file": ("principal", "copy marts.dim_student from '/etc/passwd'", "permission denied"),
    "reading a file of the server": ("principal", "select pg_read_file('PG_VERSION')", "permission denied"),
    "listing files of the server": ("principal", "select pg_ls_dir('base')", "permission denied"),
    "a file as a large object": ("principal", "select lo_import('/etc/passwd')", "permission denied"),
    "all large objects": ("principal", "select data from pg_largeobject", "permission denied"),
    "another connection from inside": (
        "principal", "create extension dblink schema marts", "permission denied|not available"),
    "the pages of a table": (
        "principal", "create extension pageinspect schema marts", "permission denied|not available"),
    "the log of changes": (
        "principal", "select pg_create_logical_replication_slot('s', 'pgoutput')", "permission denied"),
    "raw statistics": ("principal", "select stavalues1 from pg_statistic", "permission denied"),
    "a foreign key that tells": (
        "principal", "create table public.t (s text references marts.dim_student (student_id))", "permission denied"),
    "inserting to meet a key": (
        "principal", "insert into marts.dim_student (student_id) values ('late')", "permission denied"),
    "updating with returning": (
        "principal", "update marts.fct_enrollment set grade = grade returning student_id", "permission denied"),
    "locking rows to read them": ("principal", "select student_id from marts.fct_enrollment for update", "permission"),
    "counting by a sequence": ("principal", "select last_value from ops.orphan_orphan_id_seq", "permission denied"),
    "moving a sequence": ("principal", "select nextval('ops.orphan_orphan_id_seq')", "permission denied"),
    "a trigger": (
        "principal",
        "create trigger t after insert on marts.dim_student execute function suppress_redundant_updates_trigger()",
        "permission denied",
    ),
    "a rule": (
        "principal", "create rule r as on insert to marts.dim_student do nothing", "must be owner"),
    "catching every command": (
        "principal", "create event trigger e on ddl_command_end execute function access.refuse_change()", "permission"),
    "writing the catalogue": ("principal", "delete from pg_policy", "permission denied"),
    "lifting the policy by its function": (
        "principal", "select access.protect('marts.dim_student')", "permission denied"),
    "who holds which role": ("principal", "select * from access.assignment_today", "permission denied"),
    "a whole row": ("district_analyst", "select to_jsonb(d) from marts.dim_student d", "permission denied"),
    "a withheld column in a condition": (
        "district_analyst", "select count(*) from marts.dim_student where student_id = 'late'", "permission denied"),
    "a withheld column in an order": (
        "district_analyst", "select k_student from marts.dim_student order by student_id", "permission denied"),
    "a withheld column in a join": (
        "district_analyst", "select 1 from marts.dim_student join marts.fct_enrollment using (student_id)",
        "permission denied"),
    "a place of a row": ("district_analyst", "select ctid from marts.dim_student", "permission denied"),
    "pseudonyms of known numbers": ("district_analyst", "select access.pseudonym('late')", "permission denied"),
    "staff numbers": ("equity_auditor", "select staff_id from marts.dim_staff", "permission denied"),
    "race of staff": ("principal", "select race_group from marts.fct_staff_assignment", "permission denied"),
    "who is paid": ("finance_analyst", "select staff_id from marts.fct_payroll", "permission denied"),
    "meal status": ("equity_auditor", "select is_low_income from marts.dim_student_year_group", "permission denied"),
    "what was refused": ("data_engineer", "select raw from ops.quarantine", "permission denied"),
    "the files themselves": ("data_engineer", "select content from ops.source_file_part", "permission denied"),
    "behind the released tables": ("district_leader", "select 1 from marts.msr_discipline", "permission denied"),
    "a table by XML": (
        "district_leader", "select query_to_xml('select * from marts.dim_student', true, true, '')", "permission"),
}  # fmt: skip

# Nothing that these show, or say when they fail, may hold the student who was only ever at school B.
STUDENT_OF_B = re.compile(r"\blate\b")
SILENT = {
    "copying one's own query": ("principal", "copy (select student_id from marts.fct_enrollment) to stdout"),
    "a division that fails for one row": (
        "principal", "select 1 / case student_id when 'late' then 0 else 1 end from marts.fct_enrollment"),
    "a cast that says its value": (
        "principal", "select case when student_id = 'late' then student_id::int end from marts.fct_enrollment"),
    "a setting that keeps what it was given": (
        "principal",
        "select count(*) from marts.fct_enrollment where set_config('a.seen', coalesce(current_setting('a.seen', true),"
        " '') || student_id, false) <> ''; select current_setting('a.seen')",
    ),
    "an anonymous block that raises": (
        "principal",
        "do $$ begin raise '%', (select string_agg(student_id, ' ') from marts.fct_enrollment); end $$",
    ),
    "a prepared statement": (
        "principal", "prepare p as select student_id from marts.fct_enrollment; execute p"),
    "words of a text search": (
        "principal", "select * from ts_stat('select to_tsvector(''simple'', student_id) from marts.fct_enrollment')"),
    "a table by XML": (
        "principal", "select query_to_xml('select student_id from marts.fct_enrollment', true, true, '')"),
    "statistics": ("principal", "select most_common_vals from pg_stats where schemaname = 'marts'"),
    "extended statistics": ("principal", "select most_common_vals from pg_stats_ext"),
    "what others run": ("principal", "select query from pg_stat_activity where usename <> session_user"),
    "shadowing by search_path": (
        "principal", "set search_path = public, pg_temp, access; select student_id from marts.fct_enrollment"),
    "another day by the time zone": (
        "principal", "set timezone = 'Etc/GMT-14'; select student_id from marts.fct_enrollment"),
    "a join that asks for them": (
        "principal",
        "select s from unnest(array['la' || 'te']) s join marts.fct_enrollment e on e.student_id = s",
    ),
    "students of another role": (
        "principal", "select access.my_students('intervention_team'), access.my_schools('intervention_team')"),
    "a parallel plan": (
        "principal", "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;"
        " set debug_parallel_query = on; select student_id from marts.fct_enrollment"),
    "a plan as if it were trusted": (
        "principal", "set enable_hashagg = off; explain (analyze, verbose, costs off, timing off)"
        " select max(student_id) from marts.fct_enrollment"),
}  # fmt: skip


def place(engine: Engine) -> dict[str, str]:
    return {"db": str(warehouse_url().database), "owner": str(engine.url.username), "other": login_of("equity_auditor")}


@pytest.mark.parametrize("name", REFUSED)
def test_an_attempt_is_refused(built: Engine, name: str) -> None:
    role, statements, words = REFUSED[name]
    *before, last = statements.format(**place(built)).split("; ") if "as '" not in statements else [statements]
    with signed_on(login_of(role)) as seat:
        for statement in before:
            seat.connection.execute(statement.encode())
        with pytest.raises(psycopg.Error, match=words):
            answer = seat.connection.execute(last.encode())
            if answer.pgresult is not None and answer.pgresult.status == psycopg.pq.ExecStatus.COPY_OUT:
                pytest.fail("copies")


@pytest.mark.parametrize("name", SILENT)
def test_an_attempt_shows_nothing_that_is_withheld(built: Engine, name: str) -> None:
    role, statements = SILENT[name]
    shown = []
    with signed_on(login_of(role)) as seat:
        seat.connection.add_notice_handler(lambda notice: shown.append(str(notice.message_primary)))
        for statement in statements.split("; ") if "$$" not in statements else [statements]:
            try:
                shown.append(told_by(seat.connection, statement))
            except psycopg.Error as error:
                shown.append(str(error))
    told = " ".join(shown).replace(statements, "")
    assert not STUDENT_OF_B.search(told), told


def told_by(connection: psycopg.Connection, statement: str) -> str:
    """Everything that a statement answers, as text."""
    with connection.cursor() as cursor:
        if statement.startswith("copy"):
            with cursor.copy(statement.encode()) as copy:
                return "".join(bytes(block).decode() for block in copy)
        cursor.execute(statement.encode())
        return str(cursor.fetchall()) if cursor.description else ""


def test_the_silent_attempts_would_speak_to_one_who_may(built: Engine) -> None:
    """So that a mistake in a statement does not pass for silence: the owner is shown the student of B by most."""
    spoke = 0
    url = warehouse_url()
    with psycopg.connect(
        host=url.host, port=url.port, dbname=url.database, user=url.username, password=url.password, autocommit=True
    ) as owner:
        for _, statements in SILENT.values():
            shown = []
            for statement in statements.split("; ") if "$$" not in statements else [statements]:
                try:
                    shown.append(told_by(owner, statement))
                except psycopg.Error as error:
                    shown.append(str(error))
            spoke += bool(STUDENT_OF_B.search(" ".join(shown)))
            owner.execute("reset all")
    assert spoke >= len(SILENT) // 2


@pytest.mark.parametrize("column", ["student_id", "action_id", "k_student_year"])
def test_estimates_tell_nothing_of_a_hidden_row(built: Engine, column: str) -> None:
    """A principal asks for the plan of a query about a student of B who was suspended, and about nobody."""
    with built.connect() as connection:
        hidden = connection.scalar(text(f"select {column} from marts.fct_discipline where school_id = 'B'"))
    with signed_on(login_of("principal")) as seat:
        plans = {
            str(seat.rows(f"explain (analyze, timing off, summary off, buffers off) select 1 from marts.fct_discipline"
                          f" where {column} = '{value}'")).replace(value, "?")
            for value in (hidden, "x" * len(str(hidden)))
        }  # fmt: skip
    assert len(plans) == 1, plans


def test_no_index_counts_hidden_rows(built: Engine) -> None:
    """EXPLAIN ANALYZE says how many rows a policy took away; by an index that would be those of one student."""
    query = """
        select i.indexrelid::regclass::text from pg_index i
        join pg_policy p on p.polrelid = i.indrelid and pg_get_expr(p.polqual, p.polrelid) ~ 'access.my_'
        join pg_class c on c.oid = i.indrelid where c.relnamespace in ('marts'::regnamespace, 'identity'::regnamespace)
    """
    with built.connect() as connection:
        assert connection.scalars(text(query)).all() == []


def test_groups_of_low_income_are_not_in_the_long_table_either(built: Engine) -> None:
    count = "select count(*) from marts.fct_attendance_subgroup where subgroup = 'low_income'"
    with built.connect() as connection:
        assert connection.scalar(text(count)) == 2
    with signed_on(login_of("equity_auditor")) as seat:
        assert seat.rows(count) == [(0,)]


def test_a_login_of_one_warehouse_may_not_connect_to_the_next(
    built: Engine, fresh_warehouse: Callable[[], AbstractContextManager[Engine]]
) -> None:
    with fresh_warehouse() as other:
        name = str(other.url.database)
        refused = pytest.raises(psycopg.OperationalError, match="permission denied for database")
        with refused, signed_on(login_of("district_analyst"), name):
            pass


def test_the_public_may_call_nothing_of_the_platform(built: Engine) -> None:
    query = """
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace = 'access'::regnamespace and has_function_privilege('public', p.oid, 'execute')
        union all
        select n.nspname from pg_namespace n
        where n.nspname !~ '^(pg_|information_schema)' and has_schema_privilege('public', n.oid, 'usage, create')
    """
    with built.connect() as connection:
        assert connection.scalars(text(query)).all() == []


def test_every_function_that_has_its_owners_rights_fixes_its_search_path(built: Engine) -> None:
    query = """
        select oid::regprocedure::text from pg_proc
        where prosecdef and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false)
    """
    with built.connect() as connection:
        assert connection.scalars(text(query)).all() == []


def test_no_role_of_the_warehouse_can_sign_on_or_pass_by_row_security(built: Engine) -> None:
    query = """
        select r.rolname from pg_roles r join access.role a on a.role_name = r.rolname
        where r.rolcanlogin or r.rolbypassrls or r.rolsuper or r.rolcreaterole or r.rolcreatedb
    """
    with built.connect() as connection:
        assert connection.scalars(text(query)).all() == []
