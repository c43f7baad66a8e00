"""Which database a URL means, and what of it may be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon.config import SourceSettings
from recon.sources.sql.address import Address, find


def found(url: str) -> Address:
    """The address of a source M."""
    return find("M", SourceSettings(kind="sql", pack="p", system="s", plants=["1"], url=url), Path("/srv/recon"))


@pytest.mark.parametrize(
    ("url", "kind", "where"),
    [
        ("sqlite:///inbox/mes.db", "sqlite", "source M (/srv/recon/inbox/mes.db)"),
        ("postgresql://reader@mes-host/mes?sslmode=require", "postgresql", "source M (postgresql://reader@mes-host/mes?sslmode=require)"),
        ("postgresql+psycopg2://reader@mes-host/mes", "postgresql", "source M (postgresql://reader@mes-host/mes)"),
        ("odbc:DSN=mes;UID=reader", "odbc", "source M (odbc:dsn=mes)"),
        ("odbc:Driver={Some; Driver};Server=h;Database=d;Key=k", "odbc", "source M (odbc:driver={Some; Driver};server=h;database=d)"),
        ("mssql+pyodbc://reader@mes-host/mes?driver=ODBC+Driver+18", "odbc", "source M (odbc:driver={ODBC Driver 18};server=mes-host;database=mes)"),
    ],
)
def test_a_url_means_a_database(url: str, kind: str, where: str) -> None:
    """Each form leads to its reader, and messages name the place."""
    address = found(url)
    assert (address.kind, address.where) == (kind, where)


def test_a_url_for_odbc_becomes_a_connection_string() -> None:
    """Its parameters are keywords."""
    assert found("mssql+pyodbc://reader@mes-host:1433/mes?driver=ODBC+Driver+18&Encrypt=yes").odbc == (
        "DRIVER={ODBC Driver 18};Server=mes-host,1433;Database=mes;UID=reader;Encrypt=yes"
    )


@pytest.mark.parametrize(
    "url", ["postgresql://reader:p%40ss+w%C3%B6rd@h/d", "odbc:DSN=mes;UID=reader;PWD={p@ss+wörd}", "mssql+pyodbc://reader:p%40ss+w%C3%B6rd@h/d?driver=x"]
)
def test_a_password_is_told_in_no_spelling(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as it is nor as a URL or a connection string writes it, whatever a driver quotes."""
    monkeypatch.setenv("MES_URL", url)
    address = found("env:MES_URL")
    assert address.where == "source M (env:MES_URL)"
    assert "rd" not in repr(address)
    for spelling in ("p@ss+wörd", "p%40ss%2Bw%C3%B6rd"):
        assert address.told(f"cannot log in with {spelling}!") == "cannot log in with …!"
