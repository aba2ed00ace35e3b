mod cache;
mod child;
mod in_use;
