//! A pipeline in this process, with a clock that tests move: from the bytes of requests to what a back-end gets.

#[path = "../support/mod.rs"]
mod support;

mod delivery;
mod faults;
mod harness;
mod resends;
mod series;
mod streams;
mod totals;
