"""`up`, `down` and `status`."""

import datetime as dt
import time

from rich.console import Console

from include.commands.psql import address_without_password
from include.commands.serving import keep_running, warehouse_server
from include.errors import SchoolhouseError
from include.orchestration import api, processes
from include.orchestration.chain import ORDER, end_abandoned_runs
from include.orchestration.environment import airflow_home, password_file, web_address
from include.orchestration.prepare import prepare
from include.orchestration.quiet import output_to
from include.orchestration.services import SERVICES
from include.settings import settings
from include.warehouse import server

HEALTHY_SECONDS = 180


def bring_up(as_of: dt.date) -> None:
    """Start everything, wait until it is healthy and the DAGs are on, and print the addresses.

    Raises SchoolhouseError with the log to look at where a service ends or does not become healthy.
    """
    with output_to(settings().state / "logs" / "up.log") as console, warehouse_server():
        prepare(as_of, lambda step: console.print(f"  · {step}"))
        if not processes.any_running():
            end_abandoned_runs()
        keep_running()
        console.print("  · Airflow")
        for service in SERVICES:
            processes.start(service)
        _wait("Airflow is not healthy", _is_healthy)
        session = api.Api()
        _wait("Airflow has not read the DAGs", lambda: set(ORDER) <= set(session.dags()))
        for dag, is_paused in session.dags().items():
            if is_paused:
                session.unpause(dag)
        _print_addresses(console)


def take_down() -> None:
    """Stop Airflow's services and the embedded server."""
    console = Console(highlight=False)
    stopped = processes.stop_all()
    if server.is_embedded() and server.is_running():
        server.stop()
        stopped.append("PostgreSQL")
    console.print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")


def show_status(today: dt.date) -> None:
    """Print what runs, and what the warehouse says of its feeds on `today`; its server is started where it rests.

    Raises SchoolhouseError where the district has no warehouse yet.
    """
    from include.summary import print_status

    console = Console(highlight=False)
    is_up = not server.is_embedded() or server.is_running()
    _print_state(console, "PostgreSQL", is_up, address_without_password() if is_up else "")
    healthy = api.health() if processes.any_running() else {}
    for service in SERVICES:
        process = processes.find(service)
        state = "" if service.health is None else f"{healthy.get(service.health, 'starting')}, "
        detail = "" if process is None else f"{state}process {process.pid}"
        _print_state(console, service.name, process is not None, detail)
    if processes.any_running():
        console.print(f"Airflow {web_address()}  (user and password: {password_file()})", soft_wrap=True)
    if server.is_embedded() and not (settings().state / "postgres.password").exists():
        console.print("Nothing has run yet: ./schoolhouse run")
        return
    with warehouse_server():
        print_status(console, today)


def _print_state(console: Console, name: str, is_up: bool, detail: str) -> None:
    mark = "[green]up  [/green]" if is_up else "[dim]down[/dim]"
    console.print(f"{mark} {name:<14} {detail}", soft_wrap=True)


def _print_addresses(console: Console) -> None:
    console.print()
    console.print(f"Airflow     {web_address()}", soft_wrap=True)
    console.print(f"  user and password in {password_file()}", soft_wrap=True)
    console.print(
        f"Docs        http://127.0.0.1:{settings().docs_port}  (every mart, column and metric)", soft_wrap=True
    )
    console.print(f"Desk        {settings().desk_address}  (the intervention teams' pages)", soft_wrap=True)
    console.print(f"PostgreSQL  {address_without_password()}", soft_wrap=True)
    if server.is_embedded():
        console.print(f"  password in {settings().state / 'postgres.password'}; or: ./schoolhouse psql", soft_wrap=True)
    console.print(f"Logs        {settings().state / 'logs'} and {airflow_home() / 'logs'}", soft_wrap=True)
    console.print("Stop with   ./schoolhouse down")


def _is_healthy() -> bool:
    state = api.health()
    return all(state.get(service.health) == "healthy" for service in SERVICES if service.health is not None)


def _wait(problem: str, is_done) -> None:
    """Ask every second until it is done; give up at once where a service has ended."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not is_done():
        for service in SERVICES:
            if processes.find(service) is None:
                log = processes.log_of(service)
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                raise SchoolhouseError(f"The service {service.name} has ended ({log}):\n{tail}")
        if time.monotonic() > deadline:
            raise SchoolhouseError(
                f"{problem} after {HEALTHY_SECONDS} s: see {settings().state / 'logs'}. `./schoolhouse down` stops it."
            )
        time.sleep(1)
