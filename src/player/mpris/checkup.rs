//! Whether there is a session bus.

use std::error::Error;

use super::bus;

/// Why the session bus cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusTrouble {
    /// The environment does not say where it is.
    NotNamed,
    /// It does not let us in, or is not there.
    Unreachable {
        /// Where it should be.
        address: String,
        /// Why.
        why: String,
    },
}

/// Connects to the session bus and asks who is there. Gives how many players are.
///
/// # Errors
/// Why it cannot be used. After a few seconds at most.
pub async fn session_bus() -> Result<usize, BusTrouble> {
    let address = bus::session_address().ok_or(BusTrouble::NotNamed)?;
    let asked = async { bus::player_names(&bus::connect(&address).await?).await };
    match asked.await {
        Ok(names) => Ok(names.len()),
        Err(error) => Err(BusTrouble::Unreachable { why: why(&error), address }),
    }
}

/// The innermost cause: the outer ones repeat the address.
fn why(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
