"""The files a server is set up from agree with the app, with Streamlit's own names, and with the README.

What needs nginx, systemd or a container engine is tried by hand; nothing here does.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from streamlit import config as streamlit_config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.starlette.starlette_routes import ROUTE_HEALTH, ROUTE_METRICS
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from advisor import settings
from advisor.language import phrase

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NGINX = (ROOT / ".deploy/nginx.conf").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
OPTIONS = streamlit_config.get_config_options()
NAME = "advisor.example"
START_SECONDS = 60


class Unit(configparser.RawConfigParser):
    """A unit file: names are case-sensitive, and one may stand several times."""

    def __init__(self) -> None:
        super().__init__(strict=False, delimiters=("=",))
        self.read(ROOT / ".deploy/advisor.service", encoding="utf-8")

    def optionxform(self, optionstr: str) -> str:
        return optionstr


SERVICE = Unit()["Service"]


def instructions(name: str) -> list[str]:
    """The arguments of every such line of the container file."""
    return re.findall(rf"^{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def words(listed: str) -> list[str]:
    """An exec-form command, as a list."""
    return re.findall(r'"([^"]*)"', listed)


def flags(command: list[str]) -> dict[str, str]:
    return dict(word.removeprefix("--").split("=", 1) for word in command if word.startswith("--"))


def header(name: str) -> str:
    found = re.findall(rf'add_header {name} "?([^"\n]*?)"? always;', NGINX)
    assert len(found) == 1, name
    return str(found[0])


def policy() -> dict[str, list[str]]:
    rules = (rule.split() for rule in header("Content-Security-Policy").split(";"))
    return {name: sources for name, *sources in rules}


def inline_scripts() -> list[str]:
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


def digest(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def test_the_app_alone_listens_to_its_own_machine_and_to_names_of_it() -> None:
    server = CONFIG["server"]
    assert server["address"] == "127.0.0.1"
    assert set(server["allowedHosts"]) == {"localhost", "127.0.0.1", "::1"}
    assert server["enableXsrfProtection"] is True
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "type"
    named = {f"{table}.{name}" for table, entries in CONFIG.items() for name in entries}
    assert not {name for name in named if not name.startswith("theme.")} - set(OPTIONS)


def test_the_policy_lets_in_streamlits_own_scripts_and_nobody_elses() -> None:
    rules = policy()
    hashes = [source for source in rules["script-src"] if source.startswith("'sha256-")]
    assert hashes == [digest(script) for script in inline_scripts()]
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"]
    assert rules["default-src"] == rules["connect-src"] == ["'self'"]
    assert rules["object-src"] == rules["frame-ancestors"] == ["'none'"]
    outside = [source for sources in rules.values() for source in sources if not source.startswith("'")]
    assert set(outside) <= {"data:", "blob:"}
    assert header("X-Frame-Options") == "DENY"
    assert header("X-Content-Type-Options") == "nosniff"
    assert int(header("Strict-Transport-Security").removeprefix("max-age=")) >= 180 * 24 * 3600


def test_the_proxy_reaches_the_app_and_hands_on_what_it_needs() -> None:
    port = OPTIONS["server.port"].default_val
    assert re.findall(r"proxy_pass (\S+);", NGINX) == [f"http://{CONFIG['server']['address']}:{port}"]
    handed_on = dict(re.findall(r"proxy_set_header (\S+) (\S+);", NGINX))
    assert handed_on["Host"] == "$http_host"
    assert (handed_on["Upgrade"], handed_on["Connection"]) == ("$http_upgrade", "$connection_upgrade")
    assert f"location = /{ROUTE_METRICS} {{ deny all; }}" in NGINX
    origins = re.findall(r"^map \$http_origin \$foreign_origin \{ (.*) \}$", NGINX, re.MULTILINE)
    assert origins == [f"default 1; '' 0; https://{NAME} 0;"]
    assert "if ($foreign_origin) { return 403; }" in NGINX
    assert NGINX.count("{") == NGINX.count("}")


def test_the_proxy_takes_every_file_that_the_app_takes() -> None:
    size = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert CONFIG["server"]["maxUploadSize"] < int(size[0]) <= CONFIG["server"]["maxUploadSize"] + 2


def test_a_first_line_of_the_unit_and_of_the_container_names_known_options() -> None:
    unit = shlex.split(SERVICE["ExecStart"])
    image = words(instructions("CMD")[-1])
    assert unit[1:3] == image[1:3] == ["run", "app.py"]
    assert set(flags(unit)) | set(flags(image)) <= set(OPTIONS)
    assert flags(unit)["server.allowedHosts"] == NAME
    assert f"server_name {NAME};" in NGINX
    assert "server.address" not in flags(unit), "the unit stands behind a proxy on the same machine"
    assert flags(image)["browser.serverAddress"] == "localhost", "else it asks the internet for its address"


def test_the_unit_keeps_secrets_out_of_what_others_can_read() -> None:
    credential, _, source = SERVICE["LoadCredential"].partition(":")
    assert flags(shlex.split(SERVICE["ExecStart"]))["secrets.files"] == f"%d/{credential}"
    assert source in README
    assert SERVICE["EnvironmentFile"].removeprefix("-") in README
    assert SERVICE["DynamicUser"] == SERVICE["NoNewPrivileges"] == "yes"
    assert SERVICE["StateDirectoryMode"] == "0700"
    assert SERVICE["ProtectSystem"] == "strict"


def test_every_variable_that_is_named_is_one_the_app_reads() -> None:
    told = SERVICE["Environment"] + " " + " ".join(instructions("ENV")) + README
    known = set(re.findall(r"\b(?:ADVISOR|HF)_[A-Z_]+\b", settings.__doc__ or ""))
    assert set(re.findall(r"\b(?:ADVISOR|HF)_[A-Z_]+\b", told)) <= known


def let_through() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "*"
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_the_image_holds_what_the_app_needs_and_no_more() -> None:
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}
    packages = {
        name.removesuffix("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    needed = {"app.py", "requirements.txt", ".streamlit/config.toml"} | packages
    assert needed <= copied == let_through()
    assert not [path for path in copied if not (ROOT / path).exists()]


def test_the_image_runs_as_nobody_special_on_a_volume_and_says_how_it_is() -> None:
    [base] = instructions("FROM")
    version = re.fullmatch(r"python:(\d+\.\d+)-slim", base)
    assert version and Version(version[1]) >= Version(
        PROJECT["project"]["requires-python"].removeprefix(">=")
    )
    uid, _, gid = instructions("USER")[-1].partition(":")
    assert int(uid) > 0 and int(gid) > 0
    [volume] = instructions("VOLUME")
    assert f"ADVISOR_HOME={volume}" in instructions("ENV")[-1].split()
    port = instructions("EXPOSE")[-1]
    assert int(port) == OPTIONS["server.port"].default_val
    assert f"http://127.0.0.1:{port}/{ROUTE_HEALTH}" in instructions("HEALTHCHECK")[-1]
    assert all("--require-hashes" in line for line in re.findall(r"pip install.*", DOCKERFILE))


def locked(path: str) -> dict[str, Version]:
    text = (ROOT / path).read_text(encoding="utf-8")
    pins = re.findall(r"^([a-zA-Z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    assert text.count("\n    --hash=sha256:") >= len(pins) > 0
    return {canonicalize_name(name): Version(version) for name, version in pins}


def test_the_servers_own_lock_holds_sign_in_and_postgresql_and_quarrels_with_no_other() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    pins = locked(".deploy/requirements.txt")
    for line in (*extras["auth"], *extras["postgres"]):
        wanted = Requirement(line)
        assert pins[canonicalize_name(wanted.name)] in wanted.specifier
    both = locked("requirements.txt")
    assert {name: pins[name] for name in pins.keys() & both.keys()} == {
        name: both[name] for name in pins.keys() & both.keys()
    }


def test_the_readme_names_files_that_are_there() -> None:
    section = README.split("## Deployment", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"(?:\.deploy/[\w.]+|Dockerfile|requirements\.txt)", section))
    assert {
        ".deploy/nginx.conf",
        ".deploy/advisor.service",
        ".deploy/requirements.txt",
        "Dockerfile",
    } <= named
    assert not [path for path in named if not (ROOT / path).is_file()]


def sign_in() -> str:
    """The README's `[auth]` section."""
    [block] = re.findall(r"^```toml\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return str(block)


def test_the_readmes_sign_in_section_is_whole() -> None:
    auth = tomllib.loads(sign_in())["auth"]
    assert {"redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url"} == set(auth)
    assert auth["redirect_uri"] == f"https://{NAME}/oauth2callback"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that the unit's own line has started, with the README's sign-in section."""
    home = tmp_path_factory.mktemp("state")
    (home / "secrets.toml").write_text(sign_in(), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    _, *line = shlex.split(SERVICE["ExecStart"].replace("%d", home.as_posix()))
    told = dict(pair.split("=", 1) for pair in SERVICE["Environment"].split())
    surroundings = os.environ | told | {"ADVISOR_HOME": str(home)}
    command = [sys.executable, "-m", "streamlit", *line, f"--server.port={port}"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=log, stderr=log)
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 10):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{ROUTE_HEALTH}", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def visit(port: int, name: str) -> ClientConnection:
    """A session as the proxy would open it for a browser that came by this name."""
    return connect(
        f"ws://{name}/_stcore/stream",
        sock=socket.create_connection(("127.0.0.1", port)),
        origin=Origin(f"https://{name}"),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    )


def test_the_units_line_starts_a_server_that_asks_everybody_to_sign_in(started: int) -> None:
    wanted = BackMsg()
    wanted.rerun_script.query_string = "lang=en"
    with visit(started, NAME) as session:
        session.send(wanted.SerializeToString())
        seen = b""
        while True:
            message = session.recv(timeout=START_SECONDS)
            assert isinstance(message, bytes)
            seen += message
            if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
                break
    assert phrase("common.sign_in", "en").encode() in seen
    assert phrase("common.new_plan", "en").encode() not in seen


@pytest.mark.parametrize("name", ["evil.example", "localhost", "127.0.0.1"])
def test_the_server_answers_to_no_other_name(started: int, name: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        visit(started, name)
    assert refused.value.response.status_code == 403
