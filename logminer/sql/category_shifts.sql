-- The comparisons of categories with their titles, strongest evidence first. Sign: candidate minus base.
--
-- title, direction, severity: as in categories
-- others: as in comparisons
CREATE OR REPLACE VIEW category_shifts AS
SELECT c.verdict, k.title, k.direction, k.severity, c.* EXCLUDE (verdict, kind, cluster_id)
FROM comparisons AS c
LEFT JOIN categories AS k USING (category_id)
WHERE c.kind = 'category'
ORDER BY
    c.base, c.candidate, c.role, c.stratum <> 'all', c.stratum, c.q NULLS LAST, abs(c.difference) DESC, c.category_id;
