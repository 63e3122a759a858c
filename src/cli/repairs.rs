//! What the user is told of entries that services have of a viewing as something else.

use super::text::line;
use crate::journal::{Remedy, Repair};

/// One line for each wrong entry: what is done about it.
pub(crate) fn what_is_repaired(repairs: &[Repair]) -> String {
    repairs
        .iter()
        .map(|repair| {
            let (service, label) = (repair.service, line(&repair.label));
            match repair.remedy {
                Remedy::TakenBack => format!("Its entry as {label} at {service} is taken back.\n"),
                Remedy::MayStay => format!(
                    "Its entry as {label} at {service} is taken back if {service} can tell it from the right one of \
                     another viewing. If not, it stays: `discovr-scrobbler queue list` shows it then.\n"
                ),
                Remedy::AskedFirst => format!(
                    "{service} may have it as {label}: it is asked, and the entry is taken back if it is there.\n"
                ),
                Remedy::Returns => format!(
                    "Its entry as {label} at {service} was being taken back: it is added again if it is gone.\n"
                ),
                Remedy::Stays => format!(
                    "Its entry as {label} at {service} stays: taking it back was given up before.\n"
                ),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::{MovieId, Work};
    use crate::journal::ServiceName;

    #[test]
    fn each_remedy_is_told_with_the_title_and_the_service() {
        for remedy in [Remedy::TakenBack, Remedy::MayStay, Remedy::AskedFirst, Remedy::Returns, Remedy::Stays]
        {
            let repair = Repair {
                service: ServiceName("discovr"),
                work: Work::Movie { tmdb: MovieId(603) },
                label: "Some \u{1b}Title".into(),
                remedy,
            };
            let said = what_is_repaired(&[repair.clone(), repair]);
            assert_eq!(said.lines().count(), 2, "{said}");
            for part in ["discovr", "Title"] {
                assert!(said.contains(part), "{said}");
            }
            assert!(!said.contains('\u{1b}'), "{said}");
        }
    }
}
