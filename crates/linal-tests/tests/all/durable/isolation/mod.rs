//! Isolation of concurrent transactions: snapshot isolation, and the first committer wins.

mod anomalies;
mod definitions;
mod script;
mod transfers;

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    [anomalies::trials(), definitions::trials(), transfers::trials()].into_iter().flatten().collect()
}
