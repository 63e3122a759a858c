//! `import`: what another scrobbler has left behind, taken over.

mod command;
mod plan;
mod screen;
mod titles;

pub(crate) use command::import;
