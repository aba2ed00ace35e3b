mod answers;
mod compression;
mod transport;
