"""Every check of the project by name: `nox` runs those that CI runs, `nox -s NAME` one of them, `nox --list` names them all.

lint, types, tests, services, long, mutants and bench run in one environment, .nox/dev, which `dev` keeps in step with pyproject.toml and constraints.txt;
wheel builds what users get and tries it where no source tree is near.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import zipfile
from pathlib import Path

import nox
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
CONSTRAINTS = ROOT / "constraints.txt"
TOOLS = nox.project.dependency_groups(PROJECT, "lint", "types", "test")
SHIPPED = ("rules", "reports", "sample_data")

nox.needs_version = ">=2025.10.16"
nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "types", "tests", "wheel", "services"]

if platform.python_version() not in SpecifierSet(PROJECT["project"]["requires-python"]):
    raise SystemExit(f"recon needs Python {PROJECT['project']['requires-python']}; nox runs under {platform.python_version()}")


def _install(session: nox.Session) -> None:
    """The source tree in editable form, its dependencies and the development tools; quick when they are there already."""
    session.install("--quiet", "-c", str(CONSTRAINTS), "-e", str(ROOT), *TOOLS)


def _run(session: nox.Session, program: str, *arguments: str, **environment: str) -> None:
    """Run a program of the shared environment."""
    programs = ROOT / ".nox" / "dev" / "bin"
    environment["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    session.run(str(programs / program), *arguments, external=True, env=environment)


@nox.session(reuse_venv=True, default=False)
def dev(session: nox.Session) -> None:
    """The environment that the sessions share; an editor may use it too."""
    _install(session)


@nox.session(venv_backend="none", requires=["dev"])
def lint(session: nox.Session) -> None:
    """Style, formatting, and the layers that the architecture draws."""
    _run(session, "ruff", "check", ".")
    _run(session, "ruff", "format", "--check", ".")
    _run(session, "lint-imports", PYTHONPATH=str(ROOT / "sample_data"))


@nox.session(venv_backend="none", requires=["dev"])
def types(session: nox.Session) -> None:
    """Mypy in strict mode."""
    _run(session, "mypy", *session.posargs)


@nox.session(venv_backend="none", requires=["dev"])
def tests(session: nox.Session) -> None:
    """All tests that need nothing but Python, on every core; arguments after `--` go to pytest."""
    _run(session, "pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(venv_backend="none", requires=["dev"])
def services(session: nox.Session) -> None:
    """Tests against real programs (Chromium, PostgreSQL, ODBC), installed from the distribution where they are missing."""
    session.run(str(ROOT / "tests" / "services" / "install"), external=True)
    _run(session, "pytest", "-m", "(chromium or services) and not long", *session.posargs)


@nox.session(venv_backend="none", requires=["dev"], default=False)
def long(session: nox.Session) -> None:
    """The checks that take minutes: unseen seeds at full size, random kills."""
    _run(session, "pytest", "-m", "long", *session.posargs)


@nox.session(venv_backend="none", requires=["dev"], default=False)
def bench(session: nox.Session) -> None:
    """How fast databases are read, beside the drivers' bare loops; RECON_BENCH_ROWS and RECON_BENCH_ROUNDS make it smaller.

    `-- tracing`: how fast batches are traced. `-- gates`: what gates cost beside mapping. `-- night`: every step and rule of whole nights.
    """
    if session.posargs in (["tracing"], ["gates"], ["night"]):
        _run(session, "python", "-m", f"tests.bench.{session.posargs[0]}", PYTHONPATH=str(ROOT))
        return
    session.run(str(ROOT / "tests" / "services" / "install"), external=True)
    _run(session, "python", "-m", "tests.bench.extraction", PYTHONPATH=str(ROOT))


@nox.session(venv_backend="none", requires=["dev"], default=False)
def mutants(session: nox.Session) -> None:
    """Break every rule and pairing in one place at a time: which do its cases notice? RULE, PAIRING or FAMILY after `--` chooses; `--share` tries none."""
    _run(session, "python", "-m", "tests.rules.mutants", *session.posargs, PYTHONPATH=str(ROOT))


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel through the source distribution, install it alone, and run the demo in an empty folder."""
    built = Path(session.create_tmp()).resolve() / "built"
    shutil.rmtree(built, ignore_errors=True)
    session.install("--quiet", "-c", str(CONSTRAINTS), "build")
    session.run("python", "-m", "build", "--outdir", str(built), str(ROOT), silent=True)
    (package,) = built.glob("*.whl")
    _is_whole(session, package)
    # What the wheel asks for must suffice, so it gets an environment that never saw the build tools.
    session.run("python", "-m", "venv", str(built / "venv"))
    programs = built / "venv" / "bin"
    session.run(str(programs / "pip"), "install", "--quiet", "-c", str(CONSTRAINTS), str(package), external=True)
    _demo_runs(session, programs / "recon", built / "empty")


def _is_whole(session: nox.Session, package: Path) -> None:
    """Every file of the package, its rules, templates and sample company is in the wheel, and no leftovers."""
    with zipfile.ZipFile(package) as archive:
        inside = set(archive.namelist())
    expected = set()
    for folder in ("recon", *SHIPPED):
        files = [file for file in (ROOT / folder).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
        prefix = "recon/shipped/" if folder in SHIPPED else ""
        expected |= {prefix + file.relative_to(ROOT).as_posix() for file in files}
    if missing := sorted(expected - inside):
        session.error(f"{package.name} lacks {', '.join(missing)}")
    if stray := sorted(name for name in inside - expected if ".dist-info/" not in name):
        session.error(f"{package.name} carries {', '.join(stray)}")


def _demo_runs(session: nox.Session, recon: Path, folder: Path) -> None:
    """The demo ends with exit code 1, for it has findings, and a reading command returns them."""
    folder.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RECON_"))}

    def call(expected: int, *arguments: str) -> str:
        done = subprocess.run([recon, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)
        if done.returncode != expected:
            session.error(f"recon {' '.join(arguments)} ended with {done.returncode}, not {expected}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    call(1, "demo", "company")
    findings = json.loads(call(0, "-w", "company", "findings", "--format", "json"))
    if not findings:
        session.error("the demo has no findings")
    session.log(f"the installed demo has {len(findings)} findings")


@nox.session(python=PYTHONS, default=False)
def pythons(session: nox.Session) -> None:
    """The tests under every Python that pyproject.toml names."""
    _install(session)
    session.run("pytest", *session.posargs)


@nox.session(default=False)
def pins(session: nox.Session) -> None:
    """Write constraints.txt anew from pyproject.toml, for the oldest Python and every newer one."""
    session.install("--quiet", "uv")
    options = ["--universal", "--python-version", PYTHONS[0], "--all-extras", "--group", "dev", "--upgrade", "--quiet"]
    plain = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    resolved = session.run("uv", "pip", "compile", *options, *plain, str(ROOT / "pyproject.toml"), silent=True)
    header = [line for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    CONSTRAINTS.write_text("\n".join([*header, str(resolved)]), encoding="utf-8")
