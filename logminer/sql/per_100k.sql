-- A share as a number of cases in 100,000, for what is rare.
--
-- rate: a share in [0, 1]; null: the result is null
CREATE OR REPLACE MACRO per_100k(rate) AS 1e5 * rate;
