"""The application: routes, headers, and what is said where something fails."""

import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from psycopg import DataError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from include.desk import coordinator, database, guide, handouts, lists, signin, students
from include.desk.pages import FOLDER, BadForm, NotFound, NotSignedIn, cookie_name, desk_name, is_https, page, see_other
from include.settings import settings
from include.warehouse.server import desk_secret

log = logging.getLogger(__name__)

HEADERS = {
    # No script at all: every page works without, so none can be slipped in.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LARGEST_FORM = 64 * 1024
THREADS = 6
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def make_app() -> FastAPI:
    """The desk. Nothing of it is documented to browsers: it has pages and no interface."""
    app = FastAPI(title="Schoolhouse desk", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_few_threads)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"))
    for part in (signin, lists, students, handouts, coordinator, guide):
        app.include_router(part.router)
    app.add_api_route("/health", health, methods=["GET"])
    _say_errors(app)
    app.middleware("http")(guard)
    # Holds the identity provider's state while a browser is away there, and nothing else.
    key = settings().desk_password or desk_secret()
    app.add_middleware(
        SessionMiddleware,
        secret_key=hmac.digest(key.encode(), b"provider state", "sha256").hex(),
        session_cookie=cookie_name("desk_provider"),
        max_age=600,
        same_site="lax",
        https_only=is_https(),
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[desk_name(), "127.0.0.1", "localhost"])
    return app


@asynccontextmanager
async def _few_threads(_app: FastAPI) -> AsyncIterator[None]:
    """Answer a few requests at a time: more threads than that wait for each other, and every answer comes late."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse forms of other sites and endless ones; give every answer its headers, and let no page be kept."""
    if request.method in UNSAFE:
        origin = request.headers.get("origin")
        if origin not in (None, "null", settings().desk_address, str(request.base_url).rstrip("/")):
            return PlainTextResponse("This form came from another site.", 403)
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LARGEST_FORM:
            return PlainTextResponse("This form is too large, or does not say how large it is.", 413)
    response = await go_on(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https():
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def health() -> Response:
    """Whether the desk can ask the warehouse; says nothing else."""
    with database.engine(database.PAGES).connect() as connection:
        connection.execute(text("select 1"))
    return PlainTextResponse("ok")


def _say_errors(app: FastAPI) -> None:
    @app.exception_handler(NotSignedIn)
    def sign_in(request: Request, _error: NotSignedIn) -> Response:
        if request.method != "GET":
            return page(request, "message.html", None, 401, what="session_over")
        onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address = str(request.url_for("ask").include_query_params(to=onward)) if onward != "/" else "/sign-in"
        return see_other(address.removeprefix(str(request.base_url).rstrip("/")))

    @app.exception_handler(NotFound)
    def not_found(request: Request, _error: NotFound) -> Response:
        return page(request, "message.html", None, 404, what="not_found")

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        what = "not_found" if error.status_code in (404, 405) else "bad_form"
        return page(request, "message.html", None, error.status_code, what=what)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, _error: RequestValidationError) -> Response:
        return page(request, "message.html", None, 400, what="bad_form")

    @app.exception_handler(BadForm)
    def bad_form(request: Request, _error: BadForm) -> Response:
        return page(request, "message.html", None, 403, what="bad_form")

    @app.exception_handler(OperationalError)
    def away(request: Request, error: OperationalError) -> Response:
        log.warning("desk: the warehouse is away (%s)", type(error.orig).__name__)
        return page(request, "message.html", None, 503, what="away")

    @app.exception_handler(PoolTimeout)
    def busy(request: Request, _error: PoolTimeout) -> Response:
        return page(request, "message.html", None, 503, what="away")

    @app.exception_handler(DBAPIError)
    def database_error(request: Request, error: DBAPIError) -> Response:
        # The text of an error may hold a student's number, so only its kind is written down.
        log.error("desk: %s %s: %s", request.method, request.url.path.split("/")[1], type(error.orig).__name__)
        if isinstance(error.orig, DataError):
            # A text that PostgreSQL cannot hold names nothing that there is.
            return page(request, "message.html", None, 404, what="not_found")
        is_away = error.connection_invalidated
        return page(request, "message.html", None, 503 if is_away else 500, what="away" if is_away else "failed")
