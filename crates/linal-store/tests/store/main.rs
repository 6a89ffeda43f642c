//! The durable store: what it promises, under faults and kills too.

mod block_reads;
mod blocks;
mod changes;
mod commits;
mod compaction;
mod crash;
mod damage;
mod directory;
mod export;
mod faults;
mod lake;
mod model;
mod round_trips;
mod row_groups;
mod schema;
mod segment_sizes;
mod stages;
mod support;
mod versions;
