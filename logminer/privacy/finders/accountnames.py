"""Whether a user name can be somebody's: `root`, `user` and words of everyday use are not."""

from __future__ import annotations

import re

from logminer.privacy.finders.lexicon import first_name, frequency, is_surname
from logminer.privacy.finders.tokens import word_set

__all__ = ["is_full_name", "is_somebody"]

COMMON = 3_000  # from this frequency on, a word is in everyday use; see `lexicon.frequency`

GENERIC = word_set(
    """
    root user users usr user1 user2 myuser newuser testuser test tester guest admin administrator admins owner me you your yours someone
    anyone nobody everyone all public default shared share common home local system service daemon bin sbin mail news nogroup staff
    ubuntu debian fedora centos alpine arch kali vagrant docker runner circleci travis jenkins gitlab-runner buildkite builder build ci
    deploy deployer app apps application node nodejs npm python conda jovyan colab coder codespace vscode gitpod workspace sandbox work pi
    ec2-user azureuser opc gcp cloud cloudshell hadoop spark airflow postgres mysql mariadb mongodb redis elastic rabbitmq oracle sa www
    www-data apache nginx httpd tomcat git svn hg github gitlab ssh ftp sftp backup oem support info contact sales help webmaster hostmaster
    noreply no-reply bot name username user_name user-name yourname your-name your_name yourusername your-username your_username your-user
    youruser myname my_name myusername my-username example sample demo dev developer devuser null none undefined true false string foo bar
    baz qux doe johndoe janedoe jdoe john.doe jane.doe john_doe jane_doe john-doe jane-doe student host
    hostname domain localhost server client steam login index linuxbrew chronos super superuser sysadmin operator postgresql
    """
)
_PLACEHOLDER = re.compile(
    r"(?:(?:your|my|the|some|test|example|new|old)[._-]?(?:user|name|company|account|id|handle|host|server|org|repo|project|profile|page)\w{0,8}|(?:user|test|admin|company|account|server|client|host|person|member|author|customer)(?:[._-]?(?:name|id|[a-z]|\d{1,3}))?)"
)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\dA-Za-z_]+")


def is_somebody(name: str) -> bool:
    """Whether an account of this name can belong to one person."""
    folded = name.casefold().strip(".-_@")
    if len(folded) < 2 or folded in GENERIC or not any(c.isalpha() for c in folded):
        return False
    if _PLACEHOLDER.fullmatch(folded) or (
        folded.rstrip("0123456789") in GENERIC and len(folded) < 10
    ):
        return False
    return not (folded.isalpha() and frequency(folded) >= COMMON and not first_name(folded))


def is_full_name(handle: str) -> bool:
    """Whether a handle holds a first name and a surname that the lists know: `anna-kowalska`, `AnnaKowalska`."""
    parts = [part.casefold() for part in _PARTS.findall(handle)]
    return (
        2 <= len(parts) <= 3
        and bool(first_name(parts[0]))
        and (is_surname(parts[-1]) or frequency(parts[-1]) == 0)
    )
