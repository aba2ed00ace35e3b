//! The tables, against plain models of them.

mod dedup;
mod describe;
mod intern;
mod memo;
mod refused;
