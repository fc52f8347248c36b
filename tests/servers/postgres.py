"""The embedded PostgreSQL as tests need it: soon done."""

from sqlalchemy import create_engine, text

from include.warehouse.engine import maintenance_url


def maintain(*statements: str) -> None:
    """Run statements on the server's own database, outside a transaction."""
    engine = create_engine(maintenance_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def trust_the_machine() -> None:
    """Wait for no disk: what is committed outlives the server, killed or not, but not the machine's power.

    And derive no key from a password thousands of times, which takes half of the time of each of many connections.
    """
    login = maintenance_url()
    maintain(
        "alter system set fsync = off",
        "alter system set full_page_writes = off",
        "alter system set scram_iterations = 1",
        "select pg_reload_conf()",
    )
    # In a session of its own, which begins with what was reloaded.
    maintain(f"alter role {login.username} password '{login.password}'")
