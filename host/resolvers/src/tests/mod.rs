//! Resolvers against servers on this machine. What holds of all of them is in [`suite`]; time passes when a test says so.

mod block;
mod cloud_map;
mod dns;
mod endpoint;
mod fixed;
mod history;
mod http_server;
mod kubernetes;
mod name_server;
mod polling;
mod suite;
