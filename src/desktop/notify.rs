//! Notifications on the desktop: one call on the session bus, to whoever shows them.

use std::collections::HashMap;
use std::time::Duration;

use zbus::Connection;
use zbus::zvariant::Value;

/// How long the bus and the desktop may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it is shown is the desktop's affair.
const AS_LONG_AS_USUAL: i32 = -1;

/// A notification was not shown. That is nobody's loss: the log and `status` say the same.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// There is no bus, or nobody on it who shows notifications.
    #[error("the desktop cannot be asked to show a notification: {0}")]
    Bus(#[from] zbus::Error),
    /// There is one, and it says nothing.
    #[error("the desktop did not answer within {} s", PATIENCE.as_secs())]
    Silent,
}

/// Shows a notification.
///
/// # Errors
/// When there is no session bus, nobody who shows notifications, or no answer.
pub async fn notify(summary: &str, body: &str) -> Result<(), NotifyError> {
    let showing = async {
        let bus = Connection::session().await?;
        let hints: HashMap<&str, Value<'_>> = HashMap::new();
        let actions: Vec<&str> = Vec::new();
        let shown = (
            "discovr-scrobbler",
            0_u32,
            "dialog-information",
            summary,
            body,
            actions,
            hints,
            AS_LONG_AS_USUAL,
        );
        let (name, path) = ("org.freedesktop.Notifications", "/org/freedesktop/Notifications");
        bus.call_method(Some(name), path, Some(name), "Notify", &shown).await?;
        Ok(())
    };
    tokio::time::timeout(PATIENCE, showing).await.unwrap_or(Err(NotifyError::Silent))
}
