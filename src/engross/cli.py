"""The commands: ``engross serve · run · check · worker · jobs · new · keys · backup · restore``.

Each command gathers what it needs and hands over to the room that does the work. Errors are printed for the reader they are meant
for, without a traceback; exit status 1 is an error, 2 a wrong command, 3 a missing answer.
"""

from __future__ import annotations

import importlib
import json
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from engross import process
from engross.catalogue import Catalogue
from engross.engine.screen import Screen
from engross.errors import AuthorError, EngrossError, OperatorError, SourceError
from engross.language.check import Finding, check_file
from engross.settings import Settings, load_settings, misspelt_variables

app = typer.Typer(
    name="engross",
    help="Guided interviews in docassemble's YAML language; finished court papers, assembled in the background.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
MISSING = 3
"""Exit status when an answer is missing."""
DEMO = "engross.packages.demo"
WAIT_IN_LINE = 2048
"""Connections that may wait while no server takes them."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
out = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """The program ``engross``."""
    try:
        app()
    except EngrossError as error:
        err.print(str(error), style="red", markup=False)
        raise SystemExit(1) from None


# --------------------------------------------------------------------------------------------------------------- serve


@app.command()
def serve(
    interviews: Annotated[list[str] | None, typer.Argument(help="Folders, YAML files, ZIP archives or installed packages.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes for background work.")] = None,
    debug: Annotated[bool | None, typer.Option("--debug/--no-debug", help="Show authors why: on error pages and beside screens.")] = None,
    i_know: Annotated[bool | None, typer.Option("--i-know", help="Allow --debug on an address that others can reach.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder for the database, files, key and logs.")] = None,
) -> None:
    """Serve interviews in the browser, with workers for the papers."""
    settings = _settings(
        interviews=tuple(interviews) if interviews else None,
        host=host,
        port=port,
        workers=workers,
        debug=debug,
        debug_anywhere=i_know,
        data_folder=data,
    )
    _refuse_open_debug(settings)
    _configure_log(debug=settings.debug)
    catalogue = Catalogue(settings.interviews or (DEMO,), unpack_to=settings.data_folder / "packages")
    listener = _listener(settings)
    settings = settings.model_copy(update={"port": int(listener.getsockname()[1])})
    for served in catalogue.served():
        err.print(f"  {served.title}  [{served.reference}]", markup=False)
    _import_server()
    ready = process.kept_running(stopping=listener.close)
    process.give_memory_back()
    process.limit_memory(settings.memory_limit)
    process.end_if_stuck(settings.stuck_seconds)
    process.give_memory_back_often()

    def say_ready() -> None:
        ready()
        warn_of_missing_walls(settings)
        if not settings.debug:
            process.keep_answers_out_of_output()

    _serve(settings, catalogue, say_ready, listener)


def _listener(settings: Settings) -> socket.socket:
    """The socket that browsers connect to. It outlives a server that died: who connects before the next one is up waits in line.
    Raises OperatorError."""
    found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise OperatorError(
            f"The server cannot listen on {settings.host}, port {settings.port} (settings `host`, `port`): {error.strerror}."
        ) from error
    listener.listen(WAIT_IN_LINE)
    return listener


def _import_server() -> None:
    """Import what serves, so that a server that is started again need not."""
    for name in ("uvicorn", "engross.web.connections", "engross.library.namespace", "engross.visit", "engross.web.app", "engross.worker"):
        importlib.import_module(name)


def _serve(
    settings: Settings, catalogue: Catalogue, ready: Callable[[], None] = lambda: None, listener: socket.socket | None = None
) -> None:
    """Run the web server and the workers until they are told to stop. *ready* is called once it answers."""
    import uvicorn

    from engross import broker
    from engross.store import open_store
    from engross.visit import Visits
    from engross.web import connections
    from engross.web.app import create_app
    from engross.worker import WorkerPool

    with open_store(settings) as store:
        store.sweep()
        visits = Visits(store, settings, catalogue.interviews)
        dispatcher = broker.attach(store)
        pool = WorkerPool(settings, settings.workers)
        application = create_app(settings, visits, store, catalogue)
        server = uvicorn.Server(connections.config(application, settings))
        _warm(catalogue)
        try:
            address = f"http://{settings.host}:{settings.port}{settings.root_path}/"
            _run_server(server, listener or _listener(settings), address, ready, pool.start)
        finally:
            pool.stop()
            if dispatcher is not None:
                dispatcher.close()
            visits.close()


WARMED = 3
"""Interviews whose modules are loaded before the first visitor comes."""


def _warm(catalogue: Catalogue) -> None:
    """Load what the first interviews import, so that the first visitor does not wait for it. What is wrong with them shows when
    they are visited."""
    from engross.engine.evaluation import names_for

    for served in catalogue.served()[:WARMED]:
        try:
            names_for(catalogue.get(served.reference))
        except AuthorError:
            continue


def _run_server(
    server: Any, listener: socket.socket, address: str, ready: Callable[[], None], start_workers: Callable[[], None]
) -> None:
    """Say ``ready`` when the server answers; the workers start after that, so that the first page need not share the processor
    with them."""
    import asyncio

    async def run() -> None:
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            out.print(f"ready {address}")
            sys.stdout.flush()
            ready()
            await asyncio.to_thread(start_workers)
        await serving

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        err.print("Stopped.")


def _withhold_message(_logger: Any, _method: str, line: Any) -> Any:
    """An interview's own ``log(…)`` may say what a visitor typed: without --debug only that it said something is kept."""
    if line.get("event") == "interview" and "message" in line:
        line["message"] = f"{len(line['message'])} letters, shown with --debug"
    return line


def warn_of_missing_walls(settings: Settings) -> None:
    """Say loudly, in the log, when visitors' files are opened without a sandbox, or are refused because there is none."""
    import structlog

    from engross.documents import sandbox

    shut = sandbox.available()
    log = structlog.get_logger()
    if settings.sandbox == "none" and not shut.closed:
        log.critical("NO SANDBOX: visitors' Word and PDF files are opened with this server's own rights", setting="sandbox", reason=shut.reason)
    elif not shut.closed:
        log.error("no sandbox: visitors' Word and PDF files are refused, only authors' templates are converted", setting="sandbox", reason=shut.reason)


def _configure_log(*, debug: bool) -> None:
    """One line for each thing that happened, on the error stream; tracebacks without the values of variables."""
    import structlog

    structlog.configure(
        processors=[
            *([] if debug else [_withhold_message]),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.PrintLoggerFactory(process.lossy(sys.stderr)),
    )


def _refuse_open_debug(settings: Settings) -> None:
    if settings.debug and settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.debug_anywhere:
        raise OperatorError(
            f"--debug shows answers and code to everyone who can reach {settings.host}. "
            "Use the address 127.0.0.1, or say --i-know as well."
        )


# ----------------------------------------------------------------------------------------------------------- run, check


@app.command()
def run(
    interview: Annotated[str, typer.Argument(help="A YAML file, or package:file.yml.")],
    answers: Annotated[Path, typer.Option(help="YAML: variable path → value; files as {file: PATH}.")],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for the papers.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")] = False,
) -> None:
    """Answer an interview from a file, without a browser, and write its papers."""
    from engross.rehearsal.answers_file import AnswersFile
    from engross.rehearsal.drive import MissingAnswer, Rehearsal, rehearse, stage

    catalogue = Catalogue([interview])
    reference = next(iter(catalogue.files))
    answerer = AnswersFile.read(answers)
    with (
        tempfile.TemporaryDirectory(prefix="engross-run-") as folder,
        stage(Path(folder), catalogue.interviews) as on,
        Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=err, transient=True) as bar,
    ):
        task = bar.add_task("Reading the interview")

        def tell(screen: Screen) -> None:
            name = screen.block_id or screen.block
            bar.update(task, description=f"Answering: {name}")
            if not as_json:
                err.print(f"  {name}", markup=False)

        course: Rehearsal = rehearse(on, reference, answerer, tell=tell)
        written = []
        if course.obstacle is None:
            bar.update(task, description="Writing the papers")
            written = _write_papers(on.store, course, out_folder)
    status = "finished" if course.obstacle is None else "missing" if isinstance(course.obstacle, MissingAnswer) else "stopped"
    if as_json:
        print(json.dumps(_outcome(reference, status, course, written)))
    elif course.obstacle is not None:
        err.print(_explain(course.obstacle), style="red", markup=False)
    else:
        for paper in written:
            out.print(paper["path"], markup=False)
        if not written:
            err.print(f"The interview ended without papers, at {_place(course.last)}.", style="yellow", markup=False)
    if course.obstacle is not None:
        raise typer.Exit(MISSING if status == "missing" else 1)


def _write_papers(store: Any, course: Any, folder: Path) -> list[dict[str, Any]]:
    folder.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, Any]] = []
    for paper in course.papers:
        path = _unused(folder / Path(paper.name).name, {Path(item["path"]) for item in written})
        path.write_bytes(store.files.read(course.session_id, paper.file.id))
        written.append({"name": paper.name, "path": str(path), "mimetype": paper.file.mimetype, "bytes": paper.file.size})
    return written


def _unused(path: Path, taken: set[Path]) -> Path:
    """*path*, or the same with a number when this run has written it already."""
    number, candidate = 2, path
    while candidate in taken:
        candidate = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return candidate


def _outcome(reference: str, status: str, course: Any, written: list[dict[str, Any]]) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "interview": reference,
        "status": status,
        "screens": [screen.block_id or screen.block for screen in course.screens],
        "papers": written,
    }
    if course.obstacle is not None:
        outcome["error"] = _explain(course.obstacle)
        outcome["variable"] = getattr(course.obstacle, "variable", None)
        screen = getattr(course.obstacle, "screen", None)
        if screen is not None:
            outcome["question"] = screen.block_id or screen.block
            outcome["where"] = screen.where
    return outcome


def _explain(obstacle: EngrossError) -> str:
    screen = getattr(obstacle, "screen", None)
    if screen is None:
        return str(obstacle)
    return f"{_place(screen)}: {obstacle}"


def _place(screen: Screen | None) -> str:
    if screen is None:
        return "the beginning"
    return f"question `{screen.block_id or screen.block}` ({screen.where})"


@app.command()
def check(
    interviews: Annotated[list[str], typer.Argument(help="Folders, YAML files or packages.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON list.")] = False,
) -> None:
    """Say what would fail, before a visitor finds it. Exit status 1 when there is an error."""
    from engross.library.namespace import NAMES

    findings: list[tuple[str, Finding]] = []
    for reference in interviews:
        findings += [(reference, finding) for finding in _findings(reference, frozenset(NAMES))]
    errors = sum(isinstance(finding, AuthorError) for _, finding in findings)
    if as_json:
        print(json.dumps([_finding_data(finding) for _, finding in findings]))
    else:
        for _, finding in findings:
            err.print(str(finding), style="red" if isinstance(finding, AuthorError) else "yellow", markup=False)
        out.print(f"{errors} errors, {len(findings) - errors} warnings", markup=False)
    if errors:
        raise typer.Exit(1)


def _findings(reference: str, names: frozenset[str]) -> list[Finding]:
    from engross.catalogue import can_start

    try:
        catalogue = Catalogue([reference])
    except SourceError as error:
        return [error]
    files = [file for file in catalogue.files.values() if len(catalogue.files) == 1 or can_start(file)]
    return [finding for file in files or catalogue.files.values() for finding in [*check_file(file.name, library_names=names), *_hints(file.name)]]


def _hints(file: str) -> list[Finding]:
    """What to say of the templates of an interview that can be read."""
    from engross.engine.template_hints import template_hints
    from engross.language.interview import load

    try:
        return [*template_hints(load(file))]
    except AuthorError:
        return []


def _finding_data(finding: Finding) -> dict[str, Any]:
    where = finding.where
    return {
        "level": "error" if isinstance(finding, Exception) else "warning",
        "file": where.file if where else None,
        "line": where.line if where else None,
        "message": finding.message,
        "nearest": finding.nearest,
    }


# ---------------------------------------------------------------------------------------------------- background work


@app.command()
def worker(
    count: Annotated[int, typer.Option(help="Worker processes.")] = 1,
    data: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None,
) -> None:
    """Work on background jobs of a server, on this or another machine."""
    from engross.worker import WorkerPool, limit_process, run_worker

    settings = _settings(data_folder=data)
    if count == 1:
        limit_process(settings)
        run_worker(settings)
        return
    import signal
    import threading

    pool = WorkerPool(settings, count)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    pool.start()
    stop.wait()
    pool.stop()


@app.command()
def jobs(
    retry: Annotated[str | None, typer.Option(help="Try this job again.")] = None,
    cancel: Annotated[str | None, typer.Option(help="Stop this job.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed.")] = False,
    limit: Annotated[int, typer.Option(help="How many to list.")] = 50,
    debug: Annotated[bool, typer.Option("--debug", help="Show the full messages, which may hold answers.")] = False,
    data: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None,
) -> None:
    """List background jobs: what waits, runs, failed and why. No answers are shown."""
    from engross.store import open_store
    from engross.store.jobs import JobState

    with open_store(_settings(data_folder=data)) as store:
        if retry or cancel:
            done = store.jobs.retry(retry) if retry else store.jobs.cancel(str(cancel))
            out.print("done" if done else "There is no such job, or it has ended.")
            raise typer.Exit(0 if done else 1)
        table = Table(box=None, pad_edge=False)
        for heading in ("job", "kind", "state", "tries", "reason"):
            table.add_column(heading)
        for report in store.jobs.listing((JobState.FAILED, JobState.DEAD) if failed else (), limit=limit):
            told = report.error_message if debug else report.summary or report.path
            reason = ": ".join(part for part in (report.error_type, told) if part)
            table.add_row(report.id, report.kind, report.state.value, str(report.attempt), escape(reason))
        out.print(table)


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="E-mail address of the person.")],
    role: Annotated[list[str] | None, typer.Option(help="A role to give; can be said several times.")] = None,
    data: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None,
) -> None:
    """Print a link with which a person chooses a password, for a new account or one that is locked out."""
    from engross.store import open_store
    from engross.web.accounts import invitation

    settings = _settings(data_folder=data)
    with open_store(settings) as store:
        out.print(invitation(store, settings, email, role or ()), markup=False, soft_wrap=True)


# ------------------------------------------------------------------------------------------------------------- upkeep

keys = typer.Typer(help="The server's keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command("rotate")
def rotate_keys(data: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None) -> None:
    """Make a new server key and wrap every session's key with it."""
    from engross.store import open_store

    with open_store(_settings(data_folder=data)) as store:
        out.print(f"{store.rotate_keys()} sessions have a newly wrapped key.")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="Folder to write; it must not exist yet.")],
    data: Annotated[Path | None, typer.Option(help="The server's data folder.")] = None,
) -> None:
    """Write a consistent copy of the database and the files. The key is not in it: keep that apart."""
    from engross.store import open_store
    from engross.store.backup import back_up

    with open_store(_settings(data_folder=data)) as store:
        done = back_up(store, target)
    out.print(f"{target}: {done}", markup=False)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `engross backup` wrote.")],
    data: Annotated[Path | None, typer.Option(help="The data folder to fill; it must hold no database yet.")] = None,
) -> None:
    """Bring a backup back."""
    from engross.store.backup import restore as bring_back

    bring_back(_settings(data_folder=data), source)
    out.print("done")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder of the new package; it must not exist yet.")],
    pdf: Annotated[Path | None, typer.Option(help="A fillable PDF to draft questions from.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the interview.")] = None,
) -> None:
    """Make an interview package: from scratch, or drafted from a fillable PDF."""
    from engross.drafting import draft_package

    if folder.exists():
        raise OperatorError(f"`{folder}` exists already. Choose a new name.")
    try:
        file = draft_package(folder, title=title, pdf=pdf)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    out.print(f"{file}\nTry it: engross serve {folder}", markup=False)


def _settings(**arguments: Any) -> Settings:
    """The settings, with what the command line says on top."""
    for sentence in misspelt_variables():
        err.print(sentence, style="yellow", markup=False)
    return load_settings(**{name: value for name, value in arguments.items() if value is not None})




if __name__ == "__main__":
    main()
