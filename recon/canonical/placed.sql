-- What an increment puts in the place of what, with the rows that share a logical key with others.
CREATE OR REPLACE TEMP TABLE sharing AS
SELECT t.* FROM ({stored}) t {joined};

CREATE OR REPLACE TEMP TABLE replaced AS
SELECT _part, _row, {wanted} FROM gone UNION ALL SELECT _part, _row, {wanted} FROM sharing;

CREATE OR REPLACE TEMP TABLE placed AS
{marked};
