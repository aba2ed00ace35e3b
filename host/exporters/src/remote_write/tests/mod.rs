mod backoff;
mod encode;
mod split;
