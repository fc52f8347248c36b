"""Signing in: with the district's identity provider, or with a password that the desk keeps."""

import logging
import secrets
from functools import cache
from typing import Annotated, Any

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Form, Request, Response
from joserfc.errors import JoseError

from include.desk import database, sessions
from include.desk.pages import (
    CheckedForm,
    CheckedVisitForm,
    cookie_name,
    forget_cookie,
    inner_address,
    page,
    see_other,
    set_cookie,
)
from include.desk.words import LANGUAGES
from include.settings import settings

log = logging.getLogger(__name__)

router = APIRouter()


@cache
def provider() -> Any:
    """The identity provider's client, None where the district names none."""
    chosen = settings()
    if chosen.oidc_issuer is None:
        return None
    registry = OAuth()
    registry.register(
        "district",
        client_id=chosen.oidc_client,
        client_secret=chosen.oidc_secret,
        server_metadata_url=f"{chosen.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )
    return registry.district


def _form(request: Request, status: int = 200, problem: str | None = None, onward: str = "/") -> Response:
    secret = request.cookies.get(cookie_name("desk_visit")) or secrets.token_urlsafe(32)
    response = page(
        request,
        "sign_in.html",
        None,
        status,
        form_token=sessions.form_token(secret),
        problem=problem,
        onward=onward,
        has_provider=provider() is not None,
    )
    set_cookie(response, "desk_visit", secret)
    return response


@router.get("/sign-in")
def ask(request: Request, to: str = "/") -> Response:
    """The form for name and password, and the way to the provider."""
    return _form(request, onward=inner_address(to))


@router.post("/sign-in", dependencies=[CheckedVisitForm])
def check(
    request: Request,
    login: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=500)],
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Open a session where the password is right, the login holds a role and nothing is locked.

    Whether a login exists, cannot be told from the answer.
    """
    onward = inner_address(to)
    login = login.strip()
    address = request.client.host if request.client else ""
    with database.door() as door:
        if sessions.is_locked(door, login.lower(), address):
            return _form(request, 429, "locked", onward)
        right = sessions.is_right(door, login, password)
        sessions.note_attempt(door, login.lower(), address, right)
        token = sessions.open_session(door, login, "password") if right else None
    if token is None:
        return _form(request, 401, "no_role" if right else "wrong", onward)
    return _let_in(token, onward)


def _let_in(token: str, onward: str) -> Response:
    response = see_other(onward)
    set_cookie(response, "desk_session", token)
    forget_cookie(response, "desk_visit")
    return response


@router.get("/sign-in/provider")
async def go_to_provider(request: Request) -> Response:
    """Send the browser to the identity provider, with state, nonce and a code challenge."""
    client = provider()
    if client is None:
        return see_other("/sign-in")
    try:
        return await client.authorize_redirect(request, f"{settings().desk_address.rstrip('/')}/sign-in/back")
    except httpx.HTTPError as error:
        log.warning("desk: the identity provider cannot be reached (%s)", type(error).__name__)
        return _form(request, 503, "provider")


@router.get("/sign-in/back")
async def come_back(request: Request) -> Response:
    """Open a session for the login in the provider's signed answer, where it holds a role here."""
    client = provider()
    if client is None:
        return see_other("/sign-in")
    try:
        answer = await client.authorize_access_token(request)
    except (OAuthError, JoseError, httpx.HTTPError) as error:
        log.warning("desk: the identity provider's answer was not taken (%s)", type(error).__name__)
        return _form(request, 401, "provider")
    login = str((answer.get("userinfo") or {}).get(settings().oidc_claim) or "").strip()
    with database.door() as door:
        token = sessions.open_session(door, login, "provider") if login else None
    if token is None:
        return _form(request, 403, "no_role")
    return _let_in(token, "/")


@router.post("/sign-out", dependencies=[CheckedForm])
def sign_out(request: Request) -> Response:
    """End the session in the database, so that nobody can use what the browser kept."""
    with database.door() as door:
        sessions.end_session(door, sessions.proof_of(request.cookies.get(cookie_name("desk_session"), "")))
    response = see_other("/sign-in")
    forget_cookie(response, "desk_session")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get("/language/{code}")
def choose_language(code: str, to: str = "/") -> Response:
    """Remember a language for this browser."""
    response = see_other(inner_address(to))
    if code in LANGUAGES:
        response.set_cookie("desk_language", code, max_age=31_536_000, path="/", httponly=True, samesite="lax")
    return response
