-- The relations that a night's findings are collected in; `currency` (plant, currency) is there already.
CREATE OR REPLACE TEMP TABLE fired (
    finding_id     VARCHAR,
    rule_id        VARCHAR,
    rule_version   VARCHAR,
    title          VARCHAR,
    family         VARCHAR,
    severity       VARCHAR,
    owner          VARCHAR,
    system         VARCHAR,
    plant          VARCHAR,
    key            VARCHAR,
    material       VARCHAR,
    material_text  VARCHAR,
    batch          VARCHAR,
    order_no       VARCHAR,
    value_at_risk  DECIMAL(18, 2),
    currency       VARCHAR,
    difference     DECIMAL(18, 6),
    quantity       DECIMAL(18, 6),
    unit           VARCHAR,
    changed_at     TIMESTAMP,
    explanation    VARCHAR,
    cause          VARCHAR,
    consequence_of VARCHAR,
    evidence       VARCHAR,
    rows           VARCHAR,
    confirmed_at   TIMESTAMP,
    in_flight      BOOLEAN
);

CREATE OR REPLACE TEMP TABLE unjudged (rule_id VARCHAR, system VARCHAR, plant VARCHAR, key VARCHAR, finding_id VARCHAR, reason VARCHAR);

-- child hangs under primary; the lowest rank wins.
CREATE OR REPLACE TEMP TABLE yielding (child VARCHAR, primary_id VARCHAR, rank INTEGER);

CREATE OR REPLACE TEMP TABLE source_row (finding_id VARCHAR, side VARCHAR, canonical_table VARCHAR, row_ref VARCHAR, row VARCHAR);

-- Several sources may hold a material, or one source two versions of it: it has one name, and a price only where all agree on it.
CREATE OR REPLACE TEMP TABLE material_named AS
SELECT system, material, min(text) AS text
FROM canonical."sap.material"
GROUP BY system, material;

CREATE OR REPLACE TEMP TABLE material_priced AS
SELECT system, plant, material, CASE WHEN min(price) = max(price) AND bool_and(problems IS NULL) THEN min(price) END AS price
FROM canonical."sap.price"
GROUP BY system, plant, material;
