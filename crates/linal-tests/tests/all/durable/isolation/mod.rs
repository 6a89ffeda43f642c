//! Isolation of concurrent transactions: snapshot isolation, and the first committer wins.

mod anomalies;
mod definitions;
mod dependencies;
mod script;
mod transfers;
mod upserts;

use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    let all = [
        anomalies::trials(),
        definitions::trials(),
        dependencies::trials(),
        transfers::trials(),
        upserts::trials(),
    ];
    all.into_iter().flatten().collect()
}
