"""Where the folders that travel with recon are: rules/, reports/ and sample_data/.

Inside the wheel they lie under recon/shipped/; in a source checkout they are the folders of the repository's root.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """Path of a shipped folder: 'rules', 'reports' or 'sample_data'."""
    for root in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"{name}/ is missing from this installation of recon")
