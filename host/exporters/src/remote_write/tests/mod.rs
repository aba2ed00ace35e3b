mod backoff;
mod encode;
mod expansion;
mod split;
