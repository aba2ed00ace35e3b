mod backoff;
mod lanes;
mod order;
mod receiver;
mod retries;
mod splitting;
mod stop;
