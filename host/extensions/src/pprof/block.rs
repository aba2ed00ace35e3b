//! The extension's block: keys and defaults are the Collector's.

config::block! {
    /// Nothing listens on its address.
    pub struct Keys {}
    no_effect "there is no Go runtime to profile; Linux's perf shows where the time of this host goes" {
        endpoint: listen(1_777),
        block_profile_fraction: "0",
        mutex_profile_fraction: "0",
        save_to_file,
    }
}
