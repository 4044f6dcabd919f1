"""Superset as its users ask it: its REST API."""

import json
import urllib.error
import urllib.request
from copy import copy
from http.cookiejar import CookieJar
from typing import Any


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

    def as_guest(self, dashboard: str, clause: str) -> "Superset":
        """Somebody who looks at an embedded dashboard, by its embedding's id, and sees rows of a condition only."""
        resources = [{"type": "dashboard", "id": dashboard}]
        wanted = {"user": {"username": "guest"}, "resources": resources, "rls": [{"clause": clause}]}
        guest = copy(self)
        guest.headers = {
            "Content-Type": "application/json",
            "X-GuestToken": self.ask("security/guest_token/", wanted)["token"],
        }
        guest.opener = urllib.request.build_opener()
        return guest

    def ask(self, path: str, body: object = None) -> Any:
        """The answer to a GET, or to a POST with a body; also of an error."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, self.headers)
        try:
            with self.opener.open(request, timeout=120) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return json.load(error)
