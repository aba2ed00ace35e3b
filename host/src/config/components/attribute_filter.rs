//! `processors.attribute_filter`: rules that the guest reads itself.

use super::guest;
use crate::config::block::Block;
use crate::config::report::Report;
use crate::guest::ATTRIBUTE_FILTER;
use crate::pipeline::build::GuestSettings;

pub fn read(id: &str, block: Block<'_>, report: &mut Report) -> GuestSettings {
    guest::read(id, block, ATTRIBUTE_FILTER, |block, _| guest::as_written(block), report)
}
