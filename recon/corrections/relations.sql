-- The relations that proposals are made in, and what guards look at.
CREATE OR REPLACE TEMP TABLE draft (
    finding_id       VARCHAR,
    rank             INTEGER,
    action           VARCHAR,
    proposal_id      VARCHAR,
    guards           VARCHAR[],
    system           VARCHAR,
    plant            VARCHAR,
    order_no         VARCHAR,
    material         VARCHAR,
    batch            VARCHAR,
    right_batch      VARCHAR,  -- in its place
    storage_location VARCHAR,
    lot              VARCHAR,
    value_at_risk    DECIMAL(18, 2),
    currency         VARCHAR,
    missing          VARCHAR[],
    to_look_at       VARCHAR[],
    fields           VARCHAR,
    words            VARCHAR,
    interface        VARCHAR,
    payload          VARCHAR
);

-- A posting of several lines has several places.
CREATE OR REPLACE TEMP TABLE draft_place_of_item (finding_id VARCHAR, rank INTEGER, storage_location VARCHAR);

CREATE OR REPLACE TEMP TABLE declared (
    action VARCHAR, version VARCHAR, title VARCHAR, target VARCHAR, effect VARCHAR, transaction VARCHAR, risk VARCHAR, reversible VARCHAR,
    approver VARCHAR, checks VARCHAR[]
);

-- undecided: why the rule believes no side, which the site may do; no_action: why nothing can be proposed, whoever is believed.
CREATE OR REPLACE TEMP TABLE remedy (rule_id VARCHAR, believed VARCHAR, because VARCHAR, correction VARCHAR, undecided VARCHAR, no_action VARCHAR, own_checks VARCHAR[]);

-- Where the site says which side it believes: that of every field of the rule, the rule's own of those that it has not `stated`; '-': none by itself.
CREATE OR REPLACE TEMP TABLE site_says (rule_id VARCHAR, plant VARCHAR, field VARCHAR, believed VARCHAR, stated BOOLEAN);

-- Whether a field differs in a finding, where the rule can tell.
CREATE OR REPLACE TEMP TABLE told_apart (finding_id VARCHAR, field VARCHAR, differs BOOLEAN);

-- Canonical tables that some source fills at a plant, as schema.table.
CREATE OR REPLACE TEMP TABLE supplied (name VARCHAR, system VARCHAR, plant VARCHAR);

CREATE OR REPLACE TEMP TABLE today (system VARCHAR, plant VARCHAR, day DATE);

CREATE OR REPLACE TEMP TABLE found_tonight (finding_id VARCHAR);

CREATE OR REPLACE TEMP VIEW draft_place AS
SELECT finding_id, rank, storage_location FROM draft_place_of_item
UNION
SELECT finding_id, rank, storage_location FROM draft ANTI JOIN draft_place_of_item USING (finding_id, rank);

CREATE OR REPLACE TEMP VIEW open_lot AS
SELECT system, plant, material, batch, min(lot) AS lot
FROM canonical."sap.inspection_lot"
WHERE NOT coalesce(cancelled, false) AND NOT coalesce(stock_posting_completed, false)
  AND (decision IS NULL OR quantity_to_post > 0 OR coalesce(stock_posting_required, false))
GROUP BY system, plant, material, batch;

-- What is on its way or has failed, as people name it.
CREATE OR REPLACE TEMP VIEW covering_message AS
SELECT system, plant, order_no, material, batch, concat(kind, ' ', message_id, ' (', status, ' ' || status_code, ')') AS message
FROM logged_message
WHERE status IN ('pending', 'failed', 'dead')
