//! Whether a service can be reached, in words.

use super::finding::{Finding, Group};
use crate::checkup::{Answered, Unreachable};

/// A service, as it is named here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub(super) group: Group,
    pub(super) name: &'static str,
    /// The setting with its address.
    pub(super) setting: &'static str,
}

const LATER: &str = "nothing to do: the daemon tries again by itself";

impl Service {
    /// Whether anyone is there. `expected` are the statuses that the question is answered with when all is well, or when
    /// only the one who asks is not.
    pub(super) fn reached(self, answer: &Result<Answered, Unreachable>, expected: &[u16]) -> Finding {
        let Self { group, name, setting } = self;
        let bad = |finding: String, remedy: &str| group.bad("reached", finding, remedy);
        match answer {
            Ok(answer) if expected.contains(&answer.status) => {
                group.good("reached", format!("{name} can be reached"))
            }
            Ok(Answered { status: 429, .. }) => {
                group.note("reached", format!("{name} can be reached, and asks for a pause (429)"), LATER)
            }
            Ok(Answered { status: status @ 500.., .. }) => {
                bad(format!("{name} can be reached, but is in trouble ({status})"), LATER)
            }
            Ok(Answered { status, .. }) => bad(
                format!("something answers that is not {name} ({status})"),
                &format!("look at {setting}: `discovr-scrobbler config show`"),
            ),
            Err(Unreachable::Name) => bad(
                format!("the name of {name}'s server is not known (DNS)"),
                &format!("look at the network, and at {setting}: `discovr-scrobbler config show`"),
            ),
            Err(Unreachable::Refused) => bad(
                format!("nobody listens where {name} should be (connection refused)"),
                &format!("look at {setting} and at your proxy or firewall: `discovr-scrobbler config show`"),
            ),
            Err(Unreachable::NoWay) => {
                bad(format!("there is no way to {name}: this machine is offline"), "look at the network")
            }
            Err(Unreachable::Tls(why)) => bad(
                format!("no safe connection to {name} (TLS): {why}"),
                "look at this machine's date (`timedatectl`) and at proxies that read along",
            ),
            Err(Unreachable::Silent) => {
                bad(format!("{name} did not answer in time"), "look at the network, then try again")
            }
            Err(Unreachable::Other(why)) => {
                bad(format!("{name} cannot be reached: {why}"), "look at the network, then try again")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::finding::Verdict;

    #[test]
    fn each_way_not_to_be_reached_has_words_of_its_own() {
        let service = Service { group: Group::Tmdb, name: "TMDB", setting: "tmdb.api_url" };
        let answered = |status| Ok(Answered { status, date: None, body: None });
        for (answer, verdict, says) in [
            (answered(200), Verdict::Good, "can be reached"),
            (answered(401), Verdict::Good, "can be reached"),
            (answered(429), Verdict::Note, "a pause"),
            (answered(503), Verdict::Bad, "in trouble (503)"),
            (answered(302), Verdict::Bad, "not TMDB (302)"),
            (Err(Unreachable::Name), Verdict::Bad, "DNS"),
            (Err(Unreachable::Refused), Verdict::Bad, "refused"),
            (Err(Unreachable::NoWay), Verdict::Bad, "offline"),
            (Err(Unreachable::Tls("bad certificate".into())), Verdict::Bad, "TLS): bad certificate"),
            (Err(Unreachable::Silent), Verdict::Bad, "in time"),
            (Err(Unreachable::Other("gone".into())), Verdict::Bad, "gone"),
        ] {
            let found = service.reached(&answer, &[200, 401]);
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.finding.contains(says), "{found:?}");
            assert_eq!(found.remedy.is_none(), verdict == Verdict::Good, "{found:?}");
        }
    }
}
