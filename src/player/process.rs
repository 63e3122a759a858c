//! What the system says of a player's process.

use std::fs;

/// The parent of a process; `None` when it has ended or hides.
pub(crate) fn parent_of(pid: u32) -> Option<u32> {
    stat_field(pid, 4)?.try_into().ok()
}

/// The name of a process's program, at most 15 bytes of it; `None` when it has ended or hides.
pub(crate) fn name_of(pid: u32) -> Option<Vec<u8>> {
    let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim_ascii_end().to_vec())
}

/// The player that a process is a part of, by its short name: a front end that runs another player as its child, and is
/// what people know and what the settings name.
pub(crate) fn front_end(parent: u32) -> Option<&'static str> {
    front_end_named(&name_of(parent)?)
}

/// By the first 15 bytes of the program's name.
fn front_end_named(name: &[u8]) -> Option<&'static str> {
    match name {
        b"smplayer" | b".smplayer-wrapp" => Some("smplayer"),
        _ => None,
    }
}

/// A field of `/proc/PID/stat`, counted as its manual does.
pub(crate) fn stat_field(pid: u32, field: usize) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The second field is a name in parentheses that may hold anything, parentheses too.
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    rest.split_whitespace().nth(field.checked_sub(3)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_front_end_is_known_by_its_name_and_nothing_else_is_one() {
        for (name, player) in [
            ("smplayer", Some("smplayer")),
            (".smplayer-wrapp", Some("smplayer")),
            ("smplayer2", None),
            ("mpv", None),
            ("bash", None),
            ("", None),
        ] {
            assert_eq!(front_end_named(name.as_bytes()), player, "{name:?}");
        }
        assert_eq!(front_end(std::process::id()), None);
        assert_eq!(front_end(0), None);
    }

    #[test]
    fn the_parent_of_this_test_is_known() {
        assert_eq!(parent_of(std::process::id()), Some(std::os::unix::process::parent_id()));
        assert!(stat_field(std::process::id(), 22).is_some_and(|ticks| ticks > 0));
    }
}
