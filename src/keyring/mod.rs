//! The desktop's keyring, by the Secret Service of its session bus: GNOME Keyring, KWallet, KeePassXC.
//!
//! It holds what a sign-in gave, one entry for each, found by its attributes. Nothing here shows the user a prompt but
//! [`Keyring::unlock`], which only commands on a terminal call.

mod error;
mod sign_in;
mod store;
mod watch;

pub use error::KeyringError;
pub use sign_in::SignInTo;
pub use store::Keyring;
pub use watch::watch;
