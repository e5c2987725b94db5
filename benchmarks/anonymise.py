"""Words per second of detection: Presidio one by one, Presidio's batches (baseline), ours with one and two processes.

Both sides use the same spaCy model; ours runs profile `strict` (all that Presidio reports) plus its own patterns.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from benchmarks.harness import Row, rate, report, texts
from logminer.privacy.detect import Detector, locate

COUNT = 400


def presidio() -> tuple[Any, Any]:
    """Presidio as shipped, over the model that is here."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Local(SpacyNlpEngine):  # type: ignore[misc]
        def load(self) -> None:
            self.nlp = {"en": spacy.load(locate("en_core_web_sm"))}

    engine = Local(models=[{"lang_code": "en", "model_name": "en_core_web_sm"}])
    engine.load()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    return analyzer, BatchAnalyzerEngine(analyzer)


_detector: list[Detector] = []


def detect(some: list[str]) -> int:
    """Spans found by ours; the models are opened once a process."""
    if not _detector:
        _detector.append(Detector("strict", ("en",), {}))
    return sum(map(len, _detector[0].detect([(text, "en") for text in some])))


def main() -> None:
    origin, found = texts(COUNT)
    words = sum(len(text.split()) for text in found)
    analyzer, batches = presidio()
    few = found[: COUNT // 8]
    speeds = {
        "presidio": rate(
            lambda: [analyzer.analyze(text, "en") for text in few], sum(len(t.split()) for t in few)
        ),
        "presidio_batch": rate(
            lambda: list(batches.analyze_iterator(found, "en", batch_size=64)), words
        ),
        "logminer_1": rate(lambda: detect(found), words),
    }
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        halves = [found[0::2], found[1::2]]
        speeds["logminer_2"] = rate(lambda: list(pool.map(detect, halves)), words)
    baseline = speeds["presidio_batch"]
    unit = f"words/s, {origin}"
    rows = [Row(name, speed, unit, speed / baseline) for name, speed in speeds.items()]
    report("anonymise", rows, 2.3, "logminer_2")
