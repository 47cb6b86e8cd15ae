-- The first schema. Quantities and prices are TEXT (plain decimals), instants INTEGER nanoseconds
-- UTC unless the column says otherwise. "body" is the record as JSON; the columns beside it are
-- what is searched for. Partial indexes hold only what is open, so that a start costs what is
-- live and not what ever was.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every input that changed something, in order: the state is the fold of this table.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    mono_ns INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    context TEXT
) STRICT;

-- Groups. closed_seq: the journal entry at which the group was last written after its end.
CREATE TABLE execution_states (
    id INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL UNIQUE,
    lifecycle TEXT NOT NULL,
    end_reason TEXT,
    created_wall_ns INTEGER NOT NULL,
    closed_seq INTEGER,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX execution_states_live ON execution_states (id) WHERE closed_seq IS NULL;
CREATE INDEX execution_states_closed ON execution_states (closed_seq) WHERE closed_seq IS NOT NULL;

-- Everything that may leave this process: orders (kind NEW, request 0) and the cancel and replace
-- requests of an order (kind CANCEL or REPLACE, numbered from 1), each under its own ClOrdID.
CREATE TABLE order_intents (
    id INTEGER PRIMARY KEY,
    cl_ord_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    ref TEXT NOT NULL,
    request INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    intent TEXT NOT NULL,
    status TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (ref, request)
) STRICT;
CREATE INDEX order_intents_group ON order_intents (group_id);
CREATE INDEX order_intents_order_id ON order_intents (order_id) WHERE order_id <> '';
CREATE INDEX order_intents_live ON order_intents (group_id) WHERE live = 1;

-- One row per execution of an order, in the order in which they were first booked.
CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL,
    exec_key TEXT NOT NULL,
    qty TEXT NOT NULL,
    px TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (ref, exec_key)
) STRICT;

-- What was counted. The primary key is the authority: nothing is counted twice.
CREATE TABLE processed_events (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Hedge chains.
CREATE TABLE hedge_tracking (
    id INTEGER PRIMARY KEY,
    chain_id TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX hedge_tracking_group ON hedge_tracking (group_id);
CREATE INDEX hedge_tracking_live ON hedge_tracking (group_id) WHERE live = 1;

CREATE TABLE stops (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX stops_group ON stops (group_id);
CREATE INDEX stops_live ON stops (group_id) WHERE live = 1;

CREATE TABLE escalations (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    open INTEGER NOT NULL,
    raised_wall_ns INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX escalations_open ON escalations (group_id) WHERE open = 1;
CREATE INDEX escalations_group ON escalations (group_id) WHERE group_id <> '';

CREATE TABLE orphans (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    evidence TEXT,
    resolution TEXT,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX orphans_open ON orphans (group_id) WHERE resolution IS NULL;
CREATE INDEX orphans_group ON orphans (group_id);

CREATE TABLE external_orders (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    cl_ord_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    open INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX external_orders_open ON external_orders (id) WHERE open = 1;

CREATE TABLE rejected_events (
    number INTEGER PRIMARY KEY,
    wall_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    ref TEXT NOT NULL,
    group_id TEXT NOT NULL,
    exec_id TEXT NOT NULL,
    explained_by TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX rejected_events_group ON rejected_events (group_id);

CREATE TABLE deadlines (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
