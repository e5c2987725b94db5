"""Parts of an object store, looked at before their turn comes: many at once, where each would wait for the one before."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from logminer.files.objects import AnyPath, ObjectPath
from logminer.store.parts import Footer, PartFile, PartFolder

__all__ = ["Ahead"]

AT_ONCE = 16  # parts that are being fetched


class Ahead:
    """What is known of finished parts.

    Args:
        folders: those of an object store are listed once, and their parts begun to be read. Nobody else writes there meanwhile,
            and a part is asked for here before it may be written anew.
    """

    def __init__(self, folders: Iterable[PartFolder] = ()) -> None:
        far = [folder for folder in folders if isinstance(folder.root, ObjectPath)]
        listed = [(folder, folder.parts()) for folder in far]
        self._listed = {folder.path: frozenset(parts) for folder, parts in listed}
        # Parts of one slice next to each other, for they are asked for together.
        files = sorted((part, n) for n, (_, parts) in enumerate(listed) for part in parts)
        self._pool = pool = ThreadPoolExecutor(AT_ONCE)  # no thread is begun before it is needed
        self._looks: dict[AnyPath, Future[Footer | str]] = {}
        for part, n in files:
            file = listed[n][0].file(part)
            self._looks[file] = pool.submit(PartFile(file).examined)
        self._digests: dict[AnyPath, str] = {}

    def has(self, file: AnyPath) -> bool:
        """Whether a part is there."""
        there = self._listed.get(file.parent)
        return file.exists() if there is None else file.stem in there

    def examined(self, file: AnyPath) -> Footer | str:
        """See `PartFile.examined`."""
        look = self._looks.pop(file, None)
        if look is None or look.cancel():  # it had not begun
            return PartFile(file).examined()
        return look.result()

    def keep(self, file: AnyPath, digest: str) -> None:
        """A part is good, and is not written anew: no part that is made of it has to ask."""
        if file.parent in self._listed:
            self._digests[file] = digest

    def digest(self, file: AnyPath) -> str:
        """The digest of a part, as it is now.

        Raises:
            StoreError: it is damaged.
        """
        return self._digests.get(file) or PartFile(file).footer().digest

    def close(self) -> None:
        """Begin no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
