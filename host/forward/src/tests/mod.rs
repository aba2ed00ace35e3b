mod batches;
mod forwarding;
mod leaving;
mod rig;
