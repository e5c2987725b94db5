"""What is used of Presidio, imported in one place: whoever imports it first says what is loaded with it."""

from __future__ import annotations

from logminer.models.later import pipelines_later

# It takes transformers' pipelines, for an engine that is not used here and for `anonymise.ner`.
with pipelines_later():
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, RecognizerResult
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import (
        GLiNERRecognizer,
        HuggingFaceNerRecognizer,
        PhoneRecognizer,
        SpacyRecognizer,
    )
    from presidio_analyzer.recognizer_registry.recognizers_loader_utils import (
        RecognizerConfigurationLoader,
        RecognizerListLoader,
    )

__all__ = [
    "AnalyzerEngine",
    "GLiNERRecognizer",
    "HuggingFaceNerRecognizer",
    "LemmaContextAwareEnhancer",
    "NerModelConfiguration",
    "NlpArtifacts",
    "PhoneRecognizer",
    "RecognizerConfigurationLoader",
    "RecognizerListLoader",
    "RecognizerRegistry",
    "RecognizerResult",
    "SpacyNlpEngine",
    "SpacyRecognizer",
]
