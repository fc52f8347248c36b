"""The desk: who signs on to it, what it keeps, and how the database knows for whom it asks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# The desk signs on to the database with two logins. The pages' can read what the person may read, and cannot make a
# session; the door's makes sessions, and can read nothing else. For whom the pages ask, the database finds out itself
# from the session's secret, which the person's browser holds: a name that somebody put into a statement is worth nothing.
PERSON = """
create function access.is_desk() returns boolean
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ select session_user = (select r.role_name || '_login' from access.role r where r.name = 'desk') $$;

-- Null where the desk has no session that is open: then every comparison with it is not true, and nothing is seen. What
-- the person may, is asked of access.assignment_today each time: a role that has ended shows nothing more.
create function access.person() returns text
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    select case when access.is_desk() then (
        select s.login from sign_in.session s
        where s.proof_sha256 = sha256(convert_to(current_setting('schoolhouse.session', true), 'UTF8'))
        and s.ended_at is null and now() < s.idle_ends_at and now() < s.ends_at
    ) else session_user::text end
$$;

-- Schools whose list the person works on.
create function access.desk_schools() returns setof text
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    select distinct t.school_id from access.assignment_today t
    where t.login = (select access.person()) and t.role in ('principal', 'intervention_team') and t.school_id is not null
$$;

-- The same in one role.
create function access.desk_schools_as(role text) returns setof text
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    select t.school_id from access.assignment_today t
    where t.login = (select access.person()) and t.role = $1 and t.school_id is not null
$$;

create function access.desk_holds(role text) returns boolean
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ select exists (select from access.assignment_today t where t.login = (select access.person()) and t.role = $1) $$;

-- Whether the person works on the list of the school, and the student goes there today or is on its list. Tables of dbt
-- are made anew, so their names are looked up when the function runs.
create function access.desk_may_write(student text, school text) returns boolean
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return school in (select access.desk_schools()) and (
        exists (
            select from lists.elt_list_entry e where e.student_id = student and e.school_id = school
        ) or exists (
            select from lists.elt_decision d where d.student_id = student and d.school_id = school
        ) or exists (
            select from identity.student_page p where p.student_id = student and p.school_id = school
            and p.entered_on <= access.today() and (p.exited_on is null or p.exited_on >= access.today())
        )
    );
end
$$;

-- What the person is, for the pages to show.
create function access.desk_person() returns table (login text, role text, school_id text)
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    select t.login, t.role, t.school_id from access.assignment_today t where t.login = (select access.person())
    order by t.role, t.school_id
$$;

-- Whether a login holds a role today: asked at the door, before a session is made.
create function access.holds_any(login text) returns boolean
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$ select exists (select from access.assignment_today t where t.login = $1) $$;

-- Keeps a list from being superseded before the caller's transaction ends.
create function lists.hold_list(version text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select from lists.elt_list l where l.version = $1 for share $$;
"""

# As in 0011, but the desk can ask only for the person whose session it has.
DISCLOSURES = """
create function access.refuse_another(reader text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if access.is_desk() and reader is distinct from access.person() then
        raise exception 'the desk has no session of %', reader using errcode = 'insufficient_privilege';
    end if;
end
$$;

create or replace function access.ask_for_list_of(reader text, version text, school text, interest text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform access.refuse_another(reader);
    return access.note_list(reader, version, school, interest);
end
$$;

-- The same for one student, whose page is opened.
create function access.ask_for_entry_of(reader text, version text, student text, interest text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    ticket uuid := gen_random_uuid();
    found bigint;
begin
    perform access.refuse_another(reader);
    insert into access.disclosure (ticket, login, kind, student_id, school_id, version, interest)
    select ticket, reader, 'list_entry', e.student_id, e.school_id, e.version, ask_for_entry_of.interest
    from lists.elt_list_entry e
    where e.version = ask_for_entry_of.version and e.student_id = student and exists (
        select from access.assignment_today t
        where t.login = reader and t.role in ('principal', 'intervention_team') and t.school_id = e.school_id
    );
    get diagnostics found = row_count;
    if found = 0 then
        raise exception 'there is no entry of the list % that % may see', version, reader
        using errcode = 'insufficient_privilege';
    end if;
    return ticket;
end
$$;

create or replace function access.read_list(ticket uuid)
returns table (student_id text, school_id text, rank integer, place text, band text, reasons jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from access.disclosure d
        where d.ticket = read_list.ticket and d.signed_on_as = session_user
        and (not access.is_desk() or d.login = access.person())
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

create or replace function access.note_disclosure(
    reader text, kind text, students text[], what text, interest text
) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    ticket uuid := gen_random_uuid();
begin
    perform access.refuse_another(reader);
    insert into access.disclosure (ticket, login, kind, student_id, version, interest)
    select ticket, $1, $2, s.student_id, $4, $5 from unnest($3) as s (student_id);
    return ticket;
end
$$;
"""

BEFORE_DISCLOSURES = """
create or replace function access.ask_for_list_of(reader text, version text, school text, interest text) returns uuid
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select access.note_list($1, $2, $3, $4) $$;

create or replace function access.read_list(ticket uuid)
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

create or replace function access.note_disclosure(
    reader text, kind text, students text[], what text, interest text
) returns uuid
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$
    with given as (select gen_random_uuid() as ticket),
    noted as (
        insert into access.disclosure (ticket, login, kind, student_id, version, interest)
        select g.ticket, $1, $2, s.student_id, $4, $5 from given g, unnest($3) as s (student_id)
    )
    select ticket from given
$$;
"""

# Where every student of a current list stands now. What was decided for a term and programme holds for the next
# version of the list too. A seat that comes free is the next one's in rank, by itself: nobody has to move anybody.
STANDING = """
create view lists.standing with (security_invoker = true) as
with kept as (
    select d.* from lists.elt_decision d
    where d.step <> 'undone' and not exists (select from lists.elt_decision u where u.undoes = d.decision_id)
),
last as (
    select distinct on (elt_term, program, school_id, student_id)
        elt_term, program, school_id, student_id, decision_id, step, by, on_date, reason, noted_at
    from kept order by elt_term, program, school_id, student_id, decision_id desc
),
nominated as (
    select distinct elt_term, program, school_id, student_id from kept where step = 'nominated'
),
student as (
    select l.version, l.elt_term, l.program, e.school_id, e.student_id, e.rank, e.place as list_place, e.band,
        d.decision_id, d.step, d.by, d.on_date, d.reason, d.noted_at
    from lists.elt_list l
    join lists.elt_list_entry e on e.version = l.version
    left join last d on d.elt_term = l.elt_term and d.program = l.program
    and d.school_id = e.school_id and d.student_id = e.student_id
    where l.superseded_by is null
    union all
    select l.version, l.elt_term, l.program, d.school_id, d.student_id, null, null, null,
        d.decision_id, d.step, d.by, d.on_date, d.reason, d.noted_at
    from lists.elt_list l
    join last d on d.elt_term = l.elt_term and d.program = l.program
    where l.superseded_by is null and not exists (
        select from lists.elt_list_entry e
        where e.version = l.version and e.student_id = d.student_id and e.school_id = d.school_id
    )
),
judged as (
    select s.*, n.student_id is not null as is_nominated,
        coalesce(s.step in ('offered', 'accepted', 'attended'), false) as is_taken,
        coalesce(s.step in ('overridden', 'declined'), false) as is_out,
        s.rank is not null and n.student_id is null and (s.step is null or s.step = 'confirmed') as is_ranked
    from student s left join nominated n using (elt_term, program, school_id, student_id)
),
counted as (
    select j.*, c.seats,
        count(*) filter (where j.is_taken) over whole as taken,
        count(*) filter (where j.is_ranked) over in_order as turn,
        c.seats - greatest(c.open_nomination_seats, count(*) filter (where j.is_nominated and not j.is_out) over whole)
        - count(*) filter (where j.is_taken and not j.is_nominated) over whole as free
    from judged j join lists.elt_list_school c using (version, school_id)
    window whole as (partition by j.version, j.school_id),
    in_order as (partition by j.version, j.school_id order by j.rank nulls last)
)
select version, elt_term, program, school_id, student_id, rank, list_place, band, decision_id, step, by, on_date, reason,
    noted_at, is_nominated,
    case
        when is_out then 'out'
        when is_taken or is_nominated then 'seat'
        when not is_ranked then 'dropped'
        when turn <= free then 'seat'
        else 'waitlist'
    end as place,
    case when is_ranked and turn > free then turn - greatest(free, 0) end as waits_as
from counted
"""

PROTECT = """
-- Puts a relation under the policy: row security for all, its owner too, and what access.readable gives to whom.
-- Whoever owns the relation may call it; dbt does in the transaction that swaps a table in.
create or replace function access.protect(relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
    reader record;
    old name;
    everybody text;
    platform text;
    named text;
    sees_all boolean;
    hides_rows boolean := false;
begin
    select n.nspname as schema_name, c.relname as name, c.relkind as kind, c.relowner::regrole::text as owner
    into strict place
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation;

    select string_agg(format('%I', role_name), ', ') into everybody
    from access.role where format('%I', role_name) <> place.owner;
    execute format('revoke all on table %s from public, %s', relation, everybody);
    for named in
        select r.role_name from access.writer w join access.role r on r.name = w.role
        where w.schema_name = place.schema_name and format('%I', r.role_name) <> place.owner
    loop
        execute format('grant select, insert, update, delete on table %s to %I', relation, named);
    end loop;

    if place.kind = 'v' then
        execute format('alter view %s set (security_invoker = true)', relation);
    else
        execute format('alter table %s enable row level security, force row level security', relation);
        for old in select polname from pg_policy where polrelid = relation loop
            execute format('drop policy %I on %s', old, relation);
        end loop;
        select string_agg(distinct who, ', ') into platform
        from (
            select place.owner as who
            union all
            select d.datdba::regrole::text from pg_database d where d.datname = current_database()
            union all
            select format('%I', r.role_name) from access.writer w join access.role r on r.name = w.role
            where w.schema_name = place.schema_name
        ) given;
        execute format('create policy platform on %s to %s using (true) with check (true)', relation, platform);
    end if;

    for reader in
        select distinct on (r.name) r.name, r.role_name, r.is_service, g.withheld, g.columns, g.condition, g.adds
        from access.readable g join access.role r on r.name = g.role
        where g.relation in (place.schema_name || '.' || place.name, place.schema_name || '.*')
        and format('%I', r.role_name) <> place.owner
        order by r.name, g.relation like '%.*'
    loop
        select string_agg(format('%I', a.attname), ', ' order by a.attnum) filter (where allowed), bool_and(allowed)
        into named, sees_all
        from pg_attribute a
        cross join lateral (
            select a.attname <> all (reader.withheld)
            and (reader.columns is null or a.attname = any (reader.columns)) as allowed
        ) judged
        where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
        if sees_all then
            execute format('grant select on table %s to %I', relation, reader.role_name);
        elsif named is not null then
            execute format('grant select (%s) on table %s to %I', named, relation, reader.role_name);
        end if;
        if place.kind <> 'v' then
            execute format(
                'create policy %I on %s for select to %I using (%s)',
                reader.name, relation, reader.role_name,
                case when reader.is_service then coalesce(reader.condition, 'true')
                else format('(select access.holds(%L))%s', reader.name, ' and (' || reader.condition || ')') end
            );
            if reader.adds is not null then
                execute format('grant insert on table %s to %I', relation, reader.role_name);
                execute format(
                    'create policy %I on %s for insert to %I with check (%s)',
                    reader.name || '_adds', relation, reader.role_name, reader.adds
                );
            end if;
            hides_rows := hides_rows or (reader.condition is not null and not reader.is_service);
        end if;
    end loop;

    -- EXPLAIN shows estimates over all rows, hidden ones too, for operators such as the equality of texts.
    if hides_rows then
        select string_agg(format('alter column %I set statistics 0', a.attname), ', ') into named
        from pg_attribute a join access.unguessed u on u.column_name = a.attname
        where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
        if named is not null then
            execute format('alter table %s %s', relation, named);
        end if;
    end if;
end
$$;

-- Schemas of an edition, which end in its name, stay closed to all but the platform.
create or replace function access.protect_schemas() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    everybody text;
    place record;
begin
    select string_agg(format('%I', role_name), ', ') into everybody from access.role;
    -- Migrations make landing tables, and the loader takes their indexes away and puts them back.
    for place in
        select c.oid::regclass as name, r.role_name
        from pg_class c join access.role r on r.name = 'loader'
        where c.relnamespace = 'landing'::regnamespace and c.relkind = 'r' and c.relowner <> quote_ident(r.role_name)::regrole
    loop
        execute format('alter table %s owner to %I', place.name, place.role_name);
    end loop;
    for place in
        select n.nspname as name from pg_namespace n
        where n.nspname ~ '^(landing|ops|ml|lists|access|desk|sign_in|(staging|intermediate|marts|identity|seeds)(_.*)?)$'
    loop
        perform access.protect(c.oid)
        from pg_class c where c.relnamespace = place.name::regnamespace and c.relkind in ('r', 'p', 'v');
    end loop;
    for place in
        select n.nspname as schema_name, r.role_name
        from pg_namespace n
        join access.role r on exists (
            select from access.readable g where g.role = r.name and split_part(g.relation, '.', 1) = n.nspname
        ) or exists (
            select from access.writer w where w.role = r.name and w.schema_name = n.nspname
        )
        where n.nspowner <> quote_ident(r.role_name)::regrole
    loop
        execute format('grant usage on schema %I to %I', place.schema_name, place.role_name);
    end loop;
    for place in
        select w.schema_name, r.role_name from access.writer w join access.role r on r.name = w.role
        join pg_namespace n on n.nspname = w.schema_name where n.nspowner <> quote_ident(r.role_name)::regrole
    loop
        execute format('grant usage on all sequences in schema %I to %I', place.schema_name, place.role_name);
    end loop;
end
$$;
"""

BEFORE_PROTECT = """
-- Puts a relation under the policy: row security for all, its owner too, and what access.readable gives to whom.
-- Whoever owns the relation may call it; dbt does in the transaction that swaps a table in.
create or replace function access.protect(relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    place record;
    reader record;
    old name;
    everybody text;
    platform text;
    named text;
    sees_all boolean;
    hides_rows boolean := false;
begin
    select n.nspname as schema_name, c.relname as name, c.relkind as kind, c.relowner::regrole::text as owner
    into strict place
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation;

    select string_agg(format('%I', role_name), ', ') into everybody
    from access.role where format('%I', role_name) <> place.owner;
    execute format('revoke all on table %s from public, %s', relation, everybody);
    for named in
        select r.role_name from access.writer w join access.role r on r.name = w.role
        where w.schema_name = place.schema_name and format('%I', r.role_name) <> place.owner
    loop
        execute format('grant select, insert, update, delete on table %s to %I', relation, named);
    end loop;

    if place.kind = 'v' then
        execute format('alter view %s set (security_invoker = true)', relation);
    else
        execute format('alter table %s enable row level security, force row level security', relation);
        for old in select polname from pg_policy where polrelid = relation loop
            execute format('drop policy %I on %s', old, relation);
        end loop;
        select string_agg(distinct who, ', ') into platform
        from (
            select place.owner as who
            union all
            select d.datdba::regrole::text from pg_database d where d.datname = current_database()
            union all
            select format('%I', r.role_name) from access.writer w join access.role r on r.name = w.role
            where w.schema_name = place.schema_name
        ) given;
        execute format('create policy platform on %s to %s using (true) with check (true)', relation, platform);
    end if;

    for reader in
        select distinct on (r.name) r.name, r.role_name, r.is_service, g.withheld, g.columns, g.condition
        from access.readable g join access.role r on r.name = g.role
        where g.relation in (place.schema_name || '.' || place.name, place.schema_name || '.*')
        and format('%I', r.role_name) <> place.owner
        order by r.name, g.relation like '%.*'
    loop
        select string_agg(format('%I', a.attname), ', ' order by a.attnum) filter (where allowed), bool_and(allowed)
        into named, sees_all
        from pg_attribute a
        cross join lateral (
            select a.attname <> all (reader.withheld)
            and (reader.columns is null or a.attname = any (reader.columns)) as allowed
        ) judged
        where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
        if sees_all then
            execute format('grant select on table %s to %I', relation, reader.role_name);
        elsif named is not null then
            execute format('grant select (%s) on table %s to %I', named, relation, reader.role_name);
        end if;
        if place.kind <> 'v' then
            execute format(
                'create policy %I on %s for select to %I using (%s)',
                reader.name, relation, reader.role_name,
                case when reader.is_service then coalesce(reader.condition, 'true')
                else format('(select access.holds(%L))%s', reader.name, ' and (' || reader.condition || ')') end
            );
            hides_rows := hides_rows or (reader.condition is not null and not reader.is_service);
        end if;
    end loop;

    -- EXPLAIN shows estimates over all rows, hidden ones too, for operators such as the equality of texts.
    if hides_rows then
        select string_agg(format('alter column %I set statistics 0', a.attname), ', ') into named
        from pg_attribute a join access.unguessed u on u.column_name = a.attname
        where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
        if named is not null then
            execute format('alter table %s %s', relation, named);
        end if;
    end if;
end
$$;

-- Schemas of an edition, which end in its name, stay closed to all but the platform.
create or replace function access.protect_schemas() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    everybody text;
    place record;
begin
    select string_agg(format('%I', role_name), ', ') into everybody from access.role;
    -- Migrations make landing tables, and the loader takes their indexes away and puts them back.
    for place in
        select c.oid::regclass as name, r.role_name
        from pg_class c join access.role r on r.name = 'loader'
        where c.relnamespace = 'landing'::regnamespace and c.relkind = 'r' and c.relowner <> quote_ident(r.role_name)::regrole
    loop
        execute format('alter table %s owner to %I', place.name, place.role_name);
    end loop;
    for place in
        select n.nspname as name from pg_namespace n
        where n.nspname ~ '^(landing|ops|ml|lists|access|(staging|intermediate|marts|identity|seeds)(_.*)?)$'
    loop
        perform access.protect(c.oid)
        from pg_class c where c.relnamespace = place.name::regnamespace and c.relkind in ('r', 'p', 'v');
    end loop;
    for place in
        select n.nspname as schema_name, r.role_name
        from pg_namespace n
        join access.role r on exists (
            select from access.readable g where g.role = r.name and split_part(g.relation, '.', 1) = n.nspname
        ) or exists (
            select from access.writer w where w.role = r.name and w.schema_name = n.nspname
        )
        where n.nspowner <> quote_ident(r.role_name)::regrole
    loop
        execute format('grant usage on schema %I to %I', place.schema_name, place.role_name);
    end loop;
    for place in
        select w.schema_name, r.role_name from access.writer w join access.role r on r.name = w.role
        join pg_namespace n on n.nspname = w.schema_name where n.nspowner <> quote_ident(r.role_name)::regrole
    loop
        execute format('grant usage on all sequences in schema %I to %I', place.schema_name, place.role_name);
    end loop;
end
$$;
"""


def upgrade() -> None:
    op.add_column(
        "readable",
        sa.Column("adds", sa.Text(), nullable=True, comment="SQL that is true for the rows it may add; null for none."),
        schema="access",
    )
    _new_roles()
    _sign_in()
    _desk()
    _decisions()
    op.execute(PERSON)
    op.execute(DISCLOSURES)
    op.execute(STANDING)
    op.execute(PROTECT)
    desk, door, people = _named("name = 'desk'"), _named("name = 'desk_door'"), _named("not is_service")
    database = op.get_bind().scalar(sa.text("select quote_ident(current_database())"))
    op.execute(f"grant connect, temporary on database {database} to {door}")
    op.execute(f"grant usage on schema access to {door}, {people}")
    op.execute("revoke all on all functions in schema access from public")
    op.execute("revoke all on function lists.hold_list(text) from public")
    op.execute(
        "grant execute on function access.is_desk(), access.person(), access.desk_schools(),"
        f" access.desk_schools_as(text), access.desk_holds(text), access.desk_person(), access.today(),"
        " access.desk_may_write(text, text),"
        " access.ask_for_entry_of(text, text, text, text),"
        f" lists.hold_list(text) to {desk}"
    )
    op.execute(f"grant execute on function access.holds_any(text), access.today() to {door}")
    op.execute(f"grant execute on function access.is_desk(), access.person() to {people}")


def _new_roles() -> None:
    """The desk's door, and the coordinator of extended learning."""
    bind = op.get_bind()
    database = bind.scalar(sa.text("select current_database()"))
    is_superuser = bind.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user"))
    for name, is_service in (("desk_door", True), ("elt_coordinator", False)):
        role_name = f"{database}_{name}"
        quoted = bind.dialect.identifier_preparer.quote_identifier(role_name)
        if not bind.scalar(sa.text("select true from pg_roles where rolname = :name"), {"name": role_name}):
            op.execute(f"create role {quoted} nologin nobypassrls noinherit")
        if not is_superuser:
            op.execute(f"grant {quoted} to current_user with inherit {'true' if is_service else 'false'}, set true")
        bind.execute(
            sa.text("insert into access.role values (:name, :role_name, :is_service, false)"),
            {"name": name, "role_name": role_name, "is_service": is_service},
        )
    coordinator = _named("name = 'elt_coordinator'")
    op.execute(
        "grant execute on function access.holds(text), access.my_schools(text), access.my_students(text),"
        f" access.today() to {coordinator}"
    )
    for schema in ("reporting", "metrics"):
        op.execute(f"grant usage on schema {schema} to {coordinator}")
        op.execute(f"grant select on all tables in schema {schema} to {coordinator}")
        for maker in (_named("name = 'publisher'"), "current_user"):
            op.execute(
                f"alter default privileges for role {maker} in schema {schema} grant select on tables to {coordinator}"
            )


def _sign_in() -> None:
    op.execute("create schema if not exists sign_in")
    op.create_table(
        "account",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id, its settings and salt included."),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("login"),
        schema="sign_in",
        comment="Passwords of people who do not come from an identity provider.",
    )
    op.create_table(
        "session",
        sa.Column(
            "proof_sha256",
            postgresql.BYTEA(),
            nullable=False,
            comment="Hash of the hash of the browser's secret: the database is given the one and keeps the other.",
        ),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("idle_ends_at", sa.DateTime(timezone=True), nullable=False, comment="Put off by every request."),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False, comment="Put off by nothing."),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="When the person signed out."),
        sa.CheckConstraint("way in ('password', 'provider')", name="known_way"),
        sa.PrimaryKeyConstraint("proof_sha256"),
        schema="sign_in",
        comment="Sessions of the desk.",
    )
    op.create_index("ix_session_login", "session", ["login"], schema="sign_in")
    op.create_table(
        "attempt",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), nullable=False, comment="As it was typed, in lower case."),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id"),
        schema="sign_in",
        comment="Passwords that were tried, from where and whether they were right.",
    )
    op.create_index("ix_attempt_login", "attempt", ["login", "tried_at"], schema="sign_in")
    op.create_index("ix_attempt_address", "attempt", ["address", "tried_at"], schema="sign_in")


def _desk() -> None:
    op.execute("create schema if not exists desk")
    op.create_table(
        "note",
        sa.Column("note_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("readers", sa.Text(), nullable=False, comment="The school's team and principal, or the principal."),
        sa.Column("request_key", sa.UUID(), nullable=False, comment="The form's own key: sent twice, it counts once."),
        sa.CheckConstraint("readers in ('team', 'principal')", name="known_readers"),
        sa.CheckConstraint("length(trim(text)) > 0", name="says_something"),
        sa.PrimaryKeyConstraint("note_id"),
        sa.UniqueConstraint("request_key"),
        schema="desk",
        comment="What people of a school note about a student; rows are only ever added.",
    )
    op.create_index("ix_note_student", "note", ["student_id"], schema="desk")
    op.create_table(
        "enrichment_request",
        sa.Column("request_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="Who asked."),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="Who entered it."),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("request_key", sa.UUID(), nullable=False, comment="The form's own key: sent twice, it counts once."),
        sa.CheckConstraint("origin in ('family', 'student', 'staff')", name="known_origin"),
        sa.PrimaryKeyConstraint("request_id"),
        sa.UniqueConstraint("request_key"),
        sa.UniqueConstraint("student_id", "elt_term", "program"),
        schema="desk",
        comment="Requests for enrichment that were entered at the desk; rows are only ever added.",
    )
    for table in ("note", "enrichment_request"):
        op.execute(
            f"create trigger only_added before update or delete or truncate on desk.{table} "
            "for each statement execute function ml.refuse_change()"
        )


def _decisions() -> None:
    """Decisions hold for the term and programme, know when they were written, and can be undone."""
    op.add_column("elt_decision", sa.Column("elt_term", sa.Text(), nullable=True), schema="lists")
    op.add_column("elt_decision", sa.Column("program", sa.Text(), nullable=True), schema="lists")
    op.add_column(
        "elt_decision",
        sa.Column("undoes", sa.BigInteger(), nullable=True, comment="The decision that this one takes back."),
        schema="lists",
    )
    op.add_column(
        "elt_decision",
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        schema="lists",
    )
    op.add_column(
        "elt_decision",
        sa.Column(
            "request_key", sa.UUID(), nullable=True, comment="The form's own key: sent twice, it counts once."
        ),
        schema="lists",
    )
    op.execute("alter table lists.elt_decision disable trigger only_added")
    op.execute(
        "update lists.elt_decision d set elt_term = split_part(d.version, '.', 1), program = split_part(d.version, '.', 2)"
    )
    op.execute("alter table lists.elt_decision enable trigger only_added")
    op.alter_column("elt_decision", "elt_term", nullable=False, schema="lists")
    op.alter_column("elt_decision", "program", nullable=False, schema="lists")
    op.create_unique_constraint("uq_elt_decision_request_key", "elt_decision", ["request_key"], schema="lists")
    op.create_unique_constraint("uq_elt_decision_undoes", "elt_decision", ["undoes"], schema="lists")
    op.drop_constraint("known_step", "elt_decision", schema="lists", type_="check")
    op.drop_constraint("said_why", "elt_decision", schema="lists", type_="check")
    op.create_check_constraint(
        "known_step",
        "elt_decision",
        "step in ('confirmed', 'overridden', 'nominated', 'offered', 'accepted', 'declined', 'attended', 'undone')",
        schema="lists",
    )
    op.create_check_constraint(
        "said_why",
        "elt_decision",
        "step not in ('overridden', 'nominated', 'undone') or length(trim(coalesce(reason, ''))) > 0",
        schema="lists",
    )
    op.create_check_constraint(
        "undone_what", "elt_decision", "(step = 'undone') = (undoes is not null)", schema="lists"
    )
    op.create_index(
        "ix_elt_decision_term", "elt_decision", ["elt_term", "program", "school_id", "student_id"], schema="lists"
    )


def _named(condition: str) -> str:
    return op.get_bind().scalar(
        sa.text(f"select string_agg(format('%I', role_name), ', ') from access.role where {condition}")  # noqa: S608
    )


def downgrade() -> None:
    op.execute("drop view lists.standing")
    op.execute(
        "do $$ declare p record; begin for p in select polname, polrelid::regclass as relation from pg_policy"
        " where concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) ~ 'access\\.(desk_|person)'"
        " loop execute format('drop policy %I on %s', p.polname, p.relation); end loop; end $$"
    )
    op.execute(BEFORE_DISCLOSURES)
    op.execute("drop schema desk cascade")
    op.execute("delete from access.readable where role in ('desk', 'desk_door', 'elt_coordinator')")
    op.execute("delete from access.writer where role = 'desk_door'")
    op.execute("drop function access.ask_for_entry_of(text, text, text, text)")
    op.execute("drop function access.refuse_another(text)")
    for function in ("lists.hold_list(text)", "access.desk_may_write(text, text)", "access.holds_any(text)", "access.desk_person()",
                     "access.desk_holds(text)", "access.desk_schools_as(text)", "access.desk_schools()",
                     "access.person()", "access.is_desk()"):  # fmt: skip
        op.execute(f"drop function {function}")
    op.execute("drop schema sign_in cascade")
    bind = op.get_bind()
    owner = bind.dialect.identifier_preparer.quote_identifier(bind.scalar(sa.text("select current_user")))
    for name in ("desk_door", "elt_coordinator"):
        role = _named(f"name = '{name}'")
        for table in ("manual_assignment", "rule"):
            op.execute(f"delete from access.{table} where role = '{name}'")
        op.execute(f"delete from access.role where name = '{name}'")
        op.execute(f"reassign owned by {role} to {owner}")
        op.execute(f"drop owned by {role}")
        op.execute(f"drop role {role}")
    op.execute(BEFORE_PROTECT)
    op.drop_column("readable", "adds", schema="access")
    op.execute("alter table lists.elt_decision disable trigger only_added")
    op.execute("delete from lists.elt_decision where step = 'undone'")
    op.execute("alter table lists.elt_decision enable trigger only_added")
    op.drop_index("ix_elt_decision_term", table_name="elt_decision", schema="lists")
    for constraint in ("undone_what", "known_step", "said_why"):
        op.drop_constraint(constraint, "elt_decision", schema="lists", type_="check")
    op.create_check_constraint(
        "known_step",
        "elt_decision",
        "step in ('confirmed', 'overridden', 'nominated', 'offered', 'accepted', 'declined', 'attended')",
        schema="lists",
    )
    op.create_check_constraint(
        "said_why",
        "elt_decision",
        "step not in ('overridden', 'nominated') or length(trim(coalesce(reason, ''))) > 0",
        schema="lists",
    )
    for column in ("request_key", "noted_at", "undoes", "program", "elt_term"):
        op.drop_column("elt_decision", column, schema="lists")
