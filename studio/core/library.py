"""The library: every clip that was made and is still wanted, newest first, as History shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psygnal import Signal

from studio.core.clip import ClipRecord
from studio.core.clip_table import Clip, clip_of, columns_of, insert_clip, text_column, write_clip
from studio.core.errors import BadInput
from studio.core.store import Store

__all__ = ["ALL_CLIPS", "Clip", "ClipFilter", "Library"]


@dataclass(frozen=True)
class ClipFilter:
    """Which clips to list; every word of `text` has to occur in the prompt or the name.

    Upper and lower case are the same. `model` is a model's title, and `preset` a preset's id, which
    stays when its name changes; None lists all.
    """

    text: str = ""
    model: str | None = None
    preset: str | None = None
    starred: bool = False


ALL_CLIPS = ClipFilter()


class Library:
    """The clips of a store; each method has committed before a signal tells of it.

    All raise StudioError where the database cannot be read, and DiskFull where not written.
    """

    added = Signal(int)
    changed = Signal(int)
    removed = Signal(list)  # of ids

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, record: ClipRecord, path: Path, poster: Path | None, job_id: int | None) -> Clip:
        """Takes a clip in. One at a path that is known replaces what was known of it, and keeps
        its id, name and star: a render that overwrites, or one told twice after a crash.

        Raises BadInput for a path that is no text.
        """
        values = columns_of(record, path.absolute(), poster, job_id)
        with self._store.transaction() as connection:
            known = connection.execute("SELECT id FROM clips WHERE path = ?", (values["path"],))
            row = known.fetchone()
            clip_id = insert_clip(connection, values) if row is None else int(row["id"])
            if row is not None:
                write_clip(connection, clip_id, values)
        (self.added if row is None else self.changed).emit(clip_id)
        return self.clip(clip_id)

    def clip(self, clip_id: int) -> Clip:
        """The clip with an id. Raises BadInput where there is none (any more)."""
        found = self.clips((clip_id,))
        if not found:
            raise BadInput("This clip is not in the history any more.")
        return found[0]

    def clips(self, ids: Sequence[int]) -> list[Clip]:
        """The clips with these ids, in their order; those that are gone are left out."""
        found: dict[int, Clip] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = self._store.rows(f"SELECT * FROM clips WHERE id IN ({marks})", some)
            found |= {int(row["id"]): clip_of(row) for row in rows}
        return [found[clip_id] for clip_id in ids if clip_id in found]

    def of_jobs(self, job_ids: Sequence[int]) -> list[Clip]:
        """The clips that these jobs made, in the jobs' order; at most 999 jobs."""
        place = {job_id: at for at, job_id in enumerate(job_ids)}
        marks = ", ".join("?" * len(place))
        rows = self._store.rows(f"SELECT * FROM clips WHERE job_id IN ({marks})", tuple(place))
        return [clip_of(row) for row in sorted(rows, key=lambda row: place[row["job_id"]])]

    def photos(self) -> list[Path]:
        """The photos that clips began with, each once; whether their files are there or not."""
        image = "CASE WHEN json_valid(record) THEN json_extract(record, '$.params.image') END"
        rows = self._store.rows(f"SELECT DISTINCT {image} AS image FROM clips")
        return [Path(row["image"]) for row in rows if row["image"]]

    def count(self, wanted: ClipFilter = ALL_CLIPS) -> int:
        """How many clips a filter lists."""
        where, args = _where(wanted)
        return int(self._store.rows(f"SELECT count(*) FROM clips {where}", args)[0][0])

    def ids(self, wanted: ClipFilter = ALL_CLIPS) -> list[int]:
        """The ids of all clips that a filter lists, newest first."""
        where, args = _where(wanted)
        return [int(row[0]) for row in self._store.rows(f"SELECT id FROM clips {where}{_BY}", args)]

    def page(self, wanted: ClipFilter, offset: int, limit: int) -> list[Clip]:
        """At most `limit` of the clips that a filter lists, from the one at `offset` on."""
        where, args = _where(wanted)
        sql = f"SELECT * FROM clips {where}{_BY} LIMIT ? OFFSET ?"
        return [clip_of(row) for row in self._store.rows(sql, (*args, limit, offset))]

    def set_stars(self, ids: Sequence[int], on: bool) -> None:
        """Gives clips their stars or takes them."""
        self._set(ids, "starred", int(on))

    def rename(self, clip_id: int, name: str) -> None:
        """Gives a clip the name it is shown under; the file keeps its own. Blank takes it back.

        Raises BadInput for a name that is no text.
        """
        self._set((clip_id,), "name", text_column(" ".join(name.split())) or None)

    def remove(self, ids: Sequence[int]) -> None:
        """Forgets clips; their files stay."""
        with self._store.transaction() as connection:
            gone = [
                clip_id
                for clip_id in ids
                if connection.execute("DELETE FROM clips WHERE id = ?", (clip_id,)).rowcount
            ]
        if gone:
            self.removed.emit(gone)

    def models(self) -> list[str]:
        """The titles of all models that made a clip, by the alphabet."""
        return self._distinct("model_title")

    def presets(self) -> list[tuple[str, str]]:
        """The ids of all presets that a clip was made with, each with the name that it had last, by
        the alphabet.
        """
        sql = """SELECT preset_id, preset FROM clips WHERE id IN
            (SELECT max(id) FROM clips WHERE preset_id IS NOT NULL GROUP BY preset_id)"""
        found = [(str(row[0]), str(row[1])) for row in self._store.rows(sql)]
        return sorted(found, key=lambda each: (each[1].casefold(), each[0]))

    def _distinct(self, column: str) -> list[str]:
        sql = f"SELECT DISTINCT {column} FROM clips WHERE {column} IS NOT NULL"
        return sorted((str(row[0]) for row in self._store.rows(sql)), key=str.casefold)

    def _set(self, ids: Sequence[int], column: str, value: object) -> None:
        sql = f"UPDATE clips SET {column} = ? WHERE id = ? AND {column} IS NOT ?"
        # Not worth a wait for the disk: a power cut may take the last star.
        with self._store.transaction(flush=False) as connection:
            changed = [
                clip_id
                for clip_id in ids
                if connection.execute(sql, (value, clip_id, value)).rowcount
            ]
        for clip_id in changed:
            self.changed.emit(clip_id)


_AT_ONCE = 500  # SQLite takes 999 values in older builds
_LONGEST_TEXT, _MOST_WORDS = 2000, 40
_BY = " ORDER BY created DESC, id DESC"


def _where(wanted: ClipFilter) -> tuple[str, list[object]]:
    tests: list[str] = []
    args: list[object] = []
    if wanted.starred:
        tests.append("starred = 1")
    for column, value in (("model_title", wanted.model), ("preset_id", wanted.preset)):
        if value is not None:
            tests.append(f"{column} = ?")
            args.append(value)
    for word in _words(wanted.text):
        likes = [f"%{_escaped(form)}%" for form in _forms(word)]
        one = "prompt LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\'"
        tests.append(f"({' OR '.join([one] * len(likes))})")
        args += [like for like in likes for _ in range(2)]
    return (f"WHERE {' AND '.join(tests)}" if tests else ""), args


def _words(text: str) -> list[str]:
    """The words to look for, as many as SQLite takes in one question: more hardly narrow it."""
    # A lone surrogate, which some keyboards leave behind, is in no text that could be kept.
    words = text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8").split()
    return list(dict.fromkeys(words))[:_MOST_WORDS]


def _forms(word: str) -> list[str]:
    """LIKE takes upper and lower case as the same in ASCII only: other words in their forms."""
    if word.isascii():
        return [word]
    return sorted({word, word.lower(), word.upper(), word.capitalize()})


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
