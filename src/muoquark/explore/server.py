"""The server of the page: on the loopback address, for this machine's browser alone."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.server.auth_provider import AuthProvider
from bokeh.server.server import Server
from tornado.web import HTTPError

from muoquark.common.errors import InputError
from muoquark.explore.page import serve_document
from muoquark.explore.stock import Stock

__all__ = ["LOOPBACK", "is_loopback", "make_server"]

#: Where the page is served unless something else is asked for.
LOOPBACK = "127.0.0.1"
# A tab that is gone is forgotten after so many milliseconds.
FORGOTTEN, LOOK = 30_000, 10_000
# The largest message of a browser, bytes: a wish is a few thousand.
LARGEST = 1_000_000


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its loopback address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _OwnHost(AuthProvider):
    """Refuses requests that call this server by another name than one of its own.

    So no page of another site reaches it through a name that it lets point at this machine.
    """

    def __init__(self, hosts: Callable[[], set[str]]) -> None:
        self._hosts = hosts

    @property
    def get_user(self) -> Any:
        """What Bokeh calls for every request."""

        def user(handler: Any) -> str:
            host = str(handler.request.headers.get("Host", "")).lower()
            if host not in self._hosts():
                raise HTTPError(403, reason="this page is served to its own address alone")
            return "local"

        return user

    @property
    def get_user_async(self) -> Any:
        """None: there is nothing to wait for."""
        return None

    @property
    def get_login_url(self) -> Any:
        """None: nobody logs in."""
        return None

    @property
    def login_url(self) -> str | None:
        """A page that is not there; Bokeh wants one to be named."""
        return "/"

    @property
    def login_handler(self) -> Any:
        """None: nobody logs in."""
        return None

    @property
    def logout_url(self) -> str | None:
        """None: nobody logs in."""
        return None

    @property
    def logout_handler(self) -> Any:
        """None: nobody logs in."""
        return None


def _origins(names: set[str], port: int) -> list[str]:
    """Return from where websockets are taken; Bokeh has no words for addresses of IPv6."""
    return [f"{name}:{port}" for name in sorted(names) if not name.startswith("[")]


def make_server(stock: Stock, host: str = LOOPBACK, port: int = 0) -> Server:
    """Return a server of the page, which is not started yet.

    Parameters
    ----------
    host, port
        Where it listens; 0 is a free port.

    Raises
    ------
    InputError
        If it cannot listen there.
    """
    names = {"localhost", LOOPBACK} if is_loopback(host) else set()
    if host not in ("0.0.0.0", "::"):
        names.add(f"[{host}]" if ":" in host else host)
    anywhere = host in ("0.0.0.0", "::")
    made: list[Server] = []

    def hosts() -> set[str]:
        own = made[0].port if made else port
        return {f"{name}:{own}".lower() for name in names}

    application = Application(FunctionHandler(lambda doc: serve_document(stock, doc)))
    options: dict[str, Any] = {
        "address": host,
        "port": port,
        "unused_session_lifetime_milliseconds": FORGOTTEN,
        "check_unused_sessions_milliseconds": LOOK,
        "websocket_max_message_size": LARGEST,
    }
    if anywhere:
        options["allow_websocket_origin"] = ["*"]
    else:
        options["auth_provider"] = _OwnHost(hosts)
        if port:
            options["allow_websocket_origin"] = _origins(names, port)
    try:
        if not anywhere and not port:
            # The names that a browser may call have to be known before a port is.
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
                trial.bind((host, 0))
                options["port"] = port = int(trial.getsockname()[1])
            options["allow_websocket_origin"] = _origins(names, port)
        made.append(Server({"/": application}, **options))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot serve at {host}:{port}: {error}") from None
    return made[0]
