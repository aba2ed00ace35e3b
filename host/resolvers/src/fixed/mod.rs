//! `static`: a list that never changes.

pub mod block;

use component::authenticator::Pending;

use crate::resolver::{Publisher, Resolver};
use crate::watch::Members;

/// A fixed list.
pub(crate) struct Fixed(pub(crate) Vec<String>);

impl Resolver for Fixed {
    fn name(&self) -> &'static str {
        "static"
    }

    fn run(self: Box<Self>, publisher: Publisher) -> Pending<'static, ()> {
        Box::pin(async move {
            publisher.resolved();
            publisher.publish(Members::new(self.0));
        })
    }
}
