//! Addresses that the configuration gives away twice. The system would refuse the second one, in fewer words.

use super::components::Address;
use config::report::Report;

/// Every address that the host will listen on.
#[derive(Default)]
pub struct Listeners<'a>(Vec<&'a Address>);

impl<'a> Listeners<'a> {
    /// Notes one.
    pub fn add(&mut self, address: &'a Address) {
        self.0.push(address);
    }

    /// Reports those that are taken by another one further up.
    pub fn finish(mut self, report: &mut Report) {
        self.0.sort_by_key(|address| address.listen.place);
        for (index, second) in self.0.iter().enumerate() {
            let taken = self.0[..index].iter().find(|first| first.listen.value.clashes(&second.listen.value));
            if let Some(first) = taken {
                let line = match first.listen.place.line {
                    0 => "by default".to_owned(),
                    line => format!("in line {line}"),
                };
                let message = format!("{} is taken: {} has it, {line}", second.listen.value, first.path);
                report.error(second.listen.place, &second.path, message, "choose another port");
            }
        }
    }
}
