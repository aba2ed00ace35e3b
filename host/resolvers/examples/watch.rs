//! Prints the workers that a resolver finds, each time that the list changes.
//!
//! `cargo run -p resolvers --example watch -- 'dns: {hostname: workers.example.internal, nameservers: [10.0.0.2]}'`

use clock::Clock;
use config::report::Report;
use config::schema::{Declared as _, Site};
use config::yaml;
use resolvers::block::Resolver;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let text = std::env::args().nth(1).unwrap_or_default();
    let mut report = Report::new("argument", &text);
    let block = yaml::parse(&text, &mut report)
        .and_then(|node| Resolver::read(Site { node: &node, path: "resolver" }, &mut report));
    for problem in report.problems() {
        println!("{}: {}", problem.path, problem.message);
    }
    let Some(settings) = block.and_then(|block| block.settings()) else { return };
    match settings.build("example", &Clock::system()) {
        Err(error) => println!("{error}"),
        Ok(resolver) => {
            let mut watch = resolver.watch();
            loop {
                let members = watch.changed().await;
                println!("{} {members:?} {:?}", watch.name(), watch.counts());
            }
        }
    }
}
