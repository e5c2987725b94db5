-- What was replaced, by kind of entity: in the log's conversations and in each checkpoint's answers.
--
-- origin: 'conversations' (the log), or the checkpoint whose answers they are in
-- entity_type: kind of what was replaced
-- n_redactions: replaced spans
-- n_rows: conversations or responses that have one
-- n_characters: characters that stand in their place
CREATE OR REPLACE VIEW redaction_counts AS
WITH spans AS (
    SELECT 'conversations' AS origin, conversation_id AS id, unnest(redactions) AS span FROM conversations
    UNION ALL
    SELECT checkpoint, response_id, unnest(redactions) FROM responses WHERE checkpoint <> 'logged'
)
SELECT
    origin, span.entity_type AS entity_type, count(*) AS n_redactions, count(DISTINCT id) AS n_rows,
    sum(span."end" - span.start) AS n_characters
FROM spans
GROUP BY origin, span.entity_type;
