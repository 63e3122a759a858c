//! What a correction sets going, in words.

use super::repairs::what_is_repaired;
use super::text::line;
use super::titles::{page, with_episodes};
use crate::identify::{Identified, Identity};
use crate::journal::{Filed, ViewingRow};

/// What the viewing `row` is now, and what is told to the services for it: added, taken back, left as it is.
pub(crate) fn what_is_done(row: &ViewingRow, identified: &Identified, filed: &Filed) -> String {
    let number = row.number;
    let name = line(&with_episodes(&identified.label, &identified.identity));
    let already = if filed.changed { "" } else { " already" };
    let verb = if filed.changed { "is" } else { "was" };
    let mut text = format!("Viewing {number} {verb} {name}{already}: {}\n", page(&identified.identity));
    match filed.queued {
        0 if filed.changed && filed.repairs.is_empty() => text.push_str(nothing_due(row)),
        0 => {}
        1 => text.push_str("One delivery is due for it.\n"),
        count => text.push_str(&format!("{count} deliveries are due for it.\n")),
    }
    if is_special(&identified.identity) {
        text.push_str(
            "Discovr has no specials (season 0, episode 0): there it will be refused, and kept here.\n",
        );
    }
    text.push_str(&what_is_repaired(&filed.repairs));
    text
}

/// Why nobody is told of `row`, as it is after the correction.
fn nothing_due(row: &ViewingRow) -> &'static str {
    if !row.deliveries.is_empty() {
        "Nothing more is due for it.\n"
    } else if row.viewing.completed_at().is_some() {
        "Nothing is due for it: no service was in use when it was watched. It is kept here only.\n"
    } else {
        "Nothing is due yet: it does not count as watched so far.\n"
    }
}

fn is_special(identity: &Identity) -> bool {
    matches!(identity, Identity::Episodes { season, episodes, .. } if *season == 0 || episodes.contains(&0))
}
