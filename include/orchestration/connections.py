"""Addresses and secrets of sources, from Airflow's secrets backends and nowhere else."""

import os

from include.districts import Feed
from include.errors import SchoolhouseError
from include.orchestration import environment
from include.sources import Access
from include.warehouse.engine import url_as

# The platform's own warehouse as a source: what its people wrote comes in by landing's door, like all else.
OWN_WAREHOUSE = "schoolhouse_warehouse"


def access_of(feed: Feed) -> Access | None:
    """How to reach the feed's source; None where it names no connection. One of them is the warehouse itself.

    Airflow looks in its secrets backends, in the environment (`AIRFLOW_CONN_<NAME>`) and in its own store.
    Raises SchoolhouseError where none of them knows the connection.
    """
    if feed.connection is None:
        return None
    if feed.connection == OWN_WAREHOUSE:
        own = url_as("loader")
        return Access(own.set(username=None, password=None).render_as_string(), own.username, own.password)
    environment.apply()
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        found = Connection.get(feed.connection)
    except AirflowNotFoundException:
        raise SchoolhouseError(
            f"Feed {feed.name}: Airflow knows no connection {feed.connection!r}. Add it to the secrets backend, or "
            f"set AIRFLOW_CONN_{feed.connection.upper()}."
        ) from None
    extra = dict(found.extra_dejson)
    # An address with a path of its own, as an API has, is kept whole beside the parts that Airflow knows.
    url = extra.pop("url", None) or _address(found)
    return Access(url, found.login, found.password, extra)


def take_pseudonym_key() -> None:
    """Put the key for pseudonyms into this process, where Airflow's secrets backends know it.

    They keep it as the variable schoolhouse_pseudonym_key; without one, the settings say where it comes from.
    """
    environment.apply()
    from airflow.sdk import Variable

    key = Variable.get("schoolhouse_pseudonym_key", default=None)
    if key is not None:
        os.environ["SCHOOLHOUSE_PSEUDONYM_KEY"] = key


def take_mail_server() -> None:
    """Put the mail server's address into this process, where Airflow's secrets backends know it.

    They keep it as the variable schoolhouse_smtp_url; without one, the settings say which it is.
    """
    environment.apply()
    from airflow.sdk import Variable

    url = Variable.get("schoolhouse_smtp_url", default=None)
    if url is not None:
        os.environ["SCHOOLHOUSE_SMTP_URL"] = url


def _address(connection) -> str:
    scheme = connection.conn_type.replace("_", "-")
    port = f":{connection.port}" if connection.port else ""
    schema = f"/{connection.schema}" if connection.schema else ""
    return f"{scheme}://{connection.host or ''}{port}{schema}"
