"""Secrets of sources come from Airflow's backends, and are shown nowhere."""

import json
from typing import Any

import pytest

from include.districts import FileFeed
from include.errors import SchoolhouseError

FEED: dict[str, Any] = {
    "name": "hr.staff", "source": "hr", "contract": "sis.school", "folder": ".", "files": "*",
    "columns": {"school_id": "a", "name": "b"},
}  # fmt: skip


def feed(connection: str | None) -> FileFeed:
    return FileFeed.model_validate({**FEED, "connection": connection})


def test_a_connection_of_the_environment_is_found(airflow_configured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.orchestration.connections import access_of

    given = {
        "conn_type": "http", "host": "sis.example", "login": "key-1", "password": "long-secret",
        "extra": {"url": "https://sis.example/api/v3", "token_url": "https://sis.example/oauth/token"},
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_SIS_API", json.dumps(given))
    access = access_of(feed("sis_api"))
    assert access is not None
    assert (access.url, access.login, access.secret) == ("https://sis.example/api/v3", "key-1", "long-secret")
    assert access.extra == {"token_url": "https://sis.example/oauth/token"}
    assert "long-secret" not in repr(access) and "oauth" not in repr(access)


def test_an_address_is_put_together_where_none_is_given(
    airflow_configured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.orchestration.connections import access_of

    monkeypatch.setenv("AIRFLOW_CONN_HR_SFTP", "sftp://robot:pass-word@files.example:2222/out")
    access = access_of(feed("hr_sftp"))
    assert access is not None and access.url == "sftp://files.example:2222/out"


def test_an_unknown_connection_says_where_to_put_it(airflow_configured: Any) -> None:
    from include.orchestration.connections import access_of

    with pytest.raises(SchoolhouseError, match=r"knows no connection 'nowhere'.*AIRFLOW_CONN_NOWHERE"):
        access_of(feed("nowhere"))
    assert access_of(feed(None)) is None
