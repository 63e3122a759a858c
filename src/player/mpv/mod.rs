//! Every mpv with an IPC socket, found without configuration (players reference, section 1).
//!
//! `watch` keeps one `session` per socket. A session feeds what mpv says (`protocol`) to a `model` of the player,
//! which knows no sockets and no clock, and hands its observations to an `outbox`, so that mpv is read whatever the
//! rest of the daemon does. `survey` looks once, and says what is in the way. Sockets are found through the kernel's lists (`kernel`) and by watching folders
//! (`folders`), among them those that `mpv_conf` and `globs` name.

mod facts;
mod folders;
mod globs;
mod kernel;
mod lines;
mod model;
mod mpv_conf;
mod outbox;
mod places;
#[cfg(any(test, fuzzing))]
pub(crate) mod promises;
mod protocol;
mod session;
mod survey;
mod watch;

pub use places::Places;
pub use survey::{SocketTrouble, Survey, TroubledSocket, survey};
pub use watch::{MpvSettings, watch};
