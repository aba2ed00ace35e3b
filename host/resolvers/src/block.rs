//! The block `resolver`: exactly one of them.

use config::schema::Rules;

pub use crate::cloud_map::block::{CloudMap, Health};
pub use crate::dns::block::{Dns, Records};
pub use crate::fixed::block::Fixed;
pub use crate::kubernetes::block::Kubernetes;

config::block! {
    /// How the workers are found: exactly one of these.
    pub struct Resolver {
        /// A list.
        #[key = "static"]
        fixed: Option<Fixed> = maybe(block()),
        /// A name in the DNS.
        dns: Option<Dns> = maybe(block()),
        /// A Kubernetes service.
        k8s: Option<Kubernetes> = maybe(block()),
        /// A service of AWS Cloud Map.
        aws_cloud_map: Option<CloudMap> = maybe(block()),
    }
    check Resolver::check_one;
}

impl Resolver {
    fn check_one(&self, rules: &mut Rules<'_>) {
        let kinds = [
            ("static", self.fixed.is_some()),
            ("dns", self.dns.is_some()),
            ("k8s", self.k8s.is_some()),
            ("aws_cloud_map", self.aws_cloud_map.is_some()),
        ];
        let mut written = kinds.iter().filter(|(_, is_written)| *is_written).map(|(key, _)| *key);
        match (written.next(), written.next()) {
            (Some(_), None) => {}
            (None, _) => {
                rules.block_error("dns", "no resolver is written", "write one of static, dns, k8s, aws_cloud_map")
            }
            (Some(first), Some(second)) => {
                rules.key_error(second, "only one resolver can be used", "remove all but one");
                rules.beside(first, "the other one is here");
            }
        }
    }
}
