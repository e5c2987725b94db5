-- Wilson's 95 % interval of a share, as `.low` and `.high` in [0, 1]: never of width 0, also where k is 0 or n. It takes
-- rows for independent: where a user has several, see `rates_by_stratum`, or take users for n.
--
-- k: how many show it; need not be whole
-- n: of how many; null: the interval is null, as for 0
CREATE OR REPLACE MACRO wilson(k, n) AS
    CASE WHEN n > 0 THEN { -- 1.96 … is the normal quantile z, 1.92 … z²/2, .96 … z²/4, 3.84 … z²; e0: no decimals, which overflow
        'low': greatest(0.0e0, (k + 1.920729410347062e0
            - 1.959963984540054e0 * sqrt(greatest(0.0e0, k * (1 - k / n)) + 0.960364705173531e0)) / (n + 3.841458820694124e0)),
        'high': least(1.0e0, (k + 1.920729410347062e0
            + 1.959963984540054e0 * sqrt(greatest(0.0e0, k * (1 - k / n)) + 0.960364705173531e0)) / (n + 3.841458820694124e0))
    } END;
