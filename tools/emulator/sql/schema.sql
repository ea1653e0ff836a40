CREATE TABLE IF NOT EXISTS jobs (
    name TEXT PRIMARY KEY,
    uid TEXT NOT NULL,
    body BLOB NOT NULL,
    generation INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `seq` grows with every execution that ever was: lists are in its order, and names are made from it.
CREATE TABLE IF NOT EXISTS executions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    uid TEXT NOT NULL,
    template BLOB NOT NULL,
    tasks INTEGER NOT NULL,
    parallelism INTEGER NOT NULL,
    created INTEGER NOT NULL,
    seen_from INTEGER NOT NULL,
    started INTEGER,
    completed INTEGER,
    cancelling INTEGER NOT NULL,
    deleting INTEGER NOT NULL,
    running INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    retried INTEGER NOT NULL,
    ending TEXT,
    message TEXT NOT NULL,
    deleted INTEGER
) STRICT;

CREATE INDEX IF NOT EXISTS executions_of_job ON executions (job, seq);
CREATE INDEX IF NOT EXISTS executions_open ON executions (seq) WHERE completed IS NULL;

CREATE TABLE IF NOT EXISTS tasks (
    execution TEXT NOT NULL REFERENCES executions (name) ON DELETE CASCADE,
    "index" INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt INTEGER NOT NULL,
    started INTEGER,
    completed INTEGER,
    ending TEXT,
    code INTEGER,
    detail TEXT,
    PRIMARY KEY (execution, "index")
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS operations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('job', 'run', 'cancel', 'delete')),
    execution TEXT NOT NULL,
    body BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;
