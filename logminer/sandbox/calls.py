"""System calls that a contained command is refused: what would hold memory that no limit counts, reach past the network namespace,
or open parts of the kernel that it has no use for. The namespaces contain without this; it is the second wall.

The launcher imports this file: see `wire`. What is used: seccomp(2), linux/filter.h, linux/seccomp.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

__all__ = ["machine_known", "refuse_calls"]

# linux/audit.h; then the column of `_REFUSED`
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# asm/unistd_64.h, asm-generic/unistd.h
_REFUSED = {
    # files that are memory, and memory that is shared by name: no address space need hold it
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # buffers in the kernel: of sockets beyond the usual size, and of requests, of which the whole machine has a number
    "setsockopt": (54, 208),
    "io_setup": (206, 0),
    # the machine's disks, for which it would wait where nothing can kill it
    "sync": (162, 81),
    "syncfs": (306, 267),
    # namespaces and mounts, where a process would have powers again, and file systems without a size
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # other processes' memory and descriptors: init has the same user
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # calls that are made for a process elsewhere, where this filter does not see them
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # parts of the kernel through which others have got out before
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "syslog": (103, 116),
}
_SOCKET, _CLONE, _CLONE3, _PRLIMIT = (41, 198), (56, 220), (435, 435), (302, 261)
_MMAP = (9, 222)
_MAP_SHARED, _MAP_ANONYMOUS, _MAP_HUGETLB = 0x01, 0x20, 0x40000
_NEWEST = 449  # calls that came after this list was made are unknown to the command, as on an older kernel
_AF_UNIX = 1
_CLONE_NEW = 0x7E020000  # every flag of clone(2) that makes a namespace

# linux/bpf_common.h: load a word of the call's description; jump if equal, greater, any bit; return
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
# of struct seccomp_data; of arguments the low word, where bytes are little-endian
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT, _FOURTH_ARGUMENT_AT = 0, 4, 16, 40
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def machine_known() -> bool:
    """Whether the numbers of this processor's calls are known here."""
    return os.uname().machine in _MACHINES


def refuse_calls() -> None:
    """Refuse them to this process and to all that it starts, for good.

    Raises:
        OSError: the system takes no such list.
    """
    instructions = _program(*_MACHINES[os.uname().machine])
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "", "refusing system calls")


def _program(machine: int, column: int) -> bytes:
    """The filter: pairs of a question and what is returned where the answer is yes."""

    def is_call(numbers: tuple[int, int]) -> bytes:
        return _step(_EQUAL, numbers[column], 0, 1)

    def refuse(code: int) -> bytes:
        return _step(_RETURN, _ERRNO | code)

    allow = _step(_RETURN, _ALLOW)
    steps = [
        _step(_LOAD, _MACHINE_AT),
        _step(_EQUAL, machine, 1, 0),
        _step(_RETURN, _KILL),  # calls in the form of another machine have other numbers
        _step(_LOAD, _NUMBER_AT),
        _step(_GREATER, _NEWEST, 0, 1),
        refuse(errno.ENOSYS),
        # Its flags lie in memory, where no filter sees them; without it, libraries use clone.
        is_call(_CLONE3),
        refuse(errno.ENOSYS),
    ]
    for numbers in _REFUSED.values():
        steps += [is_call(numbers), refuse(errno.EPERM)]
    # Four calls of which an argument decides: number, argument, question whose yes allows or refuses, the refusal
    first = _step(_LOAD, _FIRST_ARGUMENT_AT)
    steps += [
        # Memory that is shared and in no file, and huge pages: a process may hold either without its being resident there.
        _step(_EQUAL, _MMAP[column], 0, 6),
        _step(_LOAD, _FOURTH_ARGUMENT_AT),
        _step(_ANY_BIT, _MAP_HUGETLB, 2, 0),
        _step(_ANY_BIT, _MAP_SHARED, 0, 2),
        _step(_ANY_BIT, _MAP_ANONYMOUS, 0, 1),
        refuse(errno.EPERM),
        allow,
        # Sockets between its own processes; a virtual machine's, for one, would reach its host past the network namespace.
        _step(_EQUAL, _SOCKET[column], 0, 4),
        first,
        _step(_EQUAL, _AF_UNIX, 0, 1),
        allow,
        refuse(errno.EAFNOSUPPORT),
        _step(_EQUAL, _CLONE[column], 0, 4),
        first,
        _step(_ANY_BIT, _CLONE_NEW, 0, 1),
        refuse(errno.EPERM),
        allow,
        # Limits of its own alone.
        _step(_EQUAL, _PRLIMIT[column], 0, 4),
        first,
        _step(_EQUAL, 0, 0, 1),
        allow,
        refuse(errno.EPERM),
        allow,
    ]
    return b"".join(steps)


def _step(code: int, value: int, if_yes: int = 0, if_no: int = 0) -> bytes:
    """One instruction: struct sock_filter."""
    return struct.pack("=HBBI", code, if_yes, if_no, value)
