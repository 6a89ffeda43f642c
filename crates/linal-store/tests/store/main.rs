//! The durable store: what it promises, under faults and kills too.

mod changes;
mod commits;
mod compaction;
mod crash;
mod damage;
mod directory;
mod faults;
mod lake;
mod model;
mod round_trips;
mod row_groups;
mod schema;
mod support;
mod versions;
