//! The tables, against plain models of them.

mod intern;
mod memo;
mod refused;
mod resends;
