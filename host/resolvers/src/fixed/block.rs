//! The keys of `static`.

use config::schema::Rules;

config::block! {
    /// Workers that are written down.
    pub struct Fixed {
        /// Host names or addresses, each with a port or with 4317.
        hostnames: Vec<String> = texts(),
    }
    check Fixed::check_list;
}

impl Fixed {
    fn check_list(&self, rules: &mut Rules<'_>) {
        if self.hostnames.is_empty() {
            rules.error("hostnames", "no worker is named", "write a list, such as hostnames: [worker-1:4317]");
        }
        if self.hostnames.iter().any(String::is_empty) {
            rules.error("hostnames", "a worker's name is empty", "remove it, or write the name");
        }
    }
}
