//! The tables, against plain models of them.

mod describe;
mod intern;
mod memo;
mod refused;
mod resends;
