"""Who may be spoken to: an address is judged by where it leads, and spoken to there and nowhere else.

| who asks | may speak to |
|---|---|
| a server with sign-in, or one that is bound beyond loopback | the administrator's list alone |
| a single person on their own machine | any https; http on loopback and private addresses |
| nobody | metadata services and link-local addresses, in whatever spelling |
"""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from pricing import Problem
from pricing.offers import Money
from pricing.sources import Record, Source, read_records

Place = Literal["loopback", "private", "public"]
Resolve = Callable[[str, int], Sequence[str]]
IP = ipaddress.IPv4Address | ipaddress.IPv6Address

PRESETS = Path(__file__).parent.parent / "data" / "endpoints.yaml"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
# Where clouds tell a machine its own secrets; 169.254/16 and fe80::/10 are refused as link-local.
METADATA = frozenset({ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("100.100.100.200")})
# An address of no machine, kept for documentation: it stands for whatever a proxy will find.
BEYOND = "203.0.113.1"
_PRIVATE = tuple(
    ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Cloud consoles and others hand out names that mean the metadata service.
_METADATA_NAMES = ("metadata", "instance-data")
_KEY_NAMES = {"key", "api_key", "api-key", "apikey", "token", "access_token", "sig"}


class Preset(Record):
    """An endpoint that many teams have, as its vendor documents it; `prices` is its name in the price book."""

    id: str
    name: str
    address: str
    key: str | None = None
    key_header: Literal["authorization", "api-key"] = "authorization"
    prices: str | None = None
    source: Source

    def is_at(self, host: str) -> bool:
        """Whether a public host is this vendor's; servers of one's own have no host of theirs."""
        own = urlsplit(self.address).netloc
        return self.prices is not None and (host == own or ("{" in own and host.endswith(own.split("}")[1])))


class Listed(Record):
    """An endpoint that the administrator lets people use; `key` names the variable that holds the key."""

    name: str
    address: str
    key: str | None = None
    key_header: Literal["authorization", "api-key"] = "authorization"
    prices: str | None = None
    models: tuple[str, ...] = ()
    max_usd: Money | None = None


@dataclass(frozen=True)
class Address:
    """An address that was judged: requests go to `ip`, and `host` is who has to prove that it is there."""

    url: str
    host: str
    ip: str
    port: int
    place: Place
    name: str = ""
    key: str | None = None
    key_header: str = "authorization"
    prices: str | None = None
    models: tuple[str, ...] = ()
    max_usd: Decimal | None = None
    proxy: str | None = field(default=None, repr=False)

    @property
    def stays(self) -> bool:
        """Whether what is sent there stays on this machine or in this network."""
        return self.place != "public"


@dataclass(frozen=True)
class Policy:
    """What is allowed here; the same object is asked by page, shell and Python."""

    listed: tuple[Listed, ...] = ()
    only_listed: bool = False
    data_may_leave: str | None = None
    proxy: str | None = field(default=None, repr=False)

    def address(self, endpoint: str, resolve: Resolve | None = None) -> Address:
        """The judged address of a listed name, a preset or a URL; a Problem says why it may not be spoken to."""
        known = self._known(endpoint)
        if known is None and self.only_listed:
            names = [one.name for one in self.listed]
            raise Problem("trial_endpoint_not_listed", asked=_short(endpoint), known=names)
        if known is None and "/" not in endpoint:
            names = [one.name for one in self.listed] + [one.id for one in presets()]
            raise Problem("trial_endpoint_unknown", asked=_short(endpoint), known=names)
        if isinstance(known, Preset) and "{" in known.address:
            raise Problem("trial_address_incomplete", asked=known.id, address=known.address)
        find = resolve or _resolve
        judged = judge(known.address if known else endpoint, _or_beyond(find) if self.proxy else find, known)
        if self.proxy and not judged.stays:
            judged = replace(judged, proxy=self.proxy)
        if self.data_may_leave == "not_at_all" and not judged.stays:
            raise Problem("trial_data_may_not_leave", host=judged.host)
        return judged

    def model(self, address: Address, model: str) -> str:
        """The model, where the administrator lets people ask it."""
        if address.models and model not in address.models:
            raise Problem("trial_model_not_listed", model=_short(model), known=list(address.models))
        return model

    def _known(self, endpoint: str) -> Listed | Preset | None:
        mine = next((one for one in self.listed if endpoint in (one.name, one.address)), None)
        if mine or self.only_listed:
            return mine
        return next((one for one in presets() if endpoint == one.id), None)


def _vendor(url: str) -> Preset | None:
    """The preset that a whole address belongs to, by its host."""
    host = urlsplit(url).hostname or ""
    return next((one for one in presets() if one.is_at(host)), None)


@cache
def presets() -> tuple[Preset, ...]:
    """The endpoints of the data file."""
    return tuple(read_records(PRESETS, Preset))


def read_listed(file: Path | None) -> tuple[Listed, ...]:
    """The administrator's list; none without a file."""
    if file is None:
        return ()
    try:
        return tuple(read_records(file, Listed))
    except OSError as error:
        raise Problem("trial_list_unreadable", file=file.name) from error


def only_the_list(sign_in: bool, bound: str | None) -> bool:
    """Whether people of whom the server knows nothing may ask it to speak: then the list decides alone.

    `bound` is the address that the server listens on, None in a shell; an empty one means every address.

    >>> only_the_list(False, None), only_the_list(False, "127.0.0.1"), only_the_list(False, "")
    (False, False, True)
    """
    return sign_in or (bound is not None and bound not in LOOPBACK_NAMES)


def judge(url: str, resolve: Resolve, known: Listed | Preset | None = None) -> Address:
    """`url` with where it leads; refused if any of the addresses its name stands for is."""
    parts = _split(url)
    host = _host(parts)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = _addresses(host, port, resolve)
    places = [_place(ip, host) for ip in found]
    place: Place = "public" if "public" in places else "private" if "private" in places else "loopback"
    if parts.scheme == "http" and place == "public":
        raise Problem("trial_http_in_public", host=host)
    # IPv4 first: a machine without a route for IPv6 would wait for nothing.
    first = sorted(found, key=lambda ip: ip.version)[0]
    more: dict[str, Any] = {}
    known = known or _vendor(url)
    if known:
        name = known.name if isinstance(known, Listed) else known.id
        more = {"name": name, "key": known.key, "key_header": known.key_header, "prices": known.prices}
    if isinstance(known, Listed):
        more |= {"models": known.models, "max_usd": known.max_usd}
    return Address(_completions(parts), host, str(first), port, place, **more)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - reading it is what finds a port that is none
    except ValueError:
        raise Problem("trial_address_unreadable", asked=_short(url)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in url:
        raise Problem("trial_address_unreadable", asked=_short(url))
    if parts.username is not None or parts.password is not None:
        raise Problem("trial_address_with_user", host=_short(parts.hostname))
    if {name.lower() for name in parse_qs(parts.query)} & _KEY_NAMES:
        raise Problem("trial_key_in_address", host=_short(parts.hostname))
    return parts


def _host(parts: SplitResult) -> str:
    """The host as a resolver would read it: full-width letters and dots are plain ones."""
    host = unicodedata.normalize("NFKC", parts.hostname or "").replace("。", ".").rstrip(".").lower()
    if not host or any(character in host for character in "/?#@%\\ "):
        raise Problem("trial_address_unreadable", asked=_short(parts.netloc))
    if host.split(".")[0] in _METADATA_NAMES:
        raise Problem("trial_address_refused", host=host)
    return host


def _addresses(host: str, port: int, resolve: Resolve) -> list[IP]:
    try:
        found = [ipaddress.ip_address(one.partition("%")[0]) for one in resolve(host, port)]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise Problem("trial_host_not_found", host=host)
    return found


def _place(ip: IP, host: str) -> Place:
    for plain in (ip, *_inside(ip)):
        if plain in METADATA or plain.is_link_local or plain.is_multicast or plain.is_unspecified:
            raise Problem("trial_address_refused", host=host)
    plain = next(iter(_inside(ip)), ip)
    if plain.is_loopback:
        return "loopback"
    if any(plain in network for network in _PRIVATE if network.version == plain.version):
        return "private"
    if plain.is_reserved:
        raise Problem("trial_address_refused", host=host)
    return "public"


def _inside(ip: IP) -> Collection[IP]:
    """The IPv4 address that an IPv6 one carries: mapped, 6to4 or NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ()
    carried = ip.ipv4_mapped or ip.sixtofour
    if carried is None and ip in _NAT64:
        carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return () if carried is None else (carried,)


def _completions(parts: SplitResult) -> str:
    """The address of chat completions under a base; a query such as Azure's `api-version` stays."""
    path = parts.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        path += "/chat/completions"
    return parts._replace(path=path, fragment="").geturl()


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _or_beyond(resolve: Resolve) -> Resolve:
    """Behind a proxy names of the outside may be unknown; what nobody here can find is out there."""

    def found(host: str, port: int) -> Sequence[str]:
        try:
            return resolve(host, port)
        except OSError:
            return [BEYOND]

    return found


def proxy_of(environ: Mapping[str, str]) -> str | None:
    """The proxy that the surroundings name for https; hosts on loopback and private addresses are reached without one.

    >>> proxy_of({"https_proxy": "http://proxy.example:3128"})
    'http://proxy.example:3128'
    """
    names = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
    named = next((environ[name] for name in names if environ.get(name)), None)
    return named if named is None or "://" in named else f"http://{named}"


def _short(text: str) -> str:
    """What was asked, without what may be a key in it."""
    return text.partition("?")[0].rpartition("@")[2][:80]
