"""The one style sheet of all pictures, which a page may share: colours for light, dark and paper."""

from __future__ import annotations

__all__ = ["STYLE"]

# Every colour of text has a contrast of 4.5 : 1 and more with its ground; arms are told apart by those who see few colours.
LIGHT = {
    "ground": "#ffffff",
    "ink": "#1b2330",
    "muted": "#566170",
    "rule": "#dfe3e9",
    "axis": "#8b95a3",
    "band": "#e4ebf6",
    "edge": "#8fa5c6",
    "worse": "#b3261e",
    "better": "#17713f",
    "different": "#8a5200",
    "equivalent": "#2158a8",
    "arm-0": "#1f68ad",
    "arm-1": "#b5500a",
    "arm-2": "#0f7862",
    "arm-3": "#7b3fc4",
    "arm-4": "#a3305f",
    "arm-5": "#5a6600",
}
DARK = {
    "ground": "#14181f",
    "ink": "#e7ebf1",
    "muted": "#a3aebd",
    "rule": "#2a323e",
    "axis": "#6d7988",
    "band": "#212d40",
    "edge": "#5f7aa3",
    "worse": "#ff8f85",
    "better": "#74d6a0",
    "different": "#f0b95f",
    "equivalent": "#8fbaff",
    "arm-0": "#7cb8f2",
    "arm-1": "#f5a05e",
    "arm-2": "#5fd0b6",
    "arm-3": "#c4a2ff",
    "arm-4": "#f191b8",
    "arm-5": "#c6d15a",
}


def _palette(colours: dict[str, str]) -> str:
    return "".join(f"--lm-{name}:{colour};" for name, colour in colours.items())


def _coloured(names: list[str]) -> str:
    return "".join(f".lm-{name}{{color:var(--lm-{name})}}\n" for name in names)


VERDICTS = ["worse", "better", "different", "equivalent"]
ARMS = [name for name in LIGHT if name.startswith("arm-")]

# A theme that was chosen (`data-theme` of the root) goes before what the system prefers; paper is light.
STYLE = f"""
:root{{{_palette(LIGHT)}}}
@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{_palette(DARK)}}}}}
@media screen{{:root[data-theme=dark]{{{_palette(DARK)}}}}}
.lm-scroll{{overflow-x:auto}}
.lm-chart{{display:block;max-width:100%;height:auto;min-width:760px;color:var(--lm-muted);
font:13px/1.2 system-ui,-apple-system,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}}
.lm-chart text{{fill:var(--lm-ink)}}
.lm-chart .lm-title{{font-size:15px;font-weight:600}}
.lm-chart .lm-group{{font-weight:600}}
.lm-chart .lm-small{{font-size:11px;fill:var(--lm-muted)}}
.lm-chart .lm-said{{font-size:12px;fill:currentColor;font-weight:600}}
.lm-chart .lm-aside{{fill:var(--lm-muted);font-weight:400}}
.lm-ground{{fill:var(--lm-ground)}}
.lm-rule{{stroke:var(--lm-rule);fill:none}}
.lm-axis{{stroke:var(--lm-axis);fill:none}}
.lm-zero{{stroke:var(--lm-ink);stroke-width:1.25;fill:none}}
.lm-band{{fill:var(--lm-band)}}
.lm-edge{{stroke:var(--lm-edge);stroke-dasharray:3 2;fill:none}}
.lm-mark{{fill:currentColor}}
.lm-line{{stroke:currentColor;stroke-width:2;fill:none}}
.lm-hollow{{fill:var(--lm-ground);stroke:currentColor;stroke-width:1.5}}
.lm-thin{{stroke:currentColor;stroke-width:1.25;fill:none}}
.lm-dashed{{stroke-dasharray:4 3}}
.lm-bracket{{stroke:var(--lm-axis);stroke-width:1.25;fill:none}}
.lm-point{{fill-opacity:.7}}
.lm-chart .lm-name{{fill:var(--lm-ink);font-weight:600}}
.lm-halo{{paint-order:stroke;stroke:var(--lm-ground);stroke-width:3px;stroke-linejoin:round}}
{_coloured([*VERDICTS, *ARMS])}.lm-different-within-margin{{color:var(--lm-different)}}
"""
