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
mod failed_sync;
mod faults;
mod foreign_files;
mod lake;
mod model;
mod packages;
mod round_trips;
mod row_groups;
mod schema;
mod segment_sizes;
mod stages;
mod stopped;
mod support;
mod versions;
