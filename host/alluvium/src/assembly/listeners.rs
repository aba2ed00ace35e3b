//! Addresses that the configuration gives away twice. The system would refuse the second one, in fewer words.

use config::address::Listen;
use config::place::Place;
use config::report::Report;

/// An address that the host will listen on, and where the configuration says so.
#[derive(Debug, Clone)]
pub struct Address {
    /// The keys that lead there.
    pub path: String,
    /// Where it stands, or the block that it is the default in; no place if that is missing, too.
    pub place: Place,
    /// The address.
    pub listen: Listen,
}

/// Every address that the host will listen on.
#[derive(Default)]
pub struct Listeners(Vec<Address>);

impl Listeners {
    /// Notes one.
    pub fn add(&mut self, address: Address) {
        self.0.push(address);
    }

    /// Reports those that are taken by another one further up.
    pub fn finish(mut self, report: &mut Report) {
        self.0.sort_by_key(|address| address.place);
        for (index, second) in self.0.iter().enumerate() {
            let taken = self.0[..index].iter().find(|first| first.listen.clashes(&second.listen));
            if let Some(first) = taken {
                let is_written = first.place.line > 0;
                let by_default = if is_written { "" } else { ", by default" };
                let path = report.written_path(first.place, &first.path);
                let message = format!("{} is taken: {path} has it{by_default}", second.listen);
                report.error(second.place, &second.path, message, "choose another port");
                if is_written {
                    report.beside(first.place, "the other is here");
                }
            }
        }
    }
}
