"""Roles, row policies, and who holds which role"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SERVICES = ("loader", "transformer", "ml", "fairness", "publisher", "desk")
PEOPLE = (
    "district_leader",
    "district_analyst",
    "equity_auditor",
    "principal",
    "intervention_team",
    "hr_analyst",
    "finance_analyst",
    "data_engineer",
    "meal_status_reader",
)
OF_SCHOOL = ("principal", "intervention_team")
BY_DBT = ("staging", "intermediate", "marts", "identity", "seeds")
RELEASED = ("reporting", "metrics")

# Who somebody is, is always asked of session_user: SET ROLE does not change it, and nor does a function that runs
# with its owner's rights. Functions fix their search_path, so that nobody's own objects are taken for the platform's.
FUNCTIONS = """
create function access.today() returns date
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    -- UTC and not the session's time zone, which anybody may set.
    select coalesce(
        (select greatest(c.declared_on, (select max(l.as_of) from ops.load l))
         from access.clock c where c.declared_on is not null),
        (now() at time zone 'UTC')::date
    )
$$;

create view access.assignment_today with (security_invoker = true) as
with given as (
    select a.login, a.role, a.school_id, a.begins_on, a.ends_on, 'contract' as given_by
    from landing.access_assignment a
    where a._superseded_on is null
    union all
    select m.login, m.role, m.school_id, m.begins_on, m.ends_on, 'hand'
    from access.manual_assignment m
    union all
    select who.login, r.role, a.school_id, a.begins_on, least(a.ends_on, left_on.day), 'job'
    from landing.access_login who
    join landing.hr_staff_assignment a on a.staff_id = who.staff_id and a._superseded_on is null
    join access.rule r on r.job_group = a.job_group
    left join lateral (
        select min(s.separated_on) as day from landing.hr_separation s
        where s.staff_id = a.staff_id and s._superseded_on is null and s.separated_on >= a.begins_on
    ) left_on on true
    where who._superseded_on is null
    and (r.title = '' or exists (
        select from landing.hr_position p
        where p.position_id = a.position_id and p._superseded_on is null and p.title = r.title
    ))
)
select distinct g.login, g.role, case when role.is_of_school then g.school_id end as school_id, g.given_by, g.ends_on
from given g
join access.role on role.name = g.role and not role.is_service
where g.begins_on <= access.today() and (g.ends_on is null or g.ends_on >= access.today());

create function access.holds(role text) returns boolean
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    select exists (select from access.assignment_today t where t.login = session_user and t.role = $1)
$$;

create function access.my_schools(role text) returns setof text
language sql stable parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
    select t.school_id from access.assignment_today t
    where t.login = session_user and t.role = $1 and t.school_id is not null
$$;

-- The tables of dbt are made anew, so their names are looked up when the function runs; and not with the snapshot of the
-- query around it, to which a table that was swapped in meanwhile would be empty.
create function access.my_students(role text) returns setof text
language plpgsql volatile parallel restricted security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select distinct e.student_id from marts.fct_enrollment e
    where e.school_id in (select access.my_schools($1))
    and e.entered_on <= access.today() and (e.exited_on is null or e.exited_on >= access.today());
end
$$;
"""

# HMAC-SHA256, spelt out, since no extension has to be there. The two padded keys come with the connection and are in no
# statement, so in no log; include/access/keys.py makes them. Kept so plain that it is put in place of every call.
PSEUDONYM = """
create function access.pseudonym(value text) returns text
language sql stable parallel safe
as $$
    select left(encode(sha256(
        decode(current_setting('schoolhouse.outer_key'), 'hex') || sha256(
            decode(current_setting('schoolhouse.inner_key'), 'hex') || convert_to(value, 'UTF8')
        )
    ), 'hex'), 32)
$$;
"""

PROTECT = """
-- Puts a relation under the policy: row security for all, its owner too, and what access.readable gives to whom.
-- Whoever owns the relation may call it; dbt does in the transaction that swaps a table in.
create function access.protect(relation regclass) returns void
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
create function access.protect_schemas() returns void
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
    _landing_tables()
    _tables()
    _roles()
    _schemas()
    op.execute(FUNCTIONS)
    op.execute(PSEUDONYM)
    op.execute(PROTECT)
    _privileges()


def downgrade() -> None:
    bind = op.get_bind()
    protected = bind.execute(
        sa.text(
            "select format('%I.%I', n.nspname, c.relname), c.relkind,"
            " array(select polname::text from pg_policy where polrelid = c.oid)"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relrowsecurity"
        )
    ).all()
    for relation, _, policies in protected:
        for policy in policies:
            op.execute(f'drop policy "{policy}" on {relation}')
        op.execute(f"alter table {relation} disable row level security, no force row level security")
    owner = bind.dialect.identifier_preparer.quote_identifier(bind.scalar(sa.text("select current_user")))
    names = bind.scalars(sa.text("select role_name from access.role")).all()
    op.execute("drop schema access cascade")
    op.execute("create schema access")
    for name in names:
        op.execute(f'reassign owned by "{name}" to {owner}')
        op.execute(f'drop owned by "{name}"')
        op.execute(f'drop role "{name}"')
    database = bind.dialect.identifier_preparer.quote_identifier(bind.scalar(sa.text("select current_database()")))
    op.execute(f"grant connect, temporary on database {database} to public")
    op.execute("grant usage on schema public to public")
    op.drop_table("access_assignment", schema="landing")
    op.drop_table("access_login", schema="landing")


def _landing_tables() -> None:
    _contract(
        "access_login",
        "One row per login of a person: whose it is.",
        sa.Column(
            "login", sa.Text(), nullable=False, comment="The name that the person signs on to the warehouse with."
        ),
        sa.Column("staff_id", sa.Text(), nullable=False, comment="The HR system's identifier of the person."),
    )
    _contract(
        "access_assignment",
        "One row per login, role and school: a role that somebody was given for a time.",
        sa.Column(
            "login", sa.Text(), nullable=False, comment="The name that the person signs on to the warehouse with."
        ),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="The role, as docs/access.md names it; one that is not known gives nothing.",
        ),
        sa.Column(
            "school_id",
            sa.Text(),
            nullable=True,
            comment="The school, for a role that sees its own schools only; null for the others.",
        ),
        sa.Column("begins_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="Last day; null while it lasts."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
    )


def _contract(name: str, doc: str, *columns: sa.Column) -> None:
    op.create_table(
        name,
        *columns,
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
        comment=doc,
    )
    op.create_index(
        f"ux_{name}_current",
        name,
        ["_key", "_feed"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )


def _tables() -> None:
    op.create_table(
        "role",
        sa.Column("name", sa.Text(), nullable=False, comment="The role, as docs/access.md names it."),
        sa.Column("role_name", sa.Text(), nullable=False, comment="Its name on the server, the database in front."),
        sa.Column(
            "is_service", sa.Boolean(), nullable=False, comment="Whether a job of the platform takes it, not a person."
        ),
        sa.Column("is_of_school", sa.Boolean(), nullable=False, comment="Whether it sees its own schools only."),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("role_name"),
        schema="access",
        comment="The roles of this warehouse. A server may hold several, so each role belongs to one of them.",
    )
    op.create_table(
        "readable",
        sa.Column("relation", sa.Text(), nullable=False, comment="schema.table, or schema.* for all of a schema."),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "withheld", sa.ARRAY(sa.Text()), nullable=False, comment="Columns that the role may not read."
        ),
        sa.Column(
            "columns",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="The only columns that it may read; null for all but those withheld.",
        ),
        sa.Column(
            "condition",
            sa.Text(),
            nullable=True,
            comment="SQL that is true for the rows it may read; null for all of them.",
        ),
        sa.ForeignKeyConstraint(["role"], ["access.role.name"]),
        sa.PrimaryKeyConstraint("relation", "role"),
        schema="access",
        comment="What each role may read, from include/access/policy.yml. What has no row here, nobody reads.",
    )
    op.create_table(
        "writer",
        sa.Column("schema_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["role"], ["access.role.name"]),
        sa.PrimaryKeyConstraint("schema_name", "role"),
        schema="access",
        comment="The services that write the tables of a schema, and so read all of them.",
    )
    op.create_table(
        "unguessed",
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("column_name"),
        schema="access",
        comment="Columns of which the planner keeps no statistics where rows are hidden: "
        "an estimate would tell of them.",
    )
    op.create_table(
        "clock",
        sa.Column("is_only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "declared_on",
            sa.Date(),
            nullable=True,
            comment="The day of a generated district; null in a real one, which has the clock's.",
        ),
        sa.CheckConstraint("is_only", name="one_row"),
        sa.PrimaryKeyConstraint("is_only"),
        schema="access",
        comment="The day that ends assignments.",
    )
    op.create_table(
        "pseudonym_key",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="Hash by which the key is known again."),
        sa.PrimaryKeyConstraint("purpose"),
        schema="access",
        comment="Which key made the pseudonyms of a purpose: another one would quietly make other people of them.",
    )
    op.create_table(
        "rule",
        sa.Column("job_group", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, comment="Title of the position; '' for any."),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["role"], ["access.role.name"]),
        sa.PrimaryKeyConstraint("job_group", "title", "role"),
        schema="access",
        comment="Roles that a job gives, at the school of the assignment, from district.yml.",
    )
    op.create_table(
        "manual_assignment",
        sa.Column("assignment_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="Last day: what is given by hand always ends."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), server_default=sa.text("session_user"), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.ForeignKeyConstraint(["role"], ["access.role.name"]),
        sa.PrimaryKeyConstraint("assignment_id"),
        schema="access",
        comment="Roles given with ./schoolhouse access grant.",
    )
    op.create_index("ix_manual_assignment_login", "manual_assignment", ["login"], schema="access")


def _roles() -> None:
    """Make the roles of this warehouse; another warehouse of the server has its own, so none reads the other's."""
    bind = op.get_bind()
    database = bind.scalar(sa.text("select current_database()"))
    is_superuser = bind.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user"))
    for name in (*SERVICES, *PEOPLE):
        role_name = f"{database}_{name}"
        quoted = bind.dialect.identifier_preparer.quote_identifier(role_name)
        # Roles outlive their database: one that was dropped and made again finds them.
        if not bind.scalar(sa.text("select true from pg_roles where rolname = :name"), {"name": role_name}):
            op.execute(f"create role {quoted} nologin nobypassrls noinherit")
        if not is_superuser:
            # Whoever makes a role may grant it, also to himself; a service's rights come to him as they are.
            inherits = "true" if name in SERVICES else "false"
            op.execute(f"grant {quoted} to current_user with inherit {inherits}, set true")
        bind.execute(
            sa.text("insert into access.role values (:name, :role_name, :is_service, :is_of_school)"),
            {
                "name": name,
                "role_name": role_name,
                "is_service": name in SERVICES,
                "is_of_school": name in OF_SCHOOL,
            },
        )


def _schemas() -> None:
    """What the loader, dbt and the release make or alter belongs to their roles, what is there already too."""
    bind = op.get_bind()
    for owner, schemas in (("loader", ("landing",)), ("transformer", BY_DBT), ("publisher", RELEASED)):
        role_name = _role_name(owner)
        for schema in schemas:
            op.execute(f"create schema if not exists {schema}")
        # Editions of the marts end their schemas' names with their own.
        made = bind.scalars(
            sa.text("select nspname from pg_namespace where regexp_replace(nspname, '_.*', '') = any(:schemas)"),
            {"schemas": list(schemas)},
        ).all()
        for schema in made:
            op.execute(f'alter schema "{schema}" owner to {role_name}')
            relations = bind.execute(
                sa.text(
                    "select format('%I.%I', n.nspname, c.relname), c.relkind from pg_class c"
                    " join pg_namespace n on n.oid = c.relnamespace where n.nspname = :schema and c.relkind in ('r', 'v')"
                ),
                {"schema": schema},
            ).all()
            for relation, kind in relations:
                op.execute(f"alter {'view' if kind == 'v' else 'table'} {relation} owner to {role_name}")


def _privileges() -> None:
    bind = op.get_bind()
    database = bind.dialect.identifier_preparer.quote_identifier(bind.scalar(sa.text("select current_database()")))
    services = ", ".join(_role_name(name) for name in SERVICES)
    people = ", ".join(_role_name(name) for name in PEOPLE)
    op.execute(f"revoke all on database {database} from public")
    op.execute("revoke all on schema public from public")
    op.execute(f"grant connect, temporary on database {database} to {services}")
    # Editions of the marts are schemas of their own.
    op.execute(f"grant create on database {database} to {_role_name('transformer')}")
    op.execute("revoke all on all functions in schema access from public")
    op.execute(f"grant usage on schema access to {services}, {people}")
    op.execute(
        "grant execute on function access.holds(text), access.my_schools(text), access.my_students(text),"
        f" access.today() to {people}"
    )
    op.execute(
        "grant execute on function access.protect(regclass), access.pseudonym(text)"
        f" to {_role_name('transformer')}"
    )
    for schema in RELEASED:
        # Of persons nothing is released that is not protected, so every role for people reads it.
        op.execute(f"grant usage on schema {schema} to {people}")
        for maker in (_role_name("publisher"), "current_user"):
            op.execute(
                f"alter default privileges for role {maker} in schema {schema} grant select on tables to {people}"
            )


def _role_name(name: str) -> str:
    bind = op.get_bind()
    found = bind.scalar(sa.text("select role_name from access.role where name = :name"), {"name": name})
    return bind.dialect.identifier_preparer.quote_identifier(found)
