//! The two tiers as people run them: gateways behind something that takes turns, workers behind a name of a real DNS server.
//!
//! Each worker writes a label of its own, so that it is seen who has written what.

mod balancer;
mod failures;
mod name_server;
mod network;
mod resizing;
mod spreading;
mod tiers;
