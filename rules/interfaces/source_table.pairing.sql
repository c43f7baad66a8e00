/* ---
pairing: source_table
title: Sources and the tables that rules need of them
key: [source, table]
from: [intake.source_table]
plant: none
workflow: intake
settle: 0h
local: source
--- */
-- A row without a table is the source as a whole.
SELECT t.system,
       cut.plant,
       t.source,
       t."table",
       t.changed_at,
       t.not_evaluated,
       t.as_of,
       t.behind_hours,
       t.allowed_hours,
       t.row_count,
       t.problem,
       t.doubt,
       t."table" IS NULL AND t.behind_hours > t.allowed_hours AS too_old
FROM intake.source_table t
JOIN cut ON cut.system = t.system
