//! The PostgreSQL protocol as clients use it.
