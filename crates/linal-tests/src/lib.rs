//! linal-tests
