//! The desktop's keyring, by the Secret Service of its session bus: GNOME Keyring, KWallet, KeePassXC.
//!
//! It holds Discovr's refresh token, found by its attributes. Nothing here shows the user a prompt but
//! [`Keyring::unlock`], which only commands on a terminal call.

mod error;
mod store;
mod watch;

pub use error::KeyringError;
pub use store::Keyring;
pub use watch::watch;
