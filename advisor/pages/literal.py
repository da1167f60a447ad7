"""Text of unknown origin, shown as it was typed: no markup, no link that nobody meant, no request to anybody."""

from __future__ import annotations

import re

_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()<>#+-.!|~$:^&"})
# The page makes a link of what looks like an address, however its signs are escaped; a joiner without width stops it.
_ADDRESS = re.compile(r"(?i)(https?|ftp)(?=\\:)|(www)(?=\\\.)|(?<=\w)(@)(?=\w)")
_JOINER = "\u2060"


def md_safe(text: str) -> str:
    """Text of unknown origin as Markdown that shows it literally: no link, image, HTML, colour or formula.

    >>> md_safe("*all* :red[of] it")
    '\\\\*all\\\\* \\\\:red\\\\[of\\\\] it'
    """
    return _ADDRESS.sub(rf"\g<0>{_JOINER}", " ".join(text.split()).translate(_MARKDOWN))


def is_link(url: str) -> bool:
    """Whether a source's address can be a Markdown link as it stands."""
    return url.startswith(("https://", "http://")) and not any(sign in url for sign in " ()<>\"'")


def host(url: str) -> str:
    """The part of an address that says whose it is."""
    return url.split("//", 1)[1].split("/", 1)[0].removeprefix("www.")
