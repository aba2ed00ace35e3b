//! The name of the host, from the kernel and from `/etc/hosts`.

/// Where a name is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The name that the kernel has.
    Os,
    /// The full name.
    Dns,
    /// The canonical name.
    Cname,
    /// The name of the host's first address.
    Lookup,
}

/// The name that the first source has. `own` is the kernel's, `hosts` the text of `/etc/hosts`.
#[must_use]
pub fn name(sources: &[Source], own: &str, hosts: &str) -> Option<String> {
    let own = own.trim().trim_end_matches('.');
    let find = |source: &Source| match source {
        Source::Os => Some(own).filter(|own| !own.is_empty()),
        // The first name of a line is the full one, and the canonical one; the others are aliases.
        Source::Dns | Source::Cname => names(hosts).find(|(_, names)| names.contains(&own)).and_then(first),
        Source::Lookup => {
            let (address, _) = names(hosts).find(|(_, names)| names.contains(&own))?;
            names(hosts).find(|(other, _)| *other == address).and_then(first)
        }
    };
    sources.iter().find_map(find).map(|name| name.trim_end_matches('.').to_owned())
}

type Line<'a> = (&'a str, Vec<&'a str>);

fn first<'a>((_, names): Line<'a>) -> Option<&'a str> {
    names.first().copied()
}

/// Addresses and their names.
fn names(hosts: &str) -> impl Iterator<Item = Line<'_>> {
    hosts.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        Some((words.next()?, words.collect()))
    })
}
