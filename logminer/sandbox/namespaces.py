"""A place of its own for a process: Linux namespaces, an own root of files, and no powers. The order of the steps matters.

The launcher imports this file: see `wire`. Each call that the system refuses raises an `OSError` whose `filename` says the step.
What is used: user_namespaces(7), mount_namespaces(7), pid_namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7).
"""

from __future__ import annotations

import ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "adopt_orphans",
    "end_with_parent",
    "enter",
    "give_up_powers",
    "make_read_only",
    "make_root",
    "signal_at_parents_end",
]

INSIDE_ID = 1000  # the user and the group of everything inside
_SPARE_ID = (
    0x6E000000  # of whoever that is outside where we are root; beyond what anybody is given by hand
)

# sched.h
CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

# mount.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 1, 2, 4, 8
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
SYS_MOUNT_SETATTR = 442  # on every architecture; Linux 5.12

# prctl.h, capability.h
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(step: str, result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "", step)


def _prctl(step: str, what: int, value: int) -> None:
    _checked(step, _libc.prctl(what, *map(ctypes.c_ulong, (value, 0, 0, 0))))


# --- entering ---


def enter() -> None:
    """Put this process into a user namespace of its own, and its children into ones of processes, network, messages and name."""
    root = os.geteuid() == 0
    if root:
        try:
            os.setgroups([])
        except OSError as error:  # a root that is one in name alone
            raise OSError(error.errno, "", "giving up groups") from None
    uid, gid = os.geteuid(), os.getegid()
    # Root may map another user than itself, but only from outside of the new namespace.
    write_maps = _map_writer(os.getpid(), uid, gid) if root else None
    _checked("a user namespace", _libc.unshare(CLONE_NEWUSER))
    if write_maps:
        write_maps()
    if not root:
        _write("a user namespace's map", "/proc/self/setgroups", "deny")
        _write("a user namespace's map", "/proc/self/uid_map", f"{INSIDE_ID} {uid} 1\n")
        _write("a user namespace's map", "/proc/self/gid_map", f"{INSIDE_ID} {gid} 1\n")
    spaces = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    _checked("namespaces of processes and network", _libc.unshare(spaces))


def _map_writer(pid: int, uid: int, gid: int) -> Callable[[], None]:
    """Fork a process that maps root, to make the place, and the user inside to one who owns nothing outside; call to let it write."""
    waiting, go = os.pipe()
    writer = os.fork()
    if writer == 0:
        status = 1
        try:
            os.close(go)
            if not os.read(waiting, 1):
                os._exit(status)  # there is no namespace
            for kind, own in (("uid", uid), ("gid", gid)):
                lines = f"0 {own} 1\n{INSIDE_ID} {_spare(kind, pid)} 1\n"
                _write("", f"/proc/{pid}/{kind}_map", lines)
            status = 0
        finally:
            os._exit(status)
    os.close(waiting)

    def write() -> None:
        os.write(go, b"!")
        os.close(go)
        _, status = os.waitpid(writer, 0)
        if status:
            raise OSError(1, "", "a user namespace's map")

    return write


def _spare(kind: str, pid: int) -> int:
    """An id that nobody has: far up where ids are free, else the last that this system may map."""
    wanted = _SPARE_ID + pid  # another one for each, because the kernel counts some things by user
    with open(f"/proc/self/{kind}_map") as file:
        ranges = [(int(at[0]), int(at[2])) for at in map(str.split, file)]
    if any(first <= wanted < first + n for first, n in ranges):
        return wanted
    return max(first + n - 1 for first, n in ranges)


def _write(step: str, path: str, text: str) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    except OSError as error:
        raise OSError(error.errno, "", step) from None


def signal_at_parents_end(number: int) -> None:
    """Have a signal sent to this process when its parent ends; a change of user or powers forgets it."""
    _prctl("a signal at the parent's end", PR_SET_PDEATHSIG, number)


def end_with_parent() -> None:
    """Have this process killed when its parent ends."""
    signal_at_parents_end(9)


def adopt_orphans() -> None:
    """Have descendants whose parents are gone given to this process."""
    _prctl("adopting orphans", PR_SET_CHILD_SUBREAPER, 1)


# --- the root of files ---


def make_root(options: dict[str, str]) -> None:
    """Make a root that holds the interpreter and the system's programs, to be read, the tree, and nothing else."""
    _checked("a namespace of files", _libc.unshare(CLONE_NEWNS))
    # Nothing that is mounted from here on is seen outside.
    _mount("a namespace of files", "none", "/", "", MS_REC | MS_PRIVATE)
    base = next(folder for folder in ("/tmp", "/mnt", "/var", "/usr") if os.path.isdir(folder))
    _mount("a root of its own", "tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256k")
    os.chdir(base)
    os.mkdir("old")
    # The new root takes the old one's place, which from now on is seen below /old, all of it.
    _checked("a root of its own", _libc.pivot_root(b".", b"old"))
    os.chdir("/")
    _make_tree(options)  # first: an interpreter may lie below /tmp, and would be covered
    for path in options["shown"].split("\n"):
        _show(path)
    nothing = MS_RDONLY | MS_NOSUID | MS_NODEV
    for path in options["hidden"].split("\n"):
        if path and os.path.isdir(path):
            _mount("hiding packages", "tmpfs", path, "tmpfs", nothing, "size=4k,nr_inodes=1")
    os.mkdir("/dev", 0o755)
    # Not `zero`: where it is mapped and shared it is memory that no limit counts, see `calls`.
    for name in ("null", "full", "random", "urandom"):
        _bind(f"/dev/{name}", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)
    os.mkdir("/tools", 0o755)
    for name in ("python", "python3"):
        os.symlink(options["python"], f"/tools/{name}")
    _ask_the_kernel()
    # What the host holds goes away for good: it is not mounted in this namespace any more.
    _checked("leaving the old root", _libc.umount2(b"/old", MNT_DETACH))
    os.rmdir("/old")
    _set_attributes("/", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
    _checked("a name of its own", _libc.sethostname(b"sandbox", 7))


def _show(path: str) -> None:
    """Let a file or folder of the host be read at its own path; a link is made again."""
    old = "/old" + path
    if os.path.islink(old):
        os.symlink(os.readlink(old), path)
    elif os.path.exists(old):
        _bind(path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)


def _bind(path: str, attributes: int) -> None:
    if os.path.isdir("/old" + path):
        os.makedirs(path, 0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    # With all that is mounted below it: the kernel refuses to show what another mount covers.
    _mount("showing the host's files", "/old" + path, path, "", MS_BIND | MS_REC)
    _set_attributes(path, attributes, AT_RECURSIVE)


def _make_tree(options: dict[str, str]) -> None:
    """A file system in memory that holds the tree and the temporary files, and no more of both than the bounds allow."""
    size, inodes = options["room_bytes"], options["room_files"]
    os.mkdir("/tmp", 0o755)
    os.mkdir(options["tree"], 0o755)
    os.mkdir("/room", 0o755)
    data = f"mode=0755,size={size},nr_inodes={inodes},uid={INSIDE_ID},gid={INSIDE_ID}"
    _mount("a tree of its own", "tmpfs", "/room", "tmpfs", MS_NOSUID | MS_NODEV, data)
    places = (options["tree"], "/tmp") if options["writable"] == "yes" else (options["tree"],)
    for place in places:
        inside = f"/room/{os.path.basename(place)}"
        os.mkdir(inside, 0o755)
        os.chown(inside, INSIDE_ID, INSIDE_ID)
        _mount("a tree of its own", inside, place, "", MS_BIND)
    _checked("a tree of its own", _libc.umount2(b"/room", MNT_DETACH))
    os.rmdir("/room")


def make_read_only(path: str) -> None:
    """Of a mount, as long as this process has the power."""
    _set_attributes(path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)


def _mount(step: str, source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    result = _libc.mount(
        source.encode(),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _checked(step, result)


class _MountAttributes(ctypes.Structure):
    _fields_ = [
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    ]


def _set_attributes(path: str, attributes: int, flags: int = 0) -> None:
    wanted = _MountAttributes(attributes, 0, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(SYS_MOUNT_SETATTR),
        ctypes.c_int(AT_FDCWD),
        os.fsencode(path),
        ctypes.c_uint(flags),
        ctypes.byref(wanted),
        ctypes.c_size_t(ctypes.sizeof(wanted)),
    )
    _checked("read-only files (Linux 5.12 or newer)", result)


def _ask_the_kernel() -> None:
    """Two settings that a kernel may not have, and that nothing depends on."""
    for path, value in (
        # In a user namespace of its own the command would have powers again; the calls are refused as well, see `calls`.
        ("/old/proc/sys/user/max_user_namespaces", "0"),
        # When the whole machine runs out of memory, this goes first.
        ("/old/proc/self/oom_score_adj", "1000"),
    ):
        try:
            _write("", path, value)
        except OSError:
            continue


# --- powers ---


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def give_up_powers() -> None:
    """Be the user inside, without a capability or a way to get one, and not to be looked into by processes of that user."""
    last = 0
    while _libc.prctl(PR_CAPBSET_DROP, *map(ctypes.c_ulong, (last, 0, 0, 0))) == 0:
        last += 1  # until there is no such capability
    os.setresgid(INSIDE_ID, INSIDE_ID, INSIDE_ID)
    os.setresuid(INSIDE_ID, INSIDE_ID, INSIDE_ID)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32
    _checked("giving up powers", _libc.capset(ctypes.byref(header), ctypes.byref(nothing)))
    _prctl("giving up powers", PR_SET_NO_NEW_PRIVS, 1)
    # The command has the same user, and must not trace us.
    _prctl("giving up powers", PR_SET_DUMPABLE, 0)
