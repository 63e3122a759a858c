//! Names of our own making in every form, and what each is to be read as.

mod bare;
mod countries;
mod days;
mod episodes;
mod extras;
mod fansubs;
mod folders;
mod languages;
mod lists;
mod movies;
mod said;
mod snags;
mod strange;
mod traps;
mod twins;
mod ways;
mod wrong;
mod years;
