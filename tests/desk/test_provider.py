"""Signing in with the district's identity provider, over real HTTP with signed tokens."""

from collections.abc import Iterator

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.desk.conftest import free_port, served
from tests.desk.world import Browser, World
from tests.servers import oidc


@pytest.fixture(scope="module")
def provider() -> Iterator[oidc.Provider]:
    with oidc.running() as running:
        yield running


@pytest.fixture(scope="module")
def address(world: World, provider: oidc.Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A desk that knows the provider."""
    environment = world.environment | {
        "SCHOOLHOUSE_DESK_PORT": str(free_port()),
        "SCHOOLHOUSE_OIDC_ISSUER": provider.address,
        "SCHOOLHOUSE_OIDC_CLIENT": oidc.CLIENT,
        "SCHOOLHOUSE_OIDC_SECRET": oidc.SECRET,
        "NO_PROXY": "127.0.0.1",
    }
    with served(environment, tmp_path_factory.mktemp("provider") / "desk.log"):
        yield f"http://127.0.0.1:{environment['SCHOOLHOUSE_DESK_PORT']}"


@pytest.fixture
def browser(address: str, provider: oidc.Provider) -> Iterator[Browser]:
    provider.claims, provider.published = {}, None
    browser = Browser(address)
    yield browser
    browser.client.close()


def test_whom_the_provider_names_is_in(world: World, browser: Browser, provider: oidc.Provider) -> None:
    world.new_list()
    assert "/sign-in/provider" in browser.get("/sign-in").text
    provider.claims = {"preferred_username": "ana"}
    page = browser.get("/sign-in/provider")
    assert page.url.path == "/list" and "Alderman" in page.text and "Quartermaine" not in page.text
    assert provider.challenged and provider.asked["code_challenge_method"] == "S256"
    assert world.one("select way from sign_in.session order by opened_at desc limit 1") == "provider"


@pytest.mark.parametrize(
    "claims",
    [{"preferred_username": "nobody"}, {}, {"preferred_username": ""}, {"email": "ana"},
     {"preferred_username": "ana", "nonce": "another"}, {"preferred_username": "ana", "aud": "another"},
     {"preferred_username": "ana", "iss": "https://elsewhere.test"}, {"preferred_username": "ana", "exp": 1}],
)  # fmt: skip
def test_whom_it_does_not_name_rightly_is_not(browser: Browser, provider: oidc.Provider, claims: dict) -> None:
    provider.claims = claims
    page = browser.get("/sign-in/provider")
    assert page.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    assert browser.get("/list").url.path == "/sign-in"


def test_a_token_signed_by_another_key_is_refused(browser: Browser, provider: oidc.Provider) -> None:
    provider.claims = {"preferred_username": "ana"}
    right, provider.published = provider.key, provider.key
    provider.key = RSAKey.generate_key(2048, {"kid": "1"})
    try:
        assert browser.get("/sign-in/provider").status_code == httpx.codes.UNAUTHORIZED
    finally:
        provider.key = right


def test_an_answer_that_was_not_asked_for_is_refused(browser: Browser) -> None:
    page = browser.get("/sign-in/back", params={"code": "once", "state": "made up"})
    assert page.status_code == httpx.codes.UNAUTHORIZED
    assert browser.get("/list").url.path == "/sign-in"
