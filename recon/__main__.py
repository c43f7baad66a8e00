"""Where the process begins: the signals first, then everything that takes its time to import."""

from __future__ import annotations

from recon import signals


def main() -> None:
    """Entry point of `recon`, and of `python -m recon`."""
    signals.end_at_once()
    from recon import cli

    cli.main()


if __name__ == "__main__":
    main()
