"""Opening a queue: what is refused and with which words, what is made and with which rights."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.open import open_queue, queue_path
from hitl_tui.queue.protocol import QueueError, Unreachable
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.world import FakeClock, fill, item, judge


def refusal(address: str | Path, *, create: bool = False) -> str:
    with pytest.raises(Unreachable) as refused:
        open_queue(str(address), create=create)
    return str(refused.value)


class TestAddresses:
    def test_a_path_and_both_urls_name_a_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert queue_path("a b.db") == tmp_path / "a b.db"
        assert queue_path("sqlite:///sub/a%20b.db") == tmp_path / "sub" / "a b.db"
        assert queue_path("sqlite:////abs/q.db") == Path("/abs/q.db")

    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("http://host/q", "https://"),
            ("https://user:secret@host", "no name, password"),
            ("postgresql://u:secret@127.0.0.1:1/db", "cannot be reached"),
        ],
    )
    def test_what_is_no_address_is_refused_and_no_secret_is_shown(
        self, address: str, words: str
    ) -> None:
        with pytest.raises(QueueError) as refused:
            open_queue(address)
        assert words in str(refused.value)
        assert "secret" not in str(refused.value)

    @pytest.mark.parametrize("address", ["", "sqlite://x.db", "sqlite:///", "a\0b"])
    def test_what_names_no_file_is_refused(self, address: str) -> None:
        assert refusal(address, create=True)


class TestRefusals:
    def test_a_missing_file_names_the_commands_that_make_one(self, path: Path) -> None:
        assert "hitl init" in refusal(path)
        assert list(path.parent.iterdir()) == []

    def test_a_missing_directory_is_named(self, tmp_path: Path) -> None:
        assert "nowhere" in refusal(tmp_path / "nowhere" / "q.db", create=True)

    def test_a_directory_is_no_queue(self, tmp_path: Path) -> None:
        assert "directory" in refusal(tmp_path, create=True)

    @pytest.mark.parametrize(
        "junk", [b"\x00\xff" * 4000, b"hello", b"SQLite format 3\0" + b"x" * 4080]
    )
    def test_a_file_of_anything_else_is_refused_and_left_alone(
        self, path: Path, junk: bytes
    ) -> None:
        path.write_bytes(junk)
        assert "hitl.db" in refusal(path, create=True)
        assert path.read_bytes() == junk

    def test_an_empty_file_becomes_a_queue_only_when_one_may_be_made(self, path: Path) -> None:
        path.touch()
        assert "empty" in refusal(path)
        open_queue(str(path), create=True).close()
        assert violations(path) == []

    def test_another_programs_database_is_refused_not_migrated(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("CREATE TABLE notes (text)")
        assert "another program" in refusal(path, create=True)
        assert Database(path).table_names() == ["notes"]

    def test_a_newer_schema_asks_for_an_upgrade(self, queue: SqliteQueue, path: Path) -> None:
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("PRAGMA user_version = 99")
        assert "upgrade" in refusal(path)

    def test_a_file_locked_by_another_program_is_refused_after_the_deadline(
        self, queue: SqliteQueue, path: Path
    ) -> None:
        waiting = SqliteQueue(path, clock=utc_now, wait_s=0.05)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unreachable, match="locked"):
                waiting.claim("alice")
            other.execute("ROLLBACK")
        assert waiting.claim("alice") == []
        waiting.close()

    def test_the_side_lock_of_another_queue_is_waited_for_and_then_refused(
        self, queue: SqliteQueue, path: Path
    ) -> None:
        with queue._store.writing(), pytest.raises(Unreachable, match="locked"):
            SqliteQueue(path, clock=utc_now, wait_s=0.05)
        SqliteQueue(path, clock=utc_now, wait_s=0.05).close()

    def test_after_closing_every_call_is_refused(self, queue: SqliteQueue) -> None:
        queue.close()
        queue.close()
        for call in (queue.status, lambda: queue.claim("a"), lambda: list(queue.trail())):
            with pytest.raises(Unreachable, match="closed"):
                call()

    def test_a_full_disk_is_said_and_nothing_is_half_done(
        self, queue: SqliteQueue, path: Path
    ) -> None:
        fill(queue, "c1")
        before = list(queue.trail())
        with no_file_beyond(path.stat().st_size // 2), pytest.raises(Unreachable, match="disk"):
            queue.admit([item(f"n{number}") for number in range(5000)])
        assert list(queue.trail()) == before
        fill(queue, "c2")
        assert violations(path) == []

    def test_a_damaged_file_is_said_to_be_damaged(self, queue: SqliteQueue, path: Path) -> None:
        fill(queue, *(f"c{number}" for number in range(300)))
        queue.close()
        raw = bytearray(path.read_bytes())
        for place in range(4096, len(raw), 4096):
            raw[place : place + 64] = b"\xff" * 64
        path.write_bytes(raw)
        with pytest.raises(Unreachable, match="damaged"):
            opened = open_queue(str(path))
            opened.claim("alice")

    @pytest.mark.parametrize(
        "nonsense", ["body = '{'", "route = '{'", "body = CAST(x'ff' AS TEXT)", "body = '{}'"]
    )
    def test_a_record_changed_by_hand_into_nonsense_is_said_to_be_damaged(
        self, queue: SqliteQueue, path: Path, nonsense: str
    ) -> None:
        fill(queue, "c1")
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute(f"UPDATE bodies SET {nonsense}")
        with pytest.raises(Unreachable, match="damaged"):
            queue.claim("alice")
        with pytest.raises(Unreachable, match="damaged"):
            queue.record("c1")

    def test_an_error_of_our_own_inside_a_transaction_is_not_called_damage(
        self, queue: SqliteQueue
    ) -> None:
        with pytest.raises(ValueError, match="ours"), queue._store.writing():
            raise ValueError("ours")

    def test_a_commit_reaches_the_disk_itself_where_the_system_lets_it(
        self, queue: SqliteQueue
    ) -> None:
        for name in ("fullfsync", "checkpoint_fullfsync"):
            assert queue._store._conn.execute(f"PRAGMA {name}").fetchone() == (1,)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
    @pytest.mark.parametrize(
        ("mode", "words"), [(0o600, "permissions of the file"), (0o666, "directory that can be")]
    )
    def test_without_permission_the_sentence_says_what_to_check(
        self, mode: int, words: str
    ) -> None:
        with tempfile.TemporaryDirectory() as directory:
            Path(directory).chmod(0o711)
            path = Path(directory) / "q.db"
            SqliteQueue(path, clock=utc_now, create=True).close()
            path.chmod(mode)
            assert words in told_to_nobody(path)


class TestFiles:
    def test_all_files_are_the_owners_alone_whatever_the_umask(self, path: Path) -> None:
        earlier = os.umask(0)
        try:
            queue = SqliteQueue(path, clock=FakeClock(), create=True)
            fill(queue, "c1")
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
            queue.close()
        finally:
            os.umask(earlier)
        assert set(modes) == {"hitl.db", "hitl.db.lock", "hitl.db-wal", "hitl.db-shm"}
        assert set(modes.values()) == {0o600}

    def test_sqlite_utils_reads_it_like_any_database(self, queue: SqliteQueue, path: Path) -> None:
        fill(queue, "c1", "c2")
        judge(queue, "alice")
        database = Database(path)
        assert {"cases", "bodies", "verdicts", "leases", "events"} <= set(database.table_names())
        assert [row["id"] for row in database["cases"].rows] == ["c1", "c2"]
        assert database["verdicts"].count == 1

    @pytest.mark.parametrize(
        "attack",
        [
            "DELETE FROM events WHERE seq = 2",
            "UPDATE events SET entry = x'00' WHERE seq = 2",
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 2",
            "INSERT INTO events VALUES (99, x'00', x'00', x'00')",
        ],
    )
    def test_the_trail_refuses_to_be_changed_by_plain_sql(
        self, queue: SqliteQueue, path: Path, attack: str
    ) -> None:
        fill(queue, "c1")
        with closing(sqlite3.connect(path)) as conn, pytest.raises(sqlite3.IntegrityError):
            conn.execute(attack)

    def test_opening_an_existing_queue_does_not_import_sqlite_utils(
        self, queue: SqliteQueue, path: Path
    ) -> None:
        program = (
            "import sys; from hitl_tui.queue.open import open_queue;"
            f"open_queue({str(path)!r}).status(); sys.exit('sqlite_utils' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

    def test_the_log_is_cut_when_it_has_grown(
        self, queue: SqliteQueue, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("hitl_tui.queue.store.WAL_LIMIT", 20_000)
        log = path.with_name("hitl.db-wal")
        fill(queue, *(f"c{number}" for number in range(200)))
        assert log.stat().st_size == 0
        reader = queue.records()
        next(reader)
        fill(queue, *(f"d{number}" for number in range(200)))
        assert log.stat().st_size > 20_000
        reader.close()
        judge(queue, "alice")
        assert log.stat().st_size == 0


class TestHandiwork:
    """What somebody with the file and a SQLite shell changes, an audit finds."""

    @pytest.fixture
    def worked(self, queue: SqliteQueue) -> SqliteQueue:
        fill(queue, "c1", "c2", "c3", "c4")
        judge(queue, "alice", "reject", rationale="bad")
        queue.undo("alice", judge(queue, "alice").id)
        judge(queue, "bob", "edit", edited_output="x")
        assert queue.verify().differences == ()
        return queue

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("DELETE FROM verdicts WHERE reviewer = 'bob'", "removed"),
            ("UPDATE verdicts SET body = replace(body, 'bad', 'sad')", "changed"),
            ("UPDATE verdicts SET decision = 'approve' WHERE decision = 'reject'", "changed"),
            ("UPDATE verdicts SET undone_at = NULL", "verdict"),
            ("UPDATE bodies SET body = replace(body, 'of c1', 'of C1')", "content"),
            ("UPDATE resolutions SET output = 'y' WHERE output = 'x'", "resolution"),
            ("UPDATE resolutions SET verdicts = '{', source = 'eve'", "resolution"),
            ("UPDATE cases SET pool = 'p', home = 'p' WHERE id = 'c4'", "pool"),
            ("UPDATE cases SET state = 3 WHERE id = 'c4'", "state"),
            ("UPDATE leases SET reviewer = 'eve' WHERE state = 0", "leases"),
            ("INSERT INTO gold VALUES (1, '{}')", "content"),
            ("DELETE FROM bodies WHERE case_seq = 4", "content"),
            ("DELETE FROM cases WHERE id = 'c4'", "not in the store"),
        ],
    )
    def test_a_changed_table_contradicts_the_trail(
        self, worked: SqliteQueue, path: Path, change: str, words: str
    ) -> None:
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute("INSERT OR IGNORE INTO pools VALUES ('p')")
            conn.execute(change)
        audit = worked.verify()
        assert audit.chain.fault is None
        assert any(words in sentence for sentence in audit.differences)
        assert violations(path) != []

    def test_a_flipped_byte_in_an_entry_is_found_at_its_place(
        self, worked: SqliteQueue, path: Path
    ) -> None:
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute("DROP TRIGGER events_no_update")
            conn.execute(
                "UPDATE events SET entry = CAST(replace(CAST(entry AS TEXT), 'alice', 'alicf') AS BLOB)"
                " WHERE seq = 6"
            )
        fault = worked.verify().chain.fault
        assert fault is not None
        assert (fault.seq, fault.wrong) == (6, "edited")

    def test_a_cut_tail_is_found_by_the_noted_head_and_by_the_tables(
        self, worked: SqliteQueue, path: Path
    ) -> None:
        noted = list(worked.trail())[-1].hash
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute("DROP TRIGGER events_no_delete")
            conn.execute("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
        audit = worked.verify(noted)
        assert audit.chain.fault is not None
        assert audit.chain.fault.wrong == "anchor"
        assert audit.differences != ()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Within the block no file of this process grows beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    earlier = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, earlier)


def told_to_nobody(path: Path) -> str:
    """What a user without rights is told when opening `path`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            SqliteQueue(path, clock=utc_now).claim("alice")
        except Unreachable as refused:
            os.write(writing, str(refused).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as told:
        return told.read().decode()
