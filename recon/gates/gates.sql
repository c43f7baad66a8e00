-- What the gates said of every expectation, and the rows that are refused; both are filled by recon.gates.gatekeeper.
CREATE OR REPLACE TEMP TABLE gate (
    source       VARCHAR,
    gated        VARCHAR,
    expectation  INTEGER,
    type         VARCHAR,
    kwargs       VARCHAR,
    expected     VARCHAR,
    action       VARCHAR,
    reason       VARCHAR,
    outcome      VARCHAR,
    looked_at    BIGINT,
    failed       BIGINT,
    said         VARCHAR,
    plants       VARCHAR,
    examples     VARCHAR
);

CREATE OR REPLACE TEMP TABLE gate_row (source VARCHAR, gated VARCHAR, expectation INTEGER, row_ref VARCHAR, row VARCHAR);

-- Rows that rules do not get to see as they are, with all reasons.
CREATE OR REPLACE TEMP TABLE gate_refused (source VARCHAR, gated VARCHAR, row_ref VARCHAR, reason VARCHAR);
