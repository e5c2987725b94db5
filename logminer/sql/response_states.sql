-- What became of each response: answered, length (cut off), content_filter, refused_by_server, or error (all else).
--
-- state: answered, length, content_filter, refused_by_server or error
-- others: as in responses
CREATE OR REPLACE VIEW response_states AS
SELECT
    response_id, prompt_id, checkpoint, sample_index,
    CASE
        WHEN error LIKE 'content_filter%' OR finish_reason = 'content_filter' THEN 'content_filter'
        WHEN error LIKE 'refused_by_server%' THEN 'refused_by_server'
        WHEN error IS NOT NULL THEN 'error'
        WHEN finish_reason = 'length' THEN 'length'
        ELSE 'answered'
    END AS state,
    error
FROM responses;
