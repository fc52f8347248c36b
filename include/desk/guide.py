"""docs/intervention-team.md as a page of the desk, for whoever decides; it prints on one sheet."""

from functools import cache

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from include.desk.pages import Visitor, page
from include.settings import ROOT

router = APIRouter()

FILE = ROOT / "docs" / "intervention-team.md"


@router.get("/guide")
def guide(request: Request, visit: Visitor) -> Response:
    """What the list says and does not say, how to decide, whom to ask."""
    return page(request, "guide.html", visit, guide=_rendered())


@cache
def _rendered() -> Markup:
    """The page's text. It is the platform's own, and tags in it would still be shown as text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Markup(markdown.render(FILE.read_text(encoding="utf-8")))  # noqa: S704 - see above
