#!/usr/bin/env bash
# rusqlite 0.41.1 with `bundled` (crates.io): its SQLite is built with STAT4, so a cached statement whose parameters are
# compared with an indexed column is prepared again each time that one of them is bound to another value, once the table
# was analysed. `prepare_cached` then saves nothing.
#
# Seen, for 1,000 executions of one cached statement with a new value each:
#   before ANALYZE: prepared again 0 times
#   after ANALYZE: prepared again 1,000 times
#   after ANALYZE, query planner stability on: 0 times
#
# Exits 0 if it is so, 1 if that changed. Needs cargo and a C compiler; everything else is made in a temporary folder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --name shown --vcs none .
cargo add --quiet rusqlite@=0.41.1 --features bundled
cat > src/main.rs <<'RUST'
use rusqlite::config::DbConfig;
use rusqlite::{Connection, StatementStatus};

fn prepared_again(connection: &Connection) -> i32 {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM t WHERE a = ?1 AND b > ?2").unwrap();
    statement.reset_status(StatementStatus::RePrepare);
    for value in 0..1000 {
        let _: i64 = statement.query_row([value, value], |row| row.get(0)).unwrap();
    }
    statement.get_status(StatementStatus::RePrepare)
}

fn main() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t (a INTEGER, b INTEGER);
             CREATE INDEX t_a ON t (a);
             CREATE INDEX t_b ON t (b);
             WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
             INSERT INTO t SELECT i % 100, i FROM n;",
        )
        .unwrap();
    let before = prepared_again(&connection);
    connection.execute_batch("ANALYZE").unwrap();
    connection.flush_prepared_statement_cache();
    let after = prepared_again(&connection);
    println!("before ANALYZE: {before}");
    println!("after ANALYZE: {after}");
    connection.flush_prepared_statement_cache();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
    let stable = prepared_again(&connection);
    println!("query planner stability: {stable}");
    assert!(before == 0 && after == 1000 && stable == 0);
}
RUST
cargo run --quiet
