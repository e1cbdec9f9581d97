"""Jobs: background work as rows, written in the transaction that saves the answers it is made from.

A worker *takes* a job: the row gets a lease and its next attempt number. While it works it sends heartbeats; when it is done it
*finishes* with that attempt number, and only the newest attempt's result is accepted, once. A lease that runs out gives the job to
another worker; after the last attempt the job is dead, with a reason.

At most one job of a session runs at a time, and sessions take turns. A newer job for the same *subject* cancels the older; a job
with the same *identity* as one that is still open joins it and shares its result.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engross.errors import JobLost, SessionGone, SessionUnreadable
from engross.settings import Settings
from engross.store import database as tables
from engross.store.events import Events, topic
from engross.store.keys import SessionKey
from engross.store.outbox import Outbox
from engross.store.signals import JOBS
from engross.store.vault import Json, Vault, open_json, seal_json

TURN_SECONDS = 10.0
"""A session's next waiting job stands this much further back in the queue than its last one, so that others come between."""
HOUR_SECONDS = 3600.0
BACKOFF_SECONDS = (1.0, 5.0, 30.0)
"""How long a job that may succeed later waits after each attempt."""


class JobState(enum.Enum):
    """Where a job stands."""

    WAITING = "waiting"
    """It waits for a worker, perhaps until a later time."""
    RUNNING = "running"
    """A worker has it."""
    DONE = "done"
    """It ended with a result."""
    FAILED = "failed"
    """It ended with a reason that trying again does not mend."""
    DEAD = "dead"
    """It was tried as often as the setting ``job_attempts`` allows."""
    CANCELLED = "cancelled"
    """It was revoked, or a newer job took its place."""
    NEEDS_ANSWER = "needs_answer"
    """It ended because only the visitor can give a value; ``outcome`` names the path."""
    JOINED = "joined"
    """Another job does the same work; its state is this one's."""

    @property
    def is_open(self) -> bool:
        """Whether it will still change by itself."""
        return self in (JobState.WAITING, JobState.RUNNING)


OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """Work to be queued by ``Sessions.save``."""

    id: str
    """Chosen by the caller, random: ``sessions.new_id()``."""
    kind: str
    """``action`` or ``assemble``"""
    payload: Json = field(repr=False)
    session_id: str = ""
    """Only for the reader: the session that is saved is the one."""
    version: int | None = None
    """The version the job works on; None for the one that is being saved."""
    notify: str | None = None
    """``refresh flash javascript`` or None."""
    priority: int = 0
    """Higher goes first."""
    subject: str | None = None
    """What it is about: a newer job of the session with the same subject cancels this one."""
    identity: str | None = None
    """The same text means the same work: while such a job is open, a second one joins it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that a worker has."""

    id: str
    session_id: str
    kind: str
    payload: Json = field(repr=False)
    version: int
    notify: str | None
    attempt: int
    """One-based. Only the newest attempt may finish."""
    worker: str
    waited_seconds: float
    """From its creation to now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """What is known of a job."""

    id: str
    session_id: str
    kind: str
    state: JobState
    version: int
    attempt: int
    created: float
    """Seconds since the epoch."""
    started: float | None
    finished: float | None
    error_type: str | None
    """``QueueFull``, ``WorkerDied``, ``Timeout``, or the name of the error that ended it."""
    error_message: str | None = field(repr=False)
    """What happened, in full. It may hold an answer: for the interview's author, not for the operator."""
    summary: str | None
    """The same without any value: where in the interview, which variable, which kind of error."""
    failures: Json = field(repr=False)
    """Papers that could not be made: content key → ``{reason, title, message}``; others of the job could."""
    path: str | None
    """For NEEDS_ANSWER: the variable that only the visitor can give."""
    result: Json = field(repr=False)
    """What ``finish`` was given."""
    progress: Json = field(repr=False)
    """What ``report_progress`` was given last."""
    notify: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt ended without a result."""

    error_type: str
    """``Timeout``, or the name of the error."""
    message: str = field(repr=False)
    """In full, for the author."""
    summary: str = ""
    """Without any value, for the operator and the log."""
    failures: Json = field(default=None, repr=False)
    """See ``JobReport.failures``."""


class Jobs:
    """All jobs."""

    def __init__(self, vault: Vault, events: Events, outbox: Outbox) -> None:
        self._vault = vault
        self._events = events
        self._outbox = outbox
        self.spread: Callable[[], object] | None = None
        """Called when there may be something to do: a broker's dispatcher. Without one, signals are enough."""

    # ---- queueing

    def insert(self, connection: sa.Connection, key: SessionKey, job: NewJob, *, version: int) -> None:
        """Queue *job* in a transaction that is open. Call ``wake`` after it.

        When the queue is full the row is written as failed with the reason ``QueueFull``: the answers are saved all the same.
        """
        table = tables.jobs
        self._vault.lend(connection, key)
        identity = None if job.identity is None else key.digest(f"identity {job.identity}")
        subject = None if job.subject is None else key.digest(f"subject {job.subject}")
        leader = self._leader(connection, key.session_id, identity)
        if leader is None and subject is not None:
            self._supersede(connection, key.session_id, subject)
        state = JobState.JOINED if leader else JobState.WAITING
        full = leader is None and self._is_full(connection, key.session_id)
        if full:
            state = JobState.FAILED
        now = time.time()
        reason = {"message": "The queue is full.", "path": None} if full else None
        connection.execute(
            table.insert().values(
                id=job.id,
                session_id=key.session_id,
                kind=job.kind,
                version=version if job.version is None else job.version,
                notify=job.notify,
                priority=job.priority,
                subject=subject,
                identity=identity,
                leader=leader,
                state=state.value,
                turn=self._turn(connection, key.session_id, now),
                attempt=0,
                created=now,
                finished=now if full else None,
                error_type="QueueFull" if full else None,
                payload=seal_json(key, job.payload, f"job payload:{job.id}"),
                outcome=seal_json(key, reason, f"job outcome:{job.id}") if reason else None,
            )
        )

    def wake(self, session_id: str | None = None) -> None:
        """Tell the workers that there may be something to do, and who follows the session (its worker, too) that jobs of it
        changed."""
        if self.spread is not None:
            self.spread()
        self._vault.signals.publish(JOBS)
        if session_id is not None:
            self._vault.signals.publish(topic(session_id))

    def start(self, session_id: str, job: NewJob) -> None:
        """Queue *job* by itself, for the version it names (or the newest). Raises SessionGone."""
        with self._vault.database.write() as connection:
            key = self._vault.key(connection, session_id)
            newest = connection.execute(
                sa.select(tables.sessions.c.version).where(tables.sessions.c.id == session_id)
            ).scalar_one()
            self.insert(connection, key, job, version=newest)
        self.wake(session_id)

    def _leader(self, connection: sa.Connection, session_id: str, identity: str | None) -> str | None:
        if identity is None:
            return None
        table = tables.jobs
        return connection.execute(
            sa.select(table.c.id).where(
                table.c.session_id == session_id, table.c.identity == identity, table.c.state.in_(OPEN)
            )
        ).scalars().first()

    def _supersede(self, connection: sa.Connection, session_id: str, subject: str) -> None:
        """Cancel what is open for *subject*. The event wakes the worker that has it: it ends the conversion, too."""
        table = tables.jobs
        rows = connection.execute(
            table.update()
            .where(table.c.session_id == session_id, table.c.subject == subject, table.c.state.in_(OPEN))
            .values(state=JobState.CANCELLED.value, finished=time.time(), error_type="Superseded", lease_until=None)
            .returning(table.c.id)
        ).scalars()
        for job_id in rows.all():
            self._events.insert(connection, session_id, JobState.CANCELLED.value, {"job": job_id})

    def _is_full(self, connection: sa.Connection, session_id: str) -> bool:
        table = tables.jobs
        waiting = sa.select(sa.func.count()).select_from(table).where(table.c.state == JobState.WAITING.value)
        settings = self._vault.settings
        if connection.execute(waiting).scalar_one() >= settings.queue_limit:
            return True
        mine = connection.execute(waiting.where(table.c.session_id == session_id)).scalar_one()
        if mine >= settings.jobs_per_session:
            return True
        started = sa.select(sa.func.count()).select_from(table).where(
            table.c.session_id == session_id, table.c.created > time.time() - HOUR_SECONDS, table.c.leader.is_(None),
            sa.or_(table.c.error_type.is_(None), table.c.error_type != "QueueFull"),
        )  # fmt: skip
        return int(connection.execute(started).scalar_one()) >= settings.jobs_per_hour

    def _turn(self, connection: sa.Connection, session_id: str, now: float) -> float:
        table = tables.jobs
        last = connection.execute(
            sa.select(sa.func.max(table.c.turn)).where(table.c.session_id == session_id, table.c.state.in_(OPEN))
        ).scalar_one_or_none()
        return now if last is None else max(now, last + TURN_SECONDS)

    # ---- working

    def take(self, worker: str) -> Job | None:
        """The next job for *worker*, or None when there is nothing to do now. A job whose session is unreadable fails."""
        while True:
            row = self._claim(worker)
            if row is None:
                return None
            try:
                with self._vault.database.read() as connection:
                    key = self._vault.key(connection, row.session_id)
                    payload = open_json(key, row.payload, f"job payload:{row.id}")
            except (SessionGone, SessionUnreadable) as error:
                self._end_unreadable(row, type(error).__name__)
                continue
            return Job(
                id=row.id,
                session_id=row.session_id,
                kind=row.kind,
                payload=payload,
                version=row.version,
                notify=row.notify,
                attempt=row.attempt,
                worker=worker,
                waited_seconds=max(0.0, time.time() - row.created),
            )

    def _claim(self, worker: str) -> Any:
        """Give the next job to *worker* in one transaction; its row, or None."""
        ended: list[tuple[str, str]] = []
        row = self._claim_or_note(worker, ended)
        self._tell_ended(ended)
        return row

    def _claim_or_note(self, worker: str, ended: list[tuple[str, str]]) -> Any:
        table = tables.jobs
        database = self._vault.database
        with database.write() as connection:
            now = database.moment(connection)
            ended += self._expire(connection, now)
            busy = sa.select(table.c.session_id).where(table.c.state == JobState.RUNNING.value)
            # A time far ahead was set on another clock (the machine was started again): it does not count.
            due = sa.or_(table.c.not_before.is_(None), table.c.not_before <= now, table.c.not_before > now + 3600)
            choice = (
                sa.select(table.c.number)
                .where(table.c.state == JobState.WAITING.value, due, table.c.session_id.not_in(busy))
                .order_by(table.c.priority.desc(), table.c.turn, table.c.number)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            number = connection.execute(choice).scalar_one_or_none()
            if number is None:
                return None
            try:
                with connection.begin_nested():
                    return connection.execute(
                        table.update()
                        .where(table.c.number == number)
                        .values(
                            state=JobState.RUNNING.value,
                            attempt=table.c.attempt + 1,
                            worker=worker,
                            lease_until=now + self._vault.settings.lease_seconds,
                            not_before=None,
                            started=time.time(),
                        )
                        .returning(table)
                    ).one()
            except sa.exc.IntegrityError:
                return None  # another worker took a job of the same session at this moment; it wakes us when it is done

    def heartbeat(self, job: Job) -> None:
        """Keep the lease. Raises JobLost when the job was cancelled or given to another worker."""
        database, table = self._vault.database, tables.jobs
        with database.write(durable=False) as connection:
            kept = connection.execute(
                table.update()
                .where(*_held(job))
                .values(lease_until=database.moment(connection) + self._vault.settings.lease_seconds)
            )
        if kept.rowcount != 1:
            raise JobLost("This job was cancelled or given to another worker.")

    def is_held(self, job: Job) -> bool:
        """Whether the job is still this attempt's. A look only: cheaper than a heartbeat."""
        with self._vault.database.read() as connection:
            return connection.execute(sa.select(tables.jobs.c.id).where(*_held(job))).first() is not None

    def check_held(self, connection: sa.Connection, job: Job) -> None:
        """Raise JobLost, in a transaction that is open, when the job is not this attempt's any more; it stays until the commit."""
        held = sa.select(tables.jobs.c.id).where(*_held(job)).with_for_update()
        if connection.execute(held).first() is None:
            raise JobLost("This job was cancelled or given to another worker; what it made is not kept.")

    def report_progress(self, job: Job, data: Json) -> None:
        """Keep what is known of the job's progress and tell the session's pages. Raises JobLost."""
        database, table = self._vault.database, tables.jobs
        with database.write(durable=False) as connection:
            key = self._key_or_lost(connection, job)
            kept = connection.execute(
                table.update()
                .where(*_held(job))
                .values(
                    progress=seal_json(key, data, f"job progress:{job.id}"),
                    lease_until=database.moment(connection) + self._vault.settings.lease_seconds,
                )
            )
            if kept.rowcount != 1:
                raise JobLost("This job was cancelled or given to another worker.")
            self._events.insert(connection, job.session_id, "progress", {"job": job.id, **_as_table(data)})
        self._vault.signals.publish(topic(job.session_id))

    def finish(
        self,
        job: Job,
        result: Json,
        *,
        outbox: Sequence[Mapping[str, Any]] = (),
        jobs: Sequence[NewJob] = (),
        notice: Json = None,
        remark: Failure | None = None,
    ) -> None:
        """Keep the result, once; let *outbox* messages leave and *jobs* start, which work on the same version. *notice* is told
        to the session's open page; *remark* says what is missing in the result.

        Raises JobLost: then nothing was kept.
        """
        outcome: dict[str, Json] = {"result": result}
        if remark is not None:
            outcome |= {"message": remark.message, "summary": remark.summary, "failures": remark.failures}
        self._end(job, JobState.DONE, outcome, outbox=outbox, jobs=jobs, notice=notice)

    def fail(self, job: Job, failure: Failure, *, tries: int = 1) -> JobState:
        """End this attempt without a result. When fewer than *tries* attempts were made (and the setting ``job_attempts`` allows
        one more) the job waits and is tried again. Its new state.

        Raises JobLost.
        """
        if job.attempt < min(tries, self._vault.settings.job_attempts):
            self._wait_again(job, failure.error_type)
            return JobState.WAITING
        state = JobState.DEAD if tries > 1 else JobState.FAILED
        outcome = {"message": failure.message, "summary": failure.summary, "failures": failure.failures}
        self._end(job, state, outcome, error_type=failure.error_type)
        return state

    def ask(self, job: Job, path: str) -> None:
        """End the job: the visitor must give *path* first. Raises JobLost."""
        self._end(job, JobState.NEEDS_ANSWER, {"path": path}, error_type="NeedsAnswer")

    def release(self, job: Job) -> None:
        """Give the job back as if it had not been taken: the worker stops. Nothing happens when it was lost."""
        self._put_back(_held(job), counted=False)

    def release_worker(self, worker: str) -> None:
        """The worker died: what it had goes on with another one, or is dead when that was the last attempt."""
        table = tables.jobs
        with self._vault.database.write() as connection:
            ended = self._give_up(connection, table.c.worker == worker)
            self._again(connection, table.c.worker == worker)
        self._tell_ended(ended)
        self.wake()

    def workers(self) -> list[str]:
        """Names of the workers that have a job now."""
        table = tables.jobs
        with self._vault.database.read() as connection:
            found = connection.execute(sa.select(table.c.worker).where(table.c.state == JobState.RUNNING.value)).scalars()
            return [name for name in found if name is not None]

    def _end(
        self,
        job: Job,
        state: JobState,
        outcome: Json,
        *,
        error_type: str | None = None,
        outbox: Sequence[Mapping[str, Any]] = (),
        jobs: Sequence[NewJob] = (),
        notice: Json = None,
    ) -> None:
        table = tables.jobs
        with self._vault.database.write() as connection:
            key = self._key_or_lost(connection, job)
            ended = connection.execute(
                table.update()
                .where(*_held(job))
                .values(
                    state=state.value,
                    finished=time.time(),
                    lease_until=None,
                    error_type=error_type,
                    outcome=seal_json(key, outcome, f"job outcome:{job.id}"),
                )
            )
            if ended.rowcount != 1:
                raise JobLost("This job was cancelled or given to another worker; its result is not kept.")
            for new_job in jobs:
                self.insert(connection, key, new_job, version=job.version)
            self._outbox.insert(connection, key, outbox, job.id)
            self._events.insert(connection, job.session_id, state.value, {"job": job.id})
            if notice is not None:
                self._events.insert(connection, job.session_id, "notice", {"job": job.id, **_as_table(notice)})
        self._vault.signals.publish(topic(job.session_id))
        self.wake()  # the session's next job may start
        if outbox:
            self._outbox.wake()

    def _wait_again(self, job: Job, error_type: str) -> None:
        database, table = self._vault.database, tables.jobs
        pause = BACKOFF_SECONDS[min(job.attempt, len(BACKOFF_SECONDS)) - 1]
        with database.write() as connection:
            kept = connection.execute(
                table.update()
                .where(*_held(job))
                .values(
                    state=JobState.WAITING.value,
                    not_before=database.moment(connection) + pause,
                    lease_until=None,
                    worker=None,
                    error_type=error_type,
                )
            )
        if kept.rowcount != 1:
            raise JobLost("This job was cancelled or given to another worker.")

    def _end_unreadable(self, row: Any, error_type: str) -> None:
        table = tables.jobs
        with self._vault.database.write() as connection:
            connection.execute(
                table.update()
                .where(table.c.number == row.number, table.c.attempt == row.attempt)
                .values(state=JobState.FAILED.value, finished=time.time(), lease_until=None, error_type=error_type)
            )

    def _key_or_lost(self, connection: sa.Connection, job: Job) -> SessionKey:
        try:
            return self._vault.key(connection, job.session_id)
        except SessionGone as error:
            raise JobLost("The session of this job was deleted.") from error

    def _expire(self, connection: sa.Connection, now: float) -> list[tuple[str, str]]:
        """Give on what workers lost; (session, job) of what is dead now, to be told after the commit. A lease far ahead was written
        before the machine was started again: it is over too."""
        table = tables.jobs
        over = sa.or_(
            table.c.lease_until < now, table.c.lease_until > now + self._vault.settings.lease_seconds + 1
        )
        ended = self._give_up(connection, over)
        self._again(connection, over)
        return ended

    def _give_up(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[tuple[str, str]]:
        """Running jobs that had their last attempt are dead; (session, job) of each."""
        table = tables.jobs
        last = table.c.attempt >= self._vault.settings.job_attempts
        rows = connection.execute(
            table.update()
            .where(table.c.state == JobState.RUNNING.value, which, last)
            .values(state=JobState.DEAD.value, finished=time.time(), lease_until=None, error_type="WorkerDied")
            .returning(table.c.session_id, table.c.id)
        ).all()
        for row in rows:
            with suppress(SessionUnreadable):  # of one session, which must not keep the others' jobs from being taken
                self._events.insert(connection, row.session_id, JobState.DEAD.value, {"job": row.id})
        return [(row.session_id, row.id) for row in rows]

    def _again(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
        table = tables.jobs
        connection.execute(
            table.update()
            .where(table.c.state == JobState.RUNNING.value, which)
            .values(state=JobState.WAITING.value, worker=None, lease_until=None)
        )

    def _put_back(self, which: Sequence[Any], *, counted: bool) -> None:
        table = tables.jobs
        with self._vault.database.write() as connection:
            connection.execute(
                table.update()
                .where(*which)
                .values(
                    state=JobState.WAITING.value,
                    worker=None,
                    lease_until=None,
                    attempt=table.c.attempt if counted else table.c.attempt - 1,
                )
            )
        self.wake()

    def _tell_ended(self, ended: Sequence[tuple[str, str]]) -> None:
        for session_id in {session for session, _ in ended}:
            self._vault.signals.publish(topic(session_id))

    # ---- asking and steering

    def report(self, job_id: str) -> JobReport | None:
        """What is known of a job, or None when there is no such job (or its session is gone). A joined job reports as the
        one it joined."""
        with self._vault.database.read() as connection:
            return self._report(connection, job_id)

    def _report(self, connection: sa.Connection, job_id: str) -> JobReport | None:
        table = tables.jobs
        row = connection.execute(sa.select(table).where(table.c.id == job_id)).one_or_none()
        if row is None:
            return None
        if row.leader is not None and row.state == JobState.JOINED.value:
            return self._report(connection, row.leader)
        try:
            key: SessionKey | None = self._vault.key(connection, row.session_id)
        except (SessionGone, SessionUnreadable):
            key = None
        outcome = open_json(key, row.outcome, f"job outcome:{row.id}") if key and row.outcome else {}
        return JobReport(
            id=row.id,
            session_id=row.session_id,
            kind=row.kind,
            state=JobState(row.state),
            version=row.version,
            attempt=row.attempt,
            created=row.created,
            started=row.started,
            finished=row.finished,
            error_type=row.error_type,
            error_message=outcome.get("message"),
            summary=outcome.get("summary"),
            failures=outcome.get("failures"),
            path=outcome.get("path"),
            result=outcome.get("result"),
            progress=open_json(key, row.progress, f"job progress:{row.id}") if key and row.progress else None,
            notify=row.notify,
        )

    def wait(self, job_id: str, seconds: float) -> JobReport | None:
        """The report as soon as the job is not open any more, at most after *seconds*."""
        report = self.report(job_id)
        if report is None or not report.state.is_open or seconds <= 0:
            return report
        end = time.monotonic() + seconds
        with self._vault.signals.listening(topic(report.session_id)) as bell:
            while True:
                report = self.report(job_id)
                left = end - time.monotonic()
                if report is None or not report.state.is_open or left <= 0:
                    return report
                bell.wait(min(left, self._vault.settings.poll_seconds))
                bell.clear()

    def wait_any(self, session_id: str, job_ids: Sequence[str], seconds: float) -> bool:
        """Whether one of these jobs of the session ended, at most after *seconds*."""
        end = time.monotonic() + seconds
        with self._vault.signals.listening(topic(session_id)) as bell:
            while set(job_ids) <= set(self.open_for(session_id)):
                left = end - time.monotonic()
                if left <= 0:
                    return False
                bell.wait(min(left, self._vault.settings.poll_seconds))
                bell.clear()
        return True

    def cancel(self, job_id: str) -> bool:
        """Stop the job if it has not ended; whether it had not."""
        table = tables.jobs
        with self._vault.database.write() as connection:
            row = connection.execute(
                table.update()
                .where(table.c.id == job_id, table.c.state.in_((*OPEN, JobState.JOINED.value)))
                .values(state=JobState.CANCELLED.value, finished=time.time(), lease_until=None, error_type="Cancelled")
                .returning(table.c.session_id)
            ).one_or_none()
            if row is None:
                return False
            self._events.insert(connection, row.session_id, JobState.CANCELLED.value, {"job": job_id})
        self._vault.signals.publish(topic(row.session_id))
        self.wake()
        return True

    def retry(self, job_id: str) -> bool:
        """Start a job that ended without a result once more, with all its attempts; whether it was such a job."""
        table = tables.jobs
        ended = (JobState.FAILED.value, JobState.DEAD.value, JobState.CANCELLED.value, JobState.NEEDS_ANSWER.value)
        with self._vault.database.write() as connection:
            again = connection.execute(
                table.update()
                .where(table.c.id == job_id, table.c.state.in_(ended))
                .values(
                    state=JobState.WAITING.value,
                    attempt=0,
                    not_before=None,
                    finished=None,
                    error_type=None,
                    outcome=None,
                    turn=time.time(),
                )
            )
        self.wake()
        return again.rowcount == 1

    def position(self, job_id: str) -> int | None:
        """How many jobs wait before this one: 0 for the next, None when it does not wait."""
        table = tables.jobs
        with self._vault.database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == job_id)).one_or_none()
            if row is not None and row.leader is not None:
                row = connection.execute(sa.select(table).where(table.c.id == row.leader)).one_or_none()
            if row is None or row.state != JobState.WAITING.value:
                return None
            before = sa.or_(
                table.c.priority > row.priority,
                sa.and_(
                    table.c.priority == row.priority,
                    sa.or_(table.c.turn < row.turn, sa.and_(table.c.turn == row.turn, table.c.number < row.number)),
                ),
            )
            return connection.execute(
                sa.select(sa.func.count()).select_from(table).where(table.c.state == JobState.WAITING.value, before)
            ).scalar_one()

    def open_for(self, session_id: str) -> list[str]:
        """Ids of the session's jobs that have not ended, the oldest first."""
        table = tables.jobs
        with self._vault.database.read() as connection:
            return list(
                connection.execute(
                    sa.select(table.c.id)
                    .where(table.c.session_id == session_id, table.c.state.in_(OPEN))
                    .order_by(table.c.number)
                ).scalars()
            )

    def open_versions(self, session_id: str) -> sa.Select[tuple[int]]:
        """Versions of the session that jobs still need, as a query."""
        table = tables.jobs
        return sa.select(table.c.version).where(
            table.c.session_id == session_id,
            table.c.state.in_((*OPEN, JobState.NEEDS_ANSWER.value, JobState.DEAD.value, JobState.FAILED.value)),
        )

    def listing(self, states: Sequence[JobState] = (), *, limit: int = 100) -> list[JobReport]:
        """Reports of the newest jobs, in these states or in any."""
        table = tables.jobs
        query = sa.select(table.c.id).order_by(table.c.number.desc()).limit(limit)
        if states:
            query = query.where(table.c.state.in_([state.value for state in states]))
        with self._vault.database.read() as connection:
            ids = connection.execute(query).scalars().all()
            return [report for job_id in ids if (report := self._report(connection, job_id)) is not None]

    def due(self, *, limit: int = 1000) -> list[tuple[str, int]]:
        """(id, priority) of the jobs that a worker could take now, in their order. Of a session whose job runs, none."""
        table = tables.jobs
        with self._vault.database.read() as connection:
            now = self._vault.database.moment(connection)
            busy = sa.select(table.c.session_id).where(table.c.state == JobState.RUNNING.value)
            soon = sa.or_(table.c.not_before.is_(None), table.c.not_before <= now, table.c.not_before > now + 3600)
            query = (
                sa.select(table.c.id, table.c.priority)
                .where(table.c.state == JobState.WAITING.value, soon, table.c.session_id.not_in(busy))
                .order_by(table.c.priority.desc(), table.c.turn, table.c.number)
                .limit(limit)
            )
            return [(row.id, row.priority) for row in connection.execute(query).all()]

    def usual_seconds(self, session_id: str, kind: str, *, limit: int = 50) -> tuple[float, float] | None:
        """How long the last *limit* jobs of this *kind* worked for this revision of the session's interview: (half of them, nine
        of ten) were done after so many seconds. None when there were fewer than three."""
        jobs, sessions = tables.jobs, tables.sessions
        this = sa.select(sessions.c.interview, sessions.c.digest).where(sessions.c.id == session_id).subquery()
        query = (
            sa.select(jobs.c.finished - jobs.c.started)
            .join(sessions, sessions.c.id == jobs.c.session_id)
            .join(this, sa.and_(sessions.c.interview == this.c.interview, sessions.c.digest == this.c.digest))
            .where(jobs.c.state == JobState.DONE.value, jobs.c.kind == kind, jobs.c.started.is_not(None))
            .order_by(jobs.c.number.desc())
            .limit(limit)
        )
        with self._vault.database.read() as connection:
            took = sorted(connection.execute(query).scalars())
        if len(took) < 3:
            return None
        return took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.9))]

    def is_full(self, session_id: str) -> bool:
        """Whether a further job of this session would be refused now."""
        with self._vault.database.read() as connection:
            return self._is_full(connection, session_id)

    def has_notices(self, session_id: str) -> bool:
        """Whether an open page of the session is to be told something when a job ends (``background_action``'s
        ``ui_notification``)."""
        table = tables.jobs
        with self._vault.database.read() as connection:
            query = sa.select(table.c.id).where(
                table.c.session_id == session_id, table.c.notify.is_not(None), table.c.state.in_((*OPEN, JobState.JOINED.value))
            )
            return connection.execute(query.limit(1)).first() is not None

    def counts(self) -> dict[str, int]:
        """How many jobs are in each state, for health and metrics."""
        table = tables.jobs
        with self._vault.database.read() as connection:
            rows = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state)).all()
        return {row[0]: row[1] for row in rows}

    def sweep(self) -> None:
        """Give on what a crash left running."""
        with self._vault.database.write() as connection:
            ended = self._expire(connection, self._vault.database.moment(connection))
        self._tell_ended(ended)
        self.wake()


def may_pass(error: BaseException) -> bool:
    """Whether the same work may succeed later: the machine failed, not the interview.

    An error of ours says so itself with an attribute ``passing``; else the system's errors are taken to pass.
    """
    said = getattr(error, "passing", None)
    if isinstance(said, bool):
        return said
    if isinstance(error, FileNotFoundError | PermissionError):
        return False
    return isinstance(error, OSError | MemoryError)


def tries_for(error: BaseException, settings: Settings) -> int:
    """How often a job may be tried that ended with *error*: once when it cannot pass, and never a third time when it ran into a
    limit of time or memory, for then the document is to blame and each try costs as much as it may."""
    if not may_pass(error):
        return 1
    errors = getattr(error, "errors", None)
    causes = [error, *errors.values()] if isinstance(errors, dict) else [error]
    at_limit = isinstance(error, MemoryError) or any(
        getattr(getattr(cause, "reason", None), "name", "") in ("TIMEOUT", "MEMORY") for cause in causes
    )
    return min(settings.job_attempts, 2 if at_limit else settings.job_attempts)


def _held(job: Job) -> tuple[sa.ColumnElement[bool], ...]:
    """That the job is still this attempt's."""
    table = tables.jobs
    return (table.c.id == job.id, table.c.attempt == job.attempt, table.c.state == JobState.RUNNING.value)


def _as_table(data: Json) -> dict[str, Any]:
    return data if isinstance(data, dict) else {"value": data}
