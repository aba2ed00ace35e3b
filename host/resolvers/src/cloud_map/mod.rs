//! `aws_cloud_map`: the instances of a service that AWS Cloud Map knows. In contrast to the DNS it can say all of them.

mod answer;
pub mod block;
pub(crate) mod discover;
