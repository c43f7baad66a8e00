-- What the second look says of what is suspicious: confirmed, in flight, healed; stands or not evaluated: nothing that changes it.
CREATE OR REPLACE TEMP TABLE verdict (finding_id VARCHAR, rule_id VARCHAR, system VARCHAR, plant VARCHAR, says VARCHAR, as_of TIMESTAMP);
