"""`recon init` makes a workspace that the other commands accept, and changes nothing that is there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from recon.cli.init import FOLDERS, make
from recon.config import load
from recon.errors import ConfigurationError, ExitCode, WorkspaceError


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_it_writes_is_a_valid_configuration(tmp_path: Path) -> None:
    """The skeleton loads as it stands, so that the first edit starts from something that works."""
    make(tmp_path / "works")
    assert set(load(tmp_path / "works").sources) == {"sap", "mes", "qms"}


def test_the_site_group_may_read_and_nobody_else(tmp_path: Path) -> None:
    """Folders hand their group on to what is made in them; the world sees nothing."""
    workspace = tmp_path / "works"
    make(workspace)
    assert {_mode(folder) for folder in (workspace, *(workspace / name for name in FOLDERS))} == {0o2750}
    assert _mode(workspace / "recon.toml") == 0o640


def test_a_workspace_is_never_overwritten(tmp_path: Path) -> None:
    """A second call ends as a usage error and leaves the file as it was."""
    make(tmp_path)
    (tmp_path / "recon.toml").write_text("site = 'mine'", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="overwrites nothing") as raised:
        make(tmp_path)
    assert raised.value.exit_code == ExitCode.USAGE
    assert (tmp_path / "recon.toml").read_text(encoding="utf-8") == "site = 'mine'"


def test_folders_that_exist_keep_their_files_and_mode(tmp_path: Path) -> None:
    """An inbox that is filled already stays as it is."""
    inbox = tmp_path / "inbox"
    inbox.mkdir(mode=0o700)
    (inbox / "MSEG.csv").write_text("MBLNR\n", encoding="utf-8")
    make(tmp_path)
    assert _mode(inbox) == 0o700
    assert (inbox / "MSEG.csv").exists()


def test_a_file_in_the_way_is_one_clear_message(tmp_path: Path) -> None:
    """DIR names a file: where, what, and no traceback."""
    (tmp_path / "works").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="works: cannot be written"):
        make(tmp_path / "works")
