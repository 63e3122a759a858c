//! What is odd about single players, as a table. What is odd about many is dealt with in `reading`, for all.

/// What every MPRIS name begins with.
pub(crate) const PREFIX: &str = "org.mpris.MediaPlayer2.";

/// Names that are no players but show others: following them would see everything twice.
const PROXIES: &[&str] = &["playerctld", "kdeconnect"];

/// Whether this short name is that of a proxy (players reference, section 2, Others).
pub(crate) fn is_proxy(player: &str) -> bool {
    PROXIES.contains(&player)
}

/// The short name in a bus name: what follows the prefix, without the instance, and of a reversed domain only its
/// last part. `…MediaPlayer2.vlc.instance4711` is `vlc`, `…MediaPlayer2.io.github.x.Celluloid` is `celluloid`.
pub(crate) fn short_name(bus_name: &str) -> Option<String> {
    let name = bus_name.strip_prefix(PREFIX)?;
    let name = name.find(".instance").map_or(name, |at| &name[..at]);
    // KDE Connect appends which remote player it shows.
    let name = name.strip_prefix("kdeconnect").map_or(name, |_| "kdeconnect");
    let last = name.rsplit('.').next().unwrap_or(name);
    (!last.is_empty()).then(|| last.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_and_domains_are_not_part_of_the_name() {
        for (bus_name, short) in [
            ("org.mpris.MediaPlayer2.mpv", Some("mpv")),
            ("org.mpris.MediaPlayer2.mpv.instance4711", Some("mpv")),
            ("org.mpris.MediaPlayer2.mpv.instance-a8f3", Some("mpv")),
            ("org.mpris.MediaPlayer2.vlc.instance42", Some("vlc")),
            ("org.mpris.MediaPlayer2.io.github.celluloid_player.Celluloid.instance-1", Some("celluloid")),
            ("org.mpris.MediaPlayer2.chromium.instance99", Some("chromium")),
            ("org.mpris.MediaPlayer2.playerctld", Some("playerctld")),
            ("org.mpris.MediaPlayer2.kdeconnect.mpris_000001", Some("kdeconnect")),
            ("org.mpris.MediaPlayer2.", None),
            ("org.freedesktop.Notifications", None),
        ] {
            assert_eq!(short_name(bus_name).as_deref(), short, "{bus_name}");
        }
    }
}
