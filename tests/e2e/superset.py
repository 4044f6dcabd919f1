"""Superset as its users ask it: its REST API."""

import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

DASHBOARDS = ["microstructure", "fragmentation", "exchange", "research", "health"]


class Superset:
    """Superset's REST API, as one user."""

    def __init__(self, url: str, name: str, password: str) -> None:
        """Log in."""
        self.url, self.headers = url, {"Content-Type": "application/json"}
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        login = {"username": name, "password": password, "provider": "db", "refresh": False}
        token = self.ask("security/login", login)["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"
        self.headers["X-CSRFToken"] = self.ask("security/csrf_token/")["result"]
        self.headers["Referer"] = url

    def ask(self, path: str, body: object = None) -> Any:
        """The answer to a GET, or to a POST with a body; also of an error."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, self.headers)
        try:
            with self.opener.open(request, timeout=120) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)
