"""`make bench BENCH=anonymise`; without a name, all of them."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from logminer.models.packaged import go_offline

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("[a-z]*.py") if p.stem != "harness")


def main() -> None:
    go_offline()
    # Presidio's own e-mail recogniser would look for a newer list of domains.
    os.environ.setdefault("TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS", "")
    chosen = sys.argv[1:] or NAMES
    if unknown := sorted(set(chosen) - set(NAMES)):
        sys.exit(f"no benchmark '{unknown[0]}'; there are: {', '.join(NAMES)}")
    for name in chosen:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
