"""How the desk serves a district at once: python -m bench.desk [SECONDS] [PEOPLE] [STUDENTS] [PAUSE].

40 schools with a list each, and as many people as asked for, each a browser of its own: the list, a student's page,
and for each twentieth the coordinator's page. Each reads a page for PAUSE seconds in the mean (0: the next request
follows at once) before the next. Prints requests a second, median and 99th percentile by page, and what was answered
other than 200. Desk, PostgreSQL and browsers share the machine.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

SCHOOLS, LISTED, SEED = 40, 40, 7
BROWSERS_A_PROCESS = 50

MARTS = """
create table marts.dim_school (school_id text, school_name text);
create table marts.fct_elt_site (
    school_id text, elt_term text, program text, stream text, capacity integer, starts_on date, ends_on date);
create table marts.brg_student_subgroup (
    student_id text, school_year integer, subgroup_kind text, subgroup text, is_current boolean);
create table identity.student_page (
    student_id text not null, school_id text not null, given_name text, family_name text, grade text,
    school_year integer, entered_on date, exited_on date, attendance jsonb, marks jsonb, results jsonb,
    supports jsonb, elt jsonb);
insert into marts.dim_school select 'S' || n, 'School ' || n from generate_series(1, :schools) n;
insert into marts.brg_student_subgroup
    select 'P' || n, 2026, 'race', 'group_' || n % 5, true from generate_series(1, :students) n;
insert into identity.student_page
    select 'P' || n, 'S' || 1 + n % :schools, 'Given' || n, 'Family' || n % 700, '05', 2026, '2025-09-01', null,
    (select jsonb_agg(jsonb_build_object('week', date '2025-09-01' + 7 * w, 'days', 5, 'absent', (n + w) % 3))
     from generate_series(0, 24) w),
    (select jsonb_agg(jsonb_build_object('school_year', 2026, 'term', 'Q1', 'course', 'Course ' || c, 'is_core', true,
     'mark', 'C', 'is_failing', false, 'posted_on', '2025-11-14')) from generate_series(1, 7) c),
    (select jsonb_agg(jsonb_build_object('assessment', 'MAPLE', 'subject', 'math', 'school_year', 2026,
     'administration', 'fall', 'administered_on', '2025-09-20', 'score', 190 + a, 'cut', 205, 'is_proficient', false))
     from generate_series(1, 6) a), '[]', '[]'
    from generate_series(1, :students) n;
create index on identity.student_page (student_id);
create index on identity.student_page (school_id);
insert into lists.elt_list values ('2026-spring.after_school.2026-03-02.1.0', '2026-03-02', '2026-spring',
    'after_school', '2999-12-31', 'proposed', '[]', 27 * :schools, 'm', '', '', null);
insert into lists.elt_list_school select '2026-spring.after_school.2026-03-02.1.0', 'S' || n, 300, 30, 1, 27, 23, 4, 17
    from generate_series(1, :schools) n;
insert into lists.elt_list_entry select '2026-spring.after_school.2026-03-02.1.0', 'P' || n, 'S' || 1 + n % :schools,
    'after_school', 1 + (n - 1) / :schools, case when (n - 1) / :schools < 23 then 'seat' else 'waitlist' end, 0.5,
    'high', 'rule', 'x', '[{"group": "attendance", "text": "absent 4 of the last 20 days", "values": {"absent_20": 4,
    "days_20": 20}}]', 'proposed' from generate_series(1, :schools * :listed) n;
"""

HOLD = (
    "insert into access.manual_assignment (login, role, school_id, begins_on, ends_on, reason)"
    " values (:login, :role, :school, '2020-01-01', '2999-12-31', 'measures the desk')"
)
OPEN = (
    "insert into sign_in.session (proof_sha256, login, way, idle_ends_at, ends_at)"
    " values (sha256(convert_to(:proof, 'UTF8')), :login, 'password', now() + interval '1 hour',"
    " now() + interval '1 hour')"
)


def make(students: int, people: int) -> list[tuple[str, str | None]]:
    """Fill the warehouse; returns the secret of each person's session, and the school, None for the coordinator."""
    from include.access.policy import declare
    from include.desk.sessions import proof_of
    from include.warehouse.engine import warehouse_engine

    sizes = {"schools": SCHOOLS, "students": students, "listed": LISTED}
    sessions: list[tuple[str, str | None]] = []
    with warehouse_engine().begin() as connection:
        for statement in filter(None, (part.strip() for part in MARTS.split(";\n"))):
            connection.execute(text(statement), sizes)
        declare(connection)
        for name in ("marts.dim_school", "marts.fct_elt_site", "marts.brg_student_subgroup", "identity.student_page"):
            connection.execute(text(f"select access.protect('{name}')"))
        for number in range(people):
            school = None if number % 20 == 19 else f"S{1 + number % SCHOOLS}"
            role = "elt_coordinator" if school is None else "intervention_team"
            token, login = secrets.token_urlsafe(32), f"bench{number}"
            connection.execute(text(HOLD), {"login": login, "role": role, "school": school})
            connection.execute(text(OPEN), {"proof": proof_of(token), "login": login})
            sessions.append((token, school))
    with warehouse_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    return sessions


async def browse(
    address: str,
    token: str,
    school: str | None,
    until: float,
    pause: float,
    found: list[tuple[str, float, int]],
    seed: int,
) -> None:
    """One person: page after page until the time is over."""
    chance = random.Random(seed)  # noqa: S311 - which page comes next is no secret
    async with httpx.AsyncClient(
        base_url=address, cookies={"desk_session": token}, timeout=30, trust_env=False
    ) as client:
        while time.time() < until:
            if pause:
                await asyncio.sleep(chance.expovariate(1 / pause))
            if school is None:
                page, path = "coordinator", "/coordinator"
            elif chance.random() < 1 / 3:
                page, path = "list", "/list"
            else:
                # Students of the school who are on its list.
                rank = chance.randrange(LISTED)
                number = rank * SCHOOLS + (int(school[1:]) - 2) % SCHOOLS + 1
                number = number if 1 + number % SCHOOLS == int(school[1:]) else number - 1
                page, path = "student", f"/students/P{max(number, 1)}"
            begun = time.perf_counter()
            answer = await client.get(path)
            found.append((page, time.perf_counter() - begun, answer.status_code))


def crowd(
    address: str, sessions: list[tuple[str, str | None]], seconds: int, pause: float, seed: int, queue: Any
) -> None:
    """Some of the people, in a process of their own."""
    found: list[tuple[str, float, int]] = []

    async def everybody() -> None:
        until = time.time() + seconds
        await asyncio.gather(
            *(browse(address, *session, until, pause, found, seed + at) for at, session in enumerate(sessions))
        )

    asyncio.run(everybody())
    queue.put(found)


def measure(
    address: str, sessions: list[tuple[str, str | None]], seconds: int, pause: float
) -> list[tuple[str, float, int]]:
    """Page, seconds and status of every request."""
    queue: Any = multiprocessing.Queue()
    parts = [sessions[at : at + BROWSERS_A_PROCESS] for at in range(0, len(sessions), BROWSERS_A_PROCESS)]
    processes = [
        multiprocessing.Process(target=crowd, args=(address, part, seconds, pause, SEED + 1000 * at, queue))
        for at, part in enumerate(parts)
    ]
    for process in processes:
        process.start()
    found = [row for _ in processes for row in queue.get()]
    for process in processes:
        process.join()
    return found


def show(found: list[tuple[str, float, int]], seconds: int, console: Console) -> None:
    """Print a row for each page."""
    table = Table("page", "requests", "a second", "median ms", "p99 ms", "not 200", title="The desk")
    for name in ("all", "list", "student", "coordinator"):
        own = [(took, status) for page, took, status in found if name in ("all", page)]
        if not own:
            continue
        took = np.array([one for one, _ in own]) * 1000
        wrong = sum(status != httpx.codes.OK for _, status in own)
        table.add_row(
            name, f"{len(own):,}", f"{len(own) / seconds:.0f}", f"{np.median(took):.0f}",
            f"{np.percentile(took, 99):.0f}", str(wrong),
        )  # fmt: skip
    console.print(table)


def main() -> None:
    """Start PostgreSQL and the desk in a folder of their own, measure, and take both away."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    parser.add_argument("people", nargs="?", type=int, default=100)
    parser.add_argument("students", nargs="?", type=int, default=14_500)
    parser.add_argument("pause", nargs="?", type=float, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="schoolhouse-bench-") as folder:
        (Path(folder) / "district.yml").write_text("district: bench\ntitle: Bench\nsources: {}\n")
        os.environ |= {"SCHOOLHOUSE_STATE": folder, "SCHOOLHOUSE_DISTRICT": folder, "SCHOOLHOUSE_DESK_PORT": "18082"}
        os.environ["SCHOOLHOUSE_WAREHOUSE_URL"] = ""
        from include.settings import ROOT
        from include.warehouse import server
        from include.warehouse.engine import forget_engines, maintenance_url
        from include.warehouse.migrate import migrate

        server.start()
        try:
            url = maintenance_url().set(database="bench")
            os.environ["SCHOOLHOUSE_WAREHOUSE_URL"] = url.render_as_string(hide_password=False)
            migrate()
            sessions = make(chosen.students, chosen.people)
            with (Path(folder) / "desk.log").open("wb") as log:
                desk = subprocess.Popen([sys.executable, "-m", "include.desk.serve"], cwd=ROOT, stdout=log, stderr=log)
            try:
                address = "http://127.0.0.1:18082"
                _wait(address)
                # Connections, plans and templates are made once, and not by the people who are measured.
                measure(address, sessions[:20], 3, 0)
                show(measure(address, sessions, chosen.seconds, chosen.pause), chosen.seconds, Console())
            finally:
                desk.terminate()
                desk.wait()
        finally:
            forget_engines()
            server.remove()


def _wait(address: str) -> None:
    """Until the desk answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/health", trust_env=False).raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
