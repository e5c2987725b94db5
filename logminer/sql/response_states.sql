-- What became of each response, and of its thoughts.
--
-- others: as in responses
CREATE OR REPLACE VIEW response_states AS
SELECT response_id, prompt_id, checkpoint, sample_index, state, thoughts_state, error
FROM responses;
