//! What the system says of a player's process.

use std::fs;

/// The parent of a process; `None` when it has ended or hides.
pub(crate) fn parent_of(pid: u32) -> Option<u32> {
    stat_field(pid, 4)?.try_into().ok()
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
    fn the_parent_of_this_test_is_known() {
        assert_eq!(parent_of(std::process::id()), Some(std::os::unix::process::parent_id()));
        assert!(stat_field(std::process::id(), 22).is_some_and(|ticks| ticks > 0));
    }
}
