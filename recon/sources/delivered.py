"""A file as it was delivered: plain, gzip or zip. Its content is always a stream, and an archive that would flood the machine is refused."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from recon.errors import SourceError

MAX_RATIO = 250
"""An archive that grows more than this when it is unpacked holds no extract: lists full of blanks shrink to a thirtieth at the most."""
SMALL = 64 << 20
"""Bytes of content that are taken whatever the ratio is."""


class Bytes(Protocol):
    """What content is read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""


@dataclass(frozen=True)
class Delivered:
    """One file of a source. `open` may be called as often as the content is needed."""

    file: Path
    where: str
    """Source, table and file, for messages."""
    member: str | None = None
    """Declared name of the member of a zip; None: it must have one alone."""
    declare: str = "member"
    """Key of recon.toml that declares the member, for messages."""

    @property
    def is_packed(self) -> bool:
        """Whether the file's name says that it is an archive."""
        return self.file.suffix.lower() in (".gz", ".zip")

    @cached_property
    def name(self) -> str:
        """Name of the content: the member's for a zip, else the file's without .gz. Raises SourceError for a zip that cannot be used."""
        if self.file.suffix.lower() == ".gz":
            return self.file.stem
        if self.file.suffix.lower() != ".zip":
            return self.file.name
        with self._reading(), zipfile.ZipFile(self.file) as archive:
            return self._member(archive).filename

    @contextmanager
    def open(self) -> Iterator[Bytes]:
        """The content from its first byte on. Raises SourceError, now or while it is read, for an archive that is damaged, encrypted or a bomb."""
        with self._reading():
            match self.file.suffix.lower():
                case ".gz":
                    with gzip.open(self.file) as stream:
                        yield _Unpacked(stream, self.file.stat().st_size, self.where)
                case ".zip":
                    with zipfile.ZipFile(self.file) as archive:
                        info = self._member(archive)
                        _check_ratio(info.file_size, info.compress_size, self.where)
                        with archive.open(info) as stream:
                            yield _Unpacked(stream, info.compress_size, self.where)
                case _:
                    with self.file.open("rb") as stream:
                        yield stream

    def _member(self, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
        members = [info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
        names = ", ".join(info.filename for info in members[:8]) + (" …" if len(members) > 8 else "")
        if self.member:
            chosen = [info for info in members if info.filename == self.member]
            if not chosen:
                raise SourceError(self.where, f"has no member {self.member!r}", f"it holds: {names or 'nothing'}")
        else:
            chosen = members
            if not members:
                raise SourceError(self.where, "is an archive without a file in it", "check that the extract was whole before it was packed")
        if len(chosen) > 1:
            raise SourceError(self.where, f"holds {len(chosen)} files: {names}", f"say which with {self.declare}")
        if chosen[0].flag_bits & 1:
            raise SourceError(self.where, "is encrypted", "deliver it without a password, to a folder that only the night job may read")
        if Path(chosen[0].filename).suffix.lower() in (".zip", ".gz"):
            raise SourceError(self.where, f"holds another archive, {chosen[0].filename}", "pack the extract once")
        return chosen[0]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
            kind = self.file.suffix.lower().removeprefix(".")
            raise SourceError(self.where, f"is not a sound {kind} archive: {error}", "check that it arrived whole; deliver it again") from None
        except EOFError:
            raise SourceError(self.where, "is an archive that was cut short", "check that it arrived whole; deliver it again") from None
        except NotImplementedError as error:
            raise SourceError(self.where, f"is packed in a way that is not read: {error}", "pack it as gzip, or as a zip with Deflate") from None
        except OSError as error:
            raise file_error(error, self.where) from None


@dataclass
class _Unpacked:
    """The content of an archive, which ends with an error when it grows beyond all reason."""

    stream: Bytes
    packed: int
    where: str
    done: int = 0

    def read(self, size: int, /) -> bytes:
        piece = self.stream.read(size)
        self.done += len(piece)
        _check_ratio(self.done, self.packed, self.where)
        return piece


def _check_ratio(content: int, packed: int, where: str) -> None:
    if content > SMALL and content > MAX_RATIO * packed:
        what = f"grows to more than {MAX_RATIO} times its size when it is unpacked"
        raise SourceError(where, what, "no extract does; if it is one all the same, deliver it unpacked")


def file_error(error: OSError, where: str) -> SourceError:
    """What the operating system said about a file of a source."""
    if isinstance(error, FileNotFoundError):
        return SourceError(where, "there is no such file", "check that the extract has arrived and what `path` and `file` say in recon.toml")
    if isinstance(error, PermissionError):
        return SourceError(where, "may not be read by this account", "give the account that runs recon read access to it")
    return SourceError(where, f"cannot be read: {error.strerror or error}")
