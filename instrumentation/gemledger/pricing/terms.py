"""What a user's contract says beside rates: free or paid, what an allowance covers, at which hosts the prices hold."""

from ipaddress import ip_address
from typing import NamedTuple

PAID, FREE = "paid", "free"


class Terms(NamedTuple):
    """How this user is billed; nothing in a response shows it.

    ``billing`` is ``paid`` or ``free`` (the Gemini API's free tier: everything costs 0). ``included_units`` stay
    within their allowance and are charged 0. ``endpoints`` are hosts, beside Google's own, where these prices hold.
    """

    billing: str = PAID
    included_units: frozenset[str] = frozenset()
    endpoints: frozenset[str] = frozenset()


def list_prices_hold(server_address: str, endpoints: frozenset[str]) -> bool:
    """Whether this host bills by the book: Google's API hosts, loopback (the simulator, tests), or the user's own."""
    host = server_address.lower().strip("[]")
    if host == "localhost" or host.endswith(".googleapis.com") or host in endpoints:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
