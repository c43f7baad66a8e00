-- How every rule ended for every plant and source it needs; docs/findings.md says what each column means.
CREATE OR REPLACE TEMP TABLE outcome (
    rule_id            VARCHAR,
    system             VARCHAR,
    plant              VARCHAR,
    source             VARCHAR,
    outcome            VARCHAR,
    reason             VARCHAR,
    compared           BIGINT,
    findings           BIGINT,
    keys_not_evaluated BIGINT,
    cut                TIMESTAMP,
    settled_until      TIMESTAMP,
    healed             BIGINT,
    title              VARCHAR,
    family             VARCHAR,
    severity           VARCHAR
)
