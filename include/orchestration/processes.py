"""Background processes of `up`, each known by a file with its process id and birth."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from include.orchestration.services import SERVICES, Service
from include.settings import settings

STOP_SECONDS = 30


def log_of(service: Service) -> Path:
    """File with what the service prints."""
    return settings().state / "logs" / f"{service.name}.log"


def _pid_file(service: Service) -> Path:
    return settings().state / "processes" / f"{service.name}.json"


def find(service: Service) -> psutil.Process | None:
    """The service's process where it lives; a number that another program took over does not count."""
    path = _pid_file(service)
    if not path.exists():
        return None
    noted = json.loads(path.read_text())
    try:
        process = psutil.Process(noted["pid"])
        is_same = abs(process.create_time() - noted["born"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if is_same else None


def any_running() -> bool:
    """Whether any of the services lives."""
    return any(find(service) is not None for service in SERVICES)


def start(service: Service) -> None:
    """Start the service in the background, unless it lives."""
    if find(service) is not None:
        return
    log = log_of(service)
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _pid_file(service)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, *service.command],
            cwd=settings().root,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    born = psutil.Process(process.pid).create_time()
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"pid": process.pid, "born": born}))
    partial.replace(path)


def stop_all() -> list[str]:
    """Stop every service that lives, politely first; returns their names."""
    living = [(service, process) for service in SERVICES if (process := find(service)) is not None]
    # A service may spawn helpers that leave its group, so they are noted while it still lives.
    families = [(service, process, process.children(recursive=True)) for service, process in living]
    for _, process, _ in families:
        process.terminate()
    _, stubborn = psutil.wait_procs([process for _, process, _ in families], timeout=STOP_SECONDS)
    for process in stubborn:
        process.kill()
    for service, process, helpers in families:
        _end_group(process.pid)
        for helper in helpers:
            if helper.is_running():
                helper.kill()
        _pid_file(service).unlink(missing_ok=True)
    return [service.name for service, _ in living]


def _end_group(group: int) -> None:
    """End what is left of a service's process group, which `start` made with the service as its leader."""
    try:
        os.killpg(group, signal.SIGTERM)
        time.sleep(0.2)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
