"""`logminer audit`: proof of privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from logminer.audit.findings import Audit

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False)
MOST_SHOWN = 30  # finds


@click.command("audit")
@click.argument("study", type=click.Path())
@click.option("--canaries", type=_FILE, help="Planted values, one a line.")
@click.option(
    "--detector-canaries",
    type=_FILE,
    help="Planted values that the detectors had to find, one a line.",
)
@click.option(
    "--ids", type=_FILE, help="Known raw ids, one a line: no plain hash of one may be there."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(
    ctx: click.Context,
    study: str,
    canaries: str | None,
    detector_canaries: str | None,
    ids: str | None,
    as_json: bool,
) -> None:
    """Look in everything in the folder of a STUDY for what must not be there.

    Every column of every part and table is decoded, and the bytes of every file are searched: logs, report,
    write-ahead log, spill, temporary and hidden files, and so in the studies of its suites. What is found is named by
    artefact, column and row, from 0; no text of the study and no canary is printed.

    \b
    Looked for:
      plumbing canaries   values planted in fields that must never persist: none may be left
      detector canaries   realistic data planted in texts: the share that is left, with its interval
      identifiers         that a checksum or a grammar proves, outside what was replaced
      hashed ids          known raw ids, hashed without the key in the usual ways
      quasi-identifiers   conversations that tell three of age, place, employer and date: a warning

    A line of --canaries is a plumbing canary, unless it begins with `detector` and a tab (`plumbing` and a tab may be
    written too); its number in the output is that of its line, from 0. Each is looked for in these forms:

    \b
      as it is, in other case, without spaces or with other characters between (snake_case, k-e-b-a-b, **bold**)
      look-alikes: accents left out, other alphabets' letters, full-width, figures of another script, unseen characters
      reversed, rot13, leet; URL-, JSON- and HTML-escaped, also twice; base64, base32, hex, character codes
      names: last name first, first name as a letter (jdoe, doe.j), an initial or a particle between
      numbers: grouped in any way, without country code or with 0 or 00, figures as English words
      hashed without a key (MD5, SHA-1, SHA-2, SHA-3, BLAKE2); in the first letters of lines

    One of fewer than six characters, or of fewer than seven digits, counts as a whole word only, and not in raw bytes.

    \b
    Not proved by a clean audit:
      keyed or salted hashes, encrypted or compressed text, images and other content that is no text
      paraphrase, translation, transliteration, nicknames; a first or last name alone
      values split over several texts; values that were not planted and that nothing proves; what can be inferred

    Every part of the study has a digest in its footer, under the pseudonym key: one that was altered by hand is named.

    Exit code 3: a plumbing canary, a proven identifier (or a canary that is one), a hash of an id, a file that could
    not be decoded, or a part that was altered.

    \b
    Examples:
        logminer audit studies/quarterly
        logminer audit studies/quarterly --canaries planted.txt --ids raw-ids.txt
    """
    from pathlib import Path

    from logminer.audit.auditor import audit, read_canaries, read_ids
    from logminer.cli import render
    from logminer.store.session import Session

    planted = read_canaries(Path(canaries)) if canaries else []
    planted += read_canaries(Path(detector_canaries), "detector") if detector_canaries else []
    found = audit(Path(study), Session, canaries=planted, ids=read_ids(Path(ids)) if ids else ())
    if as_json:
        render.print_json(found.as_json())
    else:
        _show(found, ids=bool(ids))
    if not found.clean:
        ctx.exit(3)


def _show(found: Audit, *, ids: bool) -> None:
    from logminer.audit.findings import NOT_PROVED
    from logminer.cli import render

    out = render.console()
    out.print(
        f"{render.count(found.files)} files of {render.size(found.bytes)}, {render.count(found.texts)} texts looked at"
    )
    rows = []
    for kind in ("plumbing", "detector"):
        planted = sum(canary.kind == kind for canary in found.canaries)
        left = len({hit.canary_index for hit in found.hits if hit.kind == kind})
        if planted:
            rows.append((f"{kind} canaries", render.count(planted), render.count(left)))
    rows.append(("proven identifiers", "", render.count(sum(f.n for f in found.certain_finds))))
    if ids:
        rows.append(("hashed ids", "", render.count(len({f.id_index for f in found.hashed_ids}))))
    out.print(render.table(None, ["", ">planted", ">left"], rows))
    if found.leak_rate:
        rate, low, high = map(render.percent, found.leak_rate)
        out.print(f"leak rate of the detector canaries {rate} ({low} to {high})")
    if found.whole_words:
        out.print(
            f"[dim]{render.count(found.whole_words)} short canaries count as whole words only[/]"
        )
    _show_finds(out, found)
    _show_parts(out, found)
    quasi = found.quasi_identifiers
    if quasi.three_or_more:
        kinds = ", ".join(f"{kind} {render.count(n)}" for kind, n in quasi.kinds.items())
        out.print(
            f"[yellow]warning[/] {render.count(quasi.three_or_more)} of {render.count(quasi.conversations)}"
            f" conversations ({render.percent(quasi.share)}) tell three quasi-identifiers or more ({kinds})"
        )
    out.print("[bold green]clean[/]" if found.clean else "[bold red]not clean[/]")
    out.print(f"[dim]not proved: {'; '.join(NOT_PROVED)}[/]", soft_wrap=True)


def _show_parts(out: Console, found: Audit) -> None:
    from rich.markup import escape

    from logminer.cli import render

    told = found.parts
    out.print(f"{render.count(told.verified)} parts are as a run wrote them")
    if told.older:
        out.print(f"{render.count(told.older)} of an earlier version: nothing vouches for them")
    if told.unverified:
        out.print(f"{render.count(told.unverified)} cannot be verified without the pseudonym key")
    for part in told.altered:
        out.print(
            f"[bold red]altered[/] {escape(part.artefact)}: {part.reason}; run again to compute it anew",
            soft_wrap=True,
        )


def _show_finds(out: Console, found: Audit) -> None:
    from rich.markup import escape

    from logminer.cli import render
    from logminer.cli.fitting import print_fitted

    finds: list[tuple[object, ...]] = [
        (f"{h.kind} canary {h.canary_index}", h.form, h.artefact, h.column, h.row, h.n)
        for h in found.hits
    ]
    finds += [(f.entity_type, "", f.artefact, f.column, f.row, f.n) for f in found.certain_finds]
    finds += [
        (f"id {f.id_index}", f.algorithm, f.artefact, f.column, f.row, f.n)
        for f in found.hashed_ids
    ]
    if finds:
        columns = ["what", "form", "artefact", "column", ">first row", ">cells"]
        shown = [
            [escape(cell) if isinstance(cell, str) else cell for cell in find]
            for find in finds[:MOST_SHOWN]
        ]
        out.print()
        spare = ["form", "column", "first row"]
        print_fitted(out, columns, shown, wrapped=["what", "artefact"], spare=spare)
        if len(finds) > MOST_SHOWN:
            out.print(f"[dim]… and {render.count(len(finds) - MOST_SHOWN)} more: --json[/]")
    for file in found.undecoded:
        out.print(
            f"[bold red]not decoded[/] {escape(file.artefact)}: {file.reason}; remove it, or run again",
            soft_wrap=True,
        )
