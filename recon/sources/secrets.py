"""What a reference in recon.toml stands for: env:NAME, file:PATH or keyring:SERVICE/NAME. Values never reach a message."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from recon.errors import SourceError

KINDS = ("env:", "file:", "keyring:")


def is_reference(value: str) -> bool:
    """Whether `value` refers to a secret instead of being it."""
    return value.startswith(KINDS)


def resolve(reference: str, workspace: Path, where: str) -> str:
    """The secret behind `reference`; a relative file starts at `workspace`. Raises SourceError naming the reference, never the secret."""
    kind, _, address = reference.partition(":")
    if kind == "env":
        secret = os.environ.get(address, "")
        if not secret:
            raise SourceError(where, f"the environment variable {address} is not set", "set it for the account that runs recon, in its unit or crontab")
        return secret
    if kind == "file":
        return _from_file(workspace / address, where)
    if kind == "keyring":
        return _from_keyring(address, where)
    raise SourceError(where, "is not a reference to a secret", "write env:NAME, file:PATH or keyring:SERVICE/NAME")


def _from_file(file: Path, where: str) -> str:
    try:
        mode = file.stat().st_mode
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        todo = "it holds the URL and nothing else, readable by the account that runs recon"
        raise SourceError(where, f"the secret file {file} cannot be read: {reason}", todo) from None
    if mode & stat.S_IRWXO:
        raise SourceError(where, f"the secret file {file} is open to every account of this machine", f"chmod 600 {file}")
    if not secret:
        raise SourceError(where, f"the secret file {file} is empty", "it holds the URL and nothing else")
    return secret


def _from_keyring(address: str, where: str) -> str:
    service, _, name = address.partition("/")
    try:
        import keyring  # slow to import, and few sites use it
    except ImportError:
        raise SourceError(where, "the package keyring is not installed", "install it, or refer to the secret with env: or file:") from None
    try:
        secret = keyring.get_password(service, name)
    except Exception as error:  # back ends raise what they like, and their messages may quote what they hold
        raise SourceError(where, f"the keyring refused {address}: {type(error).__name__}", "unlock it for the account that runs recon") from None
    if not secret:
        raise SourceError(where, f"the keyring has nothing under {address}", f"keyring set {service} {name}")
    return secret
