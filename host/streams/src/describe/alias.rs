//! A second number for a description.

use super::{Descriptions, HEAD, Identity, METRIC, RESOURCE, SCOPE, number_at, numbers};

impl Descriptions {
    /// Another number for what `identity` stands for, with one use: for an output stream that cannot have that number because
    /// it is another's. An identity is a list of numbers; its alias has one byte more.
    pub fn take_alias(&mut self, identity: Identity) -> Identity {
        let mut bytes = self.identities.get(identity.0).to_vec();
        bytes.push(0);
        let (alias, fresh) = self.identities.take(&bytes);
        if fresh {
            self.sets.share(number_at(&bytes, RESOURCE));
            self.scopes.share(number_at(&bytes, SCOPE));
            self.metrics.share(number_at(&bytes, METRIC));
            numbers(&bytes[HEAD * 4..]).for_each(|attribute| self.attributes.share(attribute));
        }
        Identity(alias)
    }
}
